//! Webhooks (<https://developers.viber.com/docs/api/rest-bot-api/#webhooks>, read 2026-11-26).

use std::sync::atomic::{AtomicBool, Ordering};

use contracts::channel::AccountHealth;
use gateway_kit::{ProviderError, Unauthentic};
use http::HeaderMap;
use ring::hmac;
use serde_json::{Value, json};

use crate::{client::Client, config::Settings, describe::REMEDY_PUBLIC_URL, error, wire::Account};

const SIGNATURE_HEADER: &str = "x-viber-content-signature";

/// All that Viber offers.
const EVENTS: [&str; 7] =
    ["delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started", "message"];

/// The webhook of one account.
pub struct Webhook {
    key: hmac::Key,
    settings: Settings,
    /// Viber does not tell whether names and pictures are sent, so each connection sets it once.
    is_set: AtomicBool,
}

impl Webhook {
    pub fn new(settings: &Settings) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, settings.token.expose().as_bytes());
        Self { key, settings: settings.clone(), is_set: AtomicBool::new(false) }
    }

    /// The header is HMAC-SHA256 of the body's bytes under the token, in hexadecimal digits.
    pub fn authenticate(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), Unauthentic> {
        let shown = headers.get(SIGNATURE_HEADER).ok_or(Unauthentic)?;
        let shown = hex::decode(shown.as_bytes()).map_err(|_| Unauthentic)?;
        hmac::verify(&self.key, body, &shown).map_err(|_| Unauthentic)
    }

    /// Asks who we are, and has Viber deliver to `url`. Viber calls `url` while it is being set, so it must be served by
    /// then: webhooks are served before any account is opened.
    pub async fn open(&self, client: &Client, url: Option<&str>) -> Result<Account, ProviderError> {
        let account: Account = client.call("get_account_info", &json!({})).await.map_err(error::provider)?;
        let Some(url) = url.filter(|url| self.settings.reaches(url)) else {
            return Err(ProviderError::Account {
                text: "no public https address for webhooks is known".into(),
                remedy_key: REMEDY_PUBLIC_URL,
                health: AccountHealth::Degraded,
            });
        };
        if self.is_set.load(Ordering::Relaxed) && account.webhook.as_deref() == Some(url) && lists_all(&account) {
            return Ok(account);
        }
        let wanted = json!({ "url": url, "event_types": EVENTS, "send_name": true, "send_photo": true });
        let _: Value = client.call("set_webhook", &wanted).await.map_err(error::provider)?;
        self.is_set.store(true, Ordering::Relaxed);
        Ok(account)
    }

    /// Viber says that there is none: the next [`Webhook::open`] sets it.
    pub fn is_gone(&self) {
        self.is_set.store(false, Ordering::Relaxed);
    }
}

fn lists_all(account: &Account) -> bool {
    let listed = account.event_types.as_deref().unwrap_or_default();
    EVENTS.iter().all(|event| listed.iter().any(|one| one == event))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use gateway_kit::AccountSetup;

    use super::*;

    fn webhook() -> Webhook {
        let token = "4453b6ac12345678-e02c5f12174805f9-daf9cbb448bb51ba";
        let settings = HashMap::from([("token".to_owned(), token.to_owned())]);
        let setup = AccountSetup { account: model::AccountId::new(), settings, allow_private_addresses: false };
        Webhook::new(&Settings::read(&setup).unwrap())
    }

    /// Made apart from this program: `openssl dgst -sha256 -hmac <token>`.
    const SIGNED: &str = "d9f28af888d48073d7ea1fadd1065436f66fc87f8cb04d78c46b0550b6e0ceb4";

    #[test]
    fn only_the_signature_of_these_bytes_opens() {
        let headers = |value: &str| HeaderMap::from_iter([(SIGNATURE_HEADER.parse().unwrap(), value.parse().unwrap())]);
        let body = br#"{"event":"webhook","timestamp":1}"#;
        let webhook = webhook();
        assert!(webhook.authenticate(&headers(SIGNED), body).is_ok());
        assert!(webhook.authenticate(&headers(&SIGNED.to_uppercase()), body).is_ok());
        assert!(webhook.authenticate(&headers(SIGNED), br#"{"event": "webhook","timestamp":1}"#).is_err());
        let changed = SIGNED.replace(&SIGNED[..1], if SIGNED.starts_with('0') { "1" } else { "0" });
        for wrong in ["", &SIGNED[..62], changed.as_str(), "x", "00"] {
            assert!(webhook.authenticate(&headers(wrong), body).is_err(), "{wrong}");
        }
        assert!(webhook.authenticate(&HeaderMap::new(), body).is_err());
    }
}
