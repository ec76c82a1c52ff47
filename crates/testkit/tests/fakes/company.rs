//! The fake answers over HTTP as docs/custom-channel.md asks of a chat, and sends what it asks.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use base64::{Engine as _, prelude::BASE64_STANDARD as BASE64};
use parking_lot::Mutex;
use ring::hmac;
use serde_json::{Value, json};
use testkit::company::{FakeCompany, Fault, event};
use tokio_util::task::TaskTracker;

fn signature(secret: &str, id: &str, at: i64, body: &str) -> String {
    let bytes = BASE64.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &bytes), format!("{id}.{at}.{body}").as_bytes());
    format!("v1,{}", BASE64.encode(tag))
}

#[expect(clippy::disallowed_methods, reason = "it plays the other side; egress guards the product's own calls")]
fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// Sends an event as Okno does; `None`: the connection broke.
async fn send(company: &FakeCompany, id: &str, at: i64, signatures: &str, body: &str) -> Option<u16> {
    let call = http().post(company.url()).header("webhook-id", id).header("webhook-timestamp", at);
    let answer = call.header("webhook-signature", signatures).body(body.to_owned()).send().await.ok()?;
    let status = answer.status().as_u16();
    answer.bytes().await.ok()?;
    Some(status)
}

async fn say(company: &FakeCompany, id: &str, kind: &str) -> Option<u16> {
    let (body, now) = (event(kind, json!({ "id": id })).to_string(), chrono::Utc::now().timestamp());
    send(company, id, now, &signature(company.secret(), id, now, &body), &body).await
}

#[tokio::test]
async fn only_what_is_signed_now_is_taken() {
    let company = FakeCompany::start().await;
    let (body, now) = (event("ping", json!({})).to_string(), chrono::Utc::now().timestamp());
    let own = |at| signature(company.secret(), "1", at, &body);
    let other = signature(FakeCompany::start().await.secret(), "1", now, &body);
    for (at, signatures, id, expected) in [
        (now, other.clone(), "1", 401),
        (now - 400, own(now - 400), "1", 401),
        (now, own(now), "2", 401),
        (now, String::new(), "1", 401),
        (now, format!("{other} {}", own(now)), "1", 200),
    ] {
        assert_eq!(send(&company, id, at, &signatures, &body).await, Some(expected), "{at} {signatures}");
    }
    assert_eq!((company.forged(), company.taken("ping").len()), (4, 1));
}

#[tokio::test]
async fn an_id_that_comes_again_is_answered_and_taken_once() {
    let company = FakeCompany::start().await;
    for _ in 0..2 {
        assert_eq!(say(&company, "m-1", "message.created").await, Some(200));
    }
    assert_eq!((company.taken("message.created").len(), company.repeats()), (1, 1));
}

#[tokio::test]
async fn faults_come_when_they_were_ordered_and_end() {
    let company = FakeCompany::start().await;
    let kind = "message.created";
    company.fail_next(kind, Fault::Answer(500, json!({})));
    company.fail_next(kind, Fault::TooMany(7));
    company.fail_next(kind, Fault::DropAfterAccept);
    company.fail_next(kind, Fault::SlowBody(Duration::from_millis(50)));
    let mut got = Vec::new();
    for id in ["1", "2", "3", "4", "5"] {
        got.push(say(&company, id, kind).await);
    }
    assert_eq!(got, [Some(500), Some(429), None, Some(200), Some(200)]);
    let taken: Vec<_> = company.taken(kind).into_iter().map(|event| event.id).collect();
    assert_eq!(taken, ["3", "4", "5"], "what broke after it was taken was taken");
    company.fail_always("ping", Fault::Answer(503, json!({})));
    assert_eq!((say(&company, "6", "ping").await, say(&company, "7", "ping").await), (Some(503), Some(503)));
    company.heal();
    assert_eq!(say(&company, "8", "ping").await, Some(200));
}

#[derive(Default)]
struct Got {
    events: Vec<(String, String, Value)>,
    busy: usize,
}

async fn take(State(got): State<Arc<Mutex<Got>>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let mut got = got.lock();
    let (id, at) = (header("webhook-id"), header("webhook-timestamp"));
    got.events.push((id.clone(), header("webhook-signature"), json!([at, String::from_utf8_lossy(&body)])));
    if got.busy > 0 {
        got.busy -= 1;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    StatusCode::OK
}

#[tokio::test]
async fn its_own_events_are_signed_and_come_again_under_the_same_id() {
    let company = FakeCompany::start().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hook = format!("http://{}/hook", listener.local_addr().unwrap());
    let got = Arc::new(Mutex::new(Got { busy: 1, ..Got::default() }));
    let app = Router::new().route("/hook", post(take)).with_state(got.clone());
    let running = TaskTracker::new().spawn(async move { axum::serve(listener, app).await.unwrap() });
    company.connect(&hook);
    company.tell("message.created", json!({ "id": "m-1", "person": { "id": "u-1" }, "text": "?" })).await;
    let events = got.lock().events.clone();
    assert_eq!((events.len(), &events[0].0), (2, &events[1].0));
    for (id, signed, rest) in &events {
        let (at, body) = (rest[0].as_str().unwrap().parse().unwrap(), rest[1].as_str().unwrap());
        assert_eq!(*signed, signature(company.secret(), id, at, body));
    }
    running.abort();
}

#[tokio::test]
async fn files_lie_where_their_entry_says() {
    let company = FakeCompany::start().await;
    let entry = company.file("document", "план.pdf", "application/pdf", "%PDF-1.4");
    assert_eq!((&entry["size"], &entry["kind"]), (&json!(8), &json!("document")));
    let answer = http().get(entry["url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/pdf");
    assert_eq!(answer.bytes().await.unwrap(), "%PDF-1.4");
}
