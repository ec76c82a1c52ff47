//! The demo shop at `/demo/`: a site as a customer sees it, with the demo company's chat. Without a chat there is none.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State},
    response::{IntoResponse as _, Json, Redirect, Response},
};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
};
use model::DEMO_CHAT;
use rust_embed::RustEmbed;
use serde_json::json;

use crate::Edge;

/// The built shop. A debug build reads it from the tree at each request.
#[derive(RustEmbed)]
#[folder = "../../web/widget/dist/demo"]
#[allow_missing = true]
struct Shop;

const INDEX: &str = "index.html";

/// `/demo`: the shop's own links are relative.
pub async fn redirect(State(edge): State<Arc<Edge>>) -> Response {
    match &edge.demo_chat {
        Some(_) => Redirect::permanent("/demo/").into_response(),
        None => not_found(),
    }
}

/// `/demo/`.
pub async fn index(State(edge): State<Arc<Edge>>) -> Response {
    serve(&edge, INDEX)
}

/// `/demo/<name>`: a file of the shop, or which chat it has.
pub async fn file(State(edge): State<Arc<Edge>>, Path(name): Path<String>) -> Response {
    serve(&edge, &name)
}

fn serve(edge: &Edge, name: &str) -> Response {
    let Some(chat) = &edge.demo_chat else { return not_found() };
    let mut response = match (name, Shop::get(name)) {
        ("chat.json", _) => {
            Json(json!({ "loader": format!("{chat}/webchat/okno.js"), "account": DEMO_CHAT })).into_response()
        }
        (_, Some(file)) => {
            let mime = HeaderValue::from_str(&content_type(file.metadata.mimetype()));
            let mut response = Response::new(Body::from(file.data));
            let mime = mime.unwrap_or(HeaderValue::from_static("application/octet-stream"));
            response.headers_mut().insert(CONTENT_TYPE, mime);
            response
        }
        (_, None) => return not_found(),
    };
    let set = [
        (CONTENT_SECURITY_POLICY.as_str(), policy(chat)),
        (CACHE_CONTROL.as_str(), "no-cache".to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
        ("referrer-policy", "same-origin".to_owned()),
    ];
    for (name, value) in set {
        if let (Ok(name), Ok(value)) = (http::HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// A strict site's policy, with the chat's host added where the chat says it is needed, and nothing inline.
fn policy(chat: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' {chat}; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self' {chat}; frame-src {chat}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

fn content_type(mime: &str) -> String {
    if mime.starts_with("text/") { format!("{mime}; charset=utf-8") } else { mime.to_owned() }
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "not found\n").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_chats_host_is_added_to_a_strict_policy() {
        let policy = policy("http://127.0.0.1:8084");
        assert!(policy.contains("script-src 'self' http://127.0.0.1:8084;") && !policy.contains("unsafe"));
    }
}
