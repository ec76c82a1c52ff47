//! The built widget: loader, frame and their assets, and the configuration that they ask for.

use std::{
    borrow::Cow,
    sync::{Arc, LazyLock},
};

use axum::{
    body::Body,
    extract::{Path, State},
    response::{IntoResponse, Json, Response},
};
use download::content_type;
use gateway_kit::Refusal;
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HOST, IF_NONE_MATCH},
};
use ring::digest::{SHA256, digest};
use rust_embed::RustEmbed;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Webchat,
    config::Settings,
    cors::{self, Allowed},
    desk::Desk,
    normalize::{FILES_MOST, TEXT_CHARS},
    wire::Office,
};

/// The built widget. A debug build reads it from the tree at each request.
#[derive(RustEmbed)]
#[folder = "../../web/widget/dist"]
#[allow_missing = true]
struct Dist;

const NOT_BUILT: &str =
    "The chat's widget is not built into this binary: build web/widget, then the binary (cargo xtask up does both).\n";
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// What the build says of itself.
#[derive(Debug, Clone, Deserialize)]
pub struct Manifest {
    pub version: String,
    loader: Loader,
    page: String,
    /// What reports visits, below `/webchat/`.
    visits: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Loader {
    file: String,
}

/// The build that is served; `None`: there is none.
#[must_use]
pub fn manifest() -> Option<Manifest> {
    static EMBEDDED: LazyLock<Option<Manifest>> = LazyLock::new(read_manifest);
    if cfg!(debug_assertions) { read_manifest() } else { EMBEDDED.clone() }
}

fn read_manifest() -> Option<Manifest> {
    serde_json::from_slice(&Dist::get("manifest.json")?.data).ok()
}

/// The loader, for ten minutes.
pub async fn loader(headers: HeaderMap) -> Response {
    let Some(manifest) = manifest() else { return not_built() };
    everywhere(file(&manifest.loader.file, "public, max-age=600", &headers))
}

/// The loader of one version, for ever.
pub async fn pinned_loader(Path(version): Path<String>, headers: HeaderMap) -> Response {
    let Some(manifest) = manifest() else { return not_built() };
    if manifest.version != version {
        return StatusCode::NOT_FOUND.into_response();
    }
    everywhere(file(&manifest.loader.file, FOR_EVER, &headers))
}

/// Scripts and styles of the frame; their names hold a hash of what is in them.
pub async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    if manifest().is_none() {
        return not_built();
    }
    everywhere(file(&format!("assets/{name}"), FOR_EVER, &headers))
}

/// The chat inside a site's page.
///
/// # Errors
/// 404, 503.
pub async fn frame(
    State(desk): State<Arc<Desk>>,
    Path(account): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let visit = desk.front.visit(&account)?;
    // Our own pages may frame it, too: a preview.
    let ancestors = format!("'self' {}", visit.gateway.settings.origins.sources());
    Ok(chat(&desk, &headers, &ancestors))
}

/// The chat as a page of its own.
///
/// # Errors
/// 404, 503.
pub async fn page(
    State(desk): State<Arc<Desk>>,
    Path(account): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    desk.front.visit(&account)?;
    Ok(chat(&desk, &headers, "'none'"))
}

fn chat(desk: &Desk, headers: &HeaderMap, ancestors: &str) -> Response {
    let Some(manifest) = manifest() else { return not_built() };
    let mut response = file(&manifest.page, "no-cache", headers);
    let policy = policy(&socket_source(desk, headers), ancestors);
    let set = [
        (CONTENT_SECURITY_POLICY.as_str(), policy.as_str()),
        ("referrer-policy", "no-referrer"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(self), payment=(), usb=()"),
        ("cross-origin-resource-policy", "cross-origin"),
    ];
    for (name, value) in set {
        if let (Ok(name), Ok(value)) = (http::HeaderName::try_from(name), HeaderValue::from_str(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Everything from here alone; nothing inline.
fn policy(socket: &str, ancestors: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; \
         connect-src 'self' {socket}; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
    )
}

/// Not every browser takes `'self'` for its own host's WebSocket.
fn socket_source(desk: &Desk, headers: &HeaderMap) -> String {
    if let Some(url) = desk.front.public_url() {
        let scheme = if url.scheme() == "https" { "wss" } else { "ws" };
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        return format!("{scheme}://{}{port}", url.host_str().unwrap_or_default());
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let plain = !host.is_empty()
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b':' | b'-' | b'[' | b']'));
    if plain { format!("ws://{host} wss://{host}") } else { String::new() }
}

/// What the loader needs to draw the button.
///
/// # Errors
/// 403 for a foreign site, 404, 503.
pub async fn config(
    State(desk): State<Arc<Desk>>,
    Path(account): Path<String>,
    headers: HeaderMap,
) -> Result<Allowed<Response>, Refusal> {
    let (visit, from) = desk.enter(&account, &headers)?;
    let office = desk.offices.get(&desk.front, visit.account()).await;
    let body = describe(&visit.account().to_string(), &visit.gateway, office.as_ref());
    let mut response = Json(body).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, max-age=60"));
    response.headers_mut().insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    Ok(cors::allow(&from, response))
}

fn describe(account: &str, gateway: &Webchat, office: Option<&Office>) -> Value {
    let settings = &gateway.settings;
    let files = settings.file_bytes > 0;
    let mut config = json!({
        "v": 1,
        "version": manifest().map(|manifest| manifest.version).unwrap_or_default(),
        "account": account,
        "title": settings.title,
        "greeting": settings.greeting,
        "color": settings.color,
        "position": settings.position,
        "language": settings.language,
        "prechat": { "mode": settings.prechat.mode, "fields": prechat(settings) },
        "offline": {
            "mode": if settings.offline.form { "form" } else { "off" },
            "text": settings.offline.text,
            "fields": [known_field("name", false), known_field("email", true)],
        },
        "consent": {
            "mode": if settings.consent.required { "checkbox" } else { "off" },
            "text": settings.consent.text,
            "policy_url": settings.consent.policy_url,
            "version": settings.consent.version,
        },
        "storage_consent": settings.storage_consent,
        "require_identity": settings.require_identity,
        "files": files,
        "voice": files,
        "limits": { "text": TEXT_CHARS, "files": FILES_MOST, "file_bytes": settings.file_bytes },
    });
    if let (true, Some(manifest), Some(map)) = (settings.visits.on(), manifest(), config.as_object_mut()) {
        map.insert("visits".to_owned(), json!(manifest.visits));
        map.insert("visits_ask".to_owned(), json!(settings.visits.mode == "banner"));
        map.insert("visits_text".to_owned(), json!({ "ru": settings.visits.text_ru, "en": settings.visits.text_en }));
        map.insert("visits_forms".to_owned(), json!(settings.visits.forms));
    }
    if let (Some(office), Some(map)) = (office, config.as_object_mut()) {
        map.insert("office".to_owned(), serde_json::to_value(office).unwrap_or_default());
    }
    config
}

fn prechat(settings: &Settings) -> Vec<Value> {
    let required = settings.prechat.mode == "required";
    let mut fields: Vec<Value> = settings.prechat.fields.iter().map(|name| known_field(name, required)).collect();
    if !settings.prechat.topics.is_empty() {
        let options: Vec<Value> =
            settings.prechat.topics.iter().map(|topic| json!({ "value": topic, "title": topic })).collect();
        fields
            .push(json!({ "name": "topic", "title": "", "kind": "select", "required": required, "options": options }));
    }
    fields
}

/// A field that the widget has words for.
fn known_field(name: &str, required: bool) -> Value {
    let kind = if name == "name" { "text" } else { name };
    json!({ "name": name, "title": "", "kind": kind, "required": required, "options": [] })
}

fn file(name: &str, cache: &'static str, headers: &HeaderMap) -> Response {
    let Some(file) = Dist::get(name).filter(|_| !name.contains("..")) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let etag = format!("\"{}\"", hex::encode(&digest(&SHA256, &file.data).as_ref()[..12]));
    let known = headers.get(IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == etag.as_bytes());
    let body = match file.data {
        _ if known => Body::empty(),
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    };
    let mut response = Response::new(body);
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let mime = content_type(file.metadata.mimetype());
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(CONTENT_TYPE, mime);
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    if let Ok(etag) = HeaderValue::try_from(etag) {
        headers.insert(ETAG, etag);
    }
    response
}

/// Any page may load it, also with a hash that it insists on.
fn everywhere(mut response: Response) -> Response {
    response.headers_mut().insert("access-control-allow-origin", HeaderValue::from_static("*"));
    response.headers_mut().insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    response
}

fn not_built() -> Response {
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, NOT_BUILT).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_widget_that_is_not_built_says_so() {
        let built = manifest().is_some();
        let answer = loader(HeaderMap::new()).await;
        let expected = if built { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        assert_eq!(answer.status(), expected);
        let missing = asset(Path("gone-1234.js".to_owned()), HeaderMap::new()).await;
        let expected = if built { StatusCode::NOT_FOUND } else { StatusCode::SERVICE_UNAVAILABLE };
        assert_eq!(missing.status(), expected);
        let escape = asset(Path("../../../Cargo.toml".to_owned()), HeaderMap::new()).await;
        assert_eq!(escape.status(), expected);
    }

    #[test]
    fn nothing_inline_is_allowed_in_the_frame() {
        let policy = policy("wss://chat.example", "https://shop.example");
        assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors https://shop.example"));
        assert!(policy.contains("connect-src 'self' wss://chat.example;"));
    }
}
