use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, Query, Request, State},
    response::Response,
};
use bytes::Bytes;
use contracts::file::FileState;
use egress::{Error, Method, Url};
use http::{
    HeaderValue, StatusCode,
    header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION},
};
use model::FileId;
use object_store::{ObjectStoreExt as _, path::Path as Key};
use serde::Deserialize;
use tracing::debug;

use super::{Refusal, not_found, remote};
use crate::Edge;

/// Longer markup than any that is kept: `letter::sanitize` makes text of what is above 4 MiB.
const MARKUP_BYTES: u64 = 8 << 20;
/// Pictures of letters often lie behind a counter.
const REDIRECTS: usize = 3;
const SANDBOX: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");
/// The sender's counter is told once, not at every look.
const CACHE: HeaderValue = HeaderValue::from_static("private, max-age=604800, immutable");

#[derive(Deserialize)]
pub struct Wanted {
    url: String,
}

/// `GET /letters/<file id of a letter's markup>/picture?url=`: a picture of another server that this letter shows, fetched
/// here, so that the sender learns neither the reader's address nor browser.
///
/// # Errors
/// 401; 404 for a letter out of sight and a picture that it does not name; 502 for what is no picture or does not come; 503.
pub async fn picture(
    State(edge): State<Arc<Edge>>,
    Path(file_id): Path<FileId>,
    Query(wanted): Query<Wanted>,
    request: Request,
) -> Result<Response, Refusal> {
    let (parts, _) = request.into_parts();
    let identity = edge.identify(&parts).await?;
    edge.may(&identity, "GET /letters", Some("inbox.read")).await?;
    let (file, key) = edge.file(&identity, &file_id.to_string(), false).await?;
    if file.state() != FileState::Stored || key.is_empty() || file.mime_type != "text/html" {
        return Err(not_found());
    }
    if !remote::names(&edge.markup(&Key::from(key)).await?, &wanted.url) {
        return Err(not_found());
    }
    let url = wanted.url.parse().map_err(|_| no_picture())?;
    let _place = edge.files.pictures.acquire().await.map_err(|_| no_picture())?;
    let bytes = edge.fetch(url).await.map_err(|error| {
        debug!("a picture of a letter did not come: {error}");
        no_picture()
    })?;
    answer(bytes)
}

impl Edge {
    async fn markup(&self, key: &Key) -> Result<String, Refusal> {
        let found = self.files.store.get(key).await?;
        if found.meta.size > MARKUP_BYTES {
            return Err(not_found());
        }
        let bytes = found.bytes().await?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Every place on the way is checked as the first one is.
    async fn fetch(&self, mut url: Url) -> Result<Bytes, Error> {
        for _ in 0..=REDIRECTS {
            let call = self.files.outside.call(Method::GET, &url)?;
            let response = call.with(|request| request.header(ACCEPT, "image/*")).send().await?;
            if !response.status().is_redirection() {
                return response.success()?.bytes().await;
            }
            let next = response.headers().get(LOCATION).and_then(|place| place.to_str().ok());
            url = next.and_then(|place| url.join(place).ok()).ok_or(Error::BadUrl("it leads nowhere"))?;
        }
        Err(Error::BadUrl("it leads on and on"))
    }
}

/// Only what the bytes prove to be a picture that can run nothing, whatever the server says.
fn answer(bytes: Bytes) -> Result<Response, Refusal> {
    let mime = filetype::sniff(&bytes).mime_type.filter(|mime| download::is_raster(mime)).ok_or_else(no_picture)?;
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(mime));
    headers.insert(CONTENT_SECURITY_POLICY, SANDBOX);
    headers.insert(CACHE_CONTROL, CACHE);
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    Ok(response)
}

fn no_picture() -> Refusal {
    Refusal::Status(StatusCode::BAD_GATEWAY, "the picture does not come")
}
