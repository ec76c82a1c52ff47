use std::time::Duration;

use serde_json::json;
use testkit::eventually;
use testkit::telegram::{FakeTelegram, TelegramOptions};

use super::client::{Receiver, SOON, world};

fn fast() -> TelegramOptions {
    TelegramOptions { clock_scale: 200.0, ..TelegramOptions::default() }
}

#[tokio::test]
async fn a_webhook_gets_each_update_with_the_secret_and_in_the_order_of_its_chat() {
    let (_telegram, bot, api) = world(fast()).await;
    let receiver = Receiver::start().await;
    let hook = json!({ "url": receiver.url, "secret_token": "tell_nobody", "max_connections": 10 });
    api.call("setWebhook", hook.clone()).await.result();
    assert_eq!(api.call("setWebhook", hook).await.description(), "Webhook is already set");
    let olga = bot.customer(5001, "Ольга");
    let texts: Vec<_> = (0..10).map(|number| format!("сообщение {number}")).collect();
    for text in &texts {
        olga.text(text);
    }
    eventually("all ten", SOON, async || (bot.pending() == 0).then_some(())).await;
    assert_eq!(receiver.accepted(), texts);
    assert!(receiver.got().iter().all(|got| got.secret.as_deref() == Some("tell_nobody")));
    let info = api.call("getWebhookInfo", json!({})).await;
    assert_eq!(info.result()["url"], receiver.url);
}

#[tokio::test]
async fn a_failed_update_is_sent_again_and_holds_back_only_its_own_chat() {
    let (_telegram, bot, api) = world(fast()).await;
    let receiver = Receiver::start().await;
    for _ in 0..3 {
        receiver.answer_next(503, None);
    }
    api.call("setWebhook", json!({ "url": receiver.url })).await.result();
    let (olga, peter) = (bot.customer(1, "Ольга"), bot.customer(2, "Пётр"));
    olga.text("первое");
    eventually("the failures", SOON, async || (receiver.got().len() >= 3).then_some(())).await;
    olga.text("второе");
    peter.text("моё");
    eventually("all three", SOON, async || (bot.pending() == 0).then_some(())).await;
    let olgas: Vec<_> = receiver.accepted().into_iter().filter(|text| text != "моё").collect();
    assert_eq!(olgas, ["первое", "второе"]);
    assert_eq!(receiver.got().len(), 6);
    let info = api.call("getWebhookInfo", json!({})).await;
    assert!(info.result()["last_error_message"].as_str().unwrap().starts_with("Wrong response from the webhook: 503"));
}

#[tokio::test]
async fn a_retry_after_of_the_receiver_is_obeyed() {
    let (telegram, bot, api) = world(TelegramOptions::default()).await;
    let receiver = Receiver::start().await;
    receiver.answer_next(503, Some("3600"));
    api.call("setWebhook", json!({ "url": receiver.url })).await.result();
    bot.customer(1, "Ольга").text("позже");
    eventually("the refusal", SOON, async || (receiver.got().len() == 1).then_some(())).await;
    eventually("the error to be noted", SOON, async || {
        api.call("getWebhookInfo", json!({})).await.result()["last_error_message"].is_string().then_some(())
    })
    .await;
    telegram.advance(Duration::from_secs(3590));
    assert_eq!((receiver.got().len(), bot.pending()), (1, 1));
    telegram.advance(Duration::from_secs(20));
    eventually("the second try", SOON, async || (bot.pending() == 0).then_some(())).await;
}

async fn keep_failing(telegram: &FakeTelegram, receiver: &Receiver) {
    let seen = receiver.got().len();
    telegram.advance(Duration::from_secs(120));
    eventually("another try", SOON, async || (receiver.got().len() > seen).then_some(())).await;
}

#[tokio::test]
async fn a_receiver_that_is_gone_for_23_hours_loses_its_webhook() {
    let (telegram, bot, api) = world(TelegramOptions::default()).await;
    let receiver = Receiver::start().await;
    receiver.answer_always(Some(410));
    api.call("setWebhook", json!({ "url": receiver.url })).await.result();
    bot.customer(1, "Ольга").text("есть кто?");
    keep_failing(&telegram, &receiver).await;
    assert!(bot.webhook_url().is_some());
    telegram.advance(Duration::from_secs(23 * 3600));
    eventually("the webhook to go", SOON, async || bot.webhook_url().is_none().then_some(())).await;
}

#[tokio::test]
async fn a_webhook_that_telegram_would_not_take_is_refused() {
    let (_telegram, _bot, api) = world(TelegramOptions { public_webhooks_only: true, ..fast() }).await;
    for (params, description) in [
        (
            json!({ "url": "http://okno.example.com/x" }),
            "Bad Request: bad webhook: An HTTPS URL must be provided for webhook",
        ),
        (json!({ "url": "nonsense" }), "Bad Request: invalid webhook URL specified"),
        (
            json!({ "url": "https://okno.example.com", "secret_token": "а" }),
            "Bad Request: secret token contains unallowed characters",
        ),
        (
            json!({ "url": "https://okno.example.com", "secret_token": "a".repeat(257) }),
            "Bad Request: secret token is too long",
        ),
    ] {
        assert_eq!(api.call("setWebhook", params).await.description(), description);
    }
    assert_eq!(api.call("deleteWebhook", json!({})).await.description(), "Webhook is already deleted");
}
