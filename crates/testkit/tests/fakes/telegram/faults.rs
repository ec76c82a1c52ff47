use std::time::{Duration, Instant};

use serde_json::json;
use testkit::telegram::{Fault, TelegramOptions};

use super::client::world;

#[tokio::test]
async fn a_send_whose_answer_is_lost_reached_the_customer_once() {
    let (telegram, bot, api) = world(TelegramOptions::default()).await;
    let olga = bot.customer(5001, "Ольга");
    olga.text("привет");
    let message = json!({ "chat_id": 5001, "text": "здравствуйте" });
    telegram.fail_next("sendMessage", Fault::DropAfterAccept);
    assert!(api.try_call("sendMessage", message.clone()).await.is_err());
    assert_eq!(olga.received().len(), 1);

    telegram.fail_next("sendMessage", Fault::DropBefore);
    assert!(api.try_call("sendMessage", message.clone()).await.is_err());
    assert_eq!(olga.received().len(), 1);
    assert_eq!(telegram.count("sendMessage"), 2);
    assert!(telegram.calls().iter().all(|call| call.status.is_none()));

    api.call("sendMessage", message).await.result();
    assert_eq!(olga.received().len(), 2);
}

#[tokio::test]
async fn scripted_refusals_come_in_the_providers_form() {
    let (telegram, bot, api) = world(TelegramOptions::default()).await;
    let olga = bot.customer(5001, "Ольга");
    olga.text("привет");
    let message = json!({ "chat_id": 5001, "text": "здравствуйте" });
    telegram.fail_next("sendMessage", Fault::Status(403, "Forbidden: user is deactivated".into()));
    telegram.fail_next("sendMessage", Fault::FloodWait(7));
    telegram.fail_next("sendMessage", Fault::Html502);
    let refused = api.call("sendMessage", message.clone()).await;
    assert_eq!((refused.status, refused.description()), (403, "Forbidden: user is deactivated"));
    let flood = api.call("sendMessage", message.clone()).await;
    assert_eq!((flood.status, flood.retry_after.as_deref()), (429, Some("7")));
    let page = api.call("sendMessage", message.clone()).await;
    assert_eq!(page.status, 502);
    assert!(page.body.as_str().is_some_and(|body| body.starts_with("<html>")));
    assert!(olga.received().is_empty());

    telegram.fail_always("*", Fault::Status(500, "Internal Server Error".into()));
    assert_eq!(api.call("getMe", json!({})).await.status, 500);
    assert_eq!(api.call("sendMessage", message.clone()).await.status, 500);
    telegram.heal();
    api.call("sendMessage", message).await.result();
}

#[tokio::test]
async fn a_slow_answer_comes_after_the_send_was_done() {
    let (telegram, bot, api) = world(TelegramOptions::default()).await;
    let olga = bot.customer(5001, "Ольга");
    olga.text("привет");
    telegram.fail_next("sendMessage", Fault::Slow(Duration::from_millis(200)));
    let begun = Instant::now();
    api.call("sendMessage", json!({ "chat_id": 5001, "text": "здравствуйте" })).await.result();
    assert!(begun.elapsed() >= Duration::from_millis(200));
    assert_eq!(olga.received().len(), 1);
}
