//! A company with a chat of its own: takes Okno's signed events and sends its own, by docs/custom-channel.md. It checks
//! signatures, takes each id once, and fetches the files that it is told of. It shares no types with the adapter.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine as _, prelude::BASE64_STANDARD as BASE64};
use chrono::{SecondsFormat, Utc};
use parking_lot::Mutex;
use ring::hmac;
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    slow::slow_body,
    telegram::socket::{Cut, CuttableListener},
};

/// The pause before an event is sent again.
const AGAIN: Duration = Duration::from_millis(200);
/// Longer than Okno is away in any test.
const TAKEN_WITHIN: Duration = Duration::from_secs(30);

/// Something that goes wrong with an event of Okno's.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Answered with this status and body; not taken.
    Answer(u16, Value),
    /// A web server's own page with this status; not taken.
    Page(u16),
    /// 429 with `Retry-After` seconds; not taken.
    TooMany(u64),
    /// Taken, then the connection breaks.
    DropAfterAccept,
    /// Taken at once and answered this much later.
    Slow(Duration),
    /// Taken; the head of the answer and half of its body come at once, the rest this much later.
    SlowBody(Duration),
}

/// An event that the chat has taken.
#[derive(Debug, Clone)]
pub struct Taken {
    pub id: String,
    pub kind: String,
    pub data: Value,
    /// The bytes behind each of `data.files`, `None` where they could not be had.
    pub files: Vec<Option<Bytes>>,
}

#[derive(Debug, Default)]
struct World {
    hook: String,
    taken: Vec<Taken>,
    seen: HashSet<String>,
    /// Events that came again, and were answered like the first time.
    repeats: usize,
    forged: usize,
    faults: HashMap<String, VecDeque<Fault>>,
    lasting: HashMap<String, Fault>,
    files: HashMap<String, (String, Bytes)>,
}

#[derive(Debug)]
struct Shared {
    world: Mutex<World>,
    secret: String,
    key: hmac::Key,
    http: reqwest::Client,
    stop: CancellationToken,
}

/// A running chat. Dropping it closes its port.
#[derive(Debug)]
pub struct FakeCompany {
    shared: Arc<Shared>,
    address: SocketAddr,
}

impl FakeCompany {
    /// # Panics
    /// When no port is free.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let address = listener.local_addr().expect("an address");
        let bytes = [uuid::Uuid::now_v7().into_bytes(), uuid::Uuid::now_v7().into_bytes()].concat();
        let shared = Arc::new(Shared {
            world: Mutex::default(),
            secret: format!("whsec_{}", BASE64.encode(&bytes)),
            key: hmac::Key::new(hmac::HMAC_SHA256, &bytes),
            http: crate::telegram::webhook::client(),
            stop: CancellationToken::new(),
        });
        let app = Router::new()
            .route("/okno", post(take))
            .route("/files/{id}/{name}", get(file))
            .with_state(shared.clone())
            .into_make_service_with_connect_info::<Cut>();
        let stop = shared.stop.clone();
        TaskTracker::new().spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                _ = axum::serve(CuttableListener(listener), app).into_future() => {}
            }
        });
        Self { shared, address }
    }

    /// Where it takes events: the account's `api_url`.
    pub fn url(&self) -> String {
        format!("http://{}/okno", self.address)
    }

    pub fn secret(&self) -> &str {
        &self.shared.secret
    }

    /// Where its own events go.
    pub fn connect(&self, hook: &str) {
        hook.clone_into(&mut self.shared.world.lock().hook);
    }

    /// What it has taken of this type, in order.
    pub fn taken(&self, kind: &str) -> Vec<Taken> {
        self.shared.world.lock().taken.iter().filter(|event| event.kind == kind).cloned().collect()
    }

    /// Events that came again under a known id.
    pub fn repeats(&self) -> usize {
        self.shared.world.lock().repeats
    }

    /// Events whose signature was wrong.
    pub fn forged(&self) -> usize {
        self.shared.world.lock().forged
    }

    /// Makes the next event of this type go wrong; several wait for one each.
    pub fn fail_next(&self, kind: &str, fault: Fault) {
        self.shared.world.lock().faults.entry(kind.to_owned()).or_default().push_back(fault);
    }

    /// Makes every event of this type go wrong until [`Self::heal`].
    pub fn fail_always(&self, kind: &str, fault: Fault) {
        self.shared.world.lock().lasting.insert(kind.to_owned(), fault);
    }

    /// Takes all faults back.
    pub fn heal(&self) {
        let mut world = self.shared.world.lock();
        world.faults.clear();
        world.lasting.clear();
    }

    /// Puts a file where Okno can fetch it, and gives its entry for `files`.
    pub fn file(&self, kind: &str, name: &str, mime: &str, bytes: impl Into<Bytes>) -> Value {
        let (id, bytes) = (uuid::Uuid::now_v7().simple().to_string(), bytes.into());
        let url = format!("http://{}/files/{id}/file", self.address);
        let entry = json!({ "url": url, "name": name, "kind": kind, "mime_type": mime, "size": bytes.len() });
        self.shared.world.lock().files.insert(id, (mime.to_owned(), bytes));
        entry
    }

    /// Sends an event, again and again until it is answered 2xx, as the contract asks; half a minute at most.
    ///
    /// # Panics
    /// When it is refused for good, or not taken in time: with the last answer.
    pub async fn tell(&self, kind: &str, data: Value) {
        let event = event(kind, data);
        let id = uuid::Uuid::now_v7().to_string();
        let mut last = None;
        let telling = async {
            loop {
                last = self.post(&id, &event).await;
                match last {
                    Some(status) if status.is_success() => return,
                    Some(status) if status.is_client_error() => panic!("{kind} was refused: {status}"),
                    _ => sleep(AGAIN).await,
                }
            }
        };
        let in_time = timeout(TAKEN_WITHIN, telling).await.is_ok();
        assert!(in_time, "{kind} was not taken within {} s; the last answer was {last:?}", TAKEN_WITHIN.as_secs());
    }

    /// Sends an event once; `None`: nobody answered.
    pub async fn post(&self, id: &str, event: &Value) -> Option<StatusCode> {
        let (body, now) = (event.to_string(), Utc::now().timestamp());
        let hook = self.shared.world.lock().hook.clone();
        let call = self.shared.http.post(hook).header("webhook-id", id).header("webhook-timestamp", now);
        let signature = signature(&self.shared.key, id, &now.to_string(), body.as_bytes());
        let answer = call.header("webhook-signature", signature).body(body).send().await.ok()?;
        StatusCode::from_u16(answer.status().as_u16()).ok()
    }
}

impl Drop for FakeCompany {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

/// An event as the contract writes it, of now.
pub fn event(kind: &str, data: Value) -> Value {
    json!({ "type": kind, "timestamp": Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true), "data": data })
}

fn signature(key: &hmac::Key, id: &str, timestamp: &str, body: &[u8]) -> String {
    let message = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
    format!("v1,{}", BASE64.encode(hmac::sign(key, &message)))
}

async fn take(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |name| headers.get(name).and_then(|v: &header::HeaderValue| v.to_str().ok()).unwrap_or_default();
    let (id, at) = (header("webhook-id"), header("webhook-timestamp"));
    let fresh = at.parse::<i64>().is_ok_and(|at| at.abs_diff(Utc::now().timestamp()) < 300);
    let good = signature(&shared.key, id, at, &body);
    if !fresh || !header("webhook-signature").split(' ').any(|one| one == good) {
        shared.world.lock().forged += 1;
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let Ok(event) = serde_json::from_slice::<Value>(&body) else { return StatusCode::BAD_REQUEST.into_response() };
    let kind = event["type"].as_str().unwrap_or_default().to_owned();
    let fault = {
        let mut world = shared.world.lock();
        let next = world.faults.get_mut(&kind).and_then(VecDeque::pop_front);
        next.or_else(|| world.lasting.get(&kind).cloned())
    };
    match fault {
        Some(Fault::Answer(status, body)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            return (status, axum::Json(body)).into_response();
        }
        Some(Fault::Page(status)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            return (status, axum::response::Html("<html>An error has occurred</html>")).into_response();
        }
        Some(Fault::TooMany(seconds)) => {
            return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())]).into_response();
        }
        _ => {}
    }
    keep(&shared, id, &kind, event["data"].clone()).await;
    match fault {
        Some(Fault::DropAfterAccept) => cut.now(),
        Some(Fault::Slow(pause)) => wait(&shared, pause).await,
        Some(Fault::SlowBody(pause)) => {
            let answer = axum::Json(json!({})).into_response();
            return slow_body(answer, async move { wait(&shared, pause).await }).await;
        }
        _ => {}
    }
    axum::Json(json!({})).into_response()
}

async fn wait(shared: &Shared, pause: Duration) {
    tokio::select! {
        () = sleep(pause) => {}
        () = shared.stop.cancelled() => {}
    }
}

async fn keep(shared: &Shared, id: &str, kind: &str, data: Value) {
    {
        let mut world = shared.world.lock();
        if !world.seen.insert(id.to_owned()) {
            world.repeats += 1;
            return;
        }
    }
    let mut files = Vec::new();
    for file in data["files"].as_array().into_iter().flatten() {
        files.push(fetch(shared, file["url"].as_str().unwrap_or_default()).await);
    }
    shared.world.lock().taken.push(Taken { id: id.to_owned(), kind: kind.to_owned(), data, files });
}

async fn fetch(shared: &Shared, url: &str) -> Option<Bytes> {
    let answer = shared.http.get(url).timeout(Duration::from_secs(10)).send().await.ok()?;
    if answer.status().is_success() { answer.bytes().await.ok() } else { None }
}

async fn file(State(shared): State<Arc<Shared>>, Path((id, _name)): Path<(String, String)>) -> Response {
    match shared.world.lock().files.get(&id) {
        Some((mime, bytes)) => ([(header::CONTENT_TYPE, mime.clone())], bytes.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    #[should_panic(expected = "message.created was not taken within 30 s; the last answer was None")]
    async fn what_nobody_takes_is_said_aloud() {
        let company = FakeCompany::start().await;
        company.connect("http://127.0.0.1:1/hook");
        company.tell("message.created", json!({ "id": "m-1" })).await;
    }
}
