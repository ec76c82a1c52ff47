use std::{convert::Infallible, pin::pin, sync::Arc, time::Duration};

use axum::{
    BoxError, Router,
    extract::{DefaultBodyLimit, Request, State},
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::HeaderValue;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto,
        graceful::{GracefulShutdown, Watcher},
    },
    service::TowerToHyperService,
};
use runtime::Stop;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tonic_web::GrpcWebLayer;
use tower::{Layer as _, ServiceExt as _, service_fn};
use tracing::{debug, warn};

use crate::{Edge, demo, files, grpc, leave, origin::Peer, page};

/// Connections open at once; the next ones wait to be accepted.
const CONNECTIONS: usize = 10_000;
/// For the head of a request to come in.
const HEAD: Duration = Duration::from_secs(15);

/// Page, gRPC, gRPC-Web and files on one port.
pub fn app(edge: Arc<Edge>) -> Router {
    Router::new()
        .route("/files/{file_id}", get(files::download).put(files::upload).layer(DefaultBodyLimit::disable()))
        .route("/letters/{file_id}/picture", get(files::picture))
        .route("/exports/{export_id}/{secret}", get(files::export))
        .route("/u/{token}", get(leave::ask).post(leave::leave))
        .route("/demo", get(demo::redirect))
        .route("/demo/", get(demo::index))
        .route("/demo/{name}", get(demo::file))
        .fallback(either)
        .with_state(edge)
}

/// gRPC names its packages; everything else is the page.
async fn either(State(edge): State<Arc<Edge>>, request: Request) -> Response {
    let path = request.uri().path();
    if path.starts_with("/grpc.") {
        let request = request.map(tonic::body::Body::new);
        let answer = edge.open_services.clone().oneshot(request).await;
        return answer.unwrap_or_else(|never: Infallible| match never {}).map(axum::body::Body::new);
    }
    if !path.starts_with("/okno.") {
        return page::serve(request).await;
    }
    let calls = service_fn(move |request| grpc::serve(edge.clone(), request));
    let answer = GrpcWebLayer::new().layer(calls).oneshot(request).await;
    let mut answer = answer.unwrap_or_else(|never: Infallible| match never {}).map(axum::body::Body::new);
    answer.headers_mut().insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    answer.headers_mut().insert("cache-control", HeaderValue::from_static("no-store"));
    answer.into_response()
}

/// Accepts until `stop`, then lets open calls end for at most `drain`.
pub async fn serve(listener: TcpListener, app: Router, stop: &Stop, drain: Duration) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let (connections, given_up) = (runtime::TaskTracker::new(), Stop::new());
    while let Some((stream, place)) = accept(&listener, &places, stop).await {
        let connection = connect(stream, app.clone(), graceful.watcher(), stop.clone());
        let given_up = given_up.clone();
        connections.spawn(async move {
            if let Some(Err(error)) = given_up.run_until_cancelled(connection).await {
                debug!("a connection ended: {error}");
            }
            drop(place);
        });
    }
    drop(listener);
    if timeout(drain, graceful.shutdown()).await.is_err() {
        warn!("edge: calls were still open {drain:?} after the stop; giving them up");
    }
    given_up.cancel();
}

/// The next connection; `None` at `stop`.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    stop: &Stop,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let mut next = pin!(async {
        let place = places.clone().acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, _)) => return Some((stream, place)),
                Err(error) => {
                    warn!("a connection was not accepted: {error}");
                    sleep(Duration::from_millis(50)).await; // out of file descriptors, most likely
                }
            }
        }
    });
    tokio::select! {
        biased;
        () = stop.cancelled() => None,
        accepted = &mut next => accepted,
    }
}

/// Serves one connection, HTTP/1.1 or HTTP/2 with prior knowledge.
async fn connect(stream: TcpStream, app: Router, graceful: Watcher, stop: Stop) -> Result<(), BoxError> {
    let peer = Peer(stream.peer_addr()?);
    stream.set_nodelay(true)?;
    match stop.run_until_cancelled(timeout(HEAD, stream.readable())).await {
        Some(Ok(readable)) => readable?,
        _ => return Ok(()), // it was opened and not used
    }
    let service = service_fn(move |request: http::Request<Incoming>| {
        let mut request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(peer);
        app.clone().oneshot(request)
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(20))
        .max_concurrent_streams(256)
        .adaptive_window(true);
    graceful.watch(builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service)).into_owned()).await
}
