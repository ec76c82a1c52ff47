//! The HTTP side: paths, tokens, faults and envelopes.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

use super::error::ApiError;
use super::faults::Fault;
use super::ledger::Call;
use super::params::Params;
use super::receive::Told;
use super::socket::{Cut, CuttableListener};
use super::source::{OWN_UPLOAD_LIMIT, UPLOAD_LIMIT};
use super::state::{Bot, Shared, World, bot_id};
use super::{demo, files, methods, receive};
use crate::slow::slow_body;

/// How many calls are remembered; a fake that lives long forgets the older half.
const CALLS_KEPT: usize = 100_000;

pub(super) async fn serve(shared: Arc<Shared>, listener: TcpListener) {
    let stop = shared.stop.clone();
    let mut router = Router::new().fallback(handle);
    if shared.options.demo.is_some() {
        router = router.merge(demo::routes());
    }
    let service = router.with_state(shared).into_make_service_with_connect_info::<Cut>();
    let server = axum::serve(CuttableListener(listener), service);
    tokio::select! {
        () = stop.cancelled() => {}
        // It ends with an error only when the listener is unusable, which every caller notices.
        _ = server.into_future() => {}
    }
}

async fn handle(State(shared): State<Arc<Shared>>, ConnectInfo(cut): ConnectInfo<Cut>, request: Request) -> Response {
    let path = request.uri().path().replace("%3A", ":").replace("%3a", ":");
    if let Some(rest) = path.strip_prefix("/file/bot") {
        return download(&shared, rest);
    }
    let Some((token, method)) = path.strip_prefix("/bot").and_then(|rest| rest.split_once('/')) else {
        return ApiError::new(404, "Not Found").into_response();
    };
    let method = method.strip_prefix("test/").unwrap_or(method).to_lowercase();
    if let Err(error) = check_token(&shared.world(), token) {
        return error.into_response();
    }
    api(&shared, &cut, token, &method, request).await
}

fn download(shared: &Shared, rest: &str) -> Response {
    let Some((token, path)) = rest.split_once('/') else { return ApiError::new(404, "Not Found").into_response() };
    let mut world = shared.world();
    if let Err(error) = check_token(&world, token) {
        return error.into_response();
    }
    if let Some(refusal) = world.common.faults.take("file").and_then(|fault| fault.refusal()) {
        return refusal.into_response();
    }
    files::response(world.bots[token].files.download(path, shared.clock.now()))
}

fn check_token(world: &World, token: &str) -> Result<(), ApiError> {
    if bot_id(token).is_none() {
        return Err(ApiError::new(404, "Not Found"));
    }
    match world.bots.get(token) {
        None => Err(ApiError::new(401, "Unauthorized")),
        Some(Bot { logged_out: true, .. }) => Err(ApiError::new(400, "Logged out")),
        Some(_) => Ok(()),
    }
}

async fn api(shared: &Arc<Shared>, cut: &Cut, token: &str, method: &str, request: Request) -> Response {
    let upload_limit = if shared.options.keeps_files { OWN_UPLOAD_LIMIT } else { UPLOAD_LIMIT };
    let params = match Params::read(request, upload_limit).await {
        Ok(params) => params,
        Err(error) => return error.into_response(),
    };
    let (call, fault) = begin(shared, token, method, &params);
    let response = match fault {
        Some(Fault::DropBefore) => broken(cut),
        Some(Fault::Html502) => html502(),
        Some(Fault::DropAfterAccept) => {
            let _ = carry_out(shared, token, method, &params).await;
            broken(cut)
        }
        Some(Fault::Slow(pause)) => {
            let response = carry_out(shared, token, method, &params).await;
            wait(shared, pause).await;
            response
        }
        Some(Fault::SlowBody(pause)) => {
            let (response, shared) = (carry_out(shared, token, method, &params).await, shared.clone());
            slow_body(response, async move { wait(&shared, pause).await }).await
        }
        Some(Fault::Hang(pause)) => {
            wait(shared, pause).await;
            broken(cut)
        }
        Some(fault) => fault.refusal().map_or_else(html502, IntoResponse::into_response),
        None => carry_out(shared, token, method, &params).await,
    };
    let mut world = shared.world();
    let answered = world.common.ledger.calls.iter_mut().rev().find(|one| one.number == call);
    if let Some(answered) = answered.filter(|_| !cut.is_cut()) {
        answered.status = Some(response.status().as_u16());
    }
    response
}

/// Notes the call and finds out what is to go wrong with it.
fn begin(shared: &Shared, token: &str, method: &str, params: &Params) -> (u64, Option<Fault>) {
    let mut world = shared.world();
    let bot_id = world.bots[token].id;
    let calls = &mut world.common.ledger.calls;
    if calls.len() >= CALLS_KEPT {
        calls.drain(..CALLS_KEPT / 2);
    }
    let number = calls.last().map_or(0, |last| last.number + 1);
    let (method_name, params) = (method.to_owned(), params.to_json());
    calls.push(Call { number, bot_id, method: method_name, params, status: None, at: Instant::now() });
    (number, world.common.faults.take(method))
}

async fn carry_out(shared: &Arc<Shared>, token: &str, method: &str, params: &Params) -> Response {
    if shared.options.demo.is_some() && matches!(method, "getupdates" | "setwebhook") {
        demo::greet(shared, token);
    }
    let answer = if method == "getupdates" {
        receive::get_updates(shared, token, params).await.map(|updates| (updates, None))
    } else {
        shared.with_bot(token, |common, bot| methods::call(shared, common, bot, method, params))
    };
    answer.map_or_else(IntoResponse::into_response, success)
}

fn success((result, description): Told) -> Response {
    let mut body = json!({ "ok": true, "result": result });
    if let Some(description) = description {
        body["description"] = json!(description);
    }
    axum::Json(body).into_response()
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

fn html502() -> Response {
    let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>502 Bad Gateway</body>\r\n</html>\r\n";
    (StatusCode::BAD_GATEWAY, [(header::CONTENT_TYPE, "text/html")], Html(page)).into_response()
}
