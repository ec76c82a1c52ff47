//! The demo shop at `/demo/`: a site as a customer sees it, with the demo company's chat. Where no chat is named there is no shop.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    body::Body,
    extract::{Path, State},
    response::{IntoResponse as _, Json, Redirect, Response},
};
use contracts::inbox::GetChannelAccountRequest;
use download::content_type;
use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER},
};
use model::DEMO_CHAT;
use parking_lot::Mutex;
use rpc::Audience;
use rust_embed::RustEmbed;
use serde_json::json;
use tonic::Code;
use tracing::warn;

use crate::{Edge, upstream::Upstreams};

/// The built shop. A debug build reads it from the tree at each request.
#[derive(RustEmbed)]
#[folder = "../../web/widget/dist/demo"]
#[allow_missing = true]
struct Shop;

const INDEX: &str = "index.html";
const CHAT: &str = "chat.json";
/// Anybody may ask which chat there is, and router is asked no more often than this.
const REMEMBERED: Duration = Duration::from_secs(2);

/// Router's, for all who have asked.
type Answer = Shared<BoxFuture<'static, Found>>;

/// The demo company's chat.
pub struct DemoChat {
    /// Where browsers find it.
    origin: String,
    /// When router was asked last, and its answer, which may be on its way.
    known: Mutex<Option<(Instant, Answer)>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Connected,
    SwitchedOff,
    Nowhere,
    /// Router does not say now.
    Unknown,
}

impl DemoChat {
    #[must_use]
    pub fn at(origin: &str) -> Self {
        Self { origin: origin.to_owned(), known: Mutex::default() }
    }

    /// All who come meanwhile wait for the same answer, whoever of them hangs up.
    fn find(&self, asking: impl Future<Output = Found> + Send + 'static) -> Answer {
        let mut known = self.known.lock();
        if let Some((since, answer)) = known.as_ref()
            && since.elapsed() < REMEMBERED
        {
            return answer.clone();
        }
        let answer = asking.boxed().shared();
        *known = Some((Instant::now(), answer.clone()));
        answer
    }
}

async fn ask(upstreams: Upstreams) -> Found {
    let message = GetChannelAccountRequest { account_id: DEMO_CHAT.to_string() };
    let answer = match upstreams.own_request(Audience::Router, message) {
        Ok(request) => rpc::call_with_deadline(upstreams.accounts().get_channel_account(request)).await,
        Err(status) => Err(status),
    };
    match answer {
        Ok(answer) if answer.account.as_ref().is_some_and(|account| account.enabled) => Found::Connected,
        Ok(_) => Found::SwitchedOff,
        Err(status) if status.code() == Code::NotFound => Found::Nowhere,
        Err(status) => {
            warn!("router does not say whether the demo shop has a chat: {}", status.code());
            Found::Unknown
        }
    }
}

/// Which chat the shop has, or why it has none.
fn told(found: Found, origin: &str) -> Response {
    match found {
        Found::Connected => {
            Json(json!({ "loader": format!("{origin}/webchat/okno.js"), "account": DEMO_CHAT })).into_response()
        }
        Found::SwitchedOff => {
            (StatusCode::NOT_FOUND, "the demo company's chat is switched off: see its channels page\n").into_response()
        }
        Found::Nowhere => {
            (StatusCode::NOT_FOUND, "the demo company has no chat: `okno seed-demo` makes one\n").into_response()
        }
        Found::Unknown => (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "2")], "not known now; try again shortly\n")
            .into_response(),
    }
}

/// `/demo`: the shop's own links are relative.
pub async fn redirect(State(edge): State<Arc<Edge>>) -> Response {
    match &edge.demo_chat {
        Some(_) => Redirect::permanent("/demo/").into_response(),
        None => not_found(),
    }
}

/// `/demo/`.
pub async fn index(State(edge): State<Arc<Edge>>) -> Response {
    serve(&edge, INDEX).await
}

/// `/demo/<name>`: a file of the shop, or which chat it has.
pub async fn file(State(edge): State<Arc<Edge>>, Path(name): Path<String>) -> Response {
    serve(&edge, &name).await
}

async fn serve(edge: &Edge, name: &str) -> Response {
    let Some(chat) = &edge.demo_chat else { return not_found() };
    let mut response = match (name, Shop::get(name)) {
        (CHAT, _) => told(chat.find(ask(edge.upstreams.clone())).await, &chat.origin),
        (_, Some(file)) => {
            let mime = content_type(file.metadata.mimetype());
            let mut response = Response::new(Body::from(file.data));
            response.headers_mut().insert(CONTENT_TYPE, mime);
            response
        }
        (_, None) => return not_found(),
    };
    let set = [
        (CONTENT_SECURITY_POLICY.as_str(), policy(&chat.origin)),
        (CACHE_CONTROL.as_str(), "no-cache".to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
        ("referrer-policy", "same-origin".to_owned()),
    ];
    for (name, value) in set {
        if let (Ok(name), Ok(value)) = (http::HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// A strict site's policy, with the chat's host added where the chat says it is needed, and nothing inline.
fn policy(chat: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' {chat}; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self' {chat}; frame-src {chat}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "not found\n").into_response()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::join_all;
    use tokio::sync::Notify;

    use super::*;

    #[test]
    fn a_shop_without_a_chat_says_why_and_what_helps() {
        let status = |found| told(found, "http://127.0.0.1:8084").status();
        assert_eq!(status(Found::Connected), StatusCode::OK);
        assert_eq!(
            (status(Found::SwitchedOff), status(Found::Nowhere)),
            (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND)
        );
        assert_eq!(status(Found::Unknown), StatusCode::SERVICE_UNAVAILABLE);
    }

    #[tokio::test]
    async fn however_many_come_at_once_router_is_asked_once() {
        let (chat, asked, answer) = (DemoChat::at(""), Arc::new(AtomicUsize::default()), Arc::new(Notify::new()));
        let ask = || {
            let (asked, answer) = (asked.clone(), answer.clone());
            async move {
                asked.fetch_add(1, Ordering::Relaxed);
                answer.notified().await;
                Found::Connected
            }
        };
        // The one who asked hangs up before there is an answer.
        assert!(chat.find(ask()).now_or_never().is_none());
        let others = join_all((0..10).map(|_| chat.find(ask())));
        let (found, ()) = tokio::join!(others, async { answer.notify_one() });
        assert_eq!((found, asked.load(Ordering::Relaxed)), (vec![Found::Connected; 10], 1));
    }

    #[test]
    fn only_the_chats_host_is_added_to_a_strict_policy() {
        let policy = policy("http://127.0.0.1:8084");
        assert!(policy.contains("script-src 'self' http://127.0.0.1:8084;") && !policy.contains("unsafe"));
    }
}
