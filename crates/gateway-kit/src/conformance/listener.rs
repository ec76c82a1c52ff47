//! Takes webhooks as the kit does, without a bus behind it: the signature first, then the facts.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use contracts::channel::Inbound;
use parking_lot::Mutex;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::task::TaskTracker;

use super::ACCOUNT;
use crate::Gateway;

#[derive(Default)]
struct Taken {
    facts: Vec<Inbound>,
    /// Deliveries that are still to be refused.
    busy: usize,
    refused: usize,
}

type Shared = Arc<Mutex<Taken>>;

/// A place on this machine where a fake provider delivers for one gateway.
pub struct Listener {
    address: SocketAddr,
    taken: Shared,
    socket: Mutex<Option<TcpListener>>,
    running: Mutex<Option<JoinHandle<()>>>,
}

impl Listener {
    /// # Panics
    /// When there is no free port.
    pub async fn start() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let address = socket.local_addr().expect("an address");
        Self { address, taken: Arc::default(), socket: Mutex::new(Some(socket)), running: Mutex::default() }
    }

    /// Takes what comes in the name of this gateway, whose settings may need to know the address first.
    ///
    /// # Panics
    /// When another is served already.
    pub fn serve<G: Gateway>(&self, gateway: Arc<G>) {
        let socket = self.socket.lock().take().expect("served once");
        let app = Router::new().route("/hook", post(receive::<G>)).with_state((gateway, self.taken.clone()));
        *self.running.lock() = Some(TaskTracker::new().spawn(async move {
            axum::serve(socket, app).await.expect("a listener");
        }));
    }

    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    #[must_use]
    pub fn hook(&self) -> String {
        format!("{}/hook", self.url())
    }

    #[must_use]
    pub fn facts(&self) -> Vec<Inbound> {
        self.taken.lock().facts.clone()
    }

    /// Answers the next `count` deliveries 503.
    pub fn be_busy(&self, count: usize) {
        self.taken.lock().busy = count;
    }

    /// Deliveries whose signature was wrong.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.taken.lock().refused
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(running) = self.running.lock().take() {
            running.abort();
        }
    }
}

async fn receive<G: Gateway>(
    State((gateway, taken)): State<(Arc<G>, Shared)>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Bytes) {
    let mut taken = taken.lock();
    if gateway.authenticate(&headers, &body).is_err() {
        taken.refused += 1;
        return (StatusCode::UNAUTHORIZED, Bytes::new());
    }
    if taken.busy > 0 {
        taken.busy -= 1;
        return (StatusCode::SERVICE_UNAVAILABLE, Bytes::new());
    }
    taken.facts.extend(G::parse(ACCOUNT, &body));
    (StatusCode::OK, gateway.accepted(&body))
}
