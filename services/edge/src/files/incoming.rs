//! The bytes of one file as they come by: exactly as many as were registered, looked at and hashed on the way.

use std::time::Duration;

use bytes::Bytes;
use contracts::file::{CompleteFileRequest, File};
use filetype::Head;
use futures::{Stream, StreamExt as _};
use http::StatusCode;
use model::FileId;
use object_store::WriteMultipart;
use ring::digest::{Context, SHA256};
use tokio::time::timeout;

use super::Refusal;

/// For the next bytes.
const STALLED: Duration = Duration::from_secs(60);
/// Parts on their way to the store at once.
const PARTS: usize = 2;

/// What is known of a file when all of it has come by.
pub struct Received {
    head: Head,
    sha256: Vec<u8>,
    size: u64,
}

impl Received {
    /// Whether both are the same bytes.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.size == other.size && self.sha256 == other.sha256
    }

    #[must_use]
    pub fn describe(self, file_id: FileId, file: &File) -> CompleteFileRequest {
        let sniffed = self.head.sniff();
        CompleteFileRequest {
            file_id: file_id.to_string(),
            size_bytes: self.size.cast_signed(),
            mime_type: sniffed.settle(&file.mime_type),
            width: sniffed.width,
            height: sniffed.height,
            sha256: self.sha256,
        }
    }
}

/// Reads exactly `size` bytes, into the store where there is a writer.
///
/// # Errors
/// 400 for fewer bytes or an upload that broke off, 408, 413 for more, 503.
pub async fn receive<E>(
    mut writer: Option<&mut WriteMultipart>,
    bytes: impl Stream<Item = Result<Bytes, E>>,
    size: u64,
) -> Result<Received, Refusal> {
    let mut bytes = std::pin::pin!(bytes);
    let (mut head, mut hash, mut received) = (Head::default(), Context::new(&SHA256), 0);
    while let Some(part) = timeout(STALLED, bytes.next()).await.map_err(|_| too_slow())? {
        let part = part.map_err(|_| Refusal::Status(StatusCode::BAD_REQUEST, "the upload broke off"))?;
        received += part.len() as u64;
        if received > size {
            return Err(Refusal::Status(StatusCode::PAYLOAD_TOO_LARGE, "more bytes than were registered"));
        }
        head.take(&part);
        hash.update(&part);
        if let Some(writer) = &mut writer {
            writer.wait_for_capacity(PARTS).await?;
            writer.put(part);
        }
    }
    if received < size {
        return Err(Refusal::Status(StatusCode::BAD_REQUEST, "fewer bytes than were registered"));
    }
    Ok(Received { head, sha256: hash.finish().as_ref().to_vec(), size })
}

pub fn too_slow() -> Refusal {
    Refusal::Status(StatusCode::REQUEST_TIMEOUT, "the upload took too long")
}
