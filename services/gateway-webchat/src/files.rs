//! `GET /webchat/<account>/files/<link>`: a file of a conversation, for whoever holds the signed link.

use std::{fmt::Write as _, ops::Range, sync::Arc};

use axum::{
    body::Body,
    extract::{Path, State},
    response::Response,
};
use chrono::Utc;
use contracts::channel::AttachmentKind;
use futures::TryStreamExt;
use gateway_kit::Refusal;
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{
        ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY,
        CONTENT_TYPE, RANGE,
    },
};
use object_store::{GetOptions, GetRange, ObjectStoreExt, path::Path as Key};
use tracing::warn;

use crate::{desk::Desk, token::FileLink};

/// Pictures that a browser shows and that can run nothing. SVG is none of them: it can hold scripts.
const RASTER: [&str; 6] = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"];

/// What an attachment is, by its type.
#[must_use]
pub fn kind_of(mime: &str) -> AttachmentKind {
    match mime {
        _ if RASTER.contains(&mime) => AttachmentKind::Image,
        _ if mime.starts_with("video/") => AttachmentKind::Video,
        _ if mime.starts_with("audio/") => AttachmentKind::Audio,
        _ => AttachmentKind::Document,
    }
}

/// Gives a file, or the asked part of it.
///
/// # Errors
/// 404 for a link that is none of this account's or has expired, 416, 503.
pub async fn download(
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
    let mut response = bytes(&desk, &Key::from(link.object_key.as_str()), &headers).await?;
    describe(response.headers_mut(), &link);
    Ok(response)
}

async fn bytes(desk: &Desk, key: &Key, headers: &HeaderMap) -> Result<Response, Refusal> {
    let objects = desk.front.objects();
    let size = objects.head(key).await.map_err(refusal)?.size;
    let asked = headers.get(RANGE).and_then(|value| value.to_str().ok());
    let range = match part(asked, size) {
        Part::Whole => None,
        Part::Some(range) => Some(range),
        Part::NotSatisfiable => return Err(Refusal::new(StatusCode::RANGE_NOT_SATISFIABLE, "range")),
    };
    let options = GetOptions { range: range.clone().map(GetRange::Bounded), ..GetOptions::default() };
    let found = objects.get_opts(key, options).await.map_err(refusal)?;
    let length = found.range.end - found.range.start;
    let mut response = Response::new(Body::from_stream(found.into_stream().map_err(std::io::Error::other)));
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    if let Some(range) = range {
        let text = format!("bytes {}-{}/{size}", range.start, range.end - 1);
        response.headers_mut().insert(CONTENT_RANGE, HeaderValue::try_from(text).map_err(|_| not_found())?);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// Nothing in a file may run or fetch, wherever it is opened; only pictures that can run nothing are shown in place.
fn describe(headers: &mut HeaderMap, link: &FileLink) {
    let inline = RASTER.contains(&link.mime.as_str());
    let known = inline || link.mime.starts_with("video/") || link.mime.starts_with("audio/");
    let mime = HeaderValue::from_str(&link.mime).ok().filter(|mime| known && !mime.is_empty());
    headers.insert(CONTENT_TYPE, mime.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    headers.insert(CONTENT_DISPOSITION, disposition(inline, &link.name));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, max-age=300"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.insert("referrer-policy", HeaderValue::from_static("no-referrer"));
}

/// `inline` or `attachment` with the file's name, in ASCII and in full (RFC 6266).
fn disposition(inline: bool, name: &str) -> HeaderValue {
    let name: String = name.chars().filter(|c| !c.is_control() && !matches!(c, '/' | '\\')).collect();
    let plain = |c: char| if c.is_ascii_graphic() && !matches!(c, '"' | '%') || c == ' ' { c } else { '_' };
    let ascii: String = name.chars().map(plain).collect();
    let full = name.bytes().fold(String::new(), |mut text, byte| {
        let _ = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' => write!(text, "{}", char::from(byte)),
            _ => write!(text, "%{byte:02X}"),
        };
        text
    });
    let kind = if inline { "inline" } else { "attachment" };
    let value = format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''{full}");
    HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static("attachment"))
}

/// What part of a file is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Whole,
    Some(Range<u64>),
    NotSatisfiable,
}

/// Reads one `bytes=` range (RFC 9110, 14.2). Several ranges, and what is no range, mean the whole file.
fn part(header: Option<&str>, size: u64) -> Part {
    let Some((first, last)) = header.and_then(|text| text.strip_prefix("bytes=")?.split_once('-')) else {
        return Part::Whole;
    };
    let (first, last) = (first.trim(), last.trim());
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Err(_), Ok(suffix)) if first.is_empty() => size.saturating_sub(suffix)..size,
        (Ok(first), Err(_)) if last.is_empty() => first..size,
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
        _ => return Part::Whole,
    };
    if range.start < range.end { Part::Some(range) } else { Part::NotSatisfiable }
}

fn not_found() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "file")
}

fn refusal(error: object_store::Error) -> Refusal {
    match error {
        object_store::Error::NotFound { .. } => not_found(),
        error => {
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
    fn ranges_are_read_as_browsers_write_them() {
        assert_eq!(part(Some("bytes=0-"), 100), Part::Some(0..100));
        assert_eq!(part(Some("bytes=90-1000"), 100), Part::Some(90..100));
        assert_eq!(part(Some("bytes=-10"), 100), Part::Some(90..100));
        assert_eq!(part(Some("bytes=100-"), 100), Part::NotSatisfiable);
        for whole in [None, Some("bytes=0-1,5-6"), Some("items=0-1")] {
            assert_eq!(part(whole, 100), Part::Whole);
        }
    }

    #[test]
    fn svg_is_a_document() {
        assert_eq!(kind_of("image/svg+xml"), AttachmentKind::Document);
        assert_eq!(kind_of("image/png"), AttachmentKind::Image);
    }
}
