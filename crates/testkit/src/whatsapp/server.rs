//! The HTTP side: paths, tokens, faults and envelopes.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, FromRequest, Multipart, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::sleep;
use url::form_urlencoded;

use super::error::{Answer, GraphError};
use super::faults::Fault;
use super::state::{Call, ReceivedFile, Shared, World};
use super::{send, templates, webhook};
use crate::{
    slow::slow_body,
    telegram::socket::{Cut, CuttableListener},
};

const BODY_BYTES: usize = 110 << 20;

pub(super) async fn serve(shared: Arc<Shared>, listener: TcpListener) {
    let stop = shared.stop.clone();
    let limit = axum::extract::DefaultBodyLimit::max(BODY_BYTES);
    let router = Router::new().fallback(handle).layer(limit).with_state(shared);
    let server = axum::serve(CuttableListener(listener), router.into_make_service_with_connect_info::<Cut>());
    tokio::select! {
        () = stop.cancelled() => {}
        // It ends with an error only when the listener is unusable, which every caller notices.
        _ = server.into_future() => {}
    }
}

/// What a call brings.
struct Asked {
    method: &'static str,
    /// The object that the path names.
    object: String,
    query: HashMap<String, String>,
    body: Value,
    file: Option<ReceivedFile>,
    token: String,
}

async fn handle(State(shared): State<Arc<Shared>>, ConnectInfo(cut): ConnectInfo<Cut>, request: Request) -> Response {
    let asked = match read(&shared, request).await {
        Ok(asked) => asked,
        Err(error) => return error.into_response(),
    };
    let fault = begin(&shared, &asked);
    match fault {
        Some(Fault::DropBefore) => broken(&cut),
        Some(Fault::DropAfterAccept) => {
            let _ = carry_out(&shared, asked).await;
            broken(&cut)
        }
        Some(Fault::Slow(pause)) => {
            let response = carry_out(&shared, asked).await;
            wait(&shared, pause).await;
            response
        }
        Some(Fault::SlowBody(pause)) => {
            let (response, shared) = (carry_out(&shared, asked).await, shared.clone());
            slow_body(response, async move { wait(&shared, pause).await }).await
        }
        Some(Fault::Hang(pause)) => {
            wait(&shared, pause).await;
            broken(&cut)
        }
        Some(Fault::Html(status)) => html(status),
        Some(fault) => fault.refusal().map_or_else(|| html(502), IntoResponse::into_response),
        None => carry_out(&shared, asked).await,
    }
}

async fn read(shared: &Shared, request: Request) -> Answer<Asked> {
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default();
    let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let token = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default().to_owned();
    let (method, object) = route(&shared.world(), request.method(), &path)?;
    let (body, file) = if method == "media" { form(request).await? } else { (json_of(request).await?, None) };
    Ok(Asked { method, object, query, body, file, token })
}

/// Which call a path is.
fn route(world: &World, method: &Method, path: &str) -> Answer<(&'static str, String)> {
    if let Some(name) = path.strip_prefix("/media-file/") {
        return Ok(("file", name.to_owned()));
    }
    let (version, rest) = path.trim_start_matches('/').split_once('/').unwrap_or_default();
    let is_version =
        version.strip_prefix('v').is_some_and(|number| number.split('.').all(|n| n.parse::<u16>().is_ok()));
    if !is_version {
        return Err(GraphError::new(400, 2500, "Unknown path components", path));
    }
    let (object, edge) = rest.split_once('/').unwrap_or((rest, ""));
    let is_number = world.numbers.contains_key(object);
    let name = match (method, edge, is_number) {
        (&Method::POST, "messages", true) => "messages",
        (&Method::POST, "media", true) => "media",
        (&Method::POST, "", true) => "configure",
        (&Method::GET, "", true) => "number",
        (&Method::GET, "", false) => "media_place",
        (&Method::DELETE, "", false) => "media_delete",
        (_, "subscribed_apps", false) => "subscribed_apps",
        (&Method::GET, "phone_numbers", false) => "phone_numbers",
        (_, "message_templates", false) => "message_templates",
        _ => return Err(GraphError::nothing_there()),
    };
    Ok((name, object.to_owned()))
}

async fn json_of(request: Request) -> Answer<Value> {
    let bytes = Bytes::from_request(request, &()).await.map_err(|_| GraphError::bad("the body breaks off"))?;
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&bytes).map_err(|_| GraphError::bad("the body is no JSON"))
}

async fn form(request: Request) -> Answer<(Value, Option<ReceivedFile>)> {
    let bad = |_| GraphError::bad("the form cannot be read");
    let mut parts = Multipart::from_request(request, &()).await.map_err(|_| GraphError::bad("it is no form"))?;
    let (mut body, mut file) = (json!({}), None);
    while let Some(part) = parts.next_field().await.map_err(bad)? {
        let name = part.name().unwrap_or_default().to_owned();
        if name == "file" {
            let mime = part.content_type().unwrap_or_default().to_owned();
            let name = part.file_name().unwrap_or_default().to_owned();
            file = Some(ReceivedFile { mime, name, bytes: part.bytes().await.map_err(bad)? });
        } else {
            body[name] = json!(part.text().await.map_err(bad)?);
        }
    }
    Ok((body, file))
}

/// Notes the call and finds out what is to go wrong with it.
fn begin(shared: &Shared, asked: &Asked) -> Option<Fault> {
    let mut world = shared.world();
    world.calls.push(Call {
        method: asked.method.to_owned(),
        path: asked.object.clone(),
        query: asked.query.clone(),
        body: asked.body.clone(),
    });
    world.faults.take(asked.method)
}

async fn carry_out(shared: &Arc<Shared>, asked: Asked) -> Response {
    if asked.method == "file" {
        return file(shared, &asked);
    }
    match called(shared, asked).await {
        Ok(answer) => axum::Json(answer).into_response(),
        Err(error) => error.into_response(),
    }
}

async fn called(shared: &Arc<Shared>, asked: Asked) -> Answer<Value> {
    check_token(&shared.world(), &asked)?;
    match asked.method {
        "messages" => send::message(shared, &asked.object, asked.body),
        "media" => upload(shared, asked),
        "media_place" => {
            let mut world = shared.world();
            let number = world.next_id();
            let base = format!("http://{}", shared.address);
            world.files.place(&asked.object, &base, number, shared.clock.now())
        }
        "media_delete" => Ok(json!({ "success": shared.world().files.delete(&asked.object) })),
        "number" => Ok(number(&shared.world(), &asked.object)),
        "configure" => configure(shared, asked).await,
        "subscribed_apps" => {
            let mut world = shared.world();
            let app = world.apps.get_mut(&asked.object).ok_or_else(GraphError::nothing_there)?;
            app.subscribed = true;
            Ok(json!({ "success": true }))
        }
        "phone_numbers" => {
            let world = shared.world();
            let own = world.numbers.values().filter(|number| number.business == asked.object);
            let data: Vec<_> = own.map(|number| json!({ "id": number.id })).collect();
            Ok(json!({ "data": data }))
        }
        _ => templates::list(&shared.world(), &asked.object, &asked.query),
    }
}

/// Whose token it is decides what it opens.
fn check_token(world: &World, asked: &Asked) -> Answer<()> {
    let business = world.apps.iter().find(|(_, app)| app.token == asked.token).map(|(business, _)| business.as_str());
    let refused = || GraphError::new(401, 190, "Invalid OAuth access token", "Cannot parse access token");
    let business = business.ok_or_else(refused)?;
    if let Some(proof) = asked.query.get("appsecret_proof") {
        let expected = webhook::signature(&world.apps[business].secret, asked.token.as_bytes());
        if expected.trim_start_matches("sha256=") != proof {
            return Err(GraphError::bad("Invalid appsecret_proof provided in the API argument"));
        }
    }
    let of_number = |id: &str| world.numbers.get(id).map(|number| number.business.as_str());
    let owner = match asked.method {
        "media_place" | "media_delete" => world.files.number_of(&asked.object).and_then(of_number),
        "subscribed_apps" | "phone_numbers" | "message_templates" => Some(asked.object.as_str()),
        _ => of_number(&asked.object),
    };
    if owner == Some(business) { Ok(()) } else { Err(GraphError::nothing_there()) }
}

fn upload(shared: &Shared, asked: Asked) -> Answer<Value> {
    if asked.body["messaging_product"] != "whatsapp" {
        return Err(GraphError::bad("The parameter messaging_product is required"));
    }
    let file = asked.file.ok_or_else(|| GraphError::bad("The parameter file is required"))?;
    let mut world = shared.world();
    let id = world.next_id();
    let id = world.files.upload(&asked.object, file, id, shared.clock.now())?;
    Ok(json!({ "id": id }))
}

fn number(world: &World, id: &str) -> Value {
    let number = &world.numbers[id];
    let mut configuration = json!({});
    super::state::put(&mut configuration, "phone_number", number.callback.as_ref());
    super::state::put(&mut configuration, "application", world.apps[&number.business].callback.as_ref());
    json!({
        "id": number.id, "display_phone_number": format!("+{}", number.phone), "verified_name": "Окна",
        "status": number.status, "webhook_configuration": configuration,
    })
}

async fn configure(shared: &Shared, asked: Asked) -> Answer<Value> {
    let wanted = &asked.body["webhook_configuration"];
    let (Some(url), Some(token)) = (wanted["override_callback_uri"].as_str(), wanted["verify_token"].as_str()) else {
        return Err(GraphError::bad("override_callback_uri and verify_token belong together"));
    };
    if !webhook::verifies(shared, url, token).await {
        return Err(GraphError::new(400, 2200, "Callback verification failed", "the URL did not answer the challenge"));
    }
    if let Some(number) = shared.world().numbers.get_mut(&asked.object) {
        number.callback = Some(url.to_owned());
    }
    shared.wake();
    Ok(json!({ "success": true }))
}

/// The bytes of media, for the token of its number's app.
fn file(shared: &Shared, asked: &Asked) -> Response {
    let world = shared.world();
    let Some((number, mime, bytes)) = world.files.open(&asked.object, shared.clock.now()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if world.app_of(number).is_none_or(|app| app.token != asked.token) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    ([(header::CONTENT_TYPE, mime.to_owned())], bytes).into_response()
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

fn html(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    (status, Html("<html><body>Sorry, something went wrong.</body></html>")).into_response()
}
