//! Tokens for a consent that was given once.

use std::time::Duration;

use contracts::channel::Inbound;
use egress::{Client, Url};
use gateway_kit::{AccountSetup, Strongbox};
use model::Channel;
use runtime::Secret;
use serde::{Deserialize, Serialize};
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
    refresh: parking_lot::Mutex<Secret>,
    replaced: Replaced,
    held: Mutex<Option<(Secret, Instant)>>,
}

/// What the service has given in place of a consent that was typed in, or given by its page: that may count no more.
#[derive(Default)]
pub struct Replaced {
    /// The consent in the settings, as its hash: one that is given anew makes what was kept void.
    of: String,
    strongbox: Option<Strongbox>,
    news: parking_lot::Mutex<Option<Inbound>>,
}

/// As it is sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    of: String,
    token: String,
}

impl Replaced {
    /// What is kept for this account, with the token that counts now.
    #[must_use]
    pub fn read(setup: &AccountSetup, channel: &Channel, configured: Secret) -> (Self, Secret) {
        let of = gateway_kit::words::hash(configured.expose().as_bytes());
        let strongbox = Strongbox::of(setup, channel);
        let kept = strongbox.as_ref().and_then(|strongbox| strongbox.kept(setup));
        let kept = kept.and_then(|bytes| serde_json::from_slice::<Kept>(&bytes).ok()).filter(|kept| kept.of == of);
        let refresh = kept.map_or(configured, |kept| Secret::new(kept.token));
        (Self { of, strongbox, news: parking_lot::Mutex::default() }, refresh)
    }

    fn note(&self, token: &str) {
        let kept = Kept { of: self.of.clone(), token: token.to_owned() };
        let plain = serde_json::to_vec(&kept).unwrap_or_default();
        if let Some(fact) = self.strongbox.as_ref().and_then(|strongbox| strongbox.keep(&plain)) {
            *self.news.lock() = Some(fact);
        }
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    access_token: String,
    #[serde(default)]
    expires_in: u64,
    #[serde(default)]
    refresh_token: String,
    #[serde(default)]
    error: String,
}

impl OAuth {
    #[must_use]
    pub fn new(client: Client, url: Url, id: String, secret: Secret, (replaced, refresh): (Replaced, Secret)) -> Self {
        let refresh = parking_lot::Mutex::new(refresh);
        Self { client, url, id, secret, refresh, replaced, held: Mutex::default() }
    }

    /// A consent that has replaced the one before, to be told to router.
    #[must_use]
    pub fn news(&self) -> Option<Inbound> {
        self.replaced.news.lock().take()
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
        if !answer.refresh_token.is_empty() && answer.refresh_token != self.refresh.lock().expose() {
            self.replaced.note(&answer.refresh_token);
            *self.refresh.lock() = Secret::new(answer.refresh_token);
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
        let refresh = self.refresh.lock().clone();
        let mut form =
            vec![("grant_type", "refresh_token"), ("client_id", self.id.as_str()), ("refresh_token", refresh.expose())];
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
