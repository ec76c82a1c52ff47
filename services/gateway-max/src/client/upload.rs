//! Files on their way to MAX, in two steps: a place is asked for, then the bytes go there.

use std::collections::VecDeque;

use bytes::Bytes;
use contracts::channel::FailureReason as R;
use egress::{Url, multipart};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{Client, read, refusal};
use crate::{
    error::CallError,
    wire::{Place, Uploaded},
};

/// Tokens are reusable, so a message that has to wait does not send its files again.
const TOKENS_KEPT: usize = 256;

/// MAX's kinds of uploads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Image,
    Video,
    Audio,
    File,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::File => "file",
        }
    }
}

/// What uploaded files are known by, for the newest of them: object and kind, then the payload.
#[derive(Debug, Default)]
pub struct Tokens(Mutex<VecDeque<((String, &'static str), Value)>>);

impl Tokens {
    fn get(&self, key: &str, kind: Kind) -> Option<Value> {
        let known = self.0.lock();
        known
            .iter()
            .find(|((object, name), _)| object == key && *name == kind.name())
            .map(|(_, payload)| payload.clone())
    }

    fn keep(&self, key: &str, kind: Kind, payload: &Value) {
        let mut known = self.0.lock();
        known.push_front(((key.to_owned(), kind.name()), payload.clone()));
        known.truncate(TOKENS_KEPT);
    }
}

/// A file to upload.
pub struct Parcel {
    pub kind: Kind,
    pub object_key: String,
    pub name: String,
    pub mime_type: String,
    pub bytes: Bytes,
}

impl Client {
    pub fn uploaded(&self, object_key: &str, kind: Kind) -> Option<Value> {
        self.tokens.get(object_key, kind)
    }

    /// Gives the `payload` of an attachment. No message is made by it, so whatever fails here is surely not sent.
    ///
    /// # Errors
    /// What MAX says; never [`CallError::Unknown`].
    pub async fn upload(&self, parcel: Parcel) -> Result<Value, CallError> {
        let (kind, object_key) = (parcel.kind, parcel.object_key.clone());
        let upload = timeout(self.deadlines.upload, self.upload_now(parcel)).await;
        let payload = upload.map_err(|_| CallError::NotSent("the file did not reach MAX in time".into()))?;
        let payload = payload.map_err(|error| match error {
            CallError::Unknown(text) => CallError::NotSent(text),
            error => error,
        })?;
        self.tokens.keep(&object_key, kind, &payload);
        Ok(payload)
    }

    async fn upload_now(&self, parcel: Parcel) -> Result<Value, CallError> {
        let query = [("type", parcel.kind.name().to_owned())];
        let place: Place = self.post(&["uploads"], &query, &json!({})).await?;
        let url = Url::parse(&place.url).map_err(|_| CallError::NotSent("MAX gave no address for the file".into()))?;
        let kind = parcel.kind;
        let answer = self.deliver(&url, parcel).await?;
        match (kind, place.token) {
            (Kind::Video | Kind::Audio, Some(token)) => Ok(json!({ "token": token })),
            _ => payload(&answer),
        }
    }

    /// The place is good for one file, and takes no token of the bot's.
    async fn deliver(&self, url: &Url, parcel: Parcel) -> Result<Bytes, CallError> {
        let part = multipart::Part::stream_with_length(parcel.bytes.clone(), parcel.bytes.len() as u64)
            .file_name(parcel.name)
            .mime_str(&parcel.mime_type)
            .map_err(|_| unfit("its type cannot be told to MAX"))?;
        let form = multipart::Form::new().part("data", part);
        let call = self.http.post(url).map_err(|error| CallError::network(&error))?;
        let call = call.with(|request| request.multipart(form).timeout(self.deadlines.upload));
        let response = call.send().await.map_err(|error| CallError::network(&error))?;
        let status = response.status();
        let bytes = response.bytes().await.map_err(|error| CallError::network(&error))?;
        match status.as_u16() {
            200..300 => Ok(bytes),
            429 => Err(self.slowness.again()),
            // Somebody on the way may say so in words of their own.
            413 => Err(CallError::Refused { status: 413, code: String::new(), text: "the file is too large".into() }),
            400..500 => Err(refusal(status, &bytes)),
            _ => Err(CallError::NotSent(format!("the place for files answered {status}"))),
        }
    }
}

/// Of a file its token, of a picture those of its sizes.
fn payload(answer: &[u8]) -> Result<Value, CallError> {
    let uploaded: Uploaded = read(answer)?;
    match (uploaded.photos, uploaded.token) {
        (Some(photos), _) => Ok(json!({ "photos": photos })),
        (None, Some(token)) => Ok(json!({ "token": token })),
        (None, None) => Err(CallError::NotSent("MAX took the file and gave no token for it".into())),
    }
}

fn unfit(text: &str) -> CallError {
    CallError::Refused { status: 400, code: format!("{:?}", R::FileRejected), text: text.into() }
}
