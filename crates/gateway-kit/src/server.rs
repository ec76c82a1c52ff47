//! The gateway's listener: bounded connections, a deadline for heads, upgrades.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{BoxError, Router, body::Body, extract::ConnectInfo, http::Request};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto,
        graceful::{GracefulShutdown, Watcher},
    },
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::{ServiceExt, service_fn};
use tracing::{debug, warn};

/// Connections open at once; the next ones wait to be accepted.
const CONNECTIONS: usize = 10_000;
/// For the head of a request to come in.
const HEAD: Duration = Duration::from_secs(15);
/// For calls that are open when the listener closes.
const LAST_CALLS: Duration = Duration::from_secs(1);

/// Serves until `closed`.
pub(crate) async fn serve(listener: TcpListener, app: Router, closed: CancellationToken) {
    let (places, graceful) = (Arc::new(Semaphore::new(CONNECTIONS)), GracefulShutdown::new());
    let (connections, given_up) = (TaskTracker::new(), CancellationToken::new());
    let _ends = given_up.clone().drop_guard();
    while let Some(Ok(place)) = closed.run_until_cancelled(places.clone().acquire_owned()).await {
        let Some(accepted) = closed.run_until_cancelled(listener.accept()).await else { break };
        let (stream, from) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                warn!("a connection was not accepted: {error}");
                sleep(Duration::from_millis(50)).await; // out of file descriptors, most likely
                continue;
            }
        };
        let connection = connect(stream, from, app.clone(), graceful.watcher(), closed.clone());
        let given_up = given_up.clone();
        connections.spawn(async move {
            if let Some(Err(error)) = given_up.run_until_cancelled(connection).await {
                debug!("a connection ended: {error}");
            }
            drop(place);
        });
    }
    drop(listener);
    // A client may keep its connection open for ever.
    let _ = timeout(LAST_CALLS, graceful.shutdown()).await;
}

async fn connect(
    stream: TcpStream,
    from: SocketAddr,
    app: Router,
    graceful: Watcher,
    closed: CancellationToken,
) -> Result<(), BoxError> {
    stream.set_nodelay(true)?;
    match closed.run_until_cancelled(timeout(HEAD, stream.readable())).await {
        Some(Ok(readable)) => readable?,
        _ => return Ok(()), // it was opened and not used
    }
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(from));
        app.clone().oneshot(request)
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(20))
        .max_concurrent_streams(256);
    let connection =
        builder.serve_connection_with_upgrades(TokioIo::new(stream), TowerToHyperService::new(service)).into_owned();
    graceful.watch(connection).await
}
