//! Webhooks (<https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/create-webhook-endpoint>
//! and /webhooks/override, read 2026-11-26).

use std::sync::atomic::{AtomicBool, Ordering};

use contracts::channel::AccountHealth;
use gateway_kit::{ProviderError, Unauthentic};
use http::HeaderMap;
use model::AccountId;
use ring::hmac;
use runtime::Secret;
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;
use url::form_urlencoded;

use crate::{
    client::Client,
    config::{Callback, Settings},
    describe::{REMEDY_LOCKED, REMEDY_META, REMEDY_PUBLIC_URL, REMEDY_REGISTER, REMEDY_WEBHOOK},
    error::{self, CallError},
    wire::PhoneNumber,
};

const SIGNATURE_HEADER: &str = "x-hub-signature-256";

/// What is asked of a number.
pub const FIELDS: &str = "id,display_phone_number,verified_name,status,webhook_configuration";

/// A challenge is a number of a few digits.
const CHALLENGE_BYTES: usize = 64;

/// The webhook of one account.
pub struct Webhook {
    signature: hmac::Key,
    verify_tokens: Vec<Secret>,
    callback: Callback,
    /// Meta does not tell with which word it has verified us, so each connection sets the address once.
    is_set: AtomicBool,
}

impl Webhook {
    pub fn new(settings: &Settings, account: AccountId) -> Self {
        let signature = hmac::Key::new(hmac::HMAC_SHA256, settings.app_secret.expose().as_bytes());
        let own = Secret::new(hex::encode(hmac::sign(&signature, format!("okno webhook {account}").as_bytes())));
        let verify_tokens = [Some(own), settings.verify_token.clone()].into_iter().flatten().collect();
        Self { signature, verify_tokens, callback: settings.callback, is_set: AtomicBool::new(false) }
    }

    /// HMAC-SHA256 of the raw body under the app secret.
    pub fn authenticate(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), Unauthentic> {
        let shown = headers.get(SIGNATURE_HEADER).and_then(|value| value.to_str().ok()).ok_or(Unauthentic)?;
        let shown = shown.strip_prefix("sha256=").and_then(|shown| hex::decode(shown).ok()).ok_or(Unauthentic)?;
        hmac::verify(&self.signature, body, &shown).map_err(|_| Unauthentic)
    }

    /// The handshake by which Meta verifies an address; `None`: it is none.
    pub fn challenge(&self, query: &str) -> Option<Result<String, Unauthentic>> {
        let field = |name: &str| {
            form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        let shown = (field("hub.mode")? == "subscribe").then(|| field("hub.verify_token")).flatten()?;
        let challenge = field("hub.challenge")?;
        let plain = challenge.len() <= CHALLENGE_BYTES && challenge.bytes().all(|b| b.is_ascii_alphanumeric());
        let known = self
            .verify_tokens
            .iter()
            .fold(subtle::Choice::from(0), |known, token| known | token.expose().as_bytes().ct_eq(shown.as_bytes()));
        Some(if bool::from(known) && plain { Ok(challenge) } else { Err(Unauthentic) })
    }

    /// Asks how the number is, and has Meta deliver to `url`.
    pub async fn open(&self, client: &Client, settings: &Settings, url: Option<&str>) -> Result<String, ProviderError> {
        let number = &settings.phone_number_id;
        let now: PhoneNumber = client.get(number, &[("fields", FIELDS)]).await.map_err(error::provider)?;
        if self.callback == Callback::Number {
            self.set(client, settings, &now, url).await?;
        }
        check(&now)?;
        Ok(identity(&now))
    }

    async fn set(
        &self,
        client: &Client,
        settings: &Settings,
        now: &PhoneNumber,
        url: Option<&str>,
    ) -> Result<(), ProviderError> {
        let reachable = |url: &&str| url.starts_with("https://") || settings.outside.options::<String>([]).allow_http;
        let url = url.filter(reachable).ok_or_else(|| {
            trouble("no public https address for webhooks is known".into(), REMEDY_PUBLIC_URL, AccountHealth::Degraded)
        })?;
        let known = now.webhook_configuration.as_ref().and_then(|known| known.phone_number.as_deref());
        if self.is_set.load(Ordering::Relaxed) && known == Some(url) {
            return Ok(());
        }
        let subscribed = format!("{}/subscribed_apps", settings.business_id);
        let _: Value = client.post(&subscribed, &json!({})).await.map_err(error::provider)?;
        let token = self.verify_tokens.first().map(Secret::expose);
        let body = json!({ "webhook_configuration": { "override_callback_uri": url, "verify_token": token } });
        let _: Value = client.post(&settings.phone_number_id, &body).await.map_err(unverified)?;
        self.is_set.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// What a refused address means: Meta has asked us and got no good answer.
fn unverified(error: CallError) -> ProviderError {
    match &error {
        CallError::Refused { error: refusal, broke: false } if !matches!(refusal.code, 0 | 10 | 190 | 200..300) => {
            trouble(format!("Meta cannot verify our address: {error}"), REMEDY_WEBHOOK, AccountHealth::Degraded)
        }
        _ => error::provider(error),
    }
}

/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/phone-numbers>, read
/// 2026-11-26.
fn check(number: &PhoneNumber) -> Result<(), ProviderError> {
    let status = number.status.as_deref().unwrap_or("CONNECTED");
    let (remedy_key, health) = match status {
        "CONNECTED" | "UNKNOWN" => return Ok(()),
        "BANNED" | "DELETED" => (REMEDY_LOCKED, AccountHealth::Disconnected),
        "DISCONNECTED" | "PENDING" | "MIGRATED" | "UNVERIFIED" => (REMEDY_REGISTER, AccountHealth::Disconnected),
        _ => (REMEDY_META, AccountHealth::Degraded),
    };
    let words: String = status.chars().filter(char::is_ascii_graphic).take(40).collect();
    Err(trouble(format!("Meta says that the number is {words}"), remedy_key, health))
}

pub fn identity(number: &PhoneNumber) -> String {
    let part = |text: &Option<String>| gateway_kit::words::clean(text.as_deref().unwrap_or_default(), 64);
    let (phone, name) = (part(&number.display_phone_number), part(&number.verified_name));
    [phone, name].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

fn trouble(text: String, remedy_key: &'static str, health: AccountHealth) -> ProviderError {
    ProviderError::Account { text, remedy_key, health }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{SECRET, settings};

    fn webhook(more: &[(&str, &str)]) -> Webhook {
        Webhook::new(&settings(more), AccountId::default())
    }

    fn headers(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(SIGNATURE_HEADER.parse().unwrap(), value.parse().unwrap())])
    }

    #[test]
    fn only_the_body_that_was_signed_opens() {
        let (webhook, body) = (webhook(&[]), br#"{"object":"\u0434"}"#);
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let signed = hex::encode(hmac::sign(&key, body));
        assert!(webhook.authenticate(&headers(&format!("sha256={signed}")), body).is_ok());
        assert!(webhook.authenticate(&headers(&format!("sha256={signed}")), "{\"object\":\"д\"}".as_bytes()).is_err());
        for wrong in
            ["", "sha256=", "sha256=zz", &signed, &format!("sha1={signed}"), &format!("sha256={}", &signed[2..])]
        {
            assert!(webhook.authenticate(&headers(wrong), body).is_err(), "{wrong}");
        }
        assert!(webhook.authenticate(&HeaderMap::new(), body).is_err());
    }

    #[test]
    fn the_handshake_knows_our_word_and_the_administrators() {
        let webhook = webhook(&[("verify_token", "a word & more")]);
        let ask = |token: &str, challenge: &str| {
            let query = format!("hub.mode=subscribe&hub.verify_token={token}&hub.challenge={challenge}");
            webhook.challenge(&query)
        };
        let own = webhook.verify_tokens[0].expose().to_owned();
        assert_eq!(ask(&own, "1158201444").unwrap().unwrap(), "1158201444");
        assert_eq!(ask("a+word+%26+more", "7").unwrap().unwrap(), "7");
        assert!(ask("another", "7").unwrap().is_err());
        assert!(ask(&own, "%3Cscript%3E").unwrap().is_err(), "we repeat nothing that a browser could run");
        assert!(webhook.challenge("").is_none() && webhook.challenge("hub.mode=subscribe").is_none());
    }
}
