use std::{convert::Infallible, future::ready, sync::LazyLock};

use axum::{body::Body, extract::Request, response::Response};
use download::content_type;
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
};
use ring::digest::{SHA256, digest};
use rust_embed::{EmbeddedFile, RustEmbed};
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_http::compression::CompressionLayer;

/// The built page. A debug build reads it from the tree at each request.
#[derive(RustEmbed)]
#[folder = "../../web/inbox/dist"]
#[allow_missing = true]
struct Dist;

const INDEX: &str = "index.html";
const NOT_BUILT: &str = "<!doctype html><meta charset=\"utf-8\"><title>Okno</title>\
    <p>The page is not built into this binary. Run <code>cargo xtask up</code>, or build web/inbox and then the binary.";

/// Scripts, workers and frames from here alone. Styles may be inline: the kit sets them on elements.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; connect-src 'self'; \
    worker-src 'self'; frame-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";

const HEADERS: [(&str, &str); 6] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(self), payment=(), usb=()"),
    ("strict-transport-security", "max-age=31536000"), // browsers heed it over TLS only
];

/// The version of the page that is served: a page that hears another one asks its reader to reload.
#[must_use]
pub fn version() -> String {
    static EMBEDDED: LazyLock<String> = LazyLock::new(read_version);
    if cfg!(debug_assertions) { read_version() } else { EMBEDDED.clone() }
}

fn read_version() -> String {
    let index = Dist::get(INDEX).map(|file| hex::encode(&file.metadata.sha256_hash()[..6]));
    index.unwrap_or_else(|| "none".to_owned())
}

/// Serves the page and its files, compressed where the browser can.
pub async fn serve(request: Request) -> Response {
    let files = service_fn(|request: Request| ready(Ok::<_, Infallible>(find(&request))));
    let answer = CompressionLayer::new().layer(files).oneshot(request).await;
    answer.unwrap_or_else(|never| match never {}).map(Body::new)
}

fn find(request: &Request) -> Response {
    let mut response = if matches!(*request.method(), Method::GET | Method::HEAD) {
        file(request.uri().path(), request.headers())
    } else {
        let mut refusal = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET\n");
        refusal.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        refusal
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn file(path: &str, headers: &HeaderMap) -> Response {
    let name = path.trim_start_matches('/');
    if let Some(file) = Dist::get(name).filter(|_| !name.is_empty()) {
        return found(name, file, headers);
    }
    let is_route = !name.starts_with("assets/") && !name.rsplit('/').next().unwrap_or_default().contains('.');
    match Dist::get(INDEX) {
        Some(index) if is_route => found(INDEX, index, headers), // the page itself knows its routes
        None if is_route => html(NOT_BUILT),
        _ => plain(StatusCode::NOT_FOUND, "not found\n"),
    }
}

fn found(name: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let etag = format!("\"{}\"", hex::encode(&digest(&SHA256, &file.data).as_ref()[..12]));
    let known = headers.get(IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == etag.as_bytes());
    let mut response = Response::new(if known { Body::empty() } else { Body::from(file.data) });
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let cache = match name {
        // Their names hold a hash of what is in them.
        _ if name.starts_with("assets/") => "public, max-age=31536000, immutable",
        _ => "no-cache",
    };
    let mime = content_type(file.metadata.mimetype());
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(CONTENT_TYPE, mime);
    if let Ok(etag) = HeaderValue::try_from(etag) {
        headers.insert(ETAG, etag);
    }
    response
}

fn html(text: &'static str) -> Response {
    let mut response = plain(StatusCode::OK, text);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(method: Method, path: &str) -> Response {
        serve(Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await
    }

    #[tokio::test]
    async fn any_route_is_the_page_and_a_missing_file_is_not() {
        for path in ["/", "/inbox/0190", "/settings/channels"] {
            let answer = get(Method::GET, path).await;
            assert_eq!(answer.status(), StatusCode::OK, "{path}");
            assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/html"), "{path}");
            assert_ne!(answer.headers()[CACHE_CONTROL], "public, max-age=31536000, immutable");
        }
        for path in ["/assets/gone-1234.js", "/favicon.gone", "/../Cargo.toml", "/%2e%2e/Cargo.toml"] {
            assert_eq!(get(Method::GET, path).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(get(Method::POST, "/").await.status(), StatusCode::METHOD_NOT_ALLOWED);
    }

    #[tokio::test]
    async fn a_page_that_is_built_is_the_one_that_is_served() {
        let built = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/inbox/dist/index.html").exists();
        let answer = get(Method::GET, "/").await;
        assert_eq!(answer.headers().contains_key(ETAG), built);
        assert_eq!(version() != "none", built);
    }

    #[tokio::test]
    async fn scripts_come_from_here_alone() {
        let answer = get(Method::GET, "/").await;
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("script-src 'self';") && policy.contains("frame-ancestors 'none'"));
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    }
}
