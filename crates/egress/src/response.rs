use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream::BoxStream};
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use serde::de::DeserializeOwned;

use crate::Error;

/// An answer whose body is still to be read.
pub struct Response {
    inner: reqwest::Response,
    answer_bytes: usize,
}

impl Response {
    pub(crate) fn new(inner: reqwest::Response, answer_bytes: usize) -> Self {
        Self { inner, answer_bytes }
    }

    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.inner.status()
    }

    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.inner.headers()
    }

    /// # Errors
    /// [`Error::Status`] unless it is 2xx.
    pub fn success(self) -> Result<Self, Error> {
        let status = self.status();
        if status.is_success() { Ok(self) } else { Err(Error::Status(status)) }
    }

    /// The whole body, within the client's `answer_bytes`.
    ///
    /// # Errors
    /// [`Error::TooLarge`], or when the connection breaks.
    pub async fn bytes(self) -> Result<Bytes, Error> {
        let limit = self.answer_bytes as u64;
        self.within(limit)?
            .try_fold(BytesMut::new(), |mut whole, part| async move {
                whole.extend_from_slice(&part);
                Ok(whole)
            })
            .await
            .map(BytesMut::freeze)
    }

    /// # Errors
    /// As [`Response::bytes`]; [`Error::Unreadable`] when it is not this JSON.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, Error> {
        serde_json::from_slice(&self.bytes().await?).map_err(Error::Unreadable)
    }

    /// The body as a file of at most `most_bytes`.
    ///
    /// # Errors
    /// [`Error::Status`] unless it is 2xx; [`Error::TooLarge`] when it says so itself.
    pub fn into_download(self, most_bytes: u64) -> Result<Download, Error> {
        let response = self.success()?;
        let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| Some(value.to_str().ok()?.to_owned()));
        let content_length = response.inner.content_length();
        Ok(Download { content_type, content_length, body: response.within(most_bytes)?.boxed() })
    }

    fn within(self, limit: u64) -> Result<impl Stream<Item = Result<Bytes, Error>> + Send, Error> {
        if self.inner.content_length().is_some_and(|length| length > limit) {
            return Err(Error::TooLarge { limit });
        }
        let mut read = 0;
        Ok(self.inner.bytes_stream().map(move |part| {
            let part = part.map_err(Error::from)?;
            read += part.len() as u64;
            if read > limit { Err(Error::TooLarge { limit }) } else { Ok(part) }
        }))
    }
}

/// A file on its way in.
pub struct Download {
    /// As the server says; the bytes may tell otherwise.
    pub content_type: Option<String>,
    pub content_length: Option<u64>,
    pub body: BoxStream<'static, Result<Bytes, Error>>,
}
