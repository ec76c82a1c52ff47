//! Calls to the Graph API (<https://developers.facebook.com/docs/graph-api/overview>, read 2026-11-26).

use std::{fmt, time::Duration};

use bytes::Bytes;
use egress::{Call, Download, StatusCode, Url};
use gateway_kit::SettingsError;
use reqwest::multipart::Form;
use runtime::Secret;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{config::Settings, error::CallError, wire::Envelope};

/// Pinned: a version lives for about two years
/// (<https://developers.facebook.com/docs/graph-api/guides/versioning>, read 2026-11-26).
pub const VERSION: &str = "v26.0";

/// Where the bytes of media are, beside the API's own host; they get the token, too.
const MEDIA_HOSTS: [&str; 3] = ["lookaside.fbsbx.com", ".fbcdn.net", ".whatsapp.net"];

/// How long calls may take.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// With what goes before a send (`gateway_kit::prepared`) below the kit's wait for a call.
    pub call: Duration,
    /// Longer than the kit gives to all that goes before a send: what ends it there is told as such.
    pub upload: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { call: Duration::from_secs(25), upload: Duration::from_secs(300) }
    }
}

/// One app at Meta, speaking for one number.
pub struct Client {
    http: egress::Client,
    base: Url,
    token: Secret,
    deadlines: Deadlines,
}

impl Client {
    /// # Errors
    /// Names the field that cannot be used.
    pub fn new(settings: &Settings, deadlines: Deadlines) -> Result<Self, SettingsError> {
        let http = settings.outside.client(MEDIA_HOSTS)?;
        Ok(Self { http, base: settings.outside.base().clone(), token: settings.token.clone(), deadlines })
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, CallError> {
        let mut url = self.url(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.answered(self.http.get(&url)?, self.deadlines.call).await
    }

    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, CallError> {
        let call = self.http.post(&self.url(path))?.with(|request| request.json(body));
        self.answered(call, self.deadlines.call).await
    }

    pub async fn upload<T: DeserializeOwned>(&self, path: &str, form: Form) -> Result<T, CallError> {
        let call = self.http.post(&self.url(path))?.with(|request| request.multipart(form));
        self.answered(call, self.deadlines.upload).await
    }

    /// The bytes behind an address that Meta gave: only of its own hosts, for they get the token.
    pub async fn file(&self, url: &str, most_bytes: u64) -> Result<Download, egress::Error> {
        let url = Url::parse(url).map_err(|_| egress::Error::BadUrl("it is no address"))?;
        let timeout = self.http.options().download_timeout;
        let call = self.http.get(&url)?.with(|request| request.timeout(timeout).bearer_auth(self.token.expose()));
        call.send().await?.into_download(most_bytes)
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(VERSION).extend(path.split('/'));
        }
        url
    }

    async fn answered<T: DeserializeOwned>(&self, call: Call, deadline: Duration) -> Result<T, CallError> {
        let call = call.with(|request| request.timeout(deadline).bearer_auth(self.token.expose()));
        let response = call.send().await?;
        let status = response.status();
        read(status, &response.bytes().await?)
    }
}

fn read<T: DeserializeOwned>(status: StatusCode, body: &Bytes) -> Result<T, CallError> {
    if status.is_success() {
        return serde_json::from_slice(body).map_err(|_| CallError::Unreadable);
    }
    if let Ok(Envelope { error }) = serde_json::from_slice(body) {
        return Err(CallError::Refused { error, broke: status.is_server_error() });
    }
    Err(match status {
        StatusCode::TOO_MANY_REQUESTS => CallError::Busy,
        _ => CallError::Unknown(format!("an answer with status {} that is not Meta's", status.as_u16())),
    })
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_metas_own_words_decide() {
        let read = |status: u16, body: &'static str| {
            read::<Value>(StatusCode::from_u16(status).unwrap(), &Bytes::from_static(body.as_bytes())).unwrap_err()
        };
        let error = r#"{"error":{"message":"(#131030) x","code":131030,"error_data":{"details":"not in the list"}}}"#;
        let CallError::Refused { error, broke: false } = read(400, error) else { panic!("Meta's words") };
        assert_eq!((error.code, error.error_data.as_deref()), (131_030, Some("not in the list")));
        assert!(matches!(read(500, r#"{"error":{"code":131000}}"#), CallError::Refused { broke: true, .. }));
        assert_eq!(read(429, "<html>"), CallError::Busy);
        for (status, page) in [(502, "<html>"), (403, "blocked by a proxy"), (302, ""), (400, "{}")] {
            assert!(matches!(read(status, page), CallError::Unknown(_)), "{status}");
        }
        assert_eq!(read(200, "<html>"), CallError::Unreadable);
    }
}
