use std::{fmt::Write as _, net::SocketAddr};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use tokio::{net::TcpListener, time};

use crate::{Health, Metrics, Stop};

/// Why the operators' port could not be served.
#[derive(Debug, thiserror::Error)]
pub enum OpsError {
    #[error("cannot listen on {addr} (OKNO_OPS_LISTEN)")]
    Listen { addr: SocketAddr, source: std::io::Error },
    #[error("the operators' port failed")]
    Serve(#[source] std::io::Error),
}

#[derive(Clone)]
struct Ops {
    health: Health,
    metrics: Metrics,
}

/// Serves /healthz/live, /healthz/ready and /metrics until `stop`; never expose it to the outside.
///
/// # Errors
/// When the address is taken, or the listener fails.
pub async fn serve_ops(addr: SocketAddr, health: Health, metrics: Metrics, stop: Stop) -> Result<(), OpsError> {
    let listener = TcpListener::bind(addr).await.map_err(|source| OpsError::Listen { addr, source })?;
    let app = router(health, metrics.clone());
    let upkeep = async {
        let mut tick = time::interval(Metrics::UPKEEP);
        loop {
            tick.tick().await;
            metrics.upkeep();
        }
    };
    tokio::select! {
        served = async { axum::serve(listener, app).await } => served.map_err(OpsError::Serve),
        () = upkeep => Ok(()),
        () = stop.cancelled() => Ok(()),
    }
}

fn router(health: Health, metrics: Metrics) -> Router {
    Router::new()
        .route("/healthz/live", get(live))
        .route("/healthz/ready", get(ready))
        .route("/metrics", get(render))
        .with_state(Ops { health, metrics })
}

async fn live(State(ops): State<Ops>) -> impl IntoResponse {
    match ops.health.dead() {
        None => (StatusCode::OK, "alive\n".to_owned()),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
    }
}

async fn ready(State(ops): State<Ops>) -> impl IntoResponse {
    let readiness = ops.health.readiness();
    if readiness.ready {
        return (StatusCode::OK, "ready\n".to_owned());
    }
    let text = readiness.waiting_for.iter().fold(String::new(), |mut text, (name, why)| {
        let _ = writeln!(text, "{name}: {why}");
        text
    });
    (StatusCode::SERVICE_UNAVAILABLE, text)
}

async fn render(State(ops): State<Ops>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], ops.metrics.render())
}
