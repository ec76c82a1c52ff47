//! Files of people, from the chat's own host and those that the settings name.

use contracts::channel::Attachment;
use egress::{StatusCode, Url};
use futures::StreamExt as _;
use gateway_kit::{Download, FetchError, Gateway as _};

use crate::{Custom, client::Client};

/// Opens a file by its address.
pub async fn open(client: &Client, attachment: &Attachment) -> Result<Download, FetchError> {
    let url = Url::parse(&attachment.remote_ref).map_err(|_| FetchError::Gone("the address cannot be read".into()))?;
    let file = client.http().download(&url, Custom::FETCH_LIMIT).await.map_err(problem)?;
    Ok(Download {
        size_bytes: file.content_length,
        mime_type: file.content_type,
        bytes: file.body.map(|part| part.map_err(problem)).boxed(),
    })
}

fn problem(error: egress::Error) -> FetchError {
    match error {
        egress::Error::TooLarge { .. } => FetchError::TooLarge,
        egress::Error::BadUrl(_) | egress::Error::Refused { .. } => {
            FetchError::Gone("the address is none of the chat's: see the setting media_hosts".into())
        }
        egress::Error::Status(
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED,
        ) => FetchError::Gone("the chat no longer has the file".into()),
        other => FetchError::Temporary { text: runtime::chain(&other), retry_after: None },
    }
}
