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

#[cfg(test)]
mod tests {
    use axum::{body::to_bytes, http::Request};
    use tower::ServiceExt as _;

    use super::*;

    async fn get(app: &Router, path: &str) -> (StatusCode, String) {
        let request = Request::builder().uri(path).body(axum::body::Body::empty()).unwrap();
        let answer = app.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let text = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(text.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn probes_say_what_is_waited_for() {
        let health = Health::new();
        let bus = health.component("bus");
        let app = router(health.clone(), Metrics::detached());
        assert_eq!(get(&app, "/healthz/live").await.0, StatusCode::OK);
        bus.not_ready("no connection");
        let waiting = (StatusCode::SERVICE_UNAVAILABLE, "bus: no connection\n".to_owned());
        assert_eq!(get(&app, "/healthz/ready").await, waiting);
        bus.ready();
        assert_eq!(get(&app, "/healthz/ready").await.0, StatusCode::OK);
        health.give_up("the disk is gone");
        assert_eq!(get(&app, "/healthz/live").await.0, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(get(&app, "/metrics").await.0, StatusCode::OK);
    }
}
