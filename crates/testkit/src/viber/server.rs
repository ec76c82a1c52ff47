//! The HTTP side: token, faults, JSON.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::to_bytes,
    extract::{ConnectInfo, Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, time::sleep};

use super::{
    fault::Fault,
    methods,
    state::{Call, Shared},
};
use crate::{
    slow::slow_body,
    telegram::socket::{Cut, CuttableListener},
};

const BODY_MOST: usize = 1 << 20;

pub(super) async fn serve(shared: Arc<Shared>, listener: TcpListener) {
    let stop = shared.stop.clone();
    let router =
        Router::new().route("/pa/{method}", post(handle)).route("/media/{id}/{name}", get(media)).with_state(shared);
    let service = router.into_make_service_with_connect_info::<Cut>();
    tokio::select! {
        () = stop.cancelled() => {}
        // It ends with an error only when the listener is unusable, which every caller notices.
        _ = axum::serve(CuttableListener(listener), service).into_future() => {}
    }
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    Path(method): Path<String>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, BODY_MOST).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    let fault = {
        let mut world = shared.world();
        world.calls.push(Call { method: method.clone(), body: body.clone() });
        world.take_fault(&method)
    };
    let answer = carry_out(&shared, &head.headers, &method, &body, bytes.len());
    match fault {
        None => axum::Json(answer.await).into_response(),
        Some(Fault::Status(status, message)) => {
            axum::Json(json!({ "status": status, "status_message": message })).into_response()
        }
        Some(Fault::Http(code)) => page(code),
        Some(Fault::TooMany(seconds)) => {
            (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())]).into_response()
        }
        Some(Fault::DropBefore) => broken(&cut),
        Some(Fault::DropAfterAccept) => {
            answer.await;
            broken(&cut)
        }
        Some(Fault::Slow(pause)) => {
            let answer = answer.await;
            wait(&shared, pause).await;
            axum::Json(answer).into_response()
        }
        Some(Fault::SlowBody(pause)) => {
            let answer = axum::Json(answer.await).into_response();
            slow_body(answer, async move { wait(&shared, pause).await }).await
        }
    }
}

async fn carry_out(shared: &Arc<Shared>, headers: &HeaderMap, method: &str, body: &Value, bytes: usize) -> Value {
    methods::call(shared, &token(headers, body), method, body, bytes).await
}

/// In the header; the body will do as well.
fn token(headers: &HeaderMap, body: &Value) -> String {
    let header = headers.get("x-viber-auth-token").and_then(|value| value.to_str().ok());
    header.or_else(|| body["auth_token"].as_str()).unwrap_or_default().to_owned()
}

/// What people have sent, for as long as its address is good.
async fn media(State(shared): State<Arc<Shared>>, Path((id, _name)): Path<(String, String)>) -> Response {
    let now = shared.clock.now();
    match shared.world().media.get(&id).filter(|media| media.until > now) {
        Some(media) => ([(header::CONTENT_TYPE, media.mime.clone())], media.bytes.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
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

fn page(code: u16) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_GATEWAY);
    (status, Html(format!("<html><body>{code}</body></html>"))).into_response()
}
