//! Calls to the company's chat: one signed JSON event each.

use std::time::Duration;

use chrono::Utc;
use egress::{StatusCode, Url};
use gateway_kit::SettingsError;
use serde_json::Value;

use crate::{
    config::Settings,
    error::CallError,
    sign::{self, Signer},
    wire::Answer,
};

/// When a 429 or 503 does not say how long.
const USUAL_WAIT: Duration = Duration::from_secs(5);
/// Whoever asks for more is asked again after this.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// How long calls may take.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    pub call: Duration,
    /// Events that nobody waits for, such as "typing".
    pub aside: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { call: Duration::from_secs(15), aside: Duration::from_secs(5) }
    }
}

/// The chat of one account.
pub struct Client {
    http: egress::Client,
    url: Url,
    signer: Signer,
    pub deadlines: Deadlines,
}

impl Client {
    /// No network.
    ///
    /// # Errors
    /// When the address, the proxy or a certificate cannot be used.
    pub fn new(settings: &Settings, deadlines: Deadlines) -> Result<Self, SettingsError> {
        let http = settings.outside.client(settings.media_hosts.clone())?;
        let url = settings.outside.base().clone();
        Ok(Self { http, url, signer: settings.signer.clone(), deadlines })
    }

    /// What files are fetched with: no signature.
    pub fn http(&self) -> &egress::Client {
        &self.http
    }

    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Sends an event under an id that every repeat of it has too.
    pub async fn post(&self, id: &str, event: &Value, deadline: Duration) -> Result<Answer, CallError> {
        self.post_as(&self.signer, Utc::now().timestamp(), id, event, deadline).await
    }

    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// The same as somebody, at some time (Unix seconds): for the checks of what a chat must refuse.
    pub async fn post_as(
        &self,
        signer: &Signer,
        seconds: i64,
        id: &str,
        event: &Value,
        deadline: Duration,
    ) -> Result<Answer, CallError> {
        let body = event.to_string();
        let signature = signer.sign(id, seconds, body.as_bytes());
        let call = self.http.post(&self.url).map_err(|error| CallError::network(&error))?;
        let answer = call
            .with(|request| {
                request
                    .timeout(deadline)
                    .header("content-type", "application/json")
                    .header(sign::ID, id)
                    .header(sign::TIMESTAMP, seconds)
                    .header(sign::SIGNATURE, signature)
                    .body(body)
            })
            .send()
            .await
            .map_err(|error| CallError::network(&error))?;
        let (status, wait) = (answer.status(), retry_after(answer.headers()));
        let bytes = answer.bytes().await.map_err(|error| CallError::Unknown(runtime::chain(&error)))?;
        read(status, wait, &bytes)
    }
}

fn retry_after(headers: &http::HeaderMap) -> Duration {
    let seconds = headers.get(http::header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    seconds.map_or(USUAL_WAIT, Duration::from_secs).min(LONGEST_WAIT)
}

/// 2xx is done whatever the body says; of the others 4xx may say why.
fn read(status: StatusCode, wait: Duration, bytes: &[u8]) -> Result<Answer, CallError> {
    let answer = serde_json::from_slice::<Answer>(bytes).unwrap_or_default();
    // A web server's own page has no JSON; whoever answers with some is the chat, whatever its words mean to us.
    let is_chat = serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok();
    match status {
        _ if status.is_success() => Ok(answer),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Err(CallError::Busy(wait)),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(CallError::Signature(status)),
        StatusCode::NOT_FOUND | StatusCode::GONE if !is_chat => Err(CallError::Nobody(status)),
        _ if status.is_client_error() => Err(CallError::Refused { status, refusal: answer.error }),
        _ => Err(CallError::Unknown(format!("HTTP {}", status.as_u16()))),
    }
}
