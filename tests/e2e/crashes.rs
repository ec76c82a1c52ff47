//! Processes and servers that are killed in the worst moment: nothing lost, nothing doubled, order kept, recovered by itself.

use std::time::Duration;

use contracts::{
    channel::{Inbound, inbound::Body},
    inbox::MessageStatus,
};
use testkit::{eventually, telegram::Fault};

use crate::{
    actions::customer,
    harm::{customers, everybody_writes, numbered, received},
    stage::Stage,
    world::{SOON, World},
};

/// Every target a process of its own, with claims that end soon: for sends that nobody finishes.
async fn stage_with_short_claims() -> Stage {
    let mut world = World::servers().await;
    world.environment.insert("OKNO_CLAIM_SECONDS".to_owned(), "2".to_owned());
    world.run_apart().await;
    Stage::set_in(world).await
}

// acceptance: XC-2, XC-3
#[tokio::test]
async fn a_router_killed_again_and_again_loses_and_doubles_nothing() {
    let mut stage = Stage::set_in(World::start_apart().await).await;
    let (buyers, texts) = (customers(&stage.connected, 8), numbered(50));
    everybody_writes(&buyers, &texts);
    for _ in 0..4 {
        stage.stores_more(40, 400).await;
        stage.world.kill_and_restart("router").await;
    }
    stage.world.threads_are(&buyers, &texts).await;
    stage.all_confirmed().await;
}

// acceptance: XC-2, XC-3
#[tokio::test]
async fn an_office_in_one_process_killed_again_and_again_loses_and_doubles_nothing() {
    let mut stage = Stage::set().await;
    let (buyers, texts) = (customers(&stage.connected, 6), numbered(40));
    everybody_writes(&buyers, &texts);
    for _ in 0..3 {
        stage.stores_more(40, 240).await;
        stage.world.kill_and_restart("all").await;
    }
    stage.world.threads_are(&buyers, &texts).await;
    stage.all_confirmed().await;
}

#[tokio::test]
async fn a_router_killed_in_mid_batch_takes_the_batch_again() {
    let mut stage = Stage::set_in(World::start_apart().await).await;
    let buyer = customer(&stage.connected.bot, 1);
    buyer.text("раз");
    stage.stores(1).await;
    let lock = stage.world.lock_conversations().await;
    buyer.text("два");
    stage.world.batch_is_stuck().await;
    stage.world.kill("router");
    lock.rollback().await.expect("unlocked");
    assert_eq!(stage.world.stored().await, 1, "half a batch is nothing");
    stage.world.run(&["router"]).await;
    stage.world.threads_are(&[buyer], &["раз".to_owned(), "два".to_owned()]).await;
    stage.all_confirmed().await;
}

// acceptance: DI-5, XC-2
#[tokio::test]
async fn a_gateway_killed_between_publishing_and_answering_is_asked_again_and_confirmed() {
    let mut stage = Stage::set_in(World::start_apart().await).await;
    let buyer = customer(&stage.connected.bot, 1);
    buyer.text("раз");
    stage.stores(1).await;
    let lock = stage.world.lock_conversations().await;
    buyer.text("два");
    let two = |fact: &Inbound| matches!(&fact.body, Some(Body::Message(m)) if m.content.as_ref().is_some_and(|c| c.text == "два"));
    stage.world.is_published("the second message is on the bus", two).await;
    stage.world.batch_is_stuck().await;
    stage.world.kill("gateway-telegram");
    lock.rollback().await.expect("unlocked");
    let both = ["раз".to_owned(), "два".to_owned()];
    stage.world.threads_are(std::slice::from_ref(&buyer), &both).await;
    assert_eq!(stage.connected.bot.pending(), 1, "nobody has told Telegram");
    stage.world.run(&["gateway-telegram"]).await;
    stage.all_confirmed().await;
    stage.world.threads_are(&[buyer], &both).await;
}

#[tokio::test]
async fn a_gateway_killed_between_claim_and_send_leaves_an_unknown_outcome_and_sends_nothing() {
    let mut stage = stage_with_short_claims().await;
    let (buyer, conversation) = stage.talk(1).await;
    // Stopped, so that the lock is there before the claim is.
    stage.world.signal("gateway-telegram", "STOP");
    let first = stage.operator.send(&conversation, "первый").await;
    let lock = stage.world.lock_conversations().await;
    stage.world.signal("gateway-telegram", "CONT");
    let claim = |fact: &Inbound| matches!(&fact.body, Some(Body::Claim(_)));
    stage.world.is_published("the claim is on the bus", claim).await;
    stage.world.batch_is_stuck().await;
    stage.world.kill("gateway-telegram");
    lock.rollback().await.expect("unlocked");
    stage.operator.wait_for_status(&first, MessageStatus::Unknown).await;
    stage.world.run(&["gateway-telegram"]).await;
    let second = stage.operator.send(&conversation, "второй").await;
    stage.operator.wait_for_status(&second, MessageStatus::Sent).await;
    assert_eq!(received(&buyer), ["второй"]);
    assert_eq!(stage.operator.status_of(&first).await, Some(MessageStatus::Unknown));
}

#[tokio::test]
async fn a_gateway_killed_after_the_send_before_its_receipt_never_sends_again() {
    let mut stage = stage_with_short_claims().await;
    let (buyer, conversation) = stage.talk(1).await;
    stage.world.telegram.fail_next("sendMessage", Fault::Slow(Duration::from_secs(60)));
    let first = stage.operator.send(&conversation, "первый").await;
    eventually("the customer has it", SOON, async || (received(&buyer) == ["первый"]).then_some(())).await;
    stage.world.kill("gateway-telegram");
    stage.operator.wait_for_status(&first, MessageStatus::Unknown).await;
    stage.world.run(&["gateway-telegram"]).await;
    let second = stage.operator.send(&conversation, "второй").await;
    stage.operator.wait_for_status(&second, MessageStatus::Sent).await;
    assert_eq!(received(&buyer), ["первый", "второй"]);
    assert_eq!(stage.operator.status_of(&first).await, Some(MessageStatus::Unknown));
}

#[tokio::test]
async fn a_send_whose_answer_is_lost_is_unknown_at_once_and_never_sent_again() {
    let stage = Stage::set_in(World::start_apart().await).await;
    let (buyer, conversation) = stage.talk(1).await;
    stage.world.telegram.fail_next("sendMessage", Fault::DropAfterAccept);
    let first = stage.operator.send(&conversation, "первый").await;
    stage.operator.wait_for_status(&first, MessageStatus::Unknown).await;
    let second = stage.operator.send(&conversation, "второй").await;
    stage.operator.wait_for_status(&second, MessageStatus::Sent).await;
    assert_eq!(received(&buyer), ["первый", "второй"]);
}

#[tokio::test]
async fn a_receipt_waits_for_a_router_that_is_away() {
    let mut stage = Stage::set_in(World::start_apart().await).await;
    let (buyer, conversation) = stage.talk(1).await;
    stage.world.telegram.fail_next("sendMessage", Fault::Slow(Duration::from_secs(2)));
    let first = stage.operator.send(&conversation, "первый").await;
    eventually("the customer has it", SOON, async || (received(&buyer) == ["первый"]).then_some(())).await;
    stage.world.kill_and_restart("router").await;
    stage.operator.recovered_to(&first, MessageStatus::Sent).await;
    assert_eq!(received(&buyer), ["первый"]);
}

// acceptance: XC-2, XC-3
#[tokio::test]
async fn a_polling_gateway_killed_in_mid_burst_goes_on_where_it_stopped() {
    let world = World::start_apart().await;
    let admin = world.operator("admin").await;
    let connected = world.connect_telegram(&admin, "poll").await;
    let operator = world.operator("operator1").await;
    let mut stage = Stage { world, admin, connected, operator };
    let (buyers, texts) = (customers(&stage.connected, 4), numbered(60));
    everybody_writes(&buyers, &texts);
    stage.stores_more(50, 240).await;
    stage.world.kill("gateway-telegram");
    // Its lease and its position are gone too: router knows the position.
    stage.world.nats.wipe_store().await.expect("an empty nats-server");
    stage.world.run(&["gateway-telegram"]).await;
    stage.world.threads_are(&buyers, &texts).await;
    stage.all_confirmed().await;
}

// acceptance: XC-2, XC-3
#[tokio::test]
async fn a_nats_killed_again_and_again_loses_and_doubles_nothing() {
    let mut stage = Stage::set_in(World::start_apart().await).await;
    let (talker, conversation) = stage.talk(99).await;
    let (buyers, texts) = (customers(&stage.connected, 6), numbered(40));
    everybody_writes(&buyers, &texts);
    let mut replies = Vec::new();
    for text in ["первый", "второй", "третий"] {
        stage.stores_more(30, 241).await;
        replies.push(stage.operator.send(&conversation, text).await);
        stage.world.nats.kill();
        stage.world.nats.restart().await.expect("nats-server");
    }
    stage.world.threads_are_beside(&buyers, &texts, 1).await;
    stage.all_confirmed().await;
    for reply in &replies {
        stage.operator.recovered_to(reply, MessageStatus::Sent).await;
    }
    assert_eq!(received(&talker), ["первый", "второй", "третий"]);
}

// acceptance: XC-2, XC-3
#[tokio::test]
async fn a_postgresql_killed_again_and_again_loses_and_doubles_nothing() {
    let mut stage = Stage::set_in(World::start_apart_on_own_postgres().await).await;
    let (talker, conversation) = stage.talk(99).await;
    let (buyers, texts) = (customers(&stage.connected, 6), numbered(40));
    everybody_writes(&buyers, &texts);
    let mut replies = Vec::new();
    for text in ["первый", "второй", "третий"] {
        stage.stores_more(30, 241).await;
        replies.push(stage.operator.send(&conversation, text).await);
        stage.world.postgres().kill();
        stage.world.postgres().restart().await.expect("postgres");
        stage.operator.inbox_answers().await;
    }
    stage.world.threads_are_beside(&buyers, &texts, 1).await;
    stage.all_confirmed().await;
    for reply in &replies {
        stage.operator.recovered_to(reply, MessageStatus::Sent).await;
    }
    assert_eq!(received(&talker), ["первый", "второй", "третий"]);
}

mod long {
    use contracts::inbox::Message;

    use super::*;
    use crate::{deeds::reply, harm::RECOVERY, operator::Operator};

    /// What dies together, one round after the other.
    const ROUNDS: [&[&str]; 8] = [
        &["router"],
        &["nats"],
        &["postgres"],
        &["gateway-telegram"],
        &["router", "nats"],
        &["postgres", "gateway-telegram"],
        &["nats", "postgres"],
        &["router", "gateway-telegram", "nats", "postgres"],
    ];

    impl World {
        fn strike(&mut self, victims: &[&str]) {
            for victim in victims {
                match *victim {
                    "nats" => self.nats.kill(),
                    "postgres" => self.postgres().kill(),
                    process => self.kill(process),
                }
            }
        }

        /// Servers first: the processes wait for them.
        async fn raise(&mut self, victims: &[&str]) {
            if victims.contains(&"nats") {
                self.nats.restart().await.expect("nats-server");
            }
            if victims.contains(&"postgres") {
                self.postgres().restart().await.expect("postgres");
            }
            for process in victims.iter().filter(|victim| !["nats", "postgres"].contains(victim)) {
                self.run(&[process]).await;
            }
        }
    }

    /// Sends as a page does that was not answered: the same message again.
    async fn send_surely(operator: &Operator, conversation: &str, text: &str) -> Message {
        let request = reply(conversation, text);
        eventually("the reply is accepted", RECOVERY, async || operator.try_send(request.clone()).await.ok())
            .await
            .remove(0)
    }

    // acceptance: XC-2, XC-3
    #[tokio::test]
    async fn whatever_dies_together_nothing_is_lost_doubled_or_out_of_order() {
        let mut world = World::servers_on_own_postgres().await;
        world.environment.insert("OKNO_CLAIM_SECONDS".to_owned(), "10".to_owned());
        world.run_apart().await;
        let mut stage = Stage::set_in(world).await;
        // So that every strike meets sends under way.
        stage.world.telegram.fail_always("sendMessage", Fault::Slow(Duration::from_millis(700)));
        let (first, second) = (stage.talk(91).await, stage.talk(92).await);
        let buyers = customers(&stage.connected, 5);
        let texts = numbered(20 * ROUNDS.len());
        let mut replies = Vec::new();
        for (round, victims) in ROUNDS.iter().enumerate() {
            everybody_writes(&buyers, &texts[20 * round..20 * (round + 1)]);
            stage.stores_more(20, i64::MAX).await;
            for (buyer, conversation) in [&first, &second] {
                let text = format!("ответ {round}");
                replies.push((buyer.clone(), send_surely(&stage.operator, conversation, &text).await, text));
            }
            stage.world.strike(victims);
            stage.world.raise(victims).await;
            stage.operator.inbox_answers().await;
        }
        stage.world.threads_are_beside(&buyers, &texts, 2).await;
        stage.all_confirmed().await;
        for (buyer, reply, text) in &replies {
            let settled = [MessageStatus::Sent, MessageStatus::Unknown];
            let status = eventually(&format!("{text} is settled"), 3 * RECOVERY, async || {
                stage.operator.status_of(reply).await.filter(|status| settled.contains(status))
            })
            .await;
            let times = received(buyer).iter().filter(|got| *got == text).count();
            // Unknown is what nobody can know: whether the customer has it.
            let right = times == 1 || (times == 0 && status == MessageStatus::Unknown);
            assert!(right, "{text} is {status:?} and was received {times} times");
        }
        for (buyer, _) in [&first, &second] {
            assert!(received(buyer).is_sorted_by_key(|text| text.clone()), "{:?}", received(buyer));
        }
    }
}
