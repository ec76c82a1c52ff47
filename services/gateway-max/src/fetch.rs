//! Files of customers. An address that has become old is asked for anew by the message that it stood in.

use contracts::channel::{Attachment, AttachmentKind};
use egress::{StatusCode, Url};
use futures::StreamExt as _;
use gateway_kit::{Download, FetchError};
use serde::{Deserialize, Serialize};

use crate::{
    client::Client,
    error::{self, CallError},
    wire::{self, Message, Video},
};

/// What is fetched at most; MAX takes files up to 4 GB (<https://dev.max.ru/docs-api>, read 2026-11-26).
pub const DOWNLOAD_BYTES: u64 = 2 << 30;
const REMOTE_REF_BYTES: usize = 2048;

/// What a file is found again by, as `Attachment.remote_ref`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RemoteRef {
    /// The message it stands in, empty when unknown, and its place there.
    #[serde(rename = "m", default)]
    mid: String,
    #[serde(rename = "n", default)]
    place: usize,
    /// Of a video the direct files are asked for by its token.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    video: Option<String>,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

impl RemoteRef {
    pub fn of(kind: AttachmentKind, attachment: &wire::Attachment, mid: &str, place: usize) -> Option<Self> {
        let payload = attachment.payload.as_ref()?;
        let video = payload.token.clone().filter(|_| kind == AttachmentKind::Video);
        let url = payload.url.clone().filter(|url| Url::parse(url).is_ok());
        let known = video.is_some() || url.is_some();
        known.then(|| Self { mid: mid.to_owned(), place, video, url })
    }

    /// `None`: more than a fact may carry.
    pub fn to_text(&self) -> Option<String> {
        serde_json::to_string(self).ok().filter(|text| text.len() <= REMOTE_REF_BYTES)
    }
}

pub async fn open(client: &Client, attachment: &Attachment) -> Result<Download, FetchError> {
    let remote: RemoteRef = serde_json::from_str(&attachment.remote_ref)
        .map_err(|_| FetchError::Gone("nothing tells where the file is".into()))?;
    match download(client, &remote).await {
        Err(FetchError::Gone(why)) => match renewed(client, &remote).await? {
            Some(remote) => download(client, &remote).await,
            None => Err(FetchError::Gone(why)),
        },
        ended => ended,
    }
}

async fn download(client: &Client, remote: &RemoteRef) -> Result<Download, FetchError> {
    let url = match &remote.video {
        Some(token) => match video(client, token).await? {
            Some(url) => Some(url),
            None => remote.url.clone(),
        },
        None => remote.url.clone(),
    };
    let url = url.and_then(|url| Url::parse(&url).ok());
    let url = url.ok_or_else(|| FetchError::Gone("MAX gives no address for the file".into()))?;
    let download = client.file(&url, DOWNLOAD_BYTES).await.map_err(problem)?;
    Ok(Download {
        size_bytes: download.content_length,
        mime_type: download.content_type,
        bytes: download.body.map(|part| part.map_err(problem)).boxed(),
    })
}

/// The best of the files: `mp4_1080` and so on; `hls` is a playlist and no file.
async fn video(client: &Client, token: &str) -> Result<Option<String>, FetchError> {
    let video: Video = client.get(&["videos", token], &[]).await.map_err(|error| error::fetch(&error))?;
    let quality = |name: &str| name.strip_prefix("mp4_").and_then(|height| height.parse::<u32>().ok());
    let urls = video.urls.unwrap_or_default();
    let files = urls.iter().filter_map(|(name, url)| Some((quality(name)?, url.as_str()?.to_owned())));
    Ok(files.max().map(|(_, url)| url))
}

/// The same file by the address that its message names now; `None`: there is none.
async fn renewed(client: &Client, remote: &RemoteRef) -> Result<Option<RemoteRef>, FetchError> {
    if remote.mid.is_empty() {
        return Ok(None);
    }
    let message: Message = match client.get(&["messages", &remote.mid], &[]).await {
        Err(error) if error.is_gone() => return Ok(None),
        Err(error) => return Err(error::fetch(&error)),
        Ok(message) => message,
    };
    let own = message.body.as_ref().filter(|body| body.mid.as_deref() == Some(remote.mid.as_str()));
    let forwarded = message.link.as_ref().and_then(|link| link.message.as_ref());
    let attachment = own.and_then(|body| body.attachments.get(remote.place));
    let attachment = attachment.or_else(|| forwarded?.attachments.get(remote.place));
    let kind = if remote.video.is_some() { AttachmentKind::Video } else { AttachmentKind::Document };
    Ok(attachment.and_then(|attachment| RemoteRef::of(kind, attachment, "", 0)))
}

fn problem(error: egress::Error) -> FetchError {
    match error {
        egress::Error::TooLarge { .. } => FetchError::TooLarge,
        egress::Error::Refused { host } => {
            FetchError::Gone(format!("the file lies at {host}, which is not known as MAX's"))
        }
        egress::Error::BadUrl(why) => FetchError::Gone(format!("the file's address cannot be used: {why}")),
        egress::Error::Status(
            status @ (StatusCode::BAD_REQUEST | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::GONE),
        ) => FetchError::Gone(format!("MAX answered {status} for the file")),
        other => error::fetch(&CallError::network(&other)),
    }
}
