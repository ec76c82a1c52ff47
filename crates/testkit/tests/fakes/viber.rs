//! The fake answers over HTTP as Viber does.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use parking_lot::Mutex;
use serde_json::{Value, json};
use testkit::{
    eventually,
    viber::{FakeBot, FakeViber, Fault, ViberOptions},
};
use tokio_util::task::TaskTracker;

const SOON: Duration = Duration::from_secs(10);

#[derive(Default)]
struct Got {
    /// Signature and body.
    callbacks: Vec<(String, Value)>,
    busy: usize,
}

/// A bot's program: takes callbacks, calls methods.
struct Program {
    url: String,
    base: String,
    token: String,
    got: Arc<Mutex<Got>>,
    running: tokio::task::JoinHandle<()>,
}

impl Drop for Program {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Program {
    async fn start(viber: &FakeViber, bot: &FakeBot) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let got: Arc<Mutex<Got>> = Arc::default();
        let app = Router::new()
            .route("/hook", post(take))
            .route("/files/a.png", get(|| async { "a picture" }))
            .with_state(got.clone());
        let running = TaskTracker::new().spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, base: viber.base_url(), token: bot.token().to_owned(), got, running }
    }

    #[expect(clippy::disallowed_methods, reason = "it plays the other side; egress guards the product's own calls")]
    async fn call(&self, method: &str, body: Value) -> Value {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let call = client.post(format!("{}/{method}", self.base)).header("X-Viber-Auth-Token", &self.token);
        call.json(&body).send().await.unwrap().json().await.unwrap()
    }

    async fn set_webhook(&self) -> Value {
        self.call("set_webhook", json!({ "url": format!("{}/hook", self.url) })).await
    }

    async fn send(&self, receiver: &str, message: Value) -> Value {
        let mut body = json!({ "receiver": receiver, "sender": { "name": "Okno" } });
        body.as_object_mut().unwrap().extend(message.as_object().unwrap().clone());
        self.call("send_message", body).await
    }

    async fn status(&self, receiver: &str, message: Value) -> i64 {
        self.send(receiver, message).await["status"].as_i64().unwrap()
    }

    fn of_kind(&self, kind: &str) -> Vec<Value> {
        let got = self.got.lock();
        got.callbacks.iter().filter(|(_, body)| body["event"] == kind).map(|(_, body)| body.clone()).collect()
    }

    async fn wait_for(&self, kind: &str, count: usize) -> Vec<Value> {
        eventually(kind, SOON, async || Some(self.of_kind(kind)).filter(|found| found.len() >= count)).await
    }
}

async fn take(State(got): State<Arc<Mutex<Got>>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut got = got.lock();
    let signature = headers["x-viber-content-signature"].to_str().unwrap().to_owned();
    got.callbacks.push((signature, serde_json::from_slice(&body).unwrap()));
    if got.busy > 0 {
        got.busy -= 1;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    StatusCode::OK
}

async fn world(options: ViberOptions) -> (FakeViber, FakeBot, Program) {
    let viber = FakeViber::start_with(options).await;
    let bot = viber.bot();
    let program = Program::start(&viber, &bot).await;
    (viber, bot, program)
}

async fn opened() -> (FakeViber, FakeBot, Program) {
    let world = world(ViberOptions { clock_scale: 500.0, ..ViberOptions::default() }).await;
    assert_eq!(world.2.set_webhook().await["status"], 0);
    world
}

#[tokio::test]
async fn a_webhook_is_called_before_it_is_taken() {
    let (_viber, bot, program) = world(ViberOptions::default()).await;
    program.got.lock().busy = 1;
    assert_eq!(program.set_webhook().await["status"], 1);
    assert_eq!(bot.webhook(), "");
    assert_eq!(program.set_webhook().await["status"], 0);
    assert_eq!(program.of_kind("webhook").len(), 2);
    let signed = program.got.lock().callbacks.iter().all(|(signature, _)| signature.len() == 64);
    assert!(signed);
    let strict = world(ViberOptions { https_only: true, ..ViberOptions::default() }).await;
    assert_eq!(strict.2.set_webhook().await["status"], 1);
}

#[tokio::test]
async fn errors_come_in_http_200() {
    let (viber, bot, program) = opened().await;
    let anna = bot.person("a==", "Анна");
    let text = json!({ "type": "text", "text": "x" });
    assert_eq!(program.status("nobody", text.clone()).await, 5);
    assert_eq!(program.status("a==", text.clone()).await, 6, "she has not written");
    anna.text("?");
    for (message, expected) in [
        (json!({ "type": "text", "text": "" }), 4),
        (json!({ "type": "text", "text": "я".repeat(7001) }), 3),
        (json!({ "type": "text", "text": "x", "sender": { "name": "я".repeat(29) } }), 3),
        (json!({ "type": "text", "text": "x", "min_api_version": 11 }), 13),
        (json!({ "type": "picture", "media": "http://127.0.0.1/a.png" }), 4),
        (json!({ "type": "picture", "text": "", "media": "http://127.0.0.1/a.webp" }), 3),
        (json!({ "type": "video", "media": "http://127.0.0.1/a.mp4" }), 4),
        (json!({ "type": "file", "media": "http://127.0.0.1/a", "size": 1, "file_name": "a.exe" }), 3),
        (json!({ "type": "file", "media": "http://127.0.0.1/a", "size": 1 }), 4),
        (json!({ "type": "text", "text": "x", "tracking_data": "y".repeat(31_000) }), 3),
        (json!({ "type": "text", "text": "x", "keyboard": { "Type": "keyboard", "Buttons": [] } }), 3),
        (text.clone(), 0),
    ] {
        assert_eq!(program.status("a==", message.clone()).await, expected, "{message}");
    }
    viber.fail_next("send_message", Fault::Status(12, "tooManyRequests".into()));
    assert_eq!(program.status("a==", text.clone()).await, 12);
    bot.lose_webhook();
    assert_eq!(program.status("a==", text.clone()).await, 10);
    bot.suspend(9);
    assert_eq!(program.status("a==", text).await, 9);
}

#[tokio::test]
async fn tokens_are_exact_only_as_whole_numbers() {
    let (_viber, bot, program) = opened().await;
    let token = bot.person("a==", "Анна").text("?");
    let message = program.wait_for("message", 1).await.remove(0);
    assert_eq!(message["message_token"].as_u64(), Some(token));
    assert_ne!(token as f64 as u64, token, "a float would name another message");
}

#[tokio::test]
async fn a_callback_comes_again_until_it_is_answered_and_then_no_more() {
    let (_viber, bot, program) = opened().await;
    program.got.lock().busy = 2;
    let token = bot.person("a==", "Анна").text("?");
    let tries = program.wait_for("message", 3).await;
    assert!(tries.iter().all(|body| body == &tries[0] && body["message_token"].as_u64() == Some(token)));
    program.got.lock().busy = 99;
    bot.person("b==", "Борис").text("?");
    eventually("it is given up", SOON * 6, async || (bot.lost_callbacks() == 1).then_some(())).await;
    assert_eq!(program.of_kind("message").len(), 9);
}

#[tokio::test]
async fn a_sent_picture_is_fetched_and_told_by_each_device_or_it_fails() {
    let (_viber, bot, program) = world(ViberOptions { devices: 2, ..ViberOptions::default() }).await;
    program.set_webhook().await;
    let anna = bot.person("a==", "Анна");
    anna.text("?");
    let picture =
        |name: &str| json!({ "type": "picture", "text": "", "media": format!("{}/files/{name}", program.url) });
    let sent = program.send("a==", picture("a.png")).await;
    let delivered = program.wait_for("delivered", 2).await;
    assert!(delivered.iter().all(|body| body["message_token"] == sent["message_token"]));
    assert_ne!(delivered[0]["timestamp"], delivered[1]["timestamp"]);
    assert_eq!(anna.received()[0].file.as_deref(), Some(b"a picture".as_slice()));
    let sent = program.send("a==", picture("gone.png")).await;
    assert_eq!(sent["status"], 0, "it is accepted first");
    let failed = program.wait_for("failed", 1).await;
    assert_eq!(failed[0]["message_token"], sent["message_token"]);
    assert_eq!(anna.received().len(), 1);
}

#[tokio::test]
async fn a_session_is_free_and_the_hundred_and_first_unanswered_message_is_refused() {
    let (viber, bot, program) = world(ViberOptions::default()).await;
    program.set_webhook().await;
    let anna = bot.person("a==", "Анна");
    anna.text("?");
    let text = json!({ "type": "text", "text": "x" });
    assert_eq!(program.send("a==", text.clone()).await["billing_status"], 1);
    viber.advance(Duration::from_secs(25 * 3600));
    assert_eq!(program.send("a==", text.clone()).await["billing_status"], 2);
    viber.advance(Duration::from_secs(2 * 3600));
    for number in 0..100 {
        assert_eq!(program.status("a==", text.clone()).await, 0, "{number}");
    }
    assert_eq!(program.status("a==", text.clone()).await, 12);
    anna.text("!");
    assert_eq!(program.status("a==", text).await, 0);
}

#[tokio::test]
async fn addresses_of_what_people_send_end() {
    let (viber, bot, program) = opened().await;
    bot.person("a==", "Анна").file("a.pdf", "application/pdf", "%PDF");
    let message = program.wait_for("message", 1).await.remove(0);
    let media = message["message"]["media"].as_str().unwrap();
    let get = async || reqwest_get(media).await;
    assert_eq!(get().await, 200);
    viber.advance(Duration::from_secs(3601));
    assert_eq!(get().await, 404);
}

#[expect(clippy::disallowed_methods, reason = "it plays the other side; egress guards the product's own calls")]
async fn reqwest_get(url: &str) -> u16 {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.get(url).send().await.unwrap().status().as_u16()
}
