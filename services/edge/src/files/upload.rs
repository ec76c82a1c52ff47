use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Path, Request, State},
};
use contracts::file::{File, FileState};
use http::StatusCode;
use model::FileId;
use object_store::path::Path as Key;
use rpc::Audience;
use tokio::time::timeout;

use super::{
    Refusal,
    incoming::{Received, receive, too_slow},
    not_found,
};
use crate::{Edge, credential::Credential, identity::Identity, origin::is_ours};

/// For a whole upload: 100 MiB over a poor line.
pub const LONGEST: Duration = Duration::from_secs(30 * 60);

/// `PUT /files/<file id>`: the bytes of a file that `CreateFile` has registered. The first upload that is complete
/// counts; repeating it changes nothing.
///
/// # Errors
/// 400 when there are fewer bytes than registered, 413 when there are more, 409 when other bytes were complete first,
/// 401, 403, 404, 408, 503.
pub async fn upload(
    State(edge): State<Arc<Edge>>,
    Path(file_id): Path<FileId>,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let (parts, body) = request.into_parts();
    let with_cookie = matches!(Credential::of(&parts.headers), Some(Credential::Session(_)));
    if !is_ours(&parts, with_cookie) {
        return Err(Refusal::Status(StatusCode::FORBIDDEN, "the call comes from a foreign page"));
    }
    let identity = edge.identify(&parts).await?;
    edge.may(&identity, "PUT /files", Some("inbox.write")).await?;
    timeout(LONGEST, edge.take_in(file_id, &identity, body)).await.map_err(|_| too_slow())??;
    Ok(StatusCode::NO_CONTENT)
}

impl Edge {
    async fn take_in(&self, file_id: FileId, identity: &Identity, body: Body) -> Result<(), Refusal> {
        let (file, key) = self.file(identity, &file_id.to_string(), false).await?;
        if key != format!("up/{file_id}") {
            return Err(not_found()); // an attachment: nobody uploads it
        }
        let _place = self.files.uploads.acquire().await; // never closed
        let arrived = self.store(file_id, &file, &Key::from(key), body).await?;
        if file.state() != FileState::Stored {
            let request = self.upstreams.own_request(Audience::Router, arrived.stored.describe(file_id, &file))?;
            rpc::call_with_deadline(self.upstreams.files().complete_file(request)).await?;
        }
        match arrived.ours {
            true => Ok(()),
            false => Err(Refusal::Status(StatusCode::CONFLICT, "other bytes were uploaded first under this file_id")),
        }
    }

    /// Reads the body beside what is stored, and puts it there unless something is: that may be of an upload whose edge
    /// ended before it could say so.
    async fn store(&self, file_id: FileId, file: &File, key: &Key, body: Body) -> Result<Arrived, Refusal> {
        let size = u64::try_from(file.size_bytes).unwrap_or(0);
        let received = if file.state() == FileState::Stored {
            receive(None, body.into_data_stream(), size).await?
        } else {
            let mut staged = self.files.stage(file_id).await?;
            let received = receive(Some(&mut staged.writer), body.into_data_stream(), size).await;
            match received {
                Err(refusal) => return staged.give_up(refusal).await,
                Ok(received) if staged.publish(key).await? => return Ok(Arrived { stored: received, ours: true }),
                Ok(received) => received,
            }
        };
        let stored = self.files.read(key, size).await?;
        Ok(Arrived { ours: stored.is(&received), stored })
    }
}

/// What lies in the store after an upload, and whether it is what was uploaded.
struct Arrived {
    stored: Received,
    ours: bool,
}
