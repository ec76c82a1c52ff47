//! What people do, as it arrives; the webhook; files of people; settings.

use std::time::Duration;

use crate::common::{SOON, World, setup, text};
use contracts::channel::{AccountHealth, AttachmentState, ReceiptStatus, inbound::Body};
use futures::TryStreamExt as _;
use gateway_kit::{FetchError, Gateway, PUBLIC_URL, ProviderError};
use gateway_viber::Viber;
use serde_json::json;
use testkit::{
    eventually,
    viber::{FakeViber, Fault, ViberOptions},
};

/// Callbacks come again 100 times as fast as Viber's.
fn quick() -> ViberOptions {
    ViberOptions { clock_scale: 100.0, ..ViberOptions::default() }
}

#[tokio::test]
async fn the_webhook_is_set_once_and_again_when_it_is_lost() {
    let world = World::start().await;
    let hook = world.listener.hook();
    assert_eq!(world.bot.webhook(), hook, "Viber has called it, and was answered");
    assert!(world.listener.facts().is_empty(), "the check is no fact");
    world.gateway.open(Some(&hook)).await.unwrap();
    assert_eq!(world.viber.count("set_webhook"), 1, "it stands");
    world.bot.lose_webhook();
    let identity = world.gateway.open(Some(&hook)).await.unwrap();
    assert_eq!((world.bot.webhook(), identity.name.as_str()), (hook, "Okno"));
    let wanted = &world.viber.calls("set_webhook")[0].body;
    assert_eq!((&wanted["send_name"], wanted["event_types"].as_array().unwrap().len()), (&json!(true), 7));
}

#[tokio::test]
async fn an_address_that_viber_does_not_reach_is_told() {
    let world = World::unopened(quick(), &[]).await;
    world.listener.be_busy(1);
    for (url, remedy) in [(Some(world.listener.hook()), "webhook"), (None, "public_url")] {
        let error = world.gateway.open(url.as_deref()).await.unwrap_err();
        let ProviderError::Account { remedy_key, health, .. } = error else { panic!("{error:?}") };
        assert_eq!((remedy_key, health), (remedy, AccountHealth::Degraded));
    }
    world.bot.suspend(9);
    let error = world.gateway.open(Some(&world.listener.hook())).await.unwrap_err();
    assert!(matches!(
        error,
        ProviderError::Account { remedy_key: "suspended", health: AccountHealth::Disconnected, .. }
    ));
}

#[tokio::test]
async fn an_unanswered_callback_comes_again_with_the_same_token() {
    let world = World::start_with(quick(), &[]).await;
    world.listener.be_busy(2);
    let token = world.bot.person("a==", "Анна").text("Здравствуйте");
    let fact = world.fact("the text", |fact| matches!(fact.body, Some(Body::Message(_)))).await;
    assert_eq!((fact.key, fact.message_key), (format!("msg:{token}"), token.to_string()));
    assert_eq!(world.bot.lost_callbacks(), 0);
}

#[tokio::test]
async fn a_stranger_cannot_sign() {
    let world = World::start().await;
    let other = world.viber.bot();
    // Another bot's callbacks to our address: signed, but with its own token.
    let foreign = Viber::connect(&setup(&world.viber.base_url(), other.token(), &[])).unwrap();
    let error = foreign.open(Some(&world.listener.hook())).await.unwrap_err();
    assert!(matches!(error, ProviderError::Account { remedy_key: "webhook", .. }), "{error:?}");
    assert_eq!((world.listener.refused(), world.listener.facts().len()), (1, 0));
}

#[tokio::test]
async fn a_person_opens_subscribes_leaves_and_comes_back() {
    let world = World::start().await;
    let anna = world.bot.person("a==", "Анна");
    anna.open(Some("promo-7"));
    let opened = world.fact("the opening", |fact| matches!(fact.body, Some(Body::ConversationStarted(_)))).await;
    let source = opened.source.unwrap();
    assert_eq!((source.kind.as_str(), source.r#ref.as_str()), ("viber_context", "promo-7"));
    assert_eq!(opened.peer.unwrap().display_name, "Анна");
    anna.subscribe();
    world.fact("the subscription", |fact| matches!(fact.body, Some(Body::Unblocked(_)))).await;
    anna.unsubscribe();
    let left = world.fact("the leaving", |fact| matches!(fact.body, Some(Body::Blocked(_)))).await;
    assert_eq!(left.peer.unwrap().address, "a==");
    anna.open(None);
    let again = |fact: &contracts::channel::Inbound| {
        matches!(fact.body, Some(Body::ConversationStarted(_))) && fact.source.is_none()
    };
    world.fact("the return", again).await;
}

#[tokio::test]
async fn a_message_of_ours_is_delivered_to_each_device_and_seen_once() {
    let world = World::start_with(ViberOptions { devices: 2, ..ViberOptions::default() }, &[]).await;
    let anna = world.anna();
    let first = world.accepted(&anna, text("Тысяча")).await;
    let last = world.accepted(&anna, text("Или две")).await;
    let status = |fact: &contracts::channel::Inbound, key: &str, status| {
        fact.message_key == key && matches!(&fact.body, Some(Body::Receipt(r)) if r.status() == status)
    };
    eventually("two devices", SOON, async || {
        let facts = world.listener.facts();
        let of_first = facts.iter().filter(|fact| status(fact, &first.provider_keys[0], ReceiptStatus::Delivered));
        let keys: std::collections::HashSet<_> = of_first.map(|fact| fact.key.clone()).collect();
        (keys.len() == 2).then_some(())
    })
    .await;
    anna.reads(last.provider_keys[0].parse().unwrap());
    let seen = world.fact("seen", |fact| status(fact, &last.provider_keys[0], ReceiptStatus::Read)).await;
    let Some(Body::Receipt(receipt)) = &seen.body else { unreachable!() };
    assert!(first.position < last.position && receipt.read_up_to_position == last.position);
    assert_eq!(seen.peer.as_ref().unwrap().address, anna.id());
}

#[tokio::test]
async fn files_of_people_are_fetched_while_their_addresses_are_good() {
    let world = World::start().await;
    let anna = world.bot.person("a==", "Анна");
    anna.picture("Вот окно", b"\xff\xd8\xff a picture".as_slice());
    anna.file("смета.pdf", "application/pdf", b"%PDF-1.4".as_slice());
    let of = |name: &'static str| move |fact: &contracts::channel::Inbound| matches!(&fact.body, Some(Body::Message(m)) if m.content.as_ref().unwrap().attachments[0].name == name);
    let mut attachments = Vec::new();
    for (name, expected, mime) in [
        ("picture.jpg", b"\xff\xd8\xff a picture".to_vec(), "image/jpeg"),
        ("смета.pdf", b"%PDF-1.4".to_vec(), "application/pdf"),
    ] {
        let fact = world.fact(name, of(name)).await;
        let Some(Body::Message(message)) = fact.body else { unreachable!() };
        let attachment = message.content.unwrap().attachments.remove(0);
        assert_eq!((attachment.state(), attachment.mime_type.as_str()), (AttachmentState::Pending, mime));
        assert_eq!(attachment.size_bytes as usize, expected.len());
        let download = world.gateway.fetch(&attachment).await.unwrap();
        let parts: Vec<_> = download.bytes.try_collect().await.unwrap();
        assert_eq!(parts.concat(), expected);
        attachments.push(attachment);
    }
    world.viber.advance(Duration::from_secs(3601));
    for attachment in attachments {
        assert!(matches!(world.gateway.fetch(&attachment).await, Err(FetchError::Gone(_))));
    }
}

#[tokio::test]
async fn nothing_is_fetched_from_elsewhere() {
    let world = World::start().await;
    for address in
        ["https://example.com/a", "ftp://www.viber.com/a", "https://viber.com.example.net/a", "no address", ""]
    {
        let attachment = contracts::channel::Attachment { remote_ref: address.into(), ..<_>::default() };
        let fetched = world.gateway.fetch(&attachment).await;
        assert!(matches!(fetched, Err(FetchError::Gone(_))), "{address}");
    }
}

#[tokio::test]
async fn whoever_opens_the_chat_is_greeted_and_nobody_else() {
    let world = World::start_with(quick(), &[("welcome", "Здравствуйте!\nНапишите нам."), ("sender", "Окна")]).await;
    world.listener.be_busy(1);
    let anna = world.bot.person("Qk1YvH3tT0a9sJ2w5xZ8bA==", "Анна");
    anna.open(Some("yandex"));
    anna.text("Сколько стоит окно?");
    world.fact("the message", |fact| matches!(fact.body, Some(Body::Message(_)))).await;
    let greeted = eventually("the greeting", SOON, async || anna.welcomes().pop()).await;
    let expected = json!({
        "sender": { "name": "Окна" }, "min_api_version": 1, "type": "text", "text": "Здравствуйте!\nНапишите нам.",
    });
    assert_eq!((anna.welcomes().len(), greeted), (1, expected));
    assert_eq!(world.viber.count("send_message"), 0, "it costs nothing");

    let silent = World::start_with(quick(), &[]).await;
    let boris = silent.bot.person("Zz1YvH3tT0a9sJ2w5xZ8bA==", "Борис");
    boris.open(None);
    silent.fact("the opened chat", |fact| matches!(fact.body, Some(Body::ConversationStarted(_)))).await;
    assert!(boris.welcomes().is_empty());
}

#[tokio::test]
async fn good_settings_pass_every_step_and_change_nothing() {
    let viber = FakeViber::start().await;
    let bot = viber.bot();
    let setup = setup(&viber.base_url(), bot.token(), &[(PUBLIC_URL, "http://127.0.0.1:9")]);
    let probe = Viber::probe(&setup).await;
    assert!(probe.steps.iter().all(|step| step.passed), "{:?}", probe.steps);
    assert_eq!(probe.identity, "Okno");
    assert_eq!((viber.count("get_account_info"), viber.count("set_webhook")), (1, 0));
}

#[tokio::test]
async fn bad_settings_fail_at_the_step_that_is_to_blame() {
    let viber = FakeViber::start().await;
    let bot = viber.bot();
    let unknown = "4453b6ac99999999-e02c5f12174805f9-daf9cbb448bb51ba";
    let base = viber.base_url();
    let public = (PUBLIC_URL, "http://127.0.0.1:9");
    for (url, token, more, field) in [
        (base.as_str(), "12345", vec![public], "token"),
        (&base, unknown, vec![public], "token"),
        ("http://127.0.0.1:9/pa", bot.token(), vec![public], "api_url"),
        ("ftp://example.com", bot.token(), vec![public], "api_url"),
        (&base, bot.token(), vec![public, ("proxy", "nonsense")], "proxy"),
        (&base, bot.token(), vec![public, ("sender", "Имя длиннее двадцати восьми знаков")], "sender"),
        (&base, bot.token(), vec![], ""),
    ] {
        let probe = Viber::probe(&setup(url, token, &more)).await;
        let failed: Vec<_> = probe.steps.iter().filter(|step| !step.passed).collect();
        assert_eq!(failed.len(), 1, "{field}: {:?}", probe.steps);
        assert_eq!(failed[0].field, field);
        let problem = failed[0].problem.as_ref().unwrap();
        assert!(!problem.ru.contains(token) && !problem.en.contains(token));
    }
    viber.fail_next("get_account_info", Fault::Http(502));
    let probe = Viber::probe(&setup(&base, bot.token(), &[public])).await;
    assert_eq!(probe.steps.last().unwrap().field, "api_url");
}
