use reqwest::multipart::{Form, Part};
use serde_json::json;
use testkit::telegram::{Rate, TelegramOptions, png};

use super::client::{ask, world};

fn unlimited() -> TelegramOptions {
    TelegramOptions { chat_rate: Rate::UNLIMITED, ..TelegramOptions::default() }
}

#[tokio::test]
async fn all_four_encodings_mean_the_same() {
    let (telegram, bot, api) = world(unlimited()).await;
    bot.customer(5001, "Ольга").text("здравствуйте");
    let entities = r#"[{"type":"bold","offset":0,"length":4}]"#;
    let pairs = [("chat_id", "5001"), ("text", "Окно 2x1"), ("entities", entities)];
    let form = Form::new().text("chat_id", "5001").text("text", "Окно 2x1").text("entities", entities);
    let json =
        json!({ "chat_id": 5001, "text": "Окно 2x1", "entities": [{ "type": "bold", "offset": 0, "length": 4 }] });
    let url = api.url("sendMessage");
    for request in [
        api.http.get(&url).query(&pairs),
        api.http.post(&url).form(&pairs),
        api.http.post(&url).json(&json),
        api.http.post(&url).multipart(form),
    ] {
        let reply = ask(request).await;
        assert_eq!(reply.result()["entities"][0]["type"], "bold");
    }
    let sent = telegram.sent_to(5001);
    assert_eq!(sent.len(), 4);
    assert!(sent.iter().all(|one| one.text.as_deref() == Some("Окно 2x1") && one.entities.len() == 1));
    assert!(sent.windows(2).all(|pair| pair[0].message_id < pair[1].message_id));
}

#[tokio::test]
async fn a_picture_comes_as_a_part_and_is_seen_in_several_sizes() {
    let (telegram, bot, api) = world(unlimited()).await;
    bot.customer(5001, "Ольга").text("фото?");
    let picture = png(1000, 500);
    let part = Part::bytes(picture.clone()).file_name("window.png").mime_str("image/png").unwrap();
    let form = Form::new().text("chat_id", "5001").text("photo", "attach://p").text("caption", "Вот").part("p", part);
    let sent = ask(api.http.post(api.url("SendPhoto")).multipart(form)).await;
    let sizes = sent.result()["photo"].as_array().unwrap();
    assert_eq!(sizes.last().unwrap()["width"], 1000);
    let got = &telegram.sent_to(5001)[0];
    assert_eq!((got.kind.as_str(), got.caption.as_deref()), ("photo", Some("Вот")));
    let file = got.file.as_ref().unwrap();
    assert_eq!((file.len, file.name.as_deref()), (picture.len(), Some("window.png")));

    let again = json!({ "chat_id": 5001, "photo": sizes.last().unwrap()["file_id"] });
    api.call("sendPhoto", again).await.result();
    assert_eq!(telegram.sent_to(5001)[1].file.as_ref().unwrap().sha256, file.sha256);
}

#[tokio::test]
async fn a_chat_that_gets_too_much_is_refused_with_the_seconds_to_wait() {
    let rate = TelegramOptions { chat_rate: Rate::new(0.02, 2), ..TelegramOptions::default() };
    let (telegram, bot, api) = world(rate).await;
    for id in [5001, 5002] {
        bot.customer(id, "Покупатель").text("привет");
    }
    let mut refused = None;
    for number in 0..3 {
        refused = Some(api.call("sendMessage", json!({ "chat_id": 5001, "text": format!("{number}") })).await);
    }
    let refused = refused.unwrap();
    let wait = refused.body["parameters"]["retry_after"].as_u64().unwrap();
    assert!((2..=50).contains(&wait), "{wait}");
    assert_eq!((refused.status, refused.retry_after.clone()), (429, Some(wait.to_string())));
    assert_eq!(refused.description(), format!("Too Many Requests: retry after {wait}"));
    api.call("sendMessage", json!({ "chat_id": 5002, "text": "другой чат" })).await.result();
    assert_eq!(telegram.sent_to(5001).len(), 2);
}

#[tokio::test]
async fn a_customer_who_never_wrote_or_blocked_the_bot_cannot_be_written_to() {
    let (telegram, bot, api) = world(unlimited()).await;
    let olga = bot.customer(5001, "Ольга");
    let write = async || api.call("sendMessage", json!({ "chat_id": 5001, "text": "акция" })).await;
    let refused = write().await;
    assert_eq!(refused.status, 403);
    assert_eq!(refused.description(), "Forbidden: bot can't initiate conversation with a user");
    olga.start(None);
    write().await.result();
    olga.block();
    assert_eq!(write().await.description(), "Forbidden: bot was blocked by the user");
    olga.unblock();
    write().await.result();
    let stranger = api.call("sendMessage", json!({ "chat_id": 6, "text": "?" })).await;
    assert_eq!((stranger.status, stranger.description()), (400, "Bad Request: chat not found"));
    assert_eq!(telegram.sent_to(5001).len(), 2);
}

#[tokio::test]
async fn what_telegram_refuses_is_refused_with_its_words() {
    let (telegram, bot, api) = world(unlimited()).await;
    bot.customer(5001, "Ольга").text("привет");
    let wide = "🪟".repeat(2049);
    for (params, description) in [
        (json!({ "chat_id": 5001 }), "Bad Request: message text is empty"),
        (json!({ "chat_id": 5001, "text": " \n" }), "Bad Request: message text is empty"),
        (json!({ "text": "x" }), "Bad Request: chat_id is empty"),
        (json!({ "chat_id": 5001, "text": wide }), "Bad Request: message is too long"),
        (json!({ "chat_id": 5001, "text": "x", "parse_mode": "Html5" }), "Bad Request: unsupported parse_mode"),
        (
            json!({ "chat_id": 5001, "text": "x", "reply_parameters": { "message_id": 999 } }),
            "Bad Request: message to be replied not found",
        ),
    ] {
        let reply = api.call("sendMessage", params).await;
        assert_eq!((reply.status, reply.description()), (400, description));
    }
    let fits = "🪟".repeat(2048);
    api.call("sendMessage", json!({ "chat_id": 5001, "text": fits })).await.result();
    let photo = api.call("sendPhoto", json!({ "chat_id": 5001 })).await;
    assert_eq!(photo.description(), "Bad Request: there is no photo in the request");
    let location = api.call("sendLocation", json!({ "chat_id": 5001 })).await;
    assert_eq!(location.description(), "Bad Request: latitude is empty");
    assert_eq!(telegram.sent_to(5001).len(), 1);
}

#[tokio::test]
async fn an_edit_and_a_deletion_are_seen_by_the_customer() {
    let (telegram, bot, api) = world(unlimited()).await;
    let olga = bot.customer(5001, "Ольга");
    let question = olga.text("цена?").message_id;
    let sent = api.call("sendMessage", json!({ "chat_id": 5001, "text": "10 000" })).await;
    let id = sent.result()["message_id"].clone();
    let edit = json!({ "chat_id": 5001, "message_id": id, "text": "12 000" });
    assert!(api.call("editMessageText", edit.clone()).await.result()["edit_date"].is_number());
    let same = api.call("editMessageText", edit).await;
    assert!(same.description().starts_with("Bad Request: message is not modified"), "{}", same.body);
    let foreign = json!({ "chat_id": 5001, "message_id": question, "text": "цена!" });
    assert_eq!(api.call("editMessageText", foreign).await.description(), "Bad Request: message can't be edited");
    assert_eq!(telegram.sent_to(5001)[0].text.as_deref(), Some("12 000"));
    assert_eq!(telegram.sent_to(5001)[0].edits.len(), 1);

    api.call("deleteMessage", json!({ "chat_id": 5001, "message_id": id })).await.result();
    assert!(telegram.sent_to(5001)[0].deleted && olga.received().is_empty());
    let gone = api.call("deleteMessage", json!({ "chat_id": 5001, "message_id": id })).await;
    assert_eq!(gone.description(), "Bad Request: message to delete not found");

    let like = json!({ "chat_id": 5001, "message_id": question, "reaction": [{ "type": "emoji", "emoji": "👍" }] });
    api.call("setMessageReaction", like).await.result();
    assert_eq!(telegram.reactions()[0].emoji, ["👍"]);
}

#[tokio::test]
async fn a_group_that_became_a_supergroup_tells_its_new_id() {
    let (telegram, bot, api) = world(unlimited()).await;
    let mut group = bot.group(-200, "Монтаж");
    group.member(&bot.customer(5001, "Ольга")).text("всем привет");
    api.call("sendMessage", json!({ "chat_id": -200, "text": "привет" })).await.result();
    group.migrate(-100_200);
    let moved = api.call("sendMessage", json!({ "chat_id": -200, "text": "привет" })).await;
    assert_eq!((moved.status, &moved.body["parameters"]["migrate_to_chat_id"]), (400, &json!(-100_200)));
    api.call("sendMessage", json!({ "chat_id": -100_200, "text": "привет" })).await.result();
    assert_eq!(telegram.sent_to(-100_200).len(), 1);
}
