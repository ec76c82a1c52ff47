//! Processes and servers that die in the worst moment: nothing lost, nothing doubled, order kept, recovered by itself.

use contracts::inbox::MessageStatus;
use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::json;
use testkit::{
    eventually,
    telegram::{Customer, Fault},
};

use crate::{
    actions::{Connected, customer, round_robin},
    balancer::Balancer,
    harm::{RECOVERY, numbered, received},
    office::{Process, make_streams},
    operator::Operator,
    world::{SOON, World},
};

const SLOW: Fault = Fault::Slow(std::time::Duration::from_secs(60));

struct Stage {
    world: World,
    connected: Connected,
    operator: Operator,
    balancer: Option<Balancer>,
}

/// Every target a process of its own, one bot by webhook, one operator.
async fn stage(world: World) -> Stage {
    let admin = world.operator("admin").await;
    let connected = world.connect_telegram(&admin, "webhook").await;
    let operator = world.operator("operator1").await;
    Stage { world, connected, operator, balancer: None }
}

/// The same with claims that end soon, for sends that nobody finishes.
async fn stage_with_short_claims() -> Stage {
    let mut world = World::servers().await;
    world.environment.insert("OKNO_CLAIM_SECONDS".to_owned(), "2".to_owned());
    world.run_apart().await;
    stage(world).await
}

fn customers(connected: &Connected, count: i64) -> Vec<Customer> {
    (1..=count).map(|number| customer(&connected.bot, number)).collect()
}

/// Everybody writes the same texts, one message each in turn.
fn everybody_writes(buyers: &[Customer], texts: &[String]) {
    for text in texts {
        for buyer in buyers {
            buyer.text(text);
        }
    }
}

impl Stage {
    /// Waits until so many more messages are stored; all of them is enough.
    async fn more_stored(&self, more: i64, all: i64) {
        let wanted = (self.world.stored().await + more).min(all);
        eventually("messages are stored", RECOVERY, async || (self.world.stored().await >= wanted).then_some(())).await;
    }

    async fn all_confirmed(&self) {
        eventually("every update is confirmed", RECOVERY, async || (self.connected.bot.pending() == 0).then_some(()))
            .await;
    }

    /// The conversation of a first message, taken.
    async fn taken(&self, buyer: &Customer) -> String {
        buyer.text("Здравствуйте");
        self.operator.take_only().await.conversation_id
    }
}

// acceptance: XC-2, XC-3
#[tokio::test]
async fn a_router_killed_again_and_again_loses_and_doubles_nothing() {
    let mut stage = stage(World::start_apart().await).await;
    let (buyers, texts) = (customers(&stage.connected, 8), numbered(50));
    everybody_writes(&buyers, &texts);
    for _ in 0..4 {
        stage.more_stored(40, 400).await;
        stage.world.kill_and_restart("router").await;
    }
    stage.world.threads_are(&buyers, &texts).await;
    stage.all_confirmed().await;
}

// acceptance: XC-2, XC-3
#[tokio::test]
async fn an_office_in_one_process_killed_again_and_again_loses_and_doubles_nothing() {
    let mut stage = stage(World::start().await).await;
    let (buyers, texts) = (customers(&stage.connected, 6), numbered(40));
    everybody_writes(&buyers, &texts);
    for _ in 0..3 {
        stage.more_stored(40, 240).await;
        stage.world.kill_and_restart("all").await;
    }
    stage.world.threads_are(&buyers, &texts).await;
    stage.all_confirmed().await;
}

#[tokio::test]
async fn a_router_killed_in_mid_batch_takes_the_batch_again() {
    let mut stage = stage(World::start_apart().await).await;
    let buyer = customer(&stage.connected.bot, 1);
    buyer.text("раз");
    eventually("the first is stored", SOON, async || (stage.world.stored().await == 1).then_some(())).await;
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

#[tokio::test]
async fn a_batch_that_meets_locked_rows_waits_and_buries_nothing() {
    let stage = stage(World::start_apart().await).await;
    let buyer = customer(&stage.connected.bot, 1);
    buyer.text("раз");
    eventually("the first is stored", SOON, async || (stage.world.stored().await == 1).then_some(())).await;
    let lock = stage.world.lock_conversations().await;
    buyer.text("два");
    eventually("the batch has given up waiting for the lock at least once", SOON, async || {
        let metrics = stage.world.processes["router"].metrics().await;
        metrics.contains("okno_router_conflicts_total").then_some(())
    })
    .await;
    lock.rollback().await.expect("unlocked");
    stage.world.threads_are(&[buyer], &["раз".to_owned(), "два".to_owned()]).await;
}

// acceptance: DI-5, XC-2
#[tokio::test]
async fn a_gateway_killed_between_publishing_and_answering_is_asked_again_and_confirmed() {
    let mut stage = stage(World::start_apart().await).await;
    let buyer = customer(&stage.connected.bot, 1);
    buyer.text("раз");
    eventually("the first is stored", SOON, async || (stage.world.stored().await == 1).then_some(())).await;
    let lock = stage.world.lock_conversations().await;
    buyer.text("два");
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
    let buyer = customer(&stage.connected.bot, 1);
    let conversation = stage.taken(&buyer).await;
    // Stopped, so that the lock is there before the claim is.
    stage.world.signal("gateway-telegram", "STOP");
    let first = stage.operator.send(&conversation, "первый").await;
    let lock = stage.world.lock_conversations().await;
    stage.world.signal("gateway-telegram", "CONT");
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
    let buyer = customer(&stage.connected.bot, 1);
    let conversation = stage.taken(&buyer).await;
    stage.world.telegram.fail_next("sendMessage", SLOW);
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
    let stage = stage(World::start_apart().await).await;
    let buyer = customer(&stage.connected.bot, 1);
    let conversation = stage.taken(&buyer).await;
    stage.world.telegram.fail_next("sendMessage", Fault::DropAfterAccept);
    let first = stage.operator.send(&conversation, "первый").await;
    stage.operator.wait_for_status(&first, MessageStatus::Unknown).await;
    let second = stage.operator.send(&conversation, "второй").await;
    stage.operator.wait_for_status(&second, MessageStatus::Sent).await;
    assert_eq!(received(&buyer), ["первый", "второй"]);
}

#[tokio::test]
async fn a_receipt_waits_for_a_router_that_is_away() {
    let mut stage = stage(World::start_apart().await).await;
    let buyer = customer(&stage.connected.bot, 1);
    let conversation = stage.taken(&buyer).await;
    stage.world.telegram.fail_next("sendMessage", Fault::Slow(std::time::Duration::from_secs(2)));
    let first = stage.operator.send(&conversation, "первый").await;
    eventually("the customer has it", SOON, async || (received(&buyer) == ["первый"]).then_some(())).await;
    stage.world.kill_and_restart("router").await;
    stage.operator.recovered_to(&first, MessageStatus::Sent).await;
    assert_eq!(received(&buyer), ["первый"]);
}

// acceptance: XC-3
#[tokio::test]
async fn a_conversation_that_hangs_holds_up_no_other() {
    let stage = stage(World::start().await).await;
    let slow = customer(&stage.connected.bot, 1);
    let hanging = stage.taken(&slow).await;
    let quick = customer(&stage.connected.bot, 2);
    let other = stage.taken(&quick).await;
    stage.world.telegram.fail_next("sendMessage", SLOW);
    stage.operator.send(&hanging, "первый").await;
    eventually("the first hangs at Telegram", SOON, async || (received(&slow) == ["первый"]).then_some(())).await;
    let behind = stage.operator.send(&hanging, "второй").await;
    for text in ["раз", "два"] {
        let reply = stage.operator.send(&other, text).await;
        stage.operator.wait_for_status(&reply, MessageStatus::Sent).await;
    }
    assert_eq!(received(&quick), ["раз", "два"]);
    assert_eq!(stage.operator.status_of(&behind).await, Some(MessageStatus::Queued), "its place is behind the first");
    assert_eq!(received(&slow), ["первый"]);
}

// acceptance: XC-2, XC-3
#[tokio::test]
async fn a_polling_gateway_killed_in_mid_burst_goes_on_where_it_stopped() {
    let mut world = World::start_apart().await;
    let admin = world.operator("admin").await;
    let connected = world.connect_telegram(&admin, "poll").await;
    let operator = world.operator("operator1").await;
    let mut stage = Stage { world, connected, operator, balancer: None };
    let (buyers, texts) = (customers(&stage.connected, 4), numbered(60));
    everybody_writes(&buyers, &texts);
    stage.more_stored(50, 240).await;
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
    let mut stage = stage(World::start_apart().await).await;
    let talker = customer(&stage.connected.bot, 99);
    let conversation = stage.taken(&talker).await;
    let (buyers, texts) = (customers(&stage.connected, 6), numbered(40));
    everybody_writes(&buyers, &texts);
    let mut replies = Vec::new();
    for text in ["первый", "второй", "третий"] {
        stage.more_stored(30, 241).await;
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
    let mut stage = stage(World::start_apart_on_own_postgres().await).await;
    let talker = customer(&stage.connected.bot, 99);
    let conversation = stage.taken(&talker).await;
    let (buyers, texts) = (customers(&stage.connected, 6), numbered(40));
    everybody_writes(&buyers, &texts);
    let mut replies = Vec::new();
    for text in ["первый", "второй", "третий"] {
        stage.more_stored(30, 241).await;
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

#[tokio::test]
async fn a_router_stalled_inside_its_transaction_is_replaced_and_commits_nothing() {
    let mut stage = stage(World::start_apart().await).await;
    let buyer = customer(&stage.connected.bot, 1);
    buyer.text("раз");
    eventually("the first is stored", SOON, async || (stage.world.stored().await == 1).then_some(())).await;
    stage.world.run_as("standby", &["router"], &[("OKNO_ROUTER_LISTEN", "127.0.0.1:0".to_owned())]).await;
    let holder = "select backend_pid::bigint from inbox.part where part = 0";
    let before = stage.world.count(holder).await;

    let lock = stage.world.lock_conversations().await;
    buyer.text("два");
    stage.world.batch_is_stuck().await;
    stage.world.signal("router", "STOP");
    let stalled = tokio::time::Instant::now();
    lock.rollback().await.expect("unlocked");

    let both = ["раз".to_owned(), "два".to_owned()];
    stage.world.threads_are(std::slice::from_ref(&buyer), &both).await;
    let waited = stalled.elapsed();
    assert!(waited.as_secs() < 10, "the standby took over after {waited:?} only");
    assert_ne!(stage.world.count(holder).await, before, "the standby holds the part");
    let sessions: i64 = sqlx::query_scalar("select count(*) from pg_stat_activity where pid = $1::int")
        .bind(i32::try_from(before).expect("a process id"))
        .fetch_one(&stage.world.pool)
        .await
        .expect("a count");
    assert_eq!(sessions, 0, "the stalled session is ended, so its commit cannot come late");

    stage.world.signal("router", "CONT");
    stage.operator.inbox_answers().await;
    buyer.text("три");
    let three = ["раз", "два", "три"].map(str::to_owned);
    stage.world.threads_are(&[buyer], &three).await;
    stage.all_confirmed().await;
}

#[tokio::test]
async fn a_long_open_transaction_does_not_stop_the_live_feed() {
    let stage = stage(World::start().await).await;
    let buyer = customer(&stage.connected.bot, 1);
    let conversation = stage.taken(&buyer).await;
    let mut feed = stage.operator.feed().await;
    // It has read everything, and holds an event that nobody may see yet.
    let mut long = stage.world.pool.begin().await.expect("a transaction");
    for sql in [
        "insert into inbox.outbox (payload) values ('')",
        "select count(*) from inbox.message, inbox.event, inbox.outbox, inbox.conversation",
    ] {
        sqlx::query(sql).execute(&mut *long).await.expect("done");
    }
    buyer.text("Вы здесь?");
    let changed = feed.inbound(&conversation).await;
    assert_eq!(changed.message_ids.len(), 1);
    long.rollback().await.expect("rolled back");
}

#[tokio::test]
async fn a_gateway_that_has_not_read_its_accounts_answers_503_and_never_404() {
    let mut world = World::start_apart().await;
    let admin = world.operator("admin").await;
    let connected = world.connect_telegram(&admin, "webhook").await;
    for process in ["router", "gateway-telegram"] {
        world.kill(process);
    }
    world.nats.wipe_store().await.expect("an empty nats-server");
    world.run_unready(&["gateway-telegram"]);
    let ask = async || world.try_deliver(&connected, r#"{"update_id":1}"#).await;
    let first = eventually("the gateway listens", SOON, async || ask().await.ok()).await;
    assert_eq!(first, StatusCode::SERVICE_UNAVAILABLE);
    let stranger = Connected { account_id: uuid::Uuid::now_v7().to_string(), bot: connected.bot.clone() };
    assert_eq!(world.deliver(&stranger, "{}").await, StatusCode::SERVICE_UNAVAILABLE, "nobody knows yet");
    make_streams(&world.environment).await;
    assert_eq!(ask().await.ok(), Some(StatusCode::SERVICE_UNAVAILABLE), "an empty bucket tells nothing either");

    let router = Process::spawn(&["router"], &world.environment);
    eventually("the account is known", RECOVERY, async || {
        let status = ask().await.expect("an answer");
        assert_ne!(status, StatusCode::NOT_FOUND, "the provider would give up");
        status.is_success().then_some(())
    })
    .await;
    assert_eq!(world.deliver(&stranger, "{}").await, StatusCode::NOT_FOUND);
    drop(router);
}

/// Two gateways behind a balancer, two routers.
async fn replicas() -> Stage {
    let mut world = World::servers().await;
    let gateways = [testkit::servers::free_port(), testkit::servers::free_port()].map(|p| format!("127.0.0.1:{p}"));
    let balancer = Balancer::start(gateways.to_vec()).await;
    world.environment.insert("OKNO_PUBLIC_URL".to_owned(), balancer.url.clone());
    world.environment.insert("OKNO_GATEWAY_TELEGRAM_LISTEN".to_owned(), gateways[0].clone());
    world.run_apart().await;
    world
        .run_as("second gateway", &["gateway-telegram"], &[("OKNO_GATEWAY_TELEGRAM_LISTEN", gateways[1].clone())])
        .await;
    world.run_as("standby", &["router"], &[("OKNO_ROUTER_LISTEN", "127.0.0.1:0".to_owned())]).await;
    let mut stage = stage(world).await;
    stage.balancer = Some(balancer);
    stage
}

// acceptance: XC-2, XC-3
#[tokio::test]
async fn bursts_through_two_gateways_and_two_routers_keep_their_order() {
    let mut stage = replicas().await;
    let (buyers, texts) = (customers(&stage.connected, 4), numbered(50));
    everybody_writes(&buyers, &texts);
    stage.more_stored(60, 200).await;
    stage.world.kill("second gateway");
    stage.more_stored(30, 200).await;
    stage.world.kill("router");
    stage.world.threads_are(&buyers, &texts).await;
    stage.all_confirmed().await;
}

/// An update as Telegram words it.
fn update(number: i64, text: &str) -> String {
    let person = json!({ "id": 5_001, "is_bot": false, "first_name": "Покупатель 1", "language_code": "ru" });
    json!({
        "update_id": 900_000 + number,
        "message": {
            "message_id": 70_000 + number, "date": chrono::Utc::now().timestamp(), "from": person, "text": text,
            "chat": { "id": 5_001, "type": "private", "first_name": "Покупатель 1" },
        },
    })
    .to_string()
}

// acceptance: DI-5
#[tokio::test]
async fn parallel_copies_of_one_update_are_one_message_and_one_event_and_all_confirmed() {
    let stage = replicas().await;
    let copy = update(1, "ровно один раз");
    let url = stage.connected.bot.webhook_url().expect("a webhook");
    let copies = (0..64).map(|_| stage.world.deliver_to(&url, &stage.connected, copy.clone()));
    let answers = join_all(copies).await;
    assert_eq!(answers, [StatusCode::OK; 64]);
    let buyer = customer(&stage.connected.bot, 1);
    stage.world.threads_are(&[buyer], &["ровно один раз".to_owned()]).await;
    let message: String = sqlx::query_scalar("select message_id::text from inbox.message")
        .fetch_one(&stage.world.pool)
        .await
        .expect("the message");
    assert_eq!(stage.world.events_naming(&message).await, 1);
}

// acceptance: DI-5
#[tokio::test]
async fn a_lost_confirmation_is_given_to_the_retry() {
    let stage = stage(World::start_apart().await).await;
    let copy = update(1, "слышно?");
    stage.world.signal("router", "STOP");
    assert_eq!(stage.world.deliver(&stage.connected, copy.clone()).await, StatusCode::SERVICE_UNAVAILABLE);
    stage.world.signal("router", "CONT");
    let buyer = customer(&stage.connected.bot, 1);
    // Confirmed to nobody: the one who asked has been answered.
    stage.world.threads_are(std::slice::from_ref(&buyer), &["слышно?".to_owned()]).await;
    assert_eq!(stage.world.deliver(&stage.connected, copy).await, StatusCode::OK);
    stage.world.threads_are(&[buyer], &["слышно?".to_owned()]).await;
}

#[tokio::test]
async fn a_flushed_or_dead_redis_hands_over_nobodys_work() {
    let mut world = World::start().await;
    let admin = world.operator("admin").await;
    let team = [world.operator("operator1").await, world.operator("operator2").await];
    let connected = world.connect_telegram_with(&admin, "webhook", round_robin(&[&team[0], &team[1]])).await;
    let _pages = [team[0].feed().await, team[1].feed().await];
    for buyer in customers(&connected, 4) {
        buyer.text("Здравствуйте");
    }
    let work = "select coalesce(string_agg(concat_ws(' ', request_id, assignee_employee_id, state, revision), '; '
                    order by request_id), '') from inbox.request where assignee_employee_id is not null";
    let before = eventually("four requests have somebody", SOON, async || {
        let all: String = sqlx::query_scalar(work).fetch_one(&world.pool).await.expect("the work");
        (all.split("; ").count() == 4).then_some(all)
    })
    .await;
    let online = async |count: usize| {
        eventually(&format!("{count} people are online"), SOON, async || {
            let all = admin.presence().list_presence(contracts::org::ListPresenceRequest::default()).await.ok()?;
            let online = |p: &contracts::org::EmployeePresence| p.presence.as_ref().is_some_and(|p| p.online);
            (all.into_inner().presences.iter().filter(|p| online(p)).count() == count).then_some(())
        })
        .await;
    };
    online(2).await;
    assert!(world.redis.flush().await);
    online(2).await;
    world.redis.kill();
    online(0).await;
    let late = customer(&connected.bot, 5);
    late.text("А мне ответите?");
    eventually("work goes on without Redis", SOON, async || (world.stored().await == 5).then_some(())).await;
    world.redis.restart().await.expect("redis-server");
    online(2).await;
    let after: String = sqlx::query_scalar(work).fetch_one(&world.pool).await.expect("the work");
    assert!(after.starts_with(&before), "somebody's work was handed over:\n{before}\n{after}");
    let audit =
        "select count(*) from inbox.audit where action not in ('received', 'assigned') and object_kind = 'request'";
    assert_eq!(world.count(audit).await, 0);
}

mod long {
    use contracts::{channel::AccountHealth, inbox::GetChannelAccountRequest};

    use super::*;

    // acceptance: DI-15
    #[tokio::test]
    async fn a_lost_provider_is_visible_within_a_minute_and_loses_nothing_it_still_holds() {
        let world = World::start().await;
        let admin = world.operator("admin").await;
        let connected = world.connect_telegram(&admin, "poll").await;
        let health = async || {
            let request = GetChannelAccountRequest { account_id: connected.account_id.clone() };
            let answer = admin.accounts().get_channel_account(request).await.expect("an account").into_inner();
            answer.account.and_then(|account| account.status).map(|status| status.health())
        };
        let becomes = async |wanted: AccountHealth, limit| {
            let what = format!("the account is {wanted:?}");
            eventually(&what, limit, async || (health().await == Some(wanted)).then_some(())).await;
        };
        becomes(AccountHealth::Connected, SOON).await;

        world.telegram.fail_always("getUpdates", Fault::DropBefore);
        let buyer = customer(&connected.bot, 1);
        buyer.text("сообщение 1"); // ends the poll that is under way; none works after it
        eventually("the last poll is taken", SOON, async || (world.stored().await == 1).then_some(())).await;
        for n in 2..=5 {
            buyer.text(&format!("сообщение {n}"));
        }
        becomes(AccountHealth::Degraded, std::time::Duration::from_secs(60)).await;
        assert_eq!(world.stored().await, 1);

        world.telegram.heal();
        world.threads_are(&[buyer], &numbered(5)).await;
        becomes(AccountHealth::Connected, SOON).await;
        eventually("every update is confirmed", SOON, async || (connected.bot.pending() == 0).then_some(())).await;
    }
}
