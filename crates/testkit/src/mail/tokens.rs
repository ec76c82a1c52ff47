//! A mail service that gives tokens for a consent (RFC 6749, section 6).

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
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
    service: Arc<Service>,
    _end: DropGuard,
}

#[derive(Default)]
struct Service {
    given: AtomicU32,
    withdrawn: AtomicBool,
}

impl FakeTokens {
    /// # Panics
    /// When no port can be had.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/token", listener.local_addr().expect("the port's number"));
        let (service, end, tasks) = (Arc::new(Service::default()), CancellationToken::new(), TaskTracker::new());
        let app = Router::new().route("/token", post(give)).with_state(service.clone());
        tasks.spawn(end.clone().run_until_cancelled_owned(async move { axum::serve(listener, app).await }));
        Self { url, service, _end: end.drop_guard() }
    }

    /// Where tokens are given.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
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

async fn give(State(service): State<Arc<Service>>, form: String) -> (StatusCode, Json<Value>) {
    let asked: Vec<_> = form.split('&').collect();
    let is_consent =
        ["grant_type=refresh_token".to_owned(), format!("client_id={CLIENT_ID}"), format!("refresh_token={CONSENT}")]
            .iter()
            .all(|pair| asked.contains(&pair.as_str()));
    if !is_consent || service.withdrawn.load(Ordering::SeqCst) {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" })));
    }
    let number = service.given.fetch_add(1, Ordering::SeqCst);
    let token = json!({ "access_token": format!("{TOKEN}{number}"), "token_type": "Bearer", "expires_in": 3600 });
    (StatusCode::OK, Json(token))
}
