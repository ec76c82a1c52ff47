use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::eventually;
use testkit::telegram::{CustomerMessage, TelegramOptions};

use super::client::{Api, SOON, world};

fn fast() -> TelegramOptions {
    TelegramOptions { clock_scale: 100.0, ..TelegramOptions::default() }
}

#[tokio::test]
async fn a_long_poll_wakes_at_once_and_serves_an_update_until_it_is_confirmed() {
    let (telegram, bot, api) = world(TelegramOptions::default()).await;
    let olga = bot.customer(5001, "Ольга");
    let poll = api.call("GetUpdates", json!({ "timeout": 30 }));
    let write = async {
        eventually("the poll", SOON, async || (telegram.count("getUpdates") == 1).then_some(())).await;
        olga.text("Цена на окно 2x1?");
        Instant::now()
    };
    let (reply, written) = tokio::join!(poll, write);
    assert!(written.elapsed() < Duration::from_secs(2));
    let update = &reply.result()[0];
    assert_eq!(update["message"]["text"], "Цена на окно 2x1?");
    assert_eq!(update["message"]["from"]["first_name"], "Ольга");
    assert_eq!(update["message"]["chat"]["type"], "private");

    let offset = update["update_id"].as_i64().unwrap() + 1;
    let confirmed = api.call("getUpdates", json!({ "offset": offset })).await;
    assert_eq!(confirmed.result(), &json!([]));
    assert_eq!(bot.pending(), 0);
}

#[tokio::test]
async fn the_earlier_of_two_polls_is_told_of_the_conflict() {
    let (telegram, bot, api) = world(fast()).await;
    let first = api.call("getUpdates", json!({ "timeout": 30 }));
    let second = async {
        eventually("the first poll", SOON, async || (telegram.count("getUpdates") == 1).then_some(())).await;
        api.call("getUpdates", json!({ "timeout": 30, "offset": 1 })).await
    };
    let deliver = async {
        eventually("both polls", SOON, async || (telegram.count("getUpdates") == 2).then_some(())).await;
        bot.customer(1, "Пётр").text("я здесь");
    };
    let (first, second, ()) = tokio::join!(first, second, deliver);
    assert_eq!(first.status, 409);
    assert!(first.description().starts_with("Conflict: terminated by other getUpdates request;"), "{}", first.body);
    assert_eq!(second.result().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn polls_and_a_webhook_exclude_each_other() {
    let (telegram, _bot, api) = world(fast()).await;
    let poll = api.call("getUpdates", json!({ "timeout": 30 }));
    let set = async {
        eventually("the poll", SOON, async || (telegram.count("getUpdates") == 1).then_some(())).await;
        api.call("setWebhook", json!({ "url": "http://127.0.0.1:9/x", "secret_token": "s" })).await
    };
    let (poll, set) = tokio::join!(poll, set);
    assert_eq!((poll.status, poll.description()), (409, "Conflict: terminated by setWebhook request"));
    assert_eq!(set.description(), "Webhook was set");
    let refused = api.call("getUpdates", json!({})).await;
    assert!(refused.description().contains("can't use getUpdates method while webhook is active"), "{}", refused.body);
    let too_soon = api.call("deleteWebhook", json!({})).await;
    assert_eq!((too_soon.status, too_soon.retry_after.as_deref()), (429, Some("1")));
}

#[tokio::test]
async fn an_update_that_nobody_fetched_is_gone_after_a_day() {
    let (telegram, bot, api) = world(TelegramOptions::default()).await;
    bot.customer(1, "Пётр").text("срочно");
    telegram.advance(Duration::from_secs(24 * 3600));
    assert_eq!(api.call("getUpdates", json!({})).await.result(), &json!([]));
}

#[tokio::test]
async fn every_kind_a_customer_can_send_arrives_under_its_own_key() {
    let (_telegram, bot, api) = world(fast()).await;
    let kinds = "message edited_message callback_query message_reaction my_chat_member";
    let allowed: Vec<_> = kinds.split(' ').collect();
    api.call("getUpdates", json!({ "allowed_updates": allowed })).await;
    let olga = bot.customer(5001, "Ольга");
    let first = olga.start(Some("site-42")).message_id;
    olga.send(CustomerMessage::animation("wave.gif", vec![1]));
    olga.send(CustomerMessage::venue(55.7, 37.6, "Офис", "ул. Примерная, 1"));
    olga.send(CustomerMessage::contact("+7 999 000-00-01", "Ольга", Some(5001)));
    olga.album(vec![
        CustomerMessage::video("a.mp4", vec![2], 3),
        CustomerMessage::document("a.pdf", "application/pdf", vec![3]),
    ]);
    olga.reply(first, "это я");
    olga.edit_text(first, "/start site-43");
    olga.react(first, None, Some("👍"));
    olga.block();
    bot.push(json!({ "star_gift_of_tomorrow": { "chat": { "id": 5001 } } }));

    let reply = api.call("getUpdates", json!({ "offset": 1 })).await;
    let updates: Vec<Value> = reply.result().as_array().unwrap().clone();
    let message = |at: usize| &updates[at]["message"];
    assert_eq!(message(0)["entities"][0], json!({ "type": "bot_command", "offset": 0, "length": 6 }));
    assert!(message(1)["animation"].is_object() && message(1)["document"].is_object());
    assert!(message(2)["venue"].is_object() && message(2)["location"].is_object());
    assert_eq!(message(3)["contact"]["user_id"], 5001);
    assert_eq!(message(4)["media_group_id"], message(5)["media_group_id"]);
    assert_eq!(message(6)["reply_to_message"]["message_id"], first);
    assert_eq!(updates[7]["edited_message"]["text"], "/start site-43");
    assert_eq!(updates[8]["message_reaction"]["new_reaction"][0]["emoji"], "👍");
    assert_eq!(updates[9]["my_chat_member"]["new_chat_member"]["status"], "kicked");
    assert!(updates[10]["star_gift_of_tomorrow"].is_object());
}

#[tokio::test]
async fn a_button_can_be_pressed_and_is_answered_in_time_or_not_at_all() {
    let (telegram, bot, api) = world(TelegramOptions::default()).await;
    let olga = bot.customer(5001, "Ольга");
    olga.text("здравствуйте");
    let keyboard = json!({ "inline_keyboard": [[{ "text": "Да", "callback_data": "yes" }]] });
    let sent = api.call("sendMessage", json!({ "chat_id": 5001, "text": "Замер?", "reply_markup": keyboard })).await;
    let id = olga.press(sent.result()["message_id"].as_i64().unwrap(), "yes");
    let query = json!({ "callback_query_id": id, "text": "Записали" });
    api.call("answerCallbackQuery", query.clone()).await.result();
    assert_eq!(olga.press_answer(&id).unwrap()["text"], "Записали");
    telegram.advance(Duration::from_secs(150));
    let late = api.call("answerCallbackQuery", query).await;
    assert!(late.description().starts_with("Bad Request: query is too old"), "{}", late.body);
}

#[tokio::test]
async fn repeats_come_under_the_old_id_or_a_new_one() {
    let (_telegram, bot, api) = world(fast()).await;
    let id = bot.customer(1, "Пётр").text("раз").update_id.unwrap();
    api.call("getUpdates", json!({ "offset": id + 1 })).await;
    bot.repeat(id);
    let new = bot.repeat_as_new(id);
    let reply = api.call("getUpdates", json!({ "offset": id + 1 })).await;
    // A repeated offset within half a second gets one update only, so ask for the rest.
    let mut ids = vec![reply.result()[0]["update_id"].as_i64().unwrap()];
    let rest = api.call("getUpdates", json!({ "offset": id + 1, "limit": 5 })).await;
    ids.push(rest.result()[0]["update_id"].as_i64().unwrap());
    assert_eq!(ids, [id, new]);
}

#[tokio::test]
async fn tokens_and_methods_that_do_not_exist_are_refused() {
    let (telegram, _bot, api) = world(fast()).await;
    let unknown = Api::new(&telegram, &format!("5:{}", "x".repeat(35)));
    let reply = unknown.call("getMe", json!({})).await;
    assert_eq!((reply.status, reply.description()), (401, "Unauthorized"));
    let malformed = Api::new(&telegram, "5:short").call("getMe", json!({})).await;
    assert_eq!((malformed.status, malformed.description()), (404, "Not Found"));
    let method = api.call("sendTelegram", json!({})).await;
    assert_eq!((method.status, method.description()), (404, "Not Found: method not found"));
    assert_eq!(api.call("GETME", json!({})).await.result()["is_bot"], true);
}
