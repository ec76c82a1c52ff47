//! `POST /webchat/<account>/uploads?name=<name>`: the bytes of one file into the object store.

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Path, Query, State},
    response::Json,
};
use bytes::BytesMut;
use chrono::Utc;
use contracts::channel::AttachmentKind;
use futures::{StreamExt, TryStreamExt, stream};
use gateway_kit::{Download, FetchError, Kept, Refusal, keep};
use http::{
    HeaderMap, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
    request::Parts,
};
use serde::Serialize;
use tokio::{sync::SemaphorePermit, time::timeout};
use uuid::Uuid;

use crate::{
    cors::{self, Allowed},
    desk::Desk,
    files::kind_of,
    metadata::{HEAD_BYTES, Picture},
    stream::bearer,
    token::UploadToken,
};

/// For a whole file: 20 MB over a poor line.
const LONGEST: Duration = Duration::from_secs(5 * 60);
const NAME_CHARS: usize = 200;

/// What the widget names in its message, and shows meanwhile.
#[derive(Debug, Serialize)]
pub struct Uploaded {
    upload: String,
    kind: &'static str,
    name: String,
    mime: String,
    size: i64,
    w: u32,
    h: u32,
}

/// Stores a visitor's file.
///
/// # Errors
/// 401 without a token or with a lapsed person's, 403 for a foreign site and for a stranger where only customers may write, 404, 408, 411 without a length, 413, 429, 503.
pub async fn upload(
    State(desk): State<Arc<Desk>>,
    Path(account): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    parts: Parts,
    body: Body,
) -> Result<Allowed<Json<Uploaded>>, Refusal> {
    let (visit, from) = desk.enter_from_page(&account, &parts).inspect_err(|no| desk.front.count_refused(no.why()))?;
    let visitor = bearer(&parts.headers).and_then(|token| desk.visitor(visit.account(), &token));
    let visitor = visitor.filter(|token| !token.lapsed(Utc::now().timestamp()));
    let token = visitor.ok_or(Refusal::new(StatusCode::UNAUTHORIZED, "token"))?;
    if visit.gateway.settings.require_identity && token.person.is_none() {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "identity_required"));
    }
    let visitor = token.visitor;
    let limit = visit.gateway.settings.file_bytes;
    let size = length(&parts.headers)?;
    if size == 0 || size > limit {
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
    }
    if desk.limits.upload(visitor, desk.caller(&parts), size).is_err() {
        desk.front.count_refused("uploads");
        return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "rate"));
    }
    let _place = desk.uploads.try_acquire().map_err(|_| Refusal::later("busy", 2))?;
    let _drain_waits = desk.front.tasks().token();
    let object_key = format!("in/{}/{}", visit.account(), Uuid::now_v7());
    let announced = announced(&parts.headers);
    let kept = store(&desk, &object_key, body, size, limit, &announced).await?;
    let uploaded = describe(&desk, visit.account(), visitor, object_key, &query, kept);
    Ok(cors::allow(&from, Json(uploaded)))
}

async fn store(desk: &Desk, key: &str, body: Body, size: u64, limit: u64, announced: &str) -> Result<Kept, Refusal> {
    let storing = async {
        let (download, _room) = bare(desk, body, size).await?;
        let kept = keep(desk.front.objects().as_ref(), key, download, limit, announced).await;
        kept.map_err(refusal)
    };
    let slow = |_| Refusal::new(StatusCode::REQUEST_TIMEOUT, "too_slow");
    timeout(LONGEST, storing).await.map_err(slow)?
}

/// The bytes to be stored: a picture's without its metadata, for which it is held in memory; anything else as it comes.
async fn bare(desk: &Desk, body: Body, size: u64) -> Result<(Download, Option<SemaphorePermit<'_>>), Refusal> {
    let mut stream = body.into_data_stream().map_err(broken).boxed();
    let mut gathered = BytesMut::new();
    while gathered.len() < HEAD_BYTES
        && let Some(part) = stream.next().await
    {
        gathered.extend_from_slice(&part.map_err(refusal)?);
    }
    let Some(picture) = Picture::of(&gathered) else {
        let bytes = stream::iter([Ok(gathered.freeze())]).chain(stream).boxed();
        return Ok((Download { size_bytes: Some(size), mime_type: None, bytes }, None));
    };
    let kib = u32::try_from(size.div_ceil(1024)).unwrap_or(u32::MAX);
    let room = desk.pictures.try_acquire_many(kib).map_err(|_| Refusal::later("busy", 2))?;
    while let Some(part) = stream.next().await {
        gathered.extend_from_slice(&part.map_err(refusal)?);
        if gathered.len() as u64 > size {
            return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
        }
    }
    if (gathered.len() as u64) < size {
        return Err(refusal(broken(())));
    }
    let bytes = picture.without_metadata(gathered.freeze());
    let size_bytes = Some(bytes.len() as u64);
    Ok((Download { size_bytes, mime_type: None, bytes: stream::iter([Ok(bytes)]).boxed() }, Some(room)))
}

fn broken<E>(_: E) -> FetchError {
    FetchError::Temporary { text: "the upload broke off".to_owned(), retry_after: None }
}

fn refusal(error: FetchError) -> Refusal {
    match error {
        FetchError::TooLarge => Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
        FetchError::Gone(_) | FetchError::Temporary { .. } => Refusal::later("upload", 2),
    }
}

fn describe(
    desk: &Desk,
    account: model::AccountId,
    visitor: Uuid,
    object_key: String,
    query: &HashMap<String, String>,
    kept: Kept,
) -> Uploaded {
    let name = name(query);
    let (kind, mime) = recorded(query, kept.mime_type);
    let duration = query.get("ms").and_then(|ms| ms.parse().ok()).filter(|_| kind == AttachmentKind::Voice);
    let (width, height) = kept.width_height.unwrap_or_default();
    let size = i64::try_from(kept.size_bytes).unwrap_or(i64::MAX);
    let token = UploadToken {
        visitor,
        expires: UploadToken::expiry(Utc::now().timestamp()),
        object_key,
        kind: kind.into(),
        name: name.clone(),
        mime: mime.clone(),
        size,
        width,
        height,
        duration_ms: duration.unwrap_or_default(),
        sha256: kept.sha256,
    };
    Uploaded {
        upload: desk.uploads_signer(account).sign(&token),
        kind: word(kind),
        name,
        mime,
        size,
        w: width,
        h: height,
    }
}

/// A recording comes in a container that could hold a video as well.
fn recorded(query: &HashMap<String, String>, mime: String) -> (AttachmentKind, String) {
    let is_voice = query.get("kind").is_some_and(|kind| kind == "voice");
    match mime.split_once('/') {
        Some(("audio", _)) if is_voice => (AttachmentKind::Voice, mime),
        Some(("video", "webm" | "mp4")) if is_voice => (AttachmentKind::Voice, mime.replacen("video", "audio", 1)),
        _ => (kind_of(&mime), mime),
    }
}

fn word(kind: AttachmentKind) -> &'static str {
    match kind {
        AttachmentKind::Image => "image",
        AttachmentKind::Video => "video",
        AttachmentKind::Audio => "audio",
        AttachmentKind::Voice => "voice",
        _ => "document",
    }
}

/// How many bytes will come; browsers say it for every file.
fn length(headers: &HeaderMap) -> Result<u64, Refusal> {
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    length.ok_or(Refusal::new(StatusCode::LENGTH_REQUIRED, "length"))
}

/// What the browser calls it; only where the bytes do not tell.
fn announced(headers: &HeaderMap) -> String {
    let mime = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let plain = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    // Only bytes prove what a browser would show or play.
    let provable = ["image/", "video/", "audio/"].iter().any(|kind| plain.starts_with(kind));
    if provable || plain.len() > 100 || plain == "application/pdf" { String::new() } else { plain }
}

/// A file's name, without a path.
fn name(query: &HashMap<String, String>) -> String {
    let name = query.get("name").map_or("", String::as_str);
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().filter(|c| !c.is_control()).take(NAME_CHARS).collect();
    if name.trim().is_empty() { "file".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_path() {
        let named = |text: &str| name(&HashMap::from([("name".to_owned(), text.to_owned())]));
        assert_eq!(named("C:\\temp\\счёт.pdf"), "счёт.pdf");
        assert_eq!(named("../../etc/passwd"), "passwd");
        assert_eq!(named("a\r\nb"), "ab");
        assert_eq!(named(" "), "file");
        assert_eq!(name(&HashMap::new()), "file");
    }

    #[test]
    fn a_recording_is_a_voice_message_only_if_it_sounds() {
        let voice = HashMap::from([("kind".to_owned(), "voice".to_owned())]);
        assert_eq!(recorded(&voice, "video/webm".into()), (AttachmentKind::Voice, "audio/webm".into()));
        assert_eq!(recorded(&voice, "text/html".into()).0, AttachmentKind::Document);
        assert_eq!(recorded(&HashMap::new(), "video/webm".into()).0, AttachmentKind::Video);
    }

    #[test]
    fn only_bytes_prove_a_picture() {
        let of = |text: &str| announced(&HeaderMap::from_iter([(CONTENT_TYPE, text.parse().unwrap())]));
        assert_eq!(of("image/png"), "");
        assert_eq!(of("Text/Plain; charset=utf-8"), "text/plain");
    }
}
