//! The HTTP side: paths, keys, limits, faults.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{ConnectInfo, DefaultBodyLimit, Multipart, Path, Request, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::{any, get, post},
};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    time::{Instant, sleep},
};

use super::{
    error::{Answer, VkError},
    groups, long_poll, messages,
    params::Params,
    state::{Call, Fault, Shared},
    uploads,
};
use crate::{
    slow::slow_body,
    telegram::socket::{Cut, CuttableListener},
};

const UPLOAD_BYTES: usize = 201 << 20;

type Server = State<Arc<Shared>>;

pub(super) async fn serve(shared: Arc<Shared>, listener: TcpListener) {
    let stop = shared.stop.clone();
    let router = Router::new()
        .route("/method/{method}", any(method))
        .route("/poll/{group}", get(poll))
        .route("/upload/{place}", post(upload).layer(DefaultBodyLimit::max(UPLOAD_BYTES)))
        .route("/file/{generation}/{id}", get(moved))
        .route("/bytes/{generation}/{id}", get(file));
    let service = router.with_state(shared).into_make_service_with_connect_info::<Cut>();
    let server = axum::serve(CuttableListener(listener), service);
    tokio::select! {
        () = stop.cancelled() => {}
        // It ends with an error only when the listener is unusable, which every caller notices.
        _ = server.into_future() => {}
    }
}

async fn method(
    State(shared): Server,
    ConnectInfo(cut): ConnectInfo<Cut>,
    Path(method): Path<String>,
    request: Request,
) -> Response {
    let params = Params::read(request).await;
    let fault = {
        let mut world = shared.world();
        world.calls.push(Call { method: method.clone(), params: params.shown() });
        let of_peer = format!("{method}@{}", params.text("peer_id"));
        world.fault(&method).or_else(|| world.fault(&of_peer))
    };
    if let Some(Fault::Error(code)) = fault {
        return Json(VkError::new(code, "A scripted error").body(&method)).into_response();
    }
    let act = async || {
        let body = match call(&shared, &method, &params) {
            Ok(response) => json!({ "response": response }),
            Err(error) => error.body(&method),
        };
        Json(body).into_response()
    };
    faulty(&shared, &cut, fault, act).await
}

async fn faulty(
    shared: &Arc<Shared>,
    cut: &Cut,
    fault: Option<Fault>,
    act: impl AsyncFnOnce() -> Response,
) -> Response {
    match fault {
        Some(Fault::DropBefore) => broken(cut),
        Some(Fault::DropAfterAccept) => {
            let _ = act().await;
            broken(cut)
        }
        Some(Fault::Slow(pause)) => {
            let response = act().await;
            wait(shared, pause).await;
            response
        }
        Some(Fault::SlowBody(pause)) => {
            let (response, shared) = (act().await, shared.clone());
            slow_body(response, async move { wait(&shared, pause).await }).await
        }
        Some(Fault::Html(status)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            (status, Html("<html><body>An error has occurred</body></html>")).into_response()
        }
        _ => act().await,
    }
}

fn broken(cut: &Cut) -> Response {
    cut.now();
    StatusCode::OK.into_response()
}

async fn wait(shared: &Shared, pause: Duration) {
    tokio::select! {
        () = sleep(pause) => {}
        () = shared.stop.cancelled() => {}
    }
}

fn call(shared: &Arc<Shared>, method: &str, params: &Params) -> Answer {
    if params.text("v").is_empty() {
        return Err(VkError::new(8, "Invalid request: v (version) is required"));
    }
    let group = admit(shared, params)?;
    if method.starts_with("groups.") || method == "users.get" {
        return groups::call(shared, group, method, params);
    }
    if method.starts_with("messages.") {
        return messages::call(shared, group, method, params);
    }
    uploads::call(shared, group, method, params)
}

/// The community of the key, unless it calls too often.
fn admit(shared: &Shared, params: &Params) -> Result<i64, VkError> {
    let token = params.text("access_token");
    let mut world = shared.world();
    let group = world.groups.values_mut().find(|group| group.token == token && !token.is_empty());
    let group = group.ok_or_else(|| VkError::new(5, "User authorization failed: invalid access_token (4)."))?;
    let now = Instant::now();
    group.recent.retain(|at| now - *at < Duration::from_secs(1));
    if group.recent.len() >= shared.options.calls_per_second {
        return Err(VkError::new(6, "Too many requests per second"));
    }
    group.recent.push_back(now);
    Ok(group.id)
}

async fn poll(
    State(shared): Server,
    ConnectInfo(cut): ConnectInfo<Cut>,
    Path(group): Path<i64>,
    request: Request,
) -> Response {
    let params = Params::read(request).await;
    let fault = shared.world().fault("long_poll");
    faulty(&shared, &cut, fault, async || Json(long_poll::check(&shared, group, &params).await).into_response()).await
}

async fn upload(
    State(shared): Server,
    ConnectInfo(cut): ConnectInfo<Cut>,
    Path(place): Path<u64>,
    parts: Multipart,
) -> Response {
    let fault = shared.world().fault("upload");
    let rejected = fault == Some(Fault::Rejected);
    faulty(&shared, &cut, fault, async || Json(uploads::put(&shared, place, parts, rejected).await).into_response())
        .await
}

/// VK's addresses lead on to other hosts.
async fn moved(State(shared): Server, Path((generation, id)): Path<(u64, u64)>) -> Response {
    if shared.world().fault("file").is_some() {
        return (StatusCode::OK, Html("<html>Sign in</html>")).into_response();
    }
    let to = format!("/bytes/{generation}/{id}");
    (StatusCode::FOUND, [(header::LOCATION, to)]).into_response()
}

async fn file(State(shared): Server, Path((generation, id)): Path<(u64, u64)>) -> Response {
    let world = shared.world();
    let found = world.files.get(&id).filter(|_| generation == world.file_generation);
    let Some(file) = found else { return StatusCode::NOT_FOUND.into_response() };
    ([(header::CONTENT_TYPE, file.mime.clone())], file.bytes.clone()).into_response()
}

/// What is asked for one by one.
pub(super) fn items(items: Vec<Value>) -> Value {
    json!({ "count": items.len(), "items": items })
}
