//! Files of people. Their addresses end after a while, so they are fetched at once; no token goes there.

use contracts::channel::Attachment;
use egress::{StatusCode, Url};
use futures::StreamExt as _;
use gateway_kit::{Download, FetchError, Gateway as _};
use http::header::LOCATION;

use crate::{Viber, client::Client};

/// From an address to the next one, each among the allowed hosts.
const REDIRECTS: usize = 3;

/// Opens a file by its address.
pub async fn open(client: &Client, attachment: &Attachment) -> Result<Download, FetchError> {
    let mut url = Url::parse(&attachment.remote_ref).map_err(|_| gone("Viber gave no usable address"))?;
    for _ in 0..=REDIRECTS {
        secure(client, &mut url);
        let call = client.http().get(&url).map_err(problem)?;
        let timeout = client.http().options().download_timeout;
        let answer = call.with(|request| request.timeout(timeout)).send().await.map_err(problem)?;
        if answer.status().is_redirection() {
            let next = answer.headers().get(LOCATION).and_then(|to| url.join(to.to_str().ok()?).ok());
            url = next.ok_or_else(|| gone("Viber's address leads nowhere"))?;
            continue;
        }
        let file = answer.into_download(Viber::FETCH_LIMIT).map_err(problem)?;
        return Ok(Download {
            size_bytes: file.content_length,
            mime_type: file.content_type,
            bytes: file.body.map(|part| part.map_err(problem)).boxed(),
        });
    }
    Err(gone("Viber's address leads in a circle"))
}

/// Older addresses of Viber's are http://, and answer https:// as well.
fn secure(client: &Client, url: &mut Url) {
    if url.scheme() == "http" && !client.http().options().allow_http {
        // Only between schemes of different kinds it fails.
        let _ = url.set_scheme("https");
    }
}

fn gone(text: &str) -> FetchError {
    FetchError::Gone(text.to_owned())
}

fn problem(error: egress::Error) -> FetchError {
    match error {
        egress::Error::TooLarge { .. } => FetchError::TooLarge,
        egress::Error::BadUrl(_) | egress::Error::Refused { .. } => gone("the file does not lie at Viber's"),
        egress::Error::Status(StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::FORBIDDEN) => {
            gone("Viber no longer has the file")
        }
        other => FetchError::Temporary { text: runtime::chain(&other), retry_after: None },
    }
}
