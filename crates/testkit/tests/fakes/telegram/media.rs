use std::time::Duration;

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use testkit::telegram::{CustomerMessage, FakeBot, Rate, TelegramOptions, png};

use super::client::{Api, Reply, ask, world};

fn unlimited() -> TelegramOptions {
    TelegramOptions { chat_rate: Rate::UNLIMITED, ..TelegramOptions::default() }
}

async fn last_message(bot: &FakeBot, api: &Api) -> Value {
    let mut updates = api.call("getUpdates", json!({ "offset": -1 })).await.result().clone();
    assert_eq!(bot.pending(), 1);
    updates[0]["message"].take()
}

async fn send_file(api: &Api, method: &str, field: &'static str, bytes: Vec<u8>) -> Reply {
    let part = Part::bytes(bytes).file_name("file.bin");
    let form = Form::new().text("chat_id", "5001").part(field, part);
    ask(api.http.post(api.url(method)).multipart(form)).await
}

#[tokio::test]
async fn a_customers_file_can_be_fetched_for_an_hour_and_then_asked_for_again() {
    let (telegram, bot, api) = world(unlimited()).await;
    bot.customer(5001, "Ольга")
        .send(CustomerMessage::document("план.pdf", "application/pdf", "pdf").caption("Вот план"));
    let message = last_message(&bot, &api).await;
    assert_eq!((&message["document"]["file_name"], &message["caption"]), (&json!("план.pdf"), &json!("Вот план")));
    let ask = json!({ "file_id": message["document"]["file_id"] });
    let file = api.call("getFile", ask.clone()).await;
    let path = file.result()["file_path"].as_str().unwrap().to_owned();
    let url = format!("{}/file/bot{}/{path}", api.base, api.token);
    assert_eq!(api.http.get(&url).send().await.unwrap().bytes().await.unwrap().as_ref(), b"pdf");
    telegram.advance(Duration::from_secs(3601));
    assert_eq!(api.http.get(&url).send().await.unwrap().status(), 404);
    api.call("getFile", ask).await.result();
    assert_eq!(api.http.get(&url).send().await.unwrap().status(), 200);
    let wrong = api.call("getFile", json!({ "file_id": "nonsense" })).await;
    assert_eq!(wrong.description(), "Bad Request: wrong file_id or the file is temporarily unavailable");
}

#[tokio::test]
async fn what_is_too_big_is_refused_on_both_ways() {
    let (_telegram, bot, api) = world(unlimited()).await;
    let olga = bot.customer(5001, "Ольга");
    olga.send(CustomerMessage::video("long.mp4", vec![0; (20 << 20) + 1], 900));
    let message = last_message(&bot, &api).await;
    let refused = api.call("getFile", json!({ "file_id": message["video"]["file_id"] })).await;
    assert_eq!((refused.status, refused.description()), (400, "Bad Request: file is too big"));

    let mut photo = png(10, 10);
    photo.resize((10 << 20) + 1, 0);
    let refused = send_file(&api, "sendPhoto", "photo", photo).await;
    assert!(
        refused.description().contains("is too big for a photo; the maximum size is 10485760 bytes"),
        "{}",
        refused.body
    );
    let refused = send_file(&api, "sendPhoto", "photo", b"no picture".to_vec()).await;
    assert_eq!(refused.description(), "Bad Request: IMAGE_PROCESS_FAILED");
    let refused = send_file(&api, "sendDocument", "document", vec![0; (50 << 20) + 1]).await;
    assert_eq!((refused.status, refused.description()), (413, "Request Entity Too Large"));
    assert!(olga.received().is_empty());
}

#[tokio::test]
async fn every_kind_of_media_can_be_sent() {
    let (_telegram, bot, api) = world(unlimited()).await;
    let olga = bot.customer(5001, "Ольга");
    olga.text("привет");
    for (method, field) in [
        ("sendDocument", "document"),
        ("sendVideo", "video"),
        ("sendAudio", "audio"),
        ("sendVideoNote", "video_note"),
        ("sendAnimation", "animation"),
        ("sendSticker", "sticker"),
    ] {
        let sent = send_file(&api, method, field, vec![1, 2, 3]).await;
        assert!(sent.result()[field]["file_id"].is_string(), "{method}");
    }
    let voice = send_file(&api, "sendVoice", "voice", b"OggS...".to_vec()).await;
    assert!(voice.result()["voice"].is_object());
    let other = send_file(&api, "sendVoice", "voice", b"WAVE".to_vec()).await;
    assert!(other.result()["document"].is_object());
    let place = json!({ "chat_id": 5001, "latitude": 55.7, "longitude": "37.6", "title": "Офис", "address": "ул. Примерная, 1" });
    assert!(api.call("sendVenue", place.clone()).await.result()["location"].is_object());
    assert!(api.call("sendLocation", place).await.result()["location"].is_object());
    let contact = json!({ "chat_id": 5001, "phone_number": "+7 999 000-00-01", "first_name": "Мастер" });
    assert!(api.call("sendContact", contact).await.result()["contact"].is_object());
    assert_eq!(olga.received().len(), 11);
}

#[tokio::test]
async fn an_album_is_one_call_and_several_messages() {
    let (telegram, bot, api) = world(unlimited()).await;
    bot.customer(5001, "Ольга").text("фото?");
    telegram.host("https://files.example.com/a.png", "image/png", png(20, 20));
    let media = json!([
        { "type": "photo", "media": "attach://one", "caption": "Две створки" },
        { "type": "photo", "media": "https://files.example.com/a.png" },
    ]);
    let part = Part::bytes(png(30, 30)).file_name("one.png");
    let form = Form::new().text("chat_id", "5001").text("media", media.to_string()).part("one", part);
    let sent = ask(api.http.post(api.url("sendMediaGroup")).multipart(form)).await;
    let messages = sent.result().as_array().unwrap();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0]["media_group_id"], messages[1]["media_group_id"]);
    assert_eq!(telegram.sent_to(5001)[0].caption.as_deref(), Some("Две створки"));

    let elsewhere = json!({ "chat_id": 5001, "photo": "https://files.example.com/none.png" });
    let refused = api.call("sendPhoto", elsewhere).await;
    assert_eq!(refused.description(), "Bad Request: failed to get HTTP URL content");
    let alone = json!({ "chat_id": 5001, "media": [{ "type": "photo", "media": "attach://one" }] });
    assert_eq!(api.call("sendMediaGroup", alone).await.status, 400);
}
