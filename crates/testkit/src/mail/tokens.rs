//! A mail service that asks for consents (RFC 6749, section 4.1, with RFC 7636) and gives tokens for them (section 6).

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use axum::{
    Form, Json, Router,
    extract::{Query, State},
    http::StatusCode,
    response::Redirect,
    routing::{get, post},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use parking_lot::Mutex;
use ring::digest;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

/// The application, and the consent that its owner has for one mailbox.
pub const CLIENT_ID: &str = "okno-client";
pub const CONSENT: &str = "consent-1";
/// What each token begins with.
pub const TOKEN: &str = "token-";

/// Ends when dropped.
pub struct FakeTokens {
    url: String,
    page: String,
    service: Arc<Service>,
    _end: DropGuard,
}

#[derive(Default)]
struct Service {
    given: AtomicU32,
    withdrawn: AtomicBool,
    /// Seconds that a token is good for; 0: an hour.
    lasts: AtomicU32,
    /// Replaces the consent with each token, and counts the one before no more.
    replaces: AtomicBool,
    /// The consent that counts now.
    consent: AtomicU32,
    /// Codes that were given and not used: with the challenge and where the browser went.
    codes: Mutex<HashMap<String, (String, String)>>,
}

impl FakeTokens {
    /// # Panics
    /// When no port can be had.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("the port's number");
        let (url, page) = (format!("http://{address}/token"), format!("http://{address}/authorize"));
        let (service, end, tasks) = (Arc::new(Service::default()), CancellationToken::new(), TaskTracker::new());
        let app =
            Router::new().route("/token", post(give)).route("/authorize", get(authorize)).with_state(service.clone());
        tasks.spawn(end.clone().run_until_cancelled_owned(async move { axum::serve(listener, app).await }));
        Self { url, page, service, _end: end.drop_guard() }
    }

    /// Where tokens are given.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The page that asks for a consent; everybody who comes here gives it.
    #[must_use]
    pub fn page(&self) -> &str {
        &self.page
    }

    /// From now on each token replaces the consent that it was given for.
    pub fn replace(&self) {
        self.service.replaces.store(true, Ordering::SeqCst);
    }

    /// How long tokens are good from now on.
    pub fn lasts(&self, seconds: u32) {
        self.service.lasts.store(seconds, Ordering::SeqCst);
    }

    /// From now on the consent counts no more.
    pub fn withdraw(&self) {
        self.service.withdrawn.store(true, Ordering::SeqCst);
    }

    /// How many tokens were given.
    #[must_use]
    pub fn given(&self) -> u32 {
        self.service.given.load(Ordering::SeqCst)
    }
}

type Fields = HashMap<String, String>;

/// Sends the browser back with a code, at once.
async fn authorize(State(service): State<Arc<Service>>, Query(asked): Query<Fields>) -> Redirect {
    let field = |name: &str| asked.get(name).cloned().unwrap_or_default();
    let redirect = field("redirect_uri");
    let is_ours = field("client_id") == CLIENT_ID && field("response_type") == "code";
    if !is_ours || field("code_challenge_method") != "S256" {
        return Redirect::to(&format!("{redirect}?error=invalid_request&state={}", field("state")));
    }
    let mut codes = service.codes.lock();
    let code = format!("code-{}", codes.len() + 1);
    codes.insert(code.clone(), (field("code_challenge"), redirect.clone()));
    Redirect::to(&format!("{redirect}?code={code}&state={}", field("state")))
}

async fn give(State(service): State<Arc<Service>>, Form(asked): Form<Fields>) -> (StatusCode, Json<Value>) {
    let field = |name: &str| asked.get(name).cloned().unwrap_or_default();
    let counts = field("client_id") == CLIENT_ID
        && match field("grant_type").as_str() {
            "authorization_code" => service.takes(&field("code"), &field("code_verifier"), &field("redirect_uri")),
            "refresh_token" => field("refresh_token") == service.consent(),
            _ => false,
        };
    if !counts || service.withdrawn.load(Ordering::SeqCst) {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" })));
    }
    let number = service.given.fetch_add(1, Ordering::SeqCst);
    let lasts = match service.lasts.load(Ordering::SeqCst) {
        0 => 3600,
        seconds => seconds,
    };
    let mut token = json!({ "access_token": format!("{TOKEN}{number}"), "token_type": "Bearer", "expires_in": lasts });
    let first = field("grant_type") == "authorization_code";
    if service.replaces.load(Ordering::SeqCst) && !first {
        service.consent.fetch_add(1, Ordering::SeqCst);
    }
    if service.replaces.load(Ordering::SeqCst) || first {
        token["refresh_token"] = json!(service.consent());
    }
    (StatusCode::OK, Json(token))
}

impl Service {
    /// [`CONSENT`] until it is replaced.
    fn consent(&self) -> String {
        format!("consent-{}", self.consent.load(Ordering::SeqCst) + 1)
    }

    /// A code is good once, for who knows what its challenge was made of, and for where the browser went.
    fn takes(&self, code: &str, verifier: &str, redirect: &str) -> bool {
        let Some((challenge, went)) = self.codes.lock().remove(code) else { return false };
        let made = digest::digest(&digest::SHA256, verifier.as_bytes());
        challenge == BASE64_URL_SAFE_NO_PAD.encode(made) && went == redirect
    }
}
