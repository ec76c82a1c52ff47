//! Calls to the Bot API: JSON there, JSON back, the result in `status` whatever HTTP says.

use std::time::Duration;

use egress::{StatusCode, Url};
use gateway_kit::SettingsError;
use runtime::Secret;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{config::Settings, error::CallError};

/// Where Viber keeps what people send, beside the API's own host: all that the documentation shows lies below viber.com.
pub const MEDIA_HOSTS: [&str; 2] = ["viber.com", ".viber.com"];

/// A 429 of something that stands before Viber, when it does not say how long.
const USUAL_WAIT: Duration = Duration::from_secs(5);
/// A longer wait than this is no use to anybody.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// How long calls may take.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    pub call: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { call: Duration::from_secs(30) }
    }
}

/// The Bot API of one bot.
pub struct Client {
    http: egress::Client,
    base: Url,
    token: Secret,
    deadlines: Deadlines,
}

impl Client {
    /// No network.
    ///
    /// # Errors
    /// When the API's address, the proxy or a certificate cannot be used.
    pub fn new(settings: &Settings, deadlines: Deadlines) -> Result<Self, SettingsError> {
        let http = settings.outside.client(MEDIA_HOSTS)?;
        Ok(Self { http, base: settings.outside.base().clone(), token: settings.token.clone(), deadlines })
    }

    /// What media is fetched with: no token.
    pub fn http(&self) -> &egress::Client {
        &self.http
    }

    /// Calls a method; `T` is read from the answer when its status is 0.
    pub async fn call<T: DeserializeOwned>(&self, method: &str, body: &Value) -> Result<T, CallError> {
        let url = self.url(method);
        let call = self.http.post(&url).map_err(|error| CallError::network(&error))?;
        let answer = call
            .with(|request| {
                request.header("X-Viber-Auth-Token", self.token.expose()).timeout(self.deadlines.call).json(body)
            })
            .send()
            .await
            .map_err(|error| CallError::network(&error))?;
        let (status, wait) = (answer.status(), retry_after(answer.headers()));
        let bytes = answer.bytes().await.map_err(|error| CallError::after_answer(&error))?;
        read(status, wait, &bytes)
    }

    fn url(&self, method: &str) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push(method);
        }
        url
    }
}

#[derive(Deserialize)]
struct Answer {
    status: i64,
    #[serde(default)]
    status_message: Option<String>,
}

fn retry_after(headers: &http::HeaderMap) -> Duration {
    let seconds = headers.get(http::header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    seconds.map_or(USUAL_WAIT, Duration::from_secs).min(LONGEST_WAIT)
}

fn read<T: DeserializeOwned>(http: StatusCode, wait: Duration, bytes: &[u8]) -> Result<T, CallError> {
    if http == StatusCode::TOO_MANY_REQUESTS {
        return Err(CallError::Busy(wait));
    }
    match serde_json::from_slice::<Answer>(bytes) {
        // Viber's own word, whatever HTTP says; only a success on an error page is not to be believed.
        Ok(answer) if answer.status != 0 => {
            let text = answer.status_message.unwrap_or_default();
            Err(CallError::Refused { status: answer.status, text })
        }
        Ok(_) if http.is_success() => serde_json::from_slice(bytes).map_err(|_| CallError::Unreadable),
        _ if http.is_client_error() => Err(CallError::Http(http)),
        _ => Err(CallError::Unknown(format!("the answer (HTTP {}) is not Viber's", http.as_u16()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::SentMessage;

    fn answer(http: u16, body: &str) -> Result<SentMessage, CallError> {
        read(StatusCode::from_u16(http).unwrap(), USUAL_WAIT, body.as_bytes())
    }

    #[test]
    fn the_result_stands_in_the_body() {
        let sent = answer(200, r#"{"status":0,"status_message":"ok","message_token":6012345678909999999}"#).unwrap();
        assert_eq!(sent.message_token.unwrap().0, 6_012_345_678_909_999_999);
        let refused = answer(200, r#"{"status":6,"status_message":"notSubscribed"}"#).unwrap_err();
        assert_eq!(refused, CallError::Refused { status: 6, text: "notSubscribed".into() });
        assert!(matches!(answer(403, r#"{"status":2}"#).unwrap_err(), CallError::Refused { status: 2, .. }));
    }

    #[test]
    fn what_is_not_vibers_says_nothing_of_what_was_done() {
        for (http, body) in
            [(200, "<html>"), (502, "<html>"), (200, ""), (200, "{}"), (302, ""), (500, r#"{"status":0}"#)]
        {
            assert!(matches!(answer(http, body).unwrap_err(), CallError::Unknown(_)), "{http} {body}");
        }
        assert_eq!(answer(404, "<html>").unwrap_err(), CallError::Http(StatusCode::NOT_FOUND));
        assert_eq!(answer(429, "").unwrap_err(), CallError::Busy(USUAL_WAIT));
        assert_eq!(answer(200, r#"{"status":0,"message_token":{}}"#).unwrap_err(), CallError::Unreadable);
    }
}
