use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use parking_lot::Mutex;
use serde_json::{Value, json};
use testkit::telegram::{FakeBot, FakeTelegram, TelegramOptions};
use tokio_util::task::AbortOnDropHandle;

pub const SOON: Duration = Duration::from_secs(10);

/// What a call was answered with.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub retry_after: Option<String>,
    pub body: Value,
}

impl Reply {
    pub fn description(&self) -> &str {
        self.body["description"].as_str().unwrap_or_default()
    }

    pub fn result(&self) -> &Value {
        assert_eq!(self.status, 200, "{}", self.body);
        &self.body["result"]
    }
}

/// A bot's side of the wire.
#[derive(Clone)]
pub struct Api {
    pub http: reqwest::Client,
    pub base: String,
    pub token: String,
}

impl Api {
    #[expect(clippy::disallowed_methods, reason = "the test talks to its own fake")]
    pub fn new(telegram: &FakeTelegram, token: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { http, base: telegram.base_url(), token: token.to_owned() }
    }

    pub fn url(&self, method: &str) -> String {
        format!("{}/bot{}/{method}", self.base, self.token)
    }

    pub async fn call(&self, method: &str, params: Value) -> Reply {
        self.try_call(method, params).await.expect("an answer")
    }

    pub async fn try_call(&self, method: &str, params: Value) -> reqwest::Result<Reply> {
        reply(self.http.post(self.url(method)).json(&params).send().await?).await
    }
}

/// Sends a request and reads its answer.
pub async fn ask(request: reqwest::RequestBuilder) -> Reply {
    reply(request.send().await.expect("an answer")).await.expect("a whole answer")
}

async fn reply(response: reqwest::Response) -> reqwest::Result<Reply> {
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after").map(|value| value.to_str().expect("text").to_owned());
    let text = response.text().await?;
    Ok(Reply { status, retry_after, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) })
}

/// A fake, one bot of it and the bot's side.
pub async fn world(options: TelegramOptions) -> (FakeTelegram, FakeBot, Api) {
    let telegram = FakeTelegram::start_with(options).await;
    let bot = telegram.bot();
    let api = Api::new(&telegram, bot.token());
    (telegram, bot, api)
}

/// What a webhook got.
#[derive(Debug, Clone)]
pub struct Got {
    pub update: Value,
    pub secret: Option<String>,
    pub answered: u16,
}

/// A webhook that answers as told, then 200.
pub struct Receiver {
    pub url: String,
    state: Arc<Answers>,
    _server: AbortOnDropHandle<()>,
}

#[derive(Default)]
struct Answers {
    got: Mutex<Vec<Got>>,
    next: Mutex<VecDeque<(u16, Option<&'static str>)>>,
    always: Mutex<Option<u16>>,
}

impl Receiver {
    pub async fn start() -> Self {
        let state = Arc::new(Answers::default());
        let router = Router::new().fallback(receive).with_state(state.clone());
        let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let tasks = tokio_util::task::TaskTracker::new();
        let server = tasks.spawn(async move { axum::serve(listener, router).await.expect("a listener") });
        Self { url, state, _server: AbortOnDropHandle::new(server) }
    }

    pub fn answer_next(&self, status: u16, retry_after: Option<&'static str>) {
        self.state.next.lock().push_back((status, retry_after));
    }

    pub fn answer_always(&self, status: Option<u16>) {
        *self.state.always.lock() = status;
    }

    pub fn got(&self) -> Vec<Got> {
        self.state.got.lock().clone()
    }

    /// The texts of the messages that were accepted.
    pub fn accepted(&self) -> Vec<String> {
        let got = self.got().into_iter().filter(|got| got.answered == 200);
        got.map(|got| got.update["message"]["text"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

async fn receive(State(state): State<Arc<Answers>>, headers: HeaderMap, body: String) -> Response {
    let update = serde_json::from_str(&body).unwrap_or_else(|_| json!(body));
    let next = state.next.lock().pop_front();
    let (status, retry_after) = next.unwrap_or((state.always.lock().unwrap_or(200), None));
    let secret = headers.get("x-telegram-bot-api-secret-token").map(|value| value.to_str().expect("text").to_owned());
    state.got.lock().push(Got { update, secret, answered: status });
    let status = StatusCode::from_u16(status).expect("a status");
    match retry_after {
        Some(seconds) => (status, [("retry-after", seconds)]).into_response(),
        None => status.into_response(),
    }
}
