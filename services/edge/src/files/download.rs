use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, Request, State},
    response::Response,
};
use contracts::file::{File, FileState};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{
        ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    },
    request::Parts,
};
use model::FileId;
use object_store::path::Path as Key;

use super::{Refusal, not_found};
use crate::Edge;

/// Nothing in a file may run or fetch, wherever it is opened.
const SANDBOX: HeaderValue = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");
/// A browser's own reader of PDF does not open in a sandbox; it runs nothing of ours either.
const PDF: HeaderValue = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; object-src 'self'");
/// The bytes of an id never change; only the reader's own browser keeps them.
const CACHE: HeaderValue = HeaderValue::from_static("private, max-age=86400, immutable");

/// `GET /files/<file or attachment id>`; `?download` saves it in any case.
///
/// # Errors
/// 401, 404 for what one may not see, 416, 503.
pub async fn download(
    State(edge): State<Arc<Edge>>,
    Path(file_id): Path<FileId>,
    request: Request,
) -> Result<Response, Refusal> {
    let (parts, _) = request.into_parts();
    let identity = edge.identify(&parts).await?;
    edge.may(&identity, "GET /files", Some("inbox.read")).await?;
    let (file, key) = edge.file(&identity, &file_id.to_string(), wants_file(&parts)).await?;
    if file.state() != FileState::Stored || key.is_empty() {
        return Err(not_found());
    }
    let etag = format!("\"{file_id}\"");
    if parts.headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    let mut response = download::bytes(edge.files.store.as_ref(), &Key::from(key), &parts.headers).await?;
    describe(response.headers_mut(), &file, &parts);
    response.headers_mut().insert(ETAG, HeaderValue::try_from(etag).map_err(|_| not_found())?);
    Ok(response)
}

/// Whether a browser may show it in place; anything else is saved.
fn is_shown(mime_type: &str) -> bool {
    let plays = mime_type.starts_with("audio/") || mime_type.starts_with("video/");
    plays || download::is_raster(mime_type) || mime_type == "application/pdf"
}

fn wants_file(parts: &Parts) -> bool {
    parts.uri.query().is_some_and(|query| query.split('&').any(|key| key.starts_with("download")))
}

fn describe(headers: &mut HeaderMap, file: &File, parts: &Parts) {
    let shown = is_shown(&file.mime_type) && !wants_file(parts);
    let mime = HeaderValue::from_str(&file.mime_type).ok().filter(|mime| !mime.is_empty());
    headers.insert(CONTENT_TYPE, mime.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    headers.insert(CONTENT_DISPOSITION, download::disposition(shown, &file.name));
    headers.insert(CONTENT_SECURITY_POLICY, if file.mime_type == "application/pdf" { PDF } else { SANDBOX });
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CACHE_CONTROL, CACHE);
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
}

#[cfg(test)]
mod tests {
    use super::is_shown;

    #[test]
    fn only_what_can_run_nothing_is_shown() {
        assert!(is_shown("image/png") && is_shown("audio/ogg") && is_shown("application/pdf"));
        for mime in ["image/svg+xml", "text/html", "text/plain", "application/xhtml+xml", ""] {
            assert!(!is_shown(mime), "{mime}");
        }
    }
}
