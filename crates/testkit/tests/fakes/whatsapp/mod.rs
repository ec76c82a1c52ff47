//! The fake Graph API, over HTTP as an adapter meets it.

mod media;
mod send;
mod webhooks;

use axum::{
    Router,
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    routing::get,
};
use parking_lot::Mutex;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use testkit::whatsapp::{FakeWhatsApp, Number};
use tokio_util::task::TaskTracker;

const LIMIT: Duration = Duration::from_secs(10);

#[expect(clippy::disallowed_methods, reason = "the test plays the adapter, and calls its own fake only")]
fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new()
}

fn call(whatsapp: &FakeWhatsApp, number: &Number, method: Method, path: &str) -> RequestBuilder {
    client().request(method, format!("{}/v26.0/{path}", whatsapp.base_url())).bearer_auth(number.token())
}

async fn answer(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

fn text(to: &str, text: &str) -> Value {
    json!({ "messaging_product": "whatsapp", "to": to, "type": "text", "text": { "body": text } })
}

async fn send(whatsapp: &FakeWhatsApp, number: &Number, body: &Value) -> (u16, Value) {
    let path = format!("{}/messages", number.id());
    answer(call(whatsapp, number, Method::POST, &path).json(body)).await
}

/// What an adapter's webhook would be: keeps what it got, and answers as it is told.
#[derive(Clone, Default)]
struct Hook(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    got: Vec<(HeaderMap, Bytes)>,
    refusals: usize,
}

impl Hook {
    async fn start(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let app = Router::new().route("/hook", get(Self::challenge).post(Self::take)).with_state(self.clone());
        let server = async move { axum::serve(listener, app).await.expect("a listener") };
        TaskTracker::new().spawn(server);
        address
    }

    async fn challenge(RawQuery(query): RawQuery) -> String {
        let query = query.unwrap_or_default();
        let field = |name: &str| {
            let mut fields = url::form_urlencoded::parse(query.as_bytes());
            fields.find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
        };
        if field("hub.verify_token") == "right" { field("hub.challenge") } else { "no".to_owned() }
    }

    async fn take(State(hook): State<Self>, headers: HeaderMap, body: Bytes) -> StatusCode {
        let mut kept = hook.0.lock();
        kept.got.push((headers, body));
        if kept.refusals > 0 {
            kept.refusals -= 1;
            return StatusCode::SERVICE_UNAVAILABLE;
        }
        StatusCode::OK
    }

    fn bodies(&self) -> Vec<Value> {
        self.0.lock().got.iter().map(|(_, body)| serde_json::from_slice(body).expect("JSON")).collect()
    }

    /// The values of all changes, in order.
    fn values(&self) -> Vec<Value> {
        let bodies = self.bodies();
        let entries = bodies.iter().flat_map(|body| body["entry"].as_array().expect("entries").clone());
        let changes = entries.flat_map(|entry| entry["changes"].as_array().expect("changes").clone());
        changes.map(|change| change["value"].clone()).collect()
    }
}

/// A number that delivers to a hook.
async fn hooked(whatsapp: &FakeWhatsApp) -> (Number, Hook) {
    let (number, hook) = (whatsapp.number(), Hook::default());
    let url = format!("http://{}/hook", hook.start().await);
    let subscribed = format!("{}/subscribed_apps", number.business());
    assert_eq!(answer(call(whatsapp, &number, Method::POST, &subscribed)).await.0, 200);
    let body = json!({ "webhook_configuration": { "override_callback_uri": url, "verify_token": "right" } });
    assert_eq!(answer(call(whatsapp, &number, Method::POST, number.id()).json(&body)).await.0, 200);
    (number, hook)
}
