//! Tokens for a consent that was given once.

use std::time::Duration;

use egress::{Client, Url};
use runtime::Secret;
use serde::Deserialize;
use tokio::{sync::Mutex, time::Instant};

use crate::error::MailboxError;

/// Before a token ends it is not used any more: a sign-in takes its time.
const MARGIN: Duration = Duration::from_secs(60);
/// Where the service does not say how long a token is good (RFC 6749, section 5.1).
const USUAL: Duration = Duration::from_secs(600);
const WAIT: Duration = Duration::from_secs(8);

/// One consent at one mail service.
pub struct OAuth {
    client: Client,
    url: Url,
    id: String,
    secret: Secret,
    refresh: Secret,
    held: Mutex<Option<(Secret, Instant)>>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    access_token: String,
    #[serde(default)]
    expires_in: u64,
    #[serde(default)]
    error: String,
}

impl OAuth {
    #[must_use]
    pub fn new(client: Client, url: Url, id: String, secret: Secret, refresh: Secret) -> Self {
        Self { client, url, id, secret, refresh, held: Mutex::default() }
    }

    /// One that is good for a minute at least.
    ///
    /// # Errors
    /// [`MailboxError::Consent`] with the service's word, or why it could not be asked.
    pub async fn token(&self) -> Result<Secret, MailboxError> {
        // Held while it is asked for: who comes meanwhile takes the same one.
        let mut held = self.held.lock().await;
        if let Some((token, until)) = &*held
            && Instant::now() < *until
        {
            return Ok(token.clone());
        }
        let answer = self.ask().await?;
        if answer.access_token.is_empty() {
            return Err(MailboxError::Consent(gateway_kit::words::clean(&answer.error, 100)));
        }
        let lasts = if answer.expires_in == 0 { USUAL } else { Duration::from_secs(answer.expires_in.min(86_400)) };
        let token = Secret::new(answer.access_token);
        *held = Some((token.clone(), Instant::now() + lasts.saturating_sub(MARGIN)));
        Ok(token)
    }

    /// The next one is asked for anew.
    pub async fn forget(&self) {
        *self.held.lock().await = None;
    }

    async fn ask(&self) -> Result<Answer, MailboxError> {
        let mut form = vec![
            ("grant_type", "refresh_token"),
            ("client_id", self.id.as_str()),
            ("refresh_token", self.refresh.expose()),
        ];
        // Programs that cannot keep a secret have none.
        form.extend(Some(("client_secret", self.secret.expose())).filter(|(_, secret)| !secret.is_empty()));
        let asking = async {
            let call = self.client.post(&self.url)?.with(|request| request.form(&form).timeout(WAIT));
            let response = call.send().await?;
            let status = response.status();
            if status.is_server_error() || status == egress::StatusCode::TOO_MANY_REQUESTS {
                return Err(egress::Error::Status(status));
            }
            response.json::<Answer>().await
        };
        let broken = |error: egress::Error| MailboxError::Broken(format!("the service that gives tokens: {error}"));
        asking.await.map_err(broken)
    }
}
