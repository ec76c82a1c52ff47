use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, Request, State},
    response::Response,
};
use contracts::file::{File, FileState};
use futures::TryStreamExt as _;
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{
        ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY,
        CONTENT_TYPE, ETAG, IF_NONE_MATCH, RANGE,
    },
    request::Parts,
};
use model::FileId;
use object_store::{GetOptions, GetRange, path::Path as Key};

use super::{
    Refusal,
    disposition::{disposition, is_shown},
    not_found,
    range::{Part, parse},
};
use crate::{Edge, grpc::lacks, scope};

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
    if identity.is_api_key() && !scope::holds(&identity.caller, "inbox.read") {
        return Err(lacks("inbox.read").into());
    }
    let (file, key) = edge.file(&identity, &file_id.to_string()).await?;
    if file.state() != FileState::Stored || key.is_empty() {
        return Err(not_found());
    }
    let etag = format!("\"{file_id}\"");
    if parts.headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    let mut response = bytes(&edge, &Key::from(key), &parts).await?;
    describe(response.headers_mut(), &file, &parts);
    response.headers_mut().insert(ETAG, HeaderValue::try_from(etag).map_err(|_| not_found())?);
    Ok(response)
}

/// The asked part of the stored bytes.
async fn bytes(edge: &Edge, key: &Key, parts: &Parts) -> Result<Response, Refusal> {
    let header = parts.headers.get(RANGE).and_then(|value| value.to_str().ok());
    let size = match header {
        Some(_) => object_store::ObjectStoreExt::head(&edge.files.store, key).await?.size,
        None => 0,
    };
    let range = match header.map(|header| parse(Some(header), size)) {
        Some(Part::NotSatisfiable) => return Err(Refusal::NotSatisfiable { size }),
        Some(Part::Some(range)) => Some(range),
        Some(Part::Whole) | None => None,
    };
    let options = GetOptions { range: range.clone().map(GetRange::Bounded), ..GetOptions::default() };
    let found = edge.files.store.get_opts(key, options).await?;
    let length = found.range.end - found.range.start;
    let mut response = Response::new(Body::from_stream(found.into_stream().map_err(std::io::Error::other)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    if let Some(range) = range {
        let text = format!("bytes {}-{}/{size}", range.start, range.end - 1);
        headers.insert(CONTENT_RANGE, HeaderValue::try_from(text).map_err(|_| not_found())?);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

fn describe(headers: &mut HeaderMap, file: &File, parts: &Parts) {
    let wants_file = parts.uri.query().is_some_and(|query| query.split('&').any(|key| key.starts_with("download")));
    let shown = is_shown(&file.mime_type) && !wants_file;
    let mime = HeaderValue::from_str(&file.mime_type).ok().filter(|mime| !mime.is_empty());
    headers.insert(CONTENT_TYPE, mime.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    headers.insert(CONTENT_DISPOSITION, disposition(shown, &file.name));
    headers.insert(CONTENT_SECURITY_POLICY, if file.mime_type == "application/pdf" { PDF } else { SANDBOX });
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CACHE_CONTROL, CACHE);
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
}
