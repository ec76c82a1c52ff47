//! Files of customers
//! (<https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media>, read 2026-11-26).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use contracts::channel::Attachment;
use egress::StatusCode;
use futures::{StreamExt as _, stream::BoxStream};
use gateway_kit::{Download, FetchError};
use ring::digest::{Context, SHA256};

use crate::{client::Client, describe::FETCH_BYTES, error, wire::MediaPlace};

/// Opens a file by its media id. The address that Meta gives is good for five minutes, so it is asked for each time.
pub async fn open(client: &Client, number: &str, attachment: &Attachment) -> Result<Download, FetchError> {
    let query = [("phone_number_id", number)];
    let place: MediaPlace = client.get(&attachment.remote_ref, &query).await.map_err(error::fetch)?;
    let size_bytes = place.file_size.and_then(|size| u64::try_from(size).ok());
    if size_bytes.is_some_and(|size| size > FETCH_BYTES) {
        return Err(FetchError::TooLarge);
    }
    let download = client.file(&place.url, FETCH_BYTES).await.map_err(problem)?;
    let bytes = download.body.map(|part| part.map_err(problem)).boxed();
    Ok(Download {
        size_bytes: download.content_length.or(size_bytes),
        mime_type: place.mime_type.or(download.content_type),
        bytes: match place.sha256.as_deref().and_then(digest) {
            Some(expected) => verified(bytes, expected),
            None => bytes,
        },
    })
}

/// Hexadecimal in the answer, Base64 in webhooks.
fn digest(text: &str) -> Option<Vec<u8>> {
    let bytes = hex::decode(text).ok().or_else(|| STANDARD.decode(text).ok())?;
    (bytes.len() == 32).then_some(bytes)
}

type Parts = BoxStream<'static, Result<Bytes, FetchError>>;

/// What is still to come, what came, and what all of it must be.
struct Verified(Parts, Context, Vec<u8>);

impl Verified {
    async fn next(self) -> Option<(Result<Bytes, FetchError>, Option<Self>)> {
        let Self(mut bytes, mut hash, expected) = self;
        match bytes.next().await {
            Some(Ok(part)) => {
                hash.update(&part);
                Some((Ok(part), Some(Self(bytes, hash, expected))))
            }
            Some(Err(error)) => Some((Err(error), None)),
            None if hash.finish().as_ref() == expected => None,
            None => Some((Err(temporary("the bytes are not those that Meta announced")), None)),
        }
    }
}

/// The same bytes, and an error after the last of them when they are not what was promised.
fn verified(bytes: Parts, expected: Vec<u8>) -> Parts {
    let state = Some(Verified(bytes, Context::new(&SHA256), expected));
    futures::stream::unfold(state, |state| async move { state?.next().await }).boxed()
}

fn temporary(text: &str) -> FetchError {
    FetchError::Temporary { text: text.to_owned(), retry_after: None }
}

/// An address that is no longer good is asked for anew, so 404 is no end.
fn problem(error: egress::Error) -> FetchError {
    match error {
        egress::Error::TooLarge { .. } => FetchError::TooLarge,
        egress::Error::Status(StatusCode::GONE) => FetchError::Gone("WhatsApp no longer has the file".into()),
        other => temporary(&runtime::chain(&other)),
    }
}
