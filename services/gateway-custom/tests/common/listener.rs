//! Takes webhooks as the kit does: the signature first, then the facts.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use contracts::channel::Inbound;
use gateway_custom::Custom;
use gateway_kit::Gateway;
use tokio::{net::TcpListener, sync::Mutex, task::JoinHandle};
use tokio_util::task::TaskTracker;

#[derive(Default)]
struct Taken {
    facts: Vec<Inbound>,
    /// Deliveries that are still to be refused.
    busy: usize,
    refused: usize,
}

pub struct Listener {
    address: SocketAddr,
    taken: Arc<parking_lot::Mutex<Taken>>,
    socket: Mutex<Option<TcpListener>>,
    running: parking_lot::Mutex<Option<JoinHandle<()>>>,
}

impl Listener {
    pub async fn start() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let address = socket.local_addr().expect("an address");
        Self {
            address,
            taken: Arc::default(),
            socket: Mutex::new(Some(socket)),
            running: parking_lot::Mutex::default(),
        }
    }

    pub fn serve(&self, gateway: Arc<Custom>) {
        let socket = self.socket.try_lock().ok().and_then(|mut socket| socket.take()).expect("served once");
        let app = Router::new().route("/hook", post(receive)).with_state((gateway, self.taken.clone()));
        *self.running.lock() = Some(TaskTracker::new().spawn(async move {
            axum::serve(socket, app).await.expect("a listener");
        }));
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn hook(&self) -> String {
        format!("{}/hook", self.url())
    }

    pub fn facts(&self) -> Vec<Inbound> {
        self.taken.lock().facts.clone()
    }

    /// Answers the next `count` deliveries 503.
    pub fn be_busy(&self, count: usize) {
        self.taken.lock().busy = count;
    }

    /// Deliveries whose signature was wrong.
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

async fn receive(
    State((gateway, taken)): State<(Arc<Custom>, Arc<parking_lot::Mutex<Taken>>)>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let mut taken = taken.lock();
    if gateway.authenticate(&headers, &body).is_err() {
        taken.refused += 1;
        return StatusCode::UNAUTHORIZED;
    }
    if taken.busy > 0 {
        taken.busy -= 1;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    taken.facts.extend(Custom::parse(super::ACCOUNT, &body));
    StatusCode::OK
}
