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
use http::{HeaderMap, StatusCode};
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
    download::describe(response.headers_mut(), &link.mime, &link.name);
    Ok(response)
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

    #[test]
    fn svg_is_a_document() {
        assert_eq!(kind_of("image/svg+xml"), AttachmentKind::Document);
        assert_eq!(kind_of("image/png"), AttachmentKind::Image);
    }
}
