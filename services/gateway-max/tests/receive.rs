//! Polling, webhooks and the check of settings, against the fake.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use crate::common::{World, setup, text, texts};
use contracts::channel::{AliasKind, AskChatsResponse, inbound::Body};
use gateway_kit::{Chats, Equipment, Gateway, ProviderError, Way};
use gateway_max::Max;
use serde_json::json;
use testkit::{
    eventually,
    max::{Card, CustomerMessage, FakeMax, Fault, MaxOptions},
    tls::{CA, TlsFront},
};

#[tokio::test]
async fn polls_bring_everything_once_and_in_order() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    anna.text("0");
    let first = world.gateway.poll(None).await.unwrap();
    let mut got = texts(&first.facts);
    let mut position = first.position;
    (1..120).for_each(|number| drop(anna.text(&number.to_string())));
    while got.len() < 120 {
        let polled = world.gateway.poll(position.as_deref()).await.unwrap();
        got.extend(texts(&polled.facts));
        position = polled.position;
    }
    assert_eq!(got, (0..120).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_router_has_not_committed_comes_again() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    anna.text("1");
    let first = world.gateway.poll(None).await.unwrap();
    anna.text("2");
    let position = first.position.as_deref();
    for _ in 0..2 {
        assert_eq!(texts(&world.gateway.poll(position).await.unwrap().facts), ["2"], "the position did not move");
    }
}

#[tokio::test]
async fn hostile_updates_stop_nothing_beside_them() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    anna.text("Начало");
    let position = world.gateway.poll(None).await.unwrap().position;
    let mut deep = json!(0);
    for _ in 0..120 {
        deep = json!([deep]);
    }
    world.bot.push(json!({ "update_type": "message_created", "message": { "recipient": 7 } }));
    world.bot.push(json!({ "update_type": "message_created", "message": deep }));
    anna.text("Обычный");
    let polled = world.gateway.poll(position.as_deref()).await.unwrap();
    let unparsed = polled.facts.iter().filter(|fact| matches!(fact.body, Some(Body::Unparsed(_)))).count();
    assert_eq!((unparsed, texts(&polled.facts)), (2, vec!["Обычный".to_owned()]));
}

#[tokio::test]
async fn trouble_while_polling_is_told_with_its_kind() {
    let world = World::start().await;
    for fault in [Fault::Html(502), Fault::DropBefore, Fault::Refuse(503, "service.unavailable", "")] {
        world.max.fail_next("updates", fault.clone());
        let error = world.gateway.poll(None).await.unwrap_err();
        assert!(matches!(error, ProviderError::Temporary { retry_after: None, .. }), "{fault:?}: {error:?}");
    }
    world.max.fail_next("updates", Fault::Refuse(429, "too.many.requests", ""));
    let error = world.gateway.poll(None).await.unwrap_err();
    let five = Some(Duration::from_secs(5));
    assert!(matches!(error, ProviderError::Temporary { retry_after, .. } if retry_after == five), "{error:?}");
    world.bot.revoke();
    let error = world.gateway.poll(None).await.unwrap_err();
    assert!(matches!(error, ProviderError::Account { remedy_key: "token", .. }), "{error:?}");
}

#[tokio::test]
async fn a_shared_phone_is_known_only_when_max_signed_it_for_this_bot() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    let card = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Анна\r\nTEL;TYPE=cell:+70001234567\r\nEND:VCARD\r\n";
    for (proof, expected) in [(Card::Own, Some(false)), (Card::Forged, Some(true)), (Card::Picked, None)] {
        anna.send(CustomerMessage::contact(card, proof));
        let fact = world.gateway.poll(None).await.unwrap().facts.remove(0);
        let peer = fact.peer.unwrap();
        let phone = peer.aliases.iter().find(|alias| alias.kind() == AliasKind::Phone);
        assert_eq!(phone.map(|phone| phone.claimed), expected, "{proof:?}");
        assert!(phone.is_none_or(|phone| phone.value == "+70001234567"));
    }
}

const HOOK: &str = "http://127.0.0.1:9/hook/max/0197";

#[tokio::test]
async fn a_lost_subscription_is_made_again_and_an_older_address_given_up() {
    let world = World::start_with(MaxOptions::unlimited(), &[("receive", "webhook")]).await;
    assert_eq!(world.gateway.way(), Way::Webhook);
    let identity = world.gateway.open(Some(HOOK)).await.unwrap();
    assert_eq!(identity.name, format!("@okno_{}_bot", world.bot.user_id()));
    world.gateway.open(Some(HOOK)).await.unwrap();
    assert_eq!(world.max.calls("subscribe").len(), 1, "what stands is left alone");
    world.bot.lose_subscriptions();
    world.gateway.open(Some(HOOK)).await.unwrap();
    assert_eq!(world.bot.subscriptions(), [HOOK]);
    let moved = "http://127.0.0.1:10/hook/max/0197";
    world.gateway.open(Some(moved)).await.unwrap();
    assert_eq!(world.bot.subscriptions(), [moved]);
    let error = world.gateway.open(None).await.unwrap_err();
    assert!(matches!(error, ProviderError::Account { remedy_key: "public_url", .. }), "{error:?}");
    world.max.fail_next("subscribe", Fault::Unsuccessful("no"));
    world.bot.lose_subscriptions();
    assert!(world.gateway.open(Some(HOOK)).await.is_err());
}

/// Asks until nothing more comes, as the kit does.
async fn caught_up(gateway: &Max, position: &mut Option<String>) -> Vec<String> {
    let mut got = Vec::new();
    loop {
        let polled = gateway.catch_up(position.as_deref()).await.unwrap();
        if polled.facts.is_empty() && polled.position.is_none() {
            return got;
        }
        got.extend(texts(&polled.facts));
        *position = polled.position.or_else(|| position.take());
    }
}

/// As the kit takes a delivery.
async fn delivered(gateway: &Max, update: serde_json::Value) {
    let body = update.to_string().into_bytes();
    let facts = Max::parse(model::AccountId::default(), &body);
    gateway.complete(&body, facts).await.unwrap();
}

// acceptance: DI-15
#[tokio::test]
async fn what_came_while_there_was_no_subscription_is_read_from_the_history() {
    let world = World::start_with(MaxOptions::unlimited(), &[("receive", "webhook")]).await;
    world.gateway.open(Some(HOOK)).await.unwrap();
    let mut position = None;
    let customers: Vec<_> = (0..12).map(|n| world.bot.customer(88_000 + n, "Анна")).collect();
    for customer in &customers {
        let message = json!({ "sender": { "user_id": customer.user_id() }, "timestamp": chrono::Utc::now().timestamp_millis(),
            "recipient": { "chat_id": customer.chat_id(), "chat_type": "dialog" }, "body": { "mid": "mid.1", "text": "Раз" } });
        delivered(&world.gateway, json!({ "update_type": "message_created", "message": message })).await;
    }
    assert!(caught_up(&world.gateway, &mut position).await.is_empty() && position.is_some());

    world.bot.lose_subscriptions();
    (0..120).for_each(|number| drop(customers[0].text(&number.to_string())));
    customers[11].text("Есть кто?");
    world.accepted(&customers[5], text("Наш ответ")).await;
    world.gateway.open(Some(HOOK)).await.unwrap();
    let got = caught_up(&world.gateway, &mut position).await;
    let numbers: Vec<_> = got.iter().filter(|text| *text != "Есть кто?").cloned().collect();
    assert_eq!(numbers, (0..120).map(|number| number.to_string()).collect::<Vec<_>>());
    assert_eq!(got.len(), 121);
    assert!(caught_up(&world.gateway, &mut position).await.is_empty(), "once");

    // Another process takes over: it knows by the position alone.
    let heir = Max::connect(&setup(&world.max.base_url(), world.bot.token(), &[("receive", "webhook")])).unwrap();
    heir.open(Some(HOOK)).await.unwrap();
    world.max.fail_next("history", Fault::Refuse(503, "service.unavailable", ""));
    assert!(heir.catch_up(position.as_deref()).await.is_err());
    assert!(caught_up(&heir, &mut position).await.contains(&"Есть кто?".to_owned()));
}

// acceptance: DI-15
#[tokio::test]
async fn chats_whose_messages_another_replica_took_are_read_as_well() {
    let world = World::start_with(MaxOptions::unlimited(), &[("receive", "webhook")]).await;
    let anna = world.bot.customer(88_100, "Анна");
    let newest_at = Some(prost_types::Timestamp { seconds: chrono::Utc::now().timestamp(), nanos: 0 });
    let chats = Chats::told(AskChatsResponse { reply_addresses: vec![anna.chat_id().to_string()], newest_at });
    world.gateway.equip(Equipment { chats, ..Equipment::alone(world.tools.media.clone()) });
    world.gateway.open(Some(HOOK)).await.unwrap();
    let mut position = None;
    assert!(caught_up(&world.gateway, &mut position).await.is_empty());
    let known = position.clone().expect("what router told is the position");
    assert!(known.contains(&anna.chat_id().to_string()), "{known}");

    world.bot.lose_subscriptions();
    anna.text("Есть кто?");
    world.gateway.open(Some(HOOK)).await.unwrap();
    assert_eq!(caught_up(&world.gateway, &mut position).await, ["Есть кто?"]);
}

#[tokio::test]
async fn polling_ends_the_webhooks() {
    let world = World::start_with(MaxOptions::unlimited(), &[("receive", "poll")]).await;
    let other = Max::connect(&setup(&world.max.base_url(), world.bot.token(), &[("receive", "webhook")])).unwrap();
    other.open(Some(HOOK)).await.unwrap();
    let refused = world.gateway.poll(None).await.unwrap_err();
    assert!(matches!(refused, ProviderError::Temporary { .. }), "{refused:?}");
    world.gateway.open(None).await.unwrap();
    assert!(world.bot.subscriptions().is_empty());
    world.bot.customer(88_100, "Анна").text("?");
    assert_eq!(texts(&world.gateway.poll(None).await.unwrap().facts), ["?"]);
}

#[tokio::test]
async fn under_a_root_that_is_missing_the_remedy_is_named() {
    let max = FakeMax::start().await;
    let bot = max.bot();
    let front = TlsFront::start(max.address()).await;
    let stranger = Max::connect(&setup(&front.base_url(), bot.token(), &[])).unwrap();
    let error = stranger.open(None).await.unwrap_err();
    assert!(matches!(error, ProviderError::Account { remedy_key: "ca", .. }), "{error:?}");
    let probe = Max::probe(&setup(&front.base_url(), bot.token(), &[])).await;
    let failed = probe.steps.iter().find(|step| !step.passed).unwrap();
    assert_eq!(failed.field, "ca");
    let settings = setup(&front.base_url(), bot.token(), &[("ca", CA), ("receive", "poll")]);
    Max::connect(&settings).unwrap().open(None).await.unwrap();
    assert!(Max::probe(&settings).await.steps.iter().all(|step| step.passed));
}

#[tokio::test]
async fn the_check_of_settings_says_what_is_wrong_and_changes_nothing() {
    let max = FakeMax::start().await;
    let bot = max.bot();
    let nowhere = "http://127.0.0.1:1";
    for (url, token, more, field) in [
        (max.base_url().as_str(), "short", vec![], "token"),
        (max.base_url().as_str(), "an-unknown-token-of-good-form", vec![], "token"),
        (nowhere, bot.token(), vec![], "api_url"),
        ("ftp://example.com", bot.token(), vec![], "api_url"),
        (max.base_url().as_str(), bot.token(), vec![("proxy", "nonsense")], "proxy"),
        (max.base_url().as_str(), bot.token(), vec![("ca", "nonsense")], "ca"),
        (max.base_url().as_str(), bot.token(), vec![("receive", "webhook")], "receive"),
    ] {
        let probe = Max::probe(&setup(url, token, &more)).await;
        let failed: Vec<_> = probe.steps.iter().filter(|step| !step.passed).collect();
        assert_eq!((failed.len(), failed[0].field.as_str()), (1, field), "{failed:?}");
        let problem = failed[0].problem.as_ref().unwrap();
        assert!(!problem.ru.is_empty() && !problem.en.is_empty() && !problem.en.contains("nonsense"));
        assert!(probe.identity.is_empty() || field == "receive");
    }
    let good = Max::probe(&setup(&max.base_url(), bot.token(), &[("receive", "poll")])).await;
    assert!(good.steps.iter().all(|step| step.passed) && good.identity.starts_with('@'), "{good:?}");
    assert!(max.calls("subscribe").is_empty() && max.calls("unsubscribe").is_empty());
}

#[tokio::test]
async fn a_poll_that_nothing_comes_to_is_woken_by_the_first_message() {
    let world = World::start().await;
    let anna = world.bot.customer(88_100, "Анна");
    anna.text("Начало");
    let position = world.gateway.poll(None).await.unwrap().position;
    let writing = async {
        eventually("the poll", Duration::from_secs(5), async || (world.max.calls("updates").len() == 2).then_some(()))
            .await;
        anna.text("Вот");
    };
    let (polled, ()) = tokio::join!(world.gateway.poll(position.as_deref()), writing);
    assert_eq!(texts(&polled.unwrap().facts), ["Вот"]);
}
