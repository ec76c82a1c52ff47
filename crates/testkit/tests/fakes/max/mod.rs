//! The fake MAX as a bot sees it: over HTTP, in MAX's own words.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{sync::Arc, time::Duration};

use axum::{Router, extract::State, http::HeaderMap, routing::post};
use parking_lot::Mutex;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use testkit::{
    eventually,
    max::{CustomerMessage, FakeBot, FakeMax, Fault, MaxOptions},
};
use tokio_util::task::TaskTracker;

const SOON: Duration = Duration::from_secs(5);

struct Bot {
    max: FakeMax,
    bot: FakeBot,
    http: Client,
}

impl Bot {
    async fn start(options: MaxOptions) -> Self {
        let max = FakeMax::start_with(options).await;
        let bot = max.bot();
        Self { max, bot, http: client() }
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        self.call_as(self.bot.token(), method, path, body).await
    }

    async fn call_as(&self, token: &str, method: Method, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}{path}", self.max.base_url());
        let answer = self.http.request(method, url).header("Authorization", token).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.call(Method::GET, path, Value::Null).await
    }

    async fn send(&self, chat: i64, body: Value) -> (u16, Value) {
        self.call(Method::POST, &format!("/messages?chat_id={chat}"), body).await
    }

    /// Uploads a file in two steps and gives its token.
    async fn upload(&self, kind: &str, name: &str) -> Result<String, Value> {
        let place = self.call(Method::POST, &format!("/uploads?type={kind}"), json!({})).await.1;
        let part = reqwest::multipart::Part::bytes(b"bytes".to_vec()).file_name(name.to_owned());
        let form = reqwest::multipart::Form::new().part("data", part);
        let answer = self.http.post(place["url"].as_str().unwrap()).multipart(form).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        let told: Value = serde_json::from_str(&text).unwrap_or_default();
        if !status.is_success() {
            return Err(told);
        }
        let token = place["token"].as_str().or(told["token"].as_str());
        Ok(token.or(told["photos"]["1"]["token"].as_str()).expect("a token").to_owned())
    }
}

#[expect(clippy::disallowed_methods, reason = "a test plays the bot")]
fn client() -> Client {
    Client::builder().no_proxy().build().expect("a client")
}

/// Secret and body.
type Came = Vec<(Option<String>, Value)>;

/// A bot's webhook: what came, and the status that it answers.
#[derive(Clone, Default)]
struct Hook {
    came: Arc<Mutex<Came>>,
    status: Arc<Mutex<u16>>,
}

impl Hook {
    async fn start(status: u16) -> (Self, String) {
        let hook = Self::default();
        *hook.status.lock() = status;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let app = Router::new().route("/hook", post(take)).with_state(hook.clone());
        TaskTracker::new().spawn(async { axum::serve(listener, app).await });
        (hook, url)
    }

    async fn wait_for(&self, count: usize) {
        eventually(&format!("{count} deliveries"), SOON, async || (self.came.lock().len() >= count).then_some(()))
            .await;
    }
}

async fn take(State(hook): State<Hook>, headers: HeaderMap, body: axum::Json<Value>) -> StatusCode {
    let secret = headers.get("X-Max-Bot-Api-Secret").map(|value| value.to_str().unwrap().to_owned());
    hook.came.lock().push((secret, body.0));
    StatusCode::from_u16(*hook.status.lock()).unwrap()
}

#[tokio::test]
async fn only_the_bare_token_opens() {
    let bot = Bot::start(MaxOptions::default()).await;
    assert_eq!(bot.get("/me").await.0, 200);
    let bearer = format!("Bearer {}", bot.bot.token());
    let (status, told) = bot.call_as(&bearer, Method::GET, "/me", Value::Null).await;
    assert_eq!((status, told["code"].as_str()), (401, Some("verify.token")));
    assert_eq!(bot.get("/chats").await.0, 405, "chats are not listed");
}

#[tokio::test]
async fn a_webhook_wants_exactly_200_and_excludes_polls() {
    let bot = Bot::start(MaxOptions { clock_scale: 1.0, ..MaxOptions::unlimited() }).await;
    let anna = bot.bot.customer(88_100, "Анна");
    let (hook, url) = Hook::start(201).await;
    let subscription = json!({ "url": url, "secret": "a-secret", "update_types": ["message_created"] });
    assert_eq!(bot.call(Method::POST, "/subscriptions", subscription).await.1["success"], true);
    assert_eq!(bot.get("/updates?timeout=0").await.0, 405);
    anna.text("Раз");
    anna.start(None);
    hook.wait_for(1).await;
    assert_eq!(hook.came.lock()[0].0.as_deref(), Some("a-secret"));
    *hook.status.lock() = 200;
    bot.max.advance(Duration::from_secs(61));
    hook.wait_for(2).await;
    let came = hook.came.lock().clone();
    assert_eq!(came[0].1, came[1].1, "the same again, and nothing that was not asked for");
}

#[tokio::test]
async fn eight_hours_without_a_success_end_the_subscription() {
    let bot = Bot::start(MaxOptions::unlimited()).await;
    let anna = bot.bot.customer(88_100, "Анна");
    let (hook, url) = Hook::start(503).await;
    bot.call(Method::POST, "/subscriptions", json!({ "url": url })).await;
    anna.text("Раз");
    hook.wait_for(1).await;
    bot.max.advance(Duration::from_secs(9 * 3600));
    eventually("the subscription is gone", SOON, async || bot.bot.subscriptions().is_empty().then_some(())).await;
    let history = bot.get(&format!("/messages?chat_id={}", anna.chat_id())).await.1;
    assert_eq!(history["messages"][0]["body"]["text"], "Раз", "the history has it");
}

#[tokio::test]
async fn bad_subscriptions_are_refused() {
    let bot = Bot::start(MaxOptions { public_webhooks_only: true, ..MaxOptions::unlimited() }).await;
    for url in ["http://okno.example.com/x", "https://okno.example.com:8443/x", "nowhere"] {
        let (status, told) = bot.call(Method::POST, "/subscriptions", json!({ "url": url })).await;
        assert_eq!((status, told["success"].as_bool()), (200, Some(false)), "{url}");
    }
    let short = json!({ "url": "https://okno.example.com/x", "secret": "abc" });
    assert_eq!(bot.call(Method::POST, "/subscriptions", short).await.0, 400);
}

#[tokio::test]
async fn rates_hold_per_chat_and_per_bot() {
    let bot = Bot::start(MaxOptions::default()).await;
    let (anna, boris) = (bot.bot.customer(1, "Анна"), bot.bot.customer(2, "Борис"));
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(bot.send(anna.chat_id(), json!({ "text": "?" })).await.0);
    }
    assert_eq!(answers, [200, 200, 429]);
    assert_eq!(bot.send(boris.chat_id(), json!({ "text": "?" })).await.0, 200);
    let mut last = 200;
    for _ in 0..40 {
        last = bot.get("/me").await.0;
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn nobody_is_written_to_who_did_not_write_or_stopped_the_bot() {
    let bot = Bot::start(MaxOptions::unlimited()).await;
    let anna = bot.bot.customer(88_100, "Анна");
    let (status, told) = bot.send(88_100, json!({ "text": "?" })).await;
    assert_eq!((status, told["code"].as_str()), (404, Some("dialog.not.found")), "a person is no chat");
    assert_eq!(bot.send(1, json!({ "text": "?" })).await.1["code"], "not.found");
    assert_eq!(
        bot.call(Method::POST, "/messages?user_id=5", json!({ "text": "?" })).await.1["code"],
        "dialog.not.found"
    );
    anna.stop();
    assert_eq!(bot.send(anna.chat_id(), json!({ "text": "?" })).await.1["code"], "chat.denied");
    anna.start(None);
    assert_eq!(bot.send(anna.chat_id(), json!({ "text": "?" })).await.0, 200);
    bot.bot.set_moderated(false);
    assert_eq!(bot.send(anna.chat_id(), json!({ "text": "?" })).await.0, 403);
}

#[tokio::test]
async fn messages_that_break_a_limit_are_refused() {
    let bot = Bot::start(MaxOptions::unlimited()).await;
    let chat = bot.bot.customer(88_100, "Анна").chat_id();
    let button = json!({ "type": "callback", "text": "a", "payload": "b" });
    let keyboard = |row: Vec<Value>| json!({ "type": "inline_keyboard", "payload": { "buttons": [row] } });
    let file = json!({ "type": "file", "payload": { "token": bot.upload("file", "a.pdf").await.unwrap() } });
    for body in [
        json!({ "text": "я".repeat(4001) }),
        json!({ "text": "" }),
        json!({ "text": "?", "attachments": [{ "type": "image", "payload": { "token": "unknown" } }] }),
        json!({ "text": "?", "attachments": [keyboard(vec![button.clone(); 8])] }),
        json!({ "attachments": [file.clone(), file.clone()] }),
    ] {
        assert_eq!(bot.send(chat, body.clone()).await.0, 400, "{body}");
    }
    assert_eq!(bot.send(chat, json!({ "attachments": [file] })).await.0, 200);
    assert_eq!(bot.send(chat, json!({ "text": "?", "attachments": [keyboard(vec![button; 7])] })).await.0, 200);
    assert_eq!(bot.send(chat, json!({ "text": "?", "link": { "type": "reply", "mid": "mid.x" } })).await.0, 404);
}

#[tokio::test]
async fn a_token_stands_where_its_kind_has_it_and_a_file_takes_its_time() {
    let options = MaxOptions { processing: Duration::from_millis(300), ..MaxOptions::unlimited() };
    let bot = Bot::start(options).await;
    let anna = bot.bot.customer(88_100, "Анна");
    assert_eq!(bot.upload("image", "a.exe").await.unwrap_err()["message"], "File extension is forbidden");
    assert_eq!(bot.call(Method::POST, "/uploads?type=photo", json!({})).await.0, 400);
    for (kind, name) in [("image", "a.png"), ("video", "a.mp4"), ("audio", "a.ogg"), ("file", "a.pdf")] {
        let token = bot.upload(kind, name).await.unwrap();
        let body = json!({ "attachments": [{ "type": kind, "payload": { "token": token } }] });
        let (status, told) = bot.send(anna.chat_id(), body.clone()).await;
        assert_eq!((status, told["code"].as_str()), (400, Some("attachment.not.ready")), "{kind}");
        eventually("it is ready", SOON, async || (bot.send(anna.chat_id(), body.clone()).await.0 == 200).then_some(()))
            .await;
    }
}

#[tokio::test]
async fn history_comes_newest_first_in_pages() {
    let bot = Bot::start(MaxOptions::unlimited()).await;
    let anna = bot.bot.customer(88_100, "Анна");
    (0..5).for_each(|n| drop(anna.text(&n.to_string())));
    let path = format!("/messages?chat_id={}&count=2", anna.chat_id());
    let page = bot.get(&path).await.1;
    let texts: Vec<_> = page["messages"].as_array().unwrap().iter().map(|m| m["body"]["text"].clone()).collect();
    assert_eq!(texts, ["4", "3"]);
    assert!(page["messages"][0]["body"]["seq"].as_i64().unwrap() > 1 << 53);
    assert_eq!(bot.get(&format!("/messages?chat_id={}&count=101", anna.chat_id())).await.0, 400);
    assert_eq!(bot.get(&format!("/messages?chat_id={}&from=1", anna.chat_id())).await.1["messages"], json!([]));
}

#[tokio::test]
async fn edits_keep_what_they_do_not_name_and_end_after_a_week() {
    let bot = Bot::start(MaxOptions::unlimited()).await;
    let anna = bot.bot.customer(88_100, "Анна");
    let token = bot.upload("image", "a.png").await.unwrap();
    let image = json!({ "type": "image", "payload": { "token": token } });
    let sent = bot.send(anna.chat_id(), json!({ "text": "Раз", "attachments": [image] })).await.1;
    let path = format!("/messages?message_id={}", sent["message"]["body"]["mid"].as_str().unwrap());
    assert_eq!(bot.call(Method::PUT, &path, json!({ "text": "Два", "attachments": null })).await.1["success"], true);
    assert_eq!(
        (anna.received()[0].text.as_str(), &anna.received()[0].body["attachments"][0]["type"]),
        ("Два", &json!("image"))
    );
    bot.max.advance(Duration::from_secs(8 * 24 * 3600));
    assert_eq!(bot.call(Method::PUT, &path, json!({ "text": "Три" })).await.1["success"], false);
    assert_eq!(bot.call(Method::DELETE, &path, Value::Null).await.0, 200);
    assert_eq!(bot.call(Method::DELETE, &path, Value::Null).await.0, 404);
}

#[tokio::test]
async fn polls_hold_and_a_forward_alone_has_no_body() {
    let bot = Bot::start(MaxOptions::unlimited()).await;
    let anna = bot.bot.customer(88_100, "Анна");
    anna.send(CustomerMessage::forward("Борис", "Дует"));
    let (_, told) = bot.get("/updates?timeout=0").await;
    assert_eq!(told["updates"][0]["message"]["body"], Value::Null);
    let marker = told["marker"].as_i64().unwrap();
    let empty = bot.get(&format!("/updates?timeout=0&marker={marker}")).await.1;
    assert_eq!((empty["updates"].clone(), empty["marker"].as_i64()), (json!([]), Some(marker)));
    assert_eq!(bot.get("/updates?timeout=91").await.0, 400);
}

#[tokio::test]
async fn faults_do_what_they_say() {
    let bot = Bot::start(MaxOptions::unlimited()).await;
    let anna = bot.bot.customer(88_100, "Анна");
    let url = format!("{}/messages?chat_id={}", bot.max.base_url(), anna.chat_id());
    let send = || bot.http.post(&url).header("Authorization", bot.bot.token()).json(&json!({ "text": "?" })).send();
    for (fault, arrived) in [(Fault::DropBefore, 0), (Fault::DropAfterAccept, 1)] {
        bot.max.fail_next("send", fault);
        assert!(send().await.is_err());
        assert_eq!(anna.received().len(), arrived);
    }
    bot.max.fail_next("send", Fault::Html(502));
    assert_eq!(send().await.unwrap().status(), 502);
    bot.max.fail_next("send", Fault::Unsuccessful("no"));
    assert_eq!(send().await.unwrap().json::<Value>().await.unwrap()["success"], false);
}
