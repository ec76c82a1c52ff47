//! Files of customers (<https://core.telegram.org/bots/api#getfile>, read 2026-11-23).

use contracts::channel::Attachment;
use egress::StatusCode;
use futures::StreamExt as _;
use gateway_kit::{Download, FetchError};
use teloxide_core::{payloads::GetFile, types::FileId};

use crate::{client::Client, error, normalize::DOWNLOAD_BYTES, wire::FilePath};

/// Opens a file by its `file_id`. The path that Telegram gives is good for an hour, so it is asked for each time.
pub async fn open(client: &Client, attachment: &Attachment) -> Result<Download, FetchError> {
    let id = FileId(attachment.remote_ref.clone());
    let file: FilePath = client.call(GetFile::new(id)).await.map_err(error::fetch)?;
    let limit = DOWNLOAD_BYTES as u64;
    let size_bytes = file.file_size.and_then(|size| u64::try_from(size).ok());
    if size_bytes.is_some_and(|size| size > limit) {
        return Err(FetchError::TooLarge);
    }
    let path = file.file_path.ok_or_else(|| FetchError::Gone("Telegram gave no path for the file".into()))?;
    let download = client.file(&path, limit).await;
    let download = download.ok_or_else(|| FetchError::Gone("the API server keeps the file on its own disk".into()))?;
    let download = download.map_err(problem)?;
    Ok(Download {
        size_bytes: download.content_length.or(size_bytes),
        mime_type: download.content_type,
        bytes: download.body.map(|part| part.map_err(problem)).boxed(),
    })
}

/// A path that is no longer good is asked for anew, so 404 is no end.
fn problem(error: egress::Error) -> FetchError {
    let retry_after = None;
    match error {
        egress::Error::TooLarge { .. } => FetchError::TooLarge,
        egress::Error::Status(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
            FetchError::Gone("Telegram refuses the file".into())
        }
        other => FetchError::Temporary { text: runtime::chain(&other), retry_after },
    }
}
