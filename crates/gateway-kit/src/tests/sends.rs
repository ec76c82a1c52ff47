use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use contracts::channel::{AccountHealth, Failure, FailureReason, Inbound, Receipt, ReceiptStatus, inbound::Body};
use model::{AccountId, MessageId};
use testkit::eventually;

use super::{
    scripted::Script,
    world::{World, send},
};
use crate::{ProviderError, SendOutcome, Sent};

const LIMIT: Duration = Duration::from_secs(20);

fn receipt_of(fact: &Inbound, message: MessageId) -> Option<&Receipt> {
    match &fact.body {
        Some(Body::Receipt(receipt)) if receipt.message_id == message.to_string() => Some(receipt),
        _ => None,
    }
}

async fn receipt(world: &World, account: AccountId, message: MessageId) -> (Inbound, Receipt) {
    let fact = world.router.fact(account, "the receipt", |fact| receipt_of(fact, message).is_some()).await;
    let receipt = receipt_of(&fact, message).unwrap().clone();
    (fact, receipt)
}

async fn claimed(world: &World, account: AccountId, message: MessageId) {
    let key = format!("claim:{message}:");
    world.router.fact(account, "the claim", |fact| fact.key.starts_with(&key)).await;
}

async fn reached(script: &Arc<Script>, sends: usize) {
    eventually("the sends to reach the provider", LIMIT, async || (script.sent().len() >= sends).then_some(())).await;
}

#[tokio::test]
async fn a_send_is_claimed_sent_once_and_receipted() {
    let mut world = World::start().await;
    let (account, script) = world.account(&[]).await;
    let gateway = world.gateway().await;
    let (message, keys) = (MessageId::new(), vec!["k1".to_owned(), "k2".to_owned()]);
    let sent = Sent { provider_keys: keys.clone(), position: 7, ..Sent::default() };
    script.outcomes.lock().push_back(SendOutcome::Accepted(sent));
    let order = send("c1", message, "hello");
    for _ in 0..3 {
        world.order(account, &order).await;
    }
    let (fact, receipt) = receipt(&world, account, message).await;
    assert_eq!((receipt.status(), receipt.provider_keys), (ReceiptStatus::Sent, keys));
    assert_eq!((fact.message_key.as_str(), fact.position, fact.sent_on), ("k1", 7, order.created_at));
    assert_eq!(fact.peer.unwrap().address, "address of c1");
    assert_eq!(receipt.sent.unwrap().text, "hello", "rule O7");
    world.order(account, &order).await;
    let claims = || world.router.keys(account).iter().filter(|key| key.starts_with("claim:")).count();
    eventually("a second claim, which is refused", LIMIT, async || (claims() > 1).then_some(())).await;
    assert_eq!(script.sent(), [message.to_string()]);
    gateway.stop().await;
}

#[tokio::test]
async fn a_refused_claim_sends_nothing() {
    let mut world = World::start().await;
    let (account, script) = world.account(&[]).await;
    let gateway = world.gateway().await;
    world.router.set(|state| &state.refuses, true);
    let (refused, granted) = (MessageId::new(), MessageId::new());
    world.order(account, &send("c1", refused, "cancelled meanwhile")).await;
    claimed(&world, account, refused).await;
    world.router.set(|state| &state.refuses, false);
    world.order(account, &send("c2", granted, "hello")).await;
    receipt(&world, account, granted).await;
    assert_eq!(script.sent(), [granted.to_string()]);
    gateway.stop().await;
}

#[tokio::test]
async fn a_claim_that_nobody_answers_is_given_back() {
    let mut world = World::start().await;
    let (account, script) = world.account(&[]).await;
    let gateway = world.gateway_with(|config| config.timing.ask = Duration::from_secs(1)).await;
    world.router.set(|state| &state.stalled, true);
    let message = MessageId::new();
    world.order(account, &send("c1", message, "hello")).await;
    let stream = world.bus.jetstream.get_stream("IN_0").await.unwrap();
    eventually("the claim to be repeated", LIMIT, async || {
        (stream.get_info().await.unwrap().state.messages > 3).then_some(())
    })
    .await;
    let given_back = world.bus.client.subscribe("okno.in.>").await.unwrap();
    next_with(given_back, b"released:").await;
    world.router.set(|state| &state.stalled, false);
    world.router.fact(account, "the claim to be given back", |fact| fact.key.starts_with("released:")).await;
    assert!(script.sent().is_empty());
    gateway.stop().await;
}

/// Waits for a message that holds the bytes.
async fn next_with(mut messages: impl futures::Stream<Item = async_nats::Message> + Unpin, bytes: &[u8]) {
    use futures::StreamExt;
    let looking = async {
        while let Some(message) = messages.next().await {
            if message.payload.windows(bytes.len()).any(|window| window == bytes) {
                return;
            }
        }
    };
    tokio::time::timeout(LIMIT, looking).await.expect("it comes");
}

#[tokio::test]
async fn a_claim_granted_too_late_is_given_back() {
    let mut world = World::start().await;
    let (account, script) = world.account(&[]).await;
    let gateway = world.gateway_with(|config| config.timing.claim = Duration::ZERO).await;
    world.order(account, &send("c1", MessageId::new(), "hello")).await;
    world.router.fact(account, "the claim to be given back", |fact| fact.key.starts_with("released:")).await;
    assert!(script.sent().is_empty());
    gateway.stop().await;
}

#[tokio::test]
async fn each_outcome_is_told_as_what_it_is() {
    let mut world = World::start().await;
    let (account, script) = world.account(&[]).await;
    let gateway = world.gateway().await;
    let failure = Failure { reason: FailureReason::BlockedByClient.into(), ..Failure::default() };
    let minute = Duration::from_secs(60);
    let cases = [
        (SendOutcome::Refused(failure.clone()), ReceiptStatus::Failed),
        (SendOutcome::NotSent { text: "refused".to_owned() }, ReceiptStatus::Deferred),
        (SendOutcome::RetryAfter { after: minute, whole_account: false }, ReceiptStatus::Deferred),
        (SendOutcome::Unknown { text: "time-out".to_owned() }, ReceiptStatus::Unknown),
    ];
    for (number, (outcome, status)) in cases.into_iter().enumerate() {
        let message = MessageId::new();
        script.outcomes.lock().push_back(outcome);
        world.order(account, &send(&format!("c{number}"), message, "hello")).await;
        let (fact, receipt) = receipt(&world, account, message).await;
        assert_eq!(receipt.status(), status);
        assert!(fact.key.starts_with(&format!("rcpt:{message}:1:")), "{}", fact.key);
        match status {
            ReceiptStatus::Failed => assert_eq!(receipt.failure, Some(failure.clone())),
            ReceiptStatus::Deferred => assert!(receipt.retry_at.is_some()),
            _ => {}
        }
    }
    gateway.stop().await;
}

// acceptance: XC-3
#[tokio::test]
async fn a_conversation_waits_for_its_pace_and_others_do_not_wait_for_it() {
    let mut world = World::start().await;
    let (account, script) = world.account(&[]).await;
    let gateway = world.gateway().await;
    let messages: Vec<_> = (0..4).map(|_| MessageId::new()).collect();
    let began = Instant::now();
    world.order(account, &send("c1", messages[0], "1")).await;
    receipt(&world, account, messages[0]).await;
    world.order(account, &send("c1", messages[1], "2")).await;
    world.order(account, &send("c2", messages[2], "3")).await;
    receipt(&world, account, messages[2]).await;
    assert_eq!(script.sent().len(), 2, "the second of the first conversation still waits");
    receipt(&world, account, messages[1]).await;
    assert!(began.elapsed() >= Duration::from_millis(400));
    gateway.stop().await;
}

#[tokio::test]
async fn a_limit_of_the_whole_account_holds_every_conversation_before_it_claims() {
    let mut world = World::start().await;
    let (account, script) = world.account(&[]).await;
    let gateway = world.gateway().await;
    let (first, second) = (MessageId::new(), MessageId::new());
    let limit = SendOutcome::RetryAfter { after: Duration::from_secs(2), whole_account: true };
    script.outcomes.lock().push_back(limit);
    world.order(account, &send("c1", first, "1")).await;
    receipt(&world, account, first).await;
    let began = Instant::now();
    world.order(account, &send("c2", second, "2")).await;
    receipt(&world, account, second).await;
    assert!(began.elapsed() >= Duration::from_millis(1_500), "it went after {:?}", began.elapsed());
    gateway.stop().await;
}

#[tokio::test]
async fn an_account_problem_stops_sends_until_the_settings_change() {
    let mut world = World::start().await;
    let (account, script) = world.account(&[]).await;
    let gateway = world.gateway_with(|config| config.timing.account_backoff.1 = Duration::from_secs(300)).await;
    let failure = Failure { provider_text: "frozen".to_owned(), ..Failure::default() };
    script.outcomes.lock().push_back(SendOutcome::AccountProblem { failure, remedy_key: "unfreeze" });
    let (first, second) = (MessageId::new(), MessageId::new());
    world.order(account, &send("c1", first, "1")).await;
    assert_eq!(receipt(&world, account, first).await.1.status(), ReceiptStatus::Failed);
    let told = |fact: &Inbound| {
        matches!(&fact.body, Some(Body::AccountState(state))
            if state.health() == AccountHealth::Disconnected && state.remedy_key == "unfreeze")
    };
    world.router.fact(account, "the account's problem", told).await;
    let next = send("c2", second, "2");
    world.order(account, &next).await;
    world
        .change(account, |entry| {
            entry.settings.insert("token".to_owned(), "new".to_owned());
        })
        .await;
    eventually("the send to go out with the new settings", LIMIT, async || {
        world.order(account, &next).await;
        script.sent().contains(&second.to_string()).then_some(())
    })
    .await;
    assert_eq!(script.sent().len(), 2);
    gateway.stop().await;
}

#[tokio::test]
async fn receipts_are_published_until_router_is_back_and_the_drain_waits_for_them() {
    let mut world = World::start().await;
    let (account, script) = world.account(&[]).await;
    let gateway = world.gateway().await;
    script.hold();
    let message = MessageId::new();
    world.order(account, &send("c1", message, "hello")).await;
    claimed(&world, account, message).await;
    eventually("the call to begin", LIMIT, async || (script.waiting.load(Ordering::Relaxed) == 1).then_some(())).await;
    world.router.set(|state| &state.stalled, true);
    script.let_through(1);
    reached(&script, 1).await;
    gateway.begin_to_stop();
    let stream = world.bus.jetstream.get_stream("IN_0").await.unwrap();
    let first = stream.get_info().await.unwrap().state.messages;
    eventually("the receipt to be repeated", LIMIT, async || {
        (stream.get_info().await.unwrap().state.messages > first + 2).then_some(())
    })
    .await;
    world.router.set(|state| &state.stalled, false);
    gateway.stop().await;
    assert!(world.router.arrived(account).iter().any(|fact| receipt_of(fact, message).is_some()));
}

#[tokio::test]
async fn a_send_under_way_is_finished_by_the_drain_and_the_lease_is_given_back() {
    let mut world = World::start().await;
    let (account, script) = world.account(&[]).await;
    let gateway = world.gateway().await;
    script.hold();
    let (message, next) = (MessageId::new(), MessageId::new());
    world.order(account, &send("c1", message, "hello")).await;
    claimed(&world, account, message).await;
    eventually("the call to begin", LIMIT, async || (script.waiting.load(Ordering::Relaxed) == 1).then_some(())).await;
    gateway.begin_to_stop();
    assert_eq!(gateway.post(account, "hello").await.status, 503, "a stopping gateway takes nothing");
    script.let_through(1);
    gateway.stop().await;
    assert_eq!(receipt(&world, account, message).await.1.status(), ReceiptStatus::Sent);
    script.let_through(1);
    let began = Instant::now();
    let second = world.gateway().await;
    world.order(account, &send("c2", next, "hello")).await;
    receipt(&world, account, next).await;
    assert!(began.elapsed() < Duration::from_secs(8), "the lease was given back");
    second.stop().await;
}

#[tokio::test]
async fn a_drain_that_takes_too_long_gives_up() {
    let mut world = World::start().await;
    let (account, script) = world.account(&[]).await;
    let gateway = world.gateway_with(|config| config.drain = Duration::from_secs(1)).await;
    script.hold();
    world.order(account, &send("c1", MessageId::new(), "hello")).await;
    eventually("the call to begin", LIMIT, async || (script.waiting.load(Ordering::Relaxed) == 1).then_some(())).await;
    let took = gateway.stop().await;
    assert!(took < Duration::from_millis(1_800), "it took {took:?}");
}

#[tokio::test]
async fn a_gateway_killed_between_claim_and_send_sends_nothing_and_its_successor_is_refused() {
    let mut world = World::start().await;
    let (account, script) = world.account(&[]).await;
    let gateway = world.gateway().await;
    script.hold();
    let (message, other) = (MessageId::new(), MessageId::new());
    let order = send("c1", message, "hello");
    world.order(account, &order).await;
    eventually("the call to begin", LIMIT, async || (script.waiting.load(Ordering::Relaxed) == 1).then_some(())).await;
    gateway.kill();
    script.let_through(10);
    let second = world.gateway().await;
    world.order(account, &order).await;
    world.order(account, &send("c2", other, "next")).await;
    receipt(&world, account, other).await;
    assert_eq!(script.sent(), [other.to_string()], "router calls the first one unknown");
    second.stop().await;
}

#[tokio::test]
async fn a_lost_lease_stops_polls_and_even_sends_under_a_granted_claim() {
    let mut world = World::start().await;
    let (account, script) = world.account(&[("way", "poll")]).await;
    let gateway = world.gateway().await;
    eventually("polling", LIMIT, async || (!script.polled.lock().is_empty()).then_some(())).await;
    world.router.set(|state| &state.stalled, true);
    world.order(account, &send("c1", MessageId::new(), "hello")).await;
    script.hang().await;
    // Somebody else writes the lease, as after a partition.
    let key = bus::names::bucket_key(bus::names::LEASES, &format!("{}.{account}", world.channel));
    world.bus.jetstream.publish(key, "another".into()).await.unwrap().await.unwrap();
    let ended = async || (script.polling.load(Ordering::Relaxed) == 0).then_some(());
    eventually("polling to end", LIMIT, ended).await;
    world.router.set(|state| &state.stalled, false);
    world.router.fact(account, "the claim to be given back", |fact| fact.key.starts_with("released:")).await;
    assert!(script.sent().is_empty());
    gateway.stop().await;
}

#[tokio::test]
async fn while_the_provider_does_not_know_the_account_nothing_is_claimed() {
    let mut world = World::start().await;
    let (account, script) = world.account(&[]).await;
    let revoked = ProviderError::Account {
        text: "Unauthorized".to_owned(),
        remedy_key: "token",
        health: AccountHealth::Disconnected,
    };
    script.open_errors.lock().extend(vec![revoked; 3]);
    let gateway = world.gateway().await;
    let message = MessageId::new();
    let order = send("c1", message, "hello");
    eventually("the send to go out when the account is known again", LIMIT, async || {
        world.order(account, &order).await;
        script.sent().contains(&message.to_string()).then_some(())
    })
    .await;
    assert_eq!(script.opens.load(Ordering::Relaxed), 4);
    let first_claim = world.router.keys(account).iter().position(|key| key.starts_with("claim:")).unwrap();
    let connected =
        |fact: &Inbound| matches!(&fact.body, Some(Body::AccountState(s)) if s.health() == AccountHealth::Connected);
    assert!(world.router.arrived(account).iter().position(connected).unwrap() < first_claim);
    gateway.stop().await;
}
