//! `GET /webchat/<account>/files/<link>`: a file of a conversation, for whoever holds the signed link.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};
use chrono::Utc;
use contracts::channel::AttachmentKind;
use download::NotGiven;
use gateway_kit::Refusal;
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
};
use object_store::path::Path as Key;
use tracing::warn;

use crate::{desk::Desk, token::FileLink};

/// What an attachment is, by its type.
#[must_use]
pub fn kind_of(mime: &str) -> AttachmentKind {
    match mime {
        _ if download::is_raster(mime) => AttachmentKind::Image,
        _ if mime.starts_with("video/") => AttachmentKind::Video,
        _ if mime.starts_with("audio/") => AttachmentKind::Audio,
        _ => AttachmentKind::Document,
    }
}

/// Gives a file, or the asked part of it.
///
/// # Errors
/// 404 for a link that is none of this account's or has expired, 416, 503.
pub async fn hand_out(
    State(desk): State<Arc<Desk>>,
    Path((account, link)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let visit = desk.front.visit(&account)?;
    if desk.front.stop().is_cancelled() {
        return Err(Refusal::later("stopping", 1));
    }
    let link = desk.links(visit.account()).open::<FileLink>(&link);
    let link = link.filter(|link| link.expires > Utc::now().timestamp()).ok_or(not_found())?;
    let key = Key::from(link.object_key.as_str());
    let given = download::bytes(desk.front.objects().as_ref(), &key, &headers).await;
    let mut response = given.map_err(refusal)?;
    describe(response.headers_mut(), &link);
    Ok(response)
}

/// Nothing in a file may run or fetch, wherever it is opened; only pictures that can run nothing are shown in place.
fn describe(headers: &mut HeaderMap, link: &FileLink) {
    let inline = download::is_raster(&link.mime);
    let known = inline || link.mime.starts_with("video/") || link.mime.starts_with("audio/");
    let mime = HeaderValue::from_str(&link.mime).ok().filter(|mime| known && !mime.is_empty());
    headers.insert(CONTENT_TYPE, mime.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    headers.insert(CONTENT_DISPOSITION, download::disposition(inline, &link.name));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, max-age=300"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.insert("referrer-policy", HeaderValue::from_static("no-referrer"));
}

fn not_found() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "file")
}

fn refusal(cause: NotGiven) -> Refusal {
    match cause {
        NotGiven::NotSatisfiable { .. } => Refusal::new(StatusCode::RANGE_NOT_SATISFIABLE, "range"),
        NotGiven::Store(object_store::Error::NotFound { .. }) => not_found(),
        NotGiven::Store(error) => {
            warn!(%error, "the object store did not give a file");
            Refusal::later("objects", 2)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(mime: &str) -> HeaderMap {
        let link = FileLink {
            expires: 0,
            address: String::new(),
            object_key: String::new(),
            name: "a\"b.svg".into(),
            mime: mime.into(),
        };
        let mut headers = HeaderMap::new();
        describe(&mut headers, &link);
        headers
    }

    #[test]
    fn what_could_run_is_never_shown_in_place() {
        for mime in ["image/svg+xml", "text/html", "application/xhtml+xml", "text/xml", "application/pdf", "", "x\ny"] {
            let headers = described(mime);
            assert!(headers[CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment;"), "{mime}");
            assert_eq!(headers[CONTENT_TYPE], "application/octet-stream", "{mime}");
            assert_eq!(headers["x-content-type-options"], "nosniff");
            assert!(headers[CONTENT_SECURITY_POLICY].to_str().unwrap().contains("sandbox"));
        }
        assert!(described("image/png")[CONTENT_DISPOSITION].to_str().unwrap().starts_with("inline;"));
        let video = described("video/mp4");
        assert_eq!(video[CONTENT_TYPE], "video/mp4");
        assert!(video[CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment;"));
    }

    #[test]
    fn svg_is_a_document() {
        assert_eq!(kind_of("image/svg+xml"), AttachmentKind::Document);
        assert_eq!(kind_of("image/png"), AttachmentKind::Image);
    }
}
