//! Files of customers. Their addresses expire, then the message is asked for anew.

use contracts::channel::Attachment;
use egress::{Download as Fetched, StatusCode, Url};
use futures::StreamExt as _;
use gateway_kit::{Download, FetchError, Gateway};
use serde_json::Value;

use crate::{
    Vk,
    address::MessageKey,
    client::Client,
    complete, error,
    normalize::{RemoteRef, attachment_name, link},
    wire::Message,
};

/// From one address to the next.
const REDIRECTS: usize = 4;

pub async fn open(client: &Client, attachment: &Attachment) -> Result<Download, FetchError> {
    let remote: RemoteRef = serde_json::from_str(&attachment.remote_ref)
        .map_err(|_| FetchError::Gone("the file is named in a way that cannot be read".into()))?;
    if let Ok(url) = remote.url.parse() {
        match download(client, url).await {
            Err(FetchError::Gone(_)) => {}
            other => return other,
        }
    }
    let url = fresh(client, &remote).await?;
    download(client, url).await
}

/// The address as the message shows it now.
async fn fresh(client: &Client, remote: &RemoteRef) -> Result<Url, FetchError> {
    let gone = || FetchError::Gone("VK no longer has the file".into());
    let key = MessageKey::parse(&remote.message).ok_or_else(gone)?;
    let message = complete::message(client, key).await.map_err(error::fetch)?.ok_or_else(gone)?;
    let all = attachments(&message);
    let found = all.into_iter().find(|attachment| attachment_name(attachment) == remote.what);
    found.and_then(link).and_then(|url| url.parse().ok()).ok_or_else(gone)
}

fn attachments(message: &Message) -> Vec<&Value> {
    let forwarded = message.fwd_messages.iter().flatten().filter_map(|quoted| quoted.attachments.as_ref());
    message.attachments.iter().chain(forwarded).flatten().collect()
}

async fn download(client: &Client, mut url: Url) -> Result<Download, FetchError> {
    let timeout = client.files().options().download_timeout;
    for _ in 0..=REDIRECTS {
        let call = client.files().get(&url).map_err(problem)?.with(|request| request.timeout(timeout));
        let response = call.send().await.map_err(problem)?;
        if !response.status().is_redirection() {
            return opened(response.into_download(Vk::FETCH_LIMIT).map_err(problem)?);
        }
        let next = response.headers().get("location").and_then(|to| url.join(to.to_str().ok()?).ok());
        url = next.ok_or_else(|| FetchError::Gone("VK leads on to nowhere".into()))?;
    }
    Err(FetchError::Gone("VK leads in a circle".into()))
}

/// A page instead of a file is a sign-in or an error, whatever its status says.
fn opened(fetched: Fetched) -> Result<Download, FetchError> {
    if fetched.content_type.as_deref().is_some_and(|kind| kind.starts_with("text/html")) {
        return Err(FetchError::Gone("VK shows a page instead of the file".into()));
    }
    Ok(Download {
        size_bytes: fetched.content_length,
        mime_type: fetched.content_type,
        bytes: fetched.body.map(|part| part.map_err(problem)).boxed(),
    })
}

fn problem(error: egress::Error) -> FetchError {
    match error {
        egress::Error::TooLarge { .. } => FetchError::TooLarge,
        egress::Error::Status(StatusCode::TOO_MANY_REQUESTS) => {
            FetchError::Temporary { text: "VK asks to wait".into(), retry_after: None }
        }
        egress::Error::Status(status) if status.is_client_error() => FetchError::Gone(format!("VK answers {status}")),
        egress::Error::Refused { .. } | egress::Error::BadUrl(_) => FetchError::Gone(runtime::chain(&error)),
        other => FetchError::Temporary { text: runtime::chain(&other), retry_after: None },
    }
}
