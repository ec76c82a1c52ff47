//! Polling, webhooks, files and the check of settings, against the fake.

use std::time::Duration;

use crate::common::{World, setup, text};
use contracts::channel::{Attachment, Inbound, inbound::Body};
use futures::StreamExt;
use gateway_kit::{FetchError, Gateway, ProviderError, Way};
use gateway_telegram::Telegram;
use serde_json::json;
use testkit::telegram::{CustomerMessage, FakeTelegram, Fault, TelegramOptions};

fn texts(facts: &[Inbound]) -> Vec<String> {
    let text = |fact: &Inbound| match &fact.body {
        Some(Body::Message(message)) => message.content.as_ref().map(|content| content.text.clone()),
        _ => None,
    };
    facts.iter().filter_map(text).collect()
}

#[tokio::test]
async fn polls_bring_everything_once_and_in_order() {
    let world = World::start().await;
    let olga = world.bot.customer(5001, "Покупатель 1");
    for number in 0..120 {
        olga.text(&number.to_string());
    }
    let mut position = None;
    let mut got = Vec::new();
    while got.len() < 120 {
        let polled = world.gateway.poll(position.as_deref()).await.unwrap();
        got.extend(texts(&polled.facts));
        position = polled.position;
    }
    assert_eq!(got, (0..120).map(|number| number.to_string()).collect::<Vec<_>>());
    olga.text("ещё");
    assert_eq!(texts(&world.gateway.poll(position.as_deref()).await.unwrap().facts), ["ещё"]);
}

#[tokio::test]
async fn what_router_has_not_committed_comes_again() {
    let world = World::start().await;
    let olga = world.bot.customer(5001, "Покупатель 1");
    olga.text("1");
    let first = world.gateway.poll(None).await.unwrap();
    assert_eq!(texts(&world.gateway.poll(None).await.unwrap().facts), ["1"], "the position did not move");
    olga.text("2");
    assert_eq!(texts(&world.gateway.poll(first.position.as_deref()).await.unwrap().facts), ["2"]);
    assert_eq!(world.bot.pending(), 1, "the first is confirmed, the second not yet");
}

#[tokio::test]
async fn after_a_restart_nothing_is_lost_even_when_ids_began_anew() {
    let world = World::start().await;
    world.bot.customer(5001, "Покупатель 1");
    // A week of silence while we were away: the next id is lower than our position.
    let message = json!({ "message_id": 1, "date": 1_795_420_800, "chat": { "id": 5001, "type": "private" }, "text": "Есть кто?" });
    world.bot.push(json!({ "update_id": 42, "message": message }));
    let polled = world.gateway.poll(Some("700000900")).await.unwrap();
    assert_eq!(texts(&polled.facts), ["Есть кто?"]);
    assert_eq!(polled.position.as_deref(), Some("43"));
}

#[tokio::test]
async fn hostile_updates_stop_nothing_beside_them() {
    let world = World::start().await;
    let olga = world.bot.customer(5001, "Покупатель 1");
    world.bot.push(json!({ "message": { "message_id": "?" } }));
    world.bot.push(json!({ "something_new": { "a": 1 } }));
    let mut deep = json!(0);
    for _ in 0..120 {
        deep = json!([deep]);
    }
    world.bot.push(json!({ "message": deep }));
    olga.text("Обычный");
    let polled = world.gateway.poll(None).await.unwrap();
    assert_eq!(polled.facts.len(), 4);
    let unparsed = polled.facts.iter().filter(|fact| matches!(fact.body, Some(Body::Unparsed(_)))).count();
    assert_eq!((unparsed, texts(&polled.facts)), (3, vec!["Обычный".to_owned()]));
    let all = vec![
        "message",
        "edited_message",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "callback_query",
        "message_reaction",
        "my_chat_member",
    ];
    assert_eq!(world.bot.calls("getUpdates")[0].params["allowed_updates"], json!(all));
}

#[tokio::test]
async fn another_poller_is_told_as_an_account_problem() {
    let world = World::start().await;
    let other = Telegram::connect(&setup(&world.telegram.base_url(), world.bot.token(), &[])).unwrap();
    let waiting = world.gateway.poll(None);
    let displacing = async {
        testkit::eventually("the first poll", Duration::from_secs(5), async || {
            (world.bot.calls("getUpdates").len() == 1).then_some(())
        })
        .await;
        let second = other.poll(None);
        let olga = async {
            testkit::eventually("the second poll", Duration::from_secs(5), async || {
                (world.bot.calls("getUpdates").len() == 2).then_some(())
            })
            .await;
            world.bot.customer(5001, "Покупатель 1").text("!");
        };
        tokio::join!(second, olga).0
    };
    let (displaced, second) = tokio::join!(waiting, displacing);
    assert!(matches!(displaced, Err(ProviderError::Account { remedy_key: "conflict", .. })), "{displaced:?}");
    assert_eq!(texts(&second.unwrap().facts), ["!"]);
}

#[tokio::test]
async fn trouble_while_polling_is_told_with_its_kind() {
    let world = World::start().await;
    world.telegram.fail_next("getUpdates", Fault::FloodWait(9));
    let flood = world.gateway.poll(None).await;
    let wait = Some(Duration::from_secs(9));
    assert!(matches!(flood, Err(ProviderError::Temporary { retry_after, .. }) if retry_after == wait));
    for fault in [Fault::Html502, Fault::DropBefore, Fault::Status(500, "Internal Server Error".into())] {
        world.telegram.fail_next("getUpdates", fault);
        let trouble = world.gateway.poll(None).await;
        assert!(matches!(trouble, Err(ProviderError::Temporary { retry_after: None, .. })), "{trouble:?}");
    }
    let revoked =
        Telegram::connect(&setup(&world.telegram.base_url(), "77999999:Test_token-of_a_bot_that_is_a_fake1", &[]));
    let revoked = revoked.unwrap().poll(None).await;
    assert!(matches!(revoked, Err(ProviderError::Account { remedy_key: "token", .. })), "{revoked:?}");
}

#[tokio::test]
async fn opening_to_poll_removes_a_webhook_and_keeps_what_waits() {
    let world = World::start().await;
    assert_eq!(world.gateway.way(), Way::Poll);
    let webhook =
        Telegram::connect(&setup(&world.telegram.base_url(), world.bot.token(), &[("receive", "webhook")])).unwrap();
    webhook.open(Some("http://127.0.0.1:1/hook")).await.unwrap();
    world.bot.customer(5001, "Покупатель 1").text("Пока вебхук");
    let identity = testkit::eventually("the webhook to change again", Duration::from_secs(5), async || {
        world.gateway.open(None).await.ok()
    })
    .await;
    assert_eq!(identity.name, format!("@{}", world.bot.username()));
    assert_eq!(world.bot.webhook_url(), None);
    assert_eq!(texts(&world.gateway.poll(None).await.unwrap().facts), ["Пока вебхук"]);
}

#[tokio::test]
async fn a_webhook_is_set_once_with_our_secret() {
    let world = World::start_with(TelegramOptions::default(), &[("receive", "webhook")]).await;
    assert_eq!(world.gateway.way(), Way::Webhook);
    for _ in 0..3 {
        world.gateway.open(Some("http://127.0.0.1:1/hook/telegram/a")).await.unwrap();
    }
    let calls = world.bot.calls("setWebhook");
    assert_eq!(calls.len(), 1, "one is enough");
    let secret = calls[0].params["secret_token"].as_str().unwrap();
    let headers = [("x-telegram-bot-api-secret-token".parse().unwrap(), secret.parse().unwrap())].into_iter().collect();
    world.gateway.authenticate(&headers, b"").unwrap();
    assert!(world.gateway.authenticate(&http::HeaderMap::new(), b"").is_err());
    world.gateway.open(Some("http://127.0.0.1:2/hook/telegram/a")).await.unwrap_err();
    assert_eq!(world.bot.calls("setWebhook").len(), 2, "a new address is set, not faster than Telegram lets us");
}

#[tokio::test]
async fn a_webhook_without_a_public_address_says_what_is_missing() {
    let world = World::start_with(TelegramOptions::default(), &[("receive", "webhook")]).await;
    let missing = world.gateway.open(None).await;
    assert!(matches!(missing, Err(ProviderError::Account { remedy_key: "public_url", .. })), "{missing:?}");
}

#[tokio::test]
async fn deliveries_that_fail_are_told() {
    let world = World::start_with(TelegramOptions::default(), &[("receive", "webhook")]).await;
    let url = Some("http://127.0.0.1:1/hook/telegram/a");
    world.gateway.open(url).await.unwrap();
    world.bot.customer(5001, "Покупатель 1").text("Слышите?");
    let trouble = testkit::eventually("the failing deliveries to be told", Duration::from_secs(10), async || {
        world.gateway.open(url).await.err()
    })
    .await;
    assert!(matches!(trouble, ProviderError::Account { remedy_key: "webhook", .. }), "{trouble:?}");
}

async fn fetched(world: &World, attachment: &Attachment) -> Result<Vec<u8>, FetchError> {
    let mut download = world.gateway.fetch(attachment).await?;
    let mut bytes = Vec::new();
    while let Some(part) = download.bytes.next().await {
        bytes.extend_from_slice(&part?);
    }
    Ok(bytes)
}

async fn received_file(world: &World, message: CustomerMessage) -> Attachment {
    world.bot.customer(5001, "Покупатель 1").send(message);
    let polled = world.gateway.poll(None).await.expect("a poll");
    match &polled.facts.last().expect("a fact").body {
        Some(Body::Message(message)) => message.content.as_ref().expect("content").attachments[0].clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_file_is_fetched_whenever_it_is_asked_for() {
    let world = World::start().await;
    let bytes = vec![7; 300_000];
    let file = received_file(&world, CustomerMessage::document("Проём.pdf", "application/pdf", bytes.clone())).await;
    assert_eq!((file.name.as_str(), file.size_bytes), ("Проём.pdf", 300_000));
    assert_eq!(fetched(&world, &file).await.unwrap(), bytes);
    world.telegram.advance(Duration::from_secs(2 * 3600));
    assert_eq!(fetched(&world, &file).await.unwrap(), bytes, "the path is asked for anew");
}

#[tokio::test]
async fn a_server_of_ones_own_gives_large_files_from_its_disk() {
    let options = TelegramOptions { keeps_files: true, ..TelegramOptions::default() };
    let world = World::start_with(options, &[]).await;
    let bytes = vec![7; (20 << 20) + 1];
    let file = received_file(&world, CustomerMessage::document("Проём.mov", "video/quicktime", bytes.clone())).await;
    assert_eq!(fetched(&world, &file).await.unwrap().len(), bytes.len());
    world.telegram.fail_next("file", Fault::Status(404, "Not Found".into()));
    let Err(FetchError::Temporary { text, .. }) = fetched(&world, &file).await else { panic!("not served") };
    assert!(text.contains("/file/bot") && !text.contains(world.bot.token()), "{text}");
}

#[tokio::test]
async fn a_file_that_cannot_come_says_why() {
    let world = World::start().await;
    let big = received_file(&world, CustomerMessage::document("a.bin", "", vec![0; (20 << 20) + 1])).await;
    assert!(matches!(fetched(&world, &big).await, Err(FetchError::TooLarge)));
    let unknown = Attachment { remote_ref: "nonsense".into(), ..Attachment::default() };
    assert!(matches!(fetched(&world, &unknown).await, Err(FetchError::Gone(_))));
    world.telegram.fail_next("getFile", Fault::FloodWait(4));
    let wait = Some(Duration::from_secs(4));
    let flood = fetched(&world, &unknown).await;
    assert!(matches!(flood, Err(FetchError::Temporary { retry_after, .. }) if retry_after == wait), "{flood:?}");
    world.telegram.fail_next("getFile", Fault::DropBefore);
    assert!(matches!(fetched(&world, &unknown).await, Err(FetchError::Temporary { .. })));
}

#[tokio::test]
async fn our_own_business_message_comes_back_as_our_echo() {
    let world = World::start().await;
    let business = world.bot.business(testkit::telegram::Person::new(6001, "Мастер 1"));
    let olga = business.customer(&world.bot.customer(5001, "Покупатель 1"));
    olga.text("Вы ставите окна?");
    let keys = world.accepted(&format!("{}@5001", business.id()), text("Да")).await.provider_keys;
    let facts = world.gateway.poll(None).await.unwrap().facts;
    let echo = facts.iter().find(|fact| fact.message_key == keys[0]).unwrap();
    assert!(matches!(&echo.body, Some(Body::OwnEcho(echo)) if echo.own() == contracts::channel::Own::Yes));
    let asked = facts.iter().find(|fact| matches!(fact.body, Some(Body::Message(_)))).unwrap();
    assert_eq!(asked.thread_key, echo.thread_key);
    assert!(asked.reply_until.is_some());
}

#[tokio::test]
async fn good_settings_pass_every_step_and_change_nothing() {
    let telegram = FakeTelegram::start().await;
    let bot = telegram.bot();
    let probe = Telegram::probe(&setup(&telegram.base_url(), bot.token(), &[])).await;
    assert!(probe.steps.iter().all(|step| step.passed), "{:?}", probe.steps);
    assert_eq!(probe.identity, format!("@{}", bot.username()));
    let methods: Vec<_> = telegram.calls().into_iter().map(|call| call.method).collect();
    assert_eq!(methods, ["getme", "getwebhookinfo"]);
}

#[tokio::test]
async fn bad_settings_fail_at_the_step_that_is_to_blame() {
    let telegram = FakeTelegram::start().await;
    let bot = telegram.bot();
    let unknown = "77999999:Test_token-of_a_bot_that_is_a_fake1";
    let nowhere = "http://127.0.0.1:9";
    for (url, token, more, field) in [
        (telegram.base_url().as_str(), "12345", vec![], "token"),
        (telegram.base_url().as_str(), unknown, vec![], "token"),
        (nowhere, bot.token(), vec![], "api_url"),
        ("ftp://example.com", bot.token(), vec![], "api_url"),
        (telegram.base_url().as_str(), bot.token(), vec![("receive", "webhook")], "receive"),
        (telegram.base_url().as_str(), bot.token(), vec![("proxy", "nonsense")], "proxy"),
    ] {
        let probe = Telegram::probe(&setup(url, token, &more)).await;
        let failed: Vec<_> = probe.steps.iter().filter(|step| !step.passed).collect();
        assert_eq!(failed.len(), 1, "{field}: {:?}", probe.steps);
        assert_eq!(failed[0].field, field);
        let problem = failed[0].problem.as_ref().unwrap();
        let secret = token.split_once(':').map_or(token, |(_, secret)| secret);
        assert!(!problem.ru.contains(secret) && !problem.en.contains(secret));
        assert!(!problem.ru.is_empty() && !problem.en.is_empty());
    }
}
