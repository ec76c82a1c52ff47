//! The HTTP side: tokens, limits, faults, and the other host where files are.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Body,
    extract::{ConnectInfo, DefaultBodyLimit, Multipart, Path, Query, Request, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, time::sleep};

use super::{
    answer::{Refusal, failure, refuse},
    faults::Fault,
    files::is_forbidden,
    methods,
    state::{Call, Shared, may},
};
use crate::{
    slow::slow_body,
    telegram::socket::{Cut, CuttableListener},
};

const BODY_BYTES: usize = 300 << 20;

pub(super) async fn serve(shared: Arc<Shared>, listener: TcpListener, routes: Router<Arc<Shared>>) {
    let stop = shared.stop.clone();
    let service = routes.with_state(shared).into_make_service_with_connect_info::<Cut>();
    let server = axum::serve(CuttableListener(listener), service);
    tokio::select! {
        () = stop.cancelled() => {}
        // It ends with an error only when the listener is unusable, which every caller notices.
        _ = server.into_future() => {}
    }
}

pub(super) fn api() -> Router<Arc<Shared>> {
    Router::new().fallback(handle)
}

pub(super) fn media() -> Router<Arc<Shared>> {
    Router::new()
        .route("/put/{place}", post(put))
        .route("/get/{generation}/{token}", get(file))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    Query(query): Query<methods::Query>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let token = head.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some((what, varies)) = methods::name(&head.method, head.uri.path()) else {
        return refusal(405, "method.not.allowed", "Method not allowed");
    };
    let body = read(body).await;
    let fault = match begin(&shared, token, what, &query, &body) {
        Ok(fault) => fault,
        Err(refusal) => return refusal.into_response(),
    };
    let act = async {
        let answer = methods::call(&shared, token, what, varies, &query, &body).await;
        answer.map_or_else(IntoResponse::into_response, |value| Json(value).into_response())
    };
    faulty(&shared, &cut, fault, act).await
}

async fn faulty(
    shared: &Arc<Shared>,
    cut: &Cut,
    fault: Option<Fault>,
    act: impl Future<Output = Response>,
) -> Response {
    match fault {
        None => act.await,
        Some(Fault::DropBefore) => broken(cut),
        Some(Fault::DropAfterAccept) => {
            act.await;
            broken(cut)
        }
        Some(Fault::Slow(pause)) => {
            let response = act.await;
            wait(shared, pause).await;
            response
        }
        Some(Fault::SlowBody(pause)) => {
            let (response, shared) = (act.await, shared.clone());
            slow_body(response, async move { wait(&shared, pause).await }).await
        }
        Some(Fault::Html(status)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            (status, Html("<html>An error has occurred</html>")).into_response()
        }
        Some(Fault::Refuse(status, code, message)) => refusal(status, code, message),
        Some(Fault::Unsuccessful(message)) => {
            failure(message).map_or_else(IntoResponse::into_response, |value| Json(value).into_response())
        }
    }
}

/// Checks token and limit, notes the call, and finds out what is to go wrong with it.
fn begin(
    shared: &Shared,
    token: &str,
    what: &'static str,
    query: &methods::Query,
    body: &Value,
) -> Result<Option<Fault>, Refusal> {
    let mut world = shared.world();
    let Some(bot) = world.bots.get_mut(token) else {
        return refuse(401, "verify.token", "Invalid access_token");
    };
    if !may(&mut bot.calls, shared.options.bot_rate) {
        return refuse(429, "too.many.requests", "Too many requests");
    }
    world.calls.push(Call { what, query: query.clone(), body: body.clone() });
    Ok(world.faults.take(what))
}

async fn read(body: Body) -> Value {
    let bytes = axum::body::to_bytes(body, BODY_BYTES).await.unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// One file for each place; no token of the bot's is asked for.
async fn put(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    Path(place): Path<String>,
    mut form: Multipart,
) -> Response {
    let Ok(Some(field)) = form.next_field().await else { return refusal(400, "proto.payload", "No data") };
    let (is_data, name) = (field.name() == Some("data"), field.file_name().unwrap_or_default().to_owned());
    let Ok(bytes) = field.bytes().await else { return refusal(400, "proto.payload", "No data") };
    let fault = shared.world().faults.take("upload");
    let act = async {
        let mut world = shared.world();
        let Some((kind, token)) = world.files.redeem(&place).filter(|_| is_data) else {
            return refusal(400, "proto.payload", "No such place");
        };
        if is_forbidden(&kind, &name) {
            return refusal(400, "proto.payload", "File extension is forbidden");
        }
        world.files.add(&token, &kind, &name, bytes, shared.options.processing);
        match kind.as_str() {
            "image" => Json(json!({ "photos": { "1": { "token": token } } })).into_response(),
            "file" => Json(json!({ "fileId": 1, "token": token })).into_response(),
            _ => "<retval>1</retval>".into_response(),
        }
    };
    faulty(&shared, &cut, fault, act).await
}

async fn file(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    Path((generation, token)): Path<(String, String)>,
) -> Response {
    let fault = shared.world().faults.take("file");
    let act = async {
        match shared.world().files.at(&generation, &token) {
            Some(file) => file.bytes.clone().into_response(),
            None => StatusCode::FORBIDDEN.into_response(),
        }
    };
    faulty(&shared, &cut, fault, act).await
}

fn refusal(status: u16, code: &str, message: &str) -> Response {
    Refusal { status, code: code.to_owned(), message: message.to_owned() }.into_response()
}

async fn wait(shared: &Shared, pause: Duration) {
    tokio::select! {
        () = sleep(pause) => {}
        () = shared.stop.cancelled() => {}
    }
}

fn broken(cut: &Cut) -> Response {
    cut.now();
    StatusCode::OK.into_response()
}
