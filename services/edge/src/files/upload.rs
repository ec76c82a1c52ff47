use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Path, Request, State},
};
use bytes::BytesMut;
use contracts::file::{CompleteFileRequest, File, FileState};
use futures::{Stream, StreamExt as _};
use http::StatusCode;
use model::FileId;
use object_store::{ObjectStoreExt as _, WriteMultipart, path::Path as Key};
use ring::digest::{Context, SHA256};
use rpc::Audience;
use tokio::time::timeout;

use super::{
    Refusal,
    sniff::{HEAD_BYTES, settle, sniff},
};
use crate::{Edge, credential::Credential, grpc::lacks, origin::is_ours, scope};

/// For a whole upload: 100 MiB over a poor line.
const LONGEST: Duration = Duration::from_secs(30 * 60);
/// For the next bytes.
const STALLED: Duration = Duration::from_secs(60);
/// Parts on their way to the store at once.
const PARTS: usize = 2;

/// `PUT /files/<file id>`: the bytes of a file that `CreateFile` has registered. Repeating it changes nothing.
///
/// # Errors
/// 400 when there are fewer bytes than registered, 413 when there are more, 401, 403, 404, 408, 503.
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
    if identity.is_api_key() && !scope::holds(&identity.caller, "inbox.write") {
        return Err(lacks("inbox.write").into());
    }
    let (file, _) = edge.file(&identity, &file_id.to_string()).await?;
    if file.state() == FileState::Stored {
        return Ok(StatusCode::NO_CONTENT);
    }
    let stored = timeout(LONGEST, edge.store(file_id, &file, body)).await.map_err(|_| too_slow())??;
    let request = edge.upstreams.own_request(Audience::Router, stored)?;
    let mut files = edge.upstreams.files();
    rpc::call_with_deadline(files.complete_file(request)).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Edge {
    async fn store(&self, file_id: FileId, file: &File, body: Body) -> Result<CompleteFileRequest, Refusal> {
        let _place = self.files.uploads.acquire().await; // never closed
        let key = Key::from(format!("up/{file_id}"));
        let mut writer = WriteMultipart::new(self.files.store.put_multipart(&key).await?);
        let size = u64::try_from(file.size_bytes).unwrap_or(0);
        match receive(&mut writer, body.into_data_stream(), size).await {
            Ok(received) => {
                writer.finish().await?;
                Ok(received.describe(file_id, file))
            }
            Err(refusal) => {
                writer.abort().await?;
                Err(refusal)
            }
        }
    }
}

struct Received {
    head: BytesMut,
    hash: Context,
    size: u64,
}

impl Received {
    fn describe(self, file_id: FileId, file: &File) -> CompleteFileRequest {
        let sniffed = sniff(&self.head);
        CompleteFileRequest {
            file_id: file_id.to_string(),
            size_bytes: self.size.cast_signed(),
            mime_type: settle(sniffed.mime_type, &file.mime_type),
            width: sniffed.width,
            height: sniffed.height,
            sha256: self.hash.finish().as_ref().to_vec(),
        }
    }
}

/// Reads exactly `size` bytes into the store.
async fn receive(
    writer: &mut WriteMultipart,
    body: impl Stream<Item = Result<bytes::Bytes, axum::Error>>,
    size: u64,
) -> Result<Received, Refusal> {
    let mut body = std::pin::pin!(body);
    let mut received = Received { head: BytesMut::new(), hash: Context::new(&SHA256), size: 0 };
    while let Some(part) = timeout(STALLED, body.next()).await.map_err(|_| too_slow())? {
        let part = part.map_err(|_| Refusal::Status(StatusCode::BAD_REQUEST, "the upload broke off"))?;
        received.size += part.len() as u64;
        if received.size > size {
            return Err(Refusal::Status(StatusCode::PAYLOAD_TOO_LARGE, "more bytes than were registered"));
        }
        let room = HEAD_BYTES.saturating_sub(received.head.len()).min(part.len());
        received.head.extend_from_slice(&part[..room]);
        received.hash.update(&part);
        writer.wait_for_capacity(PARTS).await?;
        writer.put(part);
    }
    if received.size < size {
        return Err(Refusal::Status(StatusCode::BAD_REQUEST, "fewer bytes than were registered"));
    }
    Ok(received)
}

fn too_slow() -> Refusal {
    Refusal::Status(StatusCode::REQUEST_TIMEOUT, "the upload took too long")
}
