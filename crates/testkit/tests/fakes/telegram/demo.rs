use serde_json::{Value, json};
use testkit::eventually;
use testkit::telegram::{DEMO_TOKEN, DemoOptions, FakeTelegram, TelegramOptions, png};

use super::client::{Api, SOON, ask};

async fn demo() -> (FakeTelegram, Api) {
    let options = TelegramOptions { demo: Some(DemoOptions::default()), ..TelegramOptions::default() };
    let telegram = FakeTelegram::start_with(options).await;
    let api = Api::new(&telegram, DEMO_TOKEN);
    (telegram, api)
}

async fn messages(api: &Api) -> Vec<Value> {
    let url = format!("{}/demo/api/chat", api.base);
    let view = ask(api.http.get(url)).await.body;
    view["messages"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn the_demo_customer_writes_once_an_adapter_listens_and_gets_the_answer() {
    let (_telegram, api) = demo().await;
    let bot = ask(api.http.post(format!("{}/demo/api/bot", api.base))).await;
    assert_eq!(bot.body["token"], DEMO_TOKEN);
    assert!(messages(&api).await.is_empty());

    let updates = api.call("getUpdates", json!({})).await;
    let greeting = &updates.result()[0]["message"];
    assert_eq!(greeting["from"]["first_name"], "Покупатель 1");
    let chat = greeting["chat"]["id"].clone();
    let keyboard = json!({ "inline_keyboard": [[{ "text": "Да", "callback_data": "yes" }]] });
    let answer = json!({ "chat_id": chat, "text": "<b>12 000 ₽</b>", "reply_markup": keyboard });
    let sent = api.call("sendMessage", answer).await.result()["message_id"].clone();
    let seen = messages(&api).await;
    assert_eq!(seen.len(), 2);
    assert_eq!((&seen[1]["text"], &seen[1]["own"]), (&json!("<b>12 000 ₽</b>"), &json!(false)));

    let post = async |path: &str, body: Value| {
        let url = format!("{}/demo/api/{path}", api.base);
        api.http.post(url).json(&body).send().await.unwrap().status().as_u16()
    };
    assert_eq!(post("text", json!({ "text": "Дорого" })).await, 200);
    assert_eq!(post("text", json!({ "text": " " })).await, 400);
    assert_eq!(post("press", json!({ "message_id": sent, "data": "yes" })).await, 200);
    assert_eq!(post("press", json!({ "message_id": sent, "data": "no" })).await, 404);
    let updates = api.call("getUpdates", json!({ "offset": -2 })).await;
    assert_eq!(updates.result()[0]["message"]["text"], "Дорого");
    assert_eq!(updates.result()[1]["callback_query"]["data"], "yes");
}

#[tokio::test]
async fn the_demo_customer_sends_pictures_and_nothing_else() {
    let (_telegram, api) = demo().await;
    let url = format!("{}/demo/api/photo", api.base);
    let send = async |kind: &str, bytes: Vec<u8>| {
        api.http.post(&url).header("content-type", kind).body(bytes).send().await.unwrap().status().as_u16()
    };
    assert_eq!(send("image/png", png(40, 30)).await, 200);
    assert_eq!(send("image/png", b"<script>".to_vec()).await, 415);
    assert_eq!(send("text/plain", png(40, 30)).await, 415);
    assert_eq!(send("image/png", vec![0; (10 << 20) + 1]).await, 413);
    let seen = messages(&api).await;
    let file = format!("{}/demo/api/file/{}", api.base, seen[0]["photo"].as_str().unwrap());
    let shown = api.http.get(file).send().await.unwrap();
    assert_eq!(shown.headers()["content-type"], "image/png");
    assert_eq!(shown.headers()["x-content-type-options"], "nosniff");
    // A form of another site can send plain text, but not JSON.
    let text = api.http.post(format!("{}/demo/api/text", api.base)).body(r#"{"text":"подделка"}"#);
    assert_eq!(text.send().await.unwrap().status(), 415);
}

#[tokio::test]
async fn the_page_comes_in_the_readers_language_and_the_chat_waits_for_news() {
    let (telegram, api) = demo().await;
    let page = async |language: &str| {
        let request = api.http.get(format!("{}/demo", api.base)).header("accept-language", language);
        request.send().await.unwrap().text().await.unwrap()
    };
    assert!(page("ru-RU").await.contains("<html lang=\"ru\">"));
    assert!(page("de").await.contains("<html lang=\"en\">"));

    let known = ask(api.http.get(format!("{}/demo/api/chat", api.base))).await;
    let after = format!("{}/demo/api/chat?after={}", api.base, known.body["version"].as_str().unwrap());
    let wait = async { ask(api.http.get(after)).await.body };
    let write = async {
        eventually("nothing in particular", SOON, async || Some(())).await;
        api.call("setWebhook", json!({ "url": "http://127.0.0.1:9/" })).await.result();
    };
    let (news, ()) = tokio::join!(wait, write);
    assert_eq!(news["connected"], true);
    assert_eq!(telegram.count("setWebhook"), 1);
}
