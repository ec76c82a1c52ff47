//! A balancer before several gateways: each delivery goes to the next one.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use tokio::net::TcpListener;
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use crate::deeds::http;

/// Runs until it is dropped.
pub struct Balancer {
    pub url: String,
    _ends: DropGuard,
}

struct Lines {
    client: reqwest::Client,
    behind: Vec<String>,
    next: AtomicUsize,
}

impl Balancer {
    /// Starts one before these addresses.
    pub async fn start(behind: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let lines = Arc::new(Lines { client: http(), behind, next: AtomicUsize::new(0) });
        let app = Router::new().fallback(pass_on).with_state(lines);
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        TaskTracker::new().spawn(async move {
            tokio::select! {
                () = stopped => {}
                _ = axum::serve(listener, app).into_future() => {}
            }
        });
        Self { url, _ends: stop.drop_guard() }
    }
}

/// The next one answers; 502 when it does not.
async fn pass_on(State(lines): State<Arc<Lines>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else { return StatusCode::BAD_REQUEST.into_response() };
    let place = lines.next.fetch_add(1, Ordering::Relaxed) % lines.behind.len();
    let url = format!("http://{}{}", lines.behind[place], head.uri.path());
    match lines.client.request(head.method, url).headers(head.headers).body(body).send().await {
        Ok(answer) => (answer.status(), answer.headers().clone()).into_response(),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}
