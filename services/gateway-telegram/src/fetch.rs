//! Files of customers (<https://core.telegram.org/bots/api#getfile>, read 2026-11-23).

use contracts::channel::Attachment;
use egress::StatusCode;
use futures::StreamExt as _;
use gateway_kit::{Download, FetchError, Gateway};
use teloxide_core::{payloads::GetFile, types::FileId};

use crate::{Telegram, client::Client, config::Deliveries, error, wire::FilePath};

/// What a bot may download of Telegram's own server (<https://core.telegram.org/bots/api#getfile>, read 2026-11-23).
const DOWNLOAD_BYTES: u64 = 20 << 20;

/// Opens a file by its `file_id`. The path that Telegram gives is good for an hour, so it is asked for each time.
pub async fn open(client: &Client, attachment: &Attachment) -> Result<Download, FetchError> {
    let limit = limit(client.deliveries);
    check_size(Some(attachment.size_bytes), limit)?;
    let id = FileId(attachment.remote_ref.clone());
    // A server of one's own has the whole file before it answers.
    let file: FilePath = client.call_within(client.deadlines.upload, GetFile::new(id)).await.map_err(error::fetch)?;
    let size_bytes = check_size(file.file_size, limit)?;
    let path = file.file_path.ok_or_else(|| FetchError::Gone("Telegram gave no path for the file".into()))?;
    let download = client.file(&path, limit).await;
    let download =
        download.ok_or_else(|| FetchError::Gone("the API server names a file that is not this bot's".into()))?;
    let download = download.map_err(|error| refused(error, client.deliveries))?;
    Ok(Download {
        size_bytes: download.content_length.or(size_bytes),
        mime_type: download.content_type,
        bytes: download.body.map(|part| part.map_err(problem)).boxed(),
    })
}

fn limit(deliveries: Deliveries) -> u64 {
    match deliveries {
        Deliveries::Public => DOWNLOAD_BYTES,
        Deliveries::Anywhere => Telegram::FETCH_LIMIT,
    }
}

fn check_size(size: Option<i64>, limit: u64) -> Result<Option<u64>, FetchError> {
    let size = size.and_then(|size| u64::try_from(size).ok());
    if size.is_some_and(|size| size > limit) { Err(FetchError::TooLarge) } else { Ok(size) }
}

/// The Bot API server stores files and serves none; whoever runs it puts a web server beside it.
fn refused(error: egress::Error, deliveries: Deliveries) -> FetchError {
    match (error, deliveries) {
        (egress::Error::Status(StatusCode::NOT_FOUND), Deliveries::Anywhere) => FetchError::Temporary {
            text: "the API server does not serve its files under /file/bot<token>/ (README.md of gateway-telegram)"
                .into(),
            retry_after: None,
        },
        (error, _) => problem(error),
    }
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
