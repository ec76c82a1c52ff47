//! Webhooks (<https://core.telegram.org/bots/api#setwebhook>, read 2026-11-23).

use std::sync::atomic::{AtomicBool, Ordering};

use contracts::channel::AccountHealth;
use gateway_kit::{ProviderError, Unauthentic};
use http::HeaderMap;
use model::AccountId;
use ring::hmac;
use serde_json::Value;
use subtle::ConstantTimeEq as _;
use teloxide_core::payloads::{DeleteWebhook, GetWebhookInfo, SetWebhook};
use url::Url;

use crate::{
    client::Client,
    config::Deliveries,
    describe::{REMEDY_PUBLIC_URL, REMEDY_WEBHOOK},
    error,
    poll::ALLOWED_UPDATES,
    wire::WebhookInfo,
};

const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";

/// Deliveries at once, Telegram's own default.
const CONNECTIONS: u8 = 40;

/// An error of Telegram's deliveries is told as ours while it is younger than this.
const RECENT_SECONDS: i64 = 600;

/// What Telegram must show with each delivery to this account: made from the token, so every replica knows it.
pub fn secret(token: &str, account: AccountId) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, token.as_bytes());
    hex::encode(hmac::sign(&key, format!("okno webhook {account}").as_bytes()))
}

/// The webhook of one account.
pub struct Webhook {
    secret: String,
    deliveries: Deliveries,
    /// Telegram does not tell which secret it holds, so each connection sets it once.
    is_set: AtomicBool,
}

impl Webhook {
    pub fn new(secret: String, deliveries: Deliveries) -> Self {
        Self { secret, deliveries, is_set: AtomicBool::new(false) }
    }

    pub fn authenticate(&self, headers: &HeaderMap) -> Result<(), Unauthentic> {
        let shown = headers.get(SECRET_HEADER).ok_or(Unauthentic)?;
        if shown.as_bytes().ct_eq(self.secret.as_bytes()).into() { Ok(()) } else { Err(Unauthentic) }
    }

    /// Has Telegram deliver to `url`, and tells what it says of its deliveries.
    pub async fn open(&self, client: &Client, url: Option<&str>) -> Result<(), ProviderError> {
        let url = url.filter(|url| self.deliveries.reach(url)).and_then(|url| Url::parse(url).ok());
        let Some(url) = url else {
            return Err(trouble("no public https address for webhooks is known".into(), REMEDY_PUBLIC_URL));
        };
        let info: WebhookInfo = client.call(GetWebhookInfo::new()).await.map_err(error::provider)?;
        if self.is_set.load(Ordering::Relaxed) && info.url == url.as_str() && lists_all(&info) {
            return report(&info, chrono::Utc::now().timestamp());
        }
        let payload = SetWebhook {
            max_connections: Some(CONNECTIONS),
            allowed_updates: Some(ALLOWED_UPDATES.to_vec()),
            secret_token: Some(self.secret.clone()),
            ..SetWebhook::new(url)
        };
        let _: Value = client.upload(payload, None).await.map_err(error::provider)?;
        self.is_set.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// Polling and a webhook exclude each other. What Telegram holds is kept.
pub async fn close(client: &Client) -> Result<(), ProviderError> {
    let _: Value = client.call(DeleteWebhook::new()).await.map_err(error::provider)?;
    Ok(())
}

fn lists_all(info: &WebhookInfo) -> bool {
    let wanted = ALLOWED_UPDATES.iter().filter_map(|kind| serde_json::to_value(kind).ok());
    let listed = info.allowed_updates.as_deref().unwrap_or_default();
    wanted.filter_map(|kind| kind.as_str().map(str::to_owned)).all(|kind| listed.contains(&kind))
}

/// Deliveries that fail while others wait: we are not reached, or not always.
fn report(info: &WebhookInfo, now: i64) -> Result<(), ProviderError> {
    let recent = info.last_error_date.is_some_and(|at| now.saturating_sub(at) < RECENT_SECONDS);
    if !recent || info.pending_update_count == 0 {
        return Ok(());
    }
    let why = info.last_error_message.as_deref().unwrap_or("for a reason it does not tell");
    Err(trouble(format!("Telegram cannot deliver: {why}"), REMEDY_WEBHOOK))
}

fn trouble(text: String, remedy_key: &'static str) -> ProviderError {
    ProviderError::Account { text, remedy_key, health: AccountHealth::Degraded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_fits_telegram_and_belongs_to_token_and_account() {
        let (account, other) = (AccountId::new(), AccountId::new());
        let made = secret("1:a", account);
        assert_eq!(made.len(), 64);
        assert!(made.bytes().all(|b| b.is_ascii_alphanumeric()));
        assert_eq!(made, secret("1:a", account));
        assert_ne!(made, secret("1:b", account));
        assert_ne!(made, secret("1:a", other));
    }

    #[test]
    fn only_the_whole_secret_opens() {
        let headers = |value: &str| HeaderMap::from_iter([(SECRET_HEADER.parse().unwrap(), value.parse().unwrap())]);
        let webhook = Webhook::new("secret".into(), Deliveries::Public);
        assert!(webhook.authenticate(&headers("secret")).is_ok());
        for wrong in ["", "secre", "secrets", "Secret"] {
            assert!(webhook.authenticate(&headers(wrong)).is_err(), "{wrong}");
        }
        assert!(webhook.authenticate(&HeaderMap::new()).is_err());
    }

    #[test]
    fn failing_deliveries_are_told_while_they_are_fresh() {
        let info = |at: Option<i64>, pending_update_count: i64| WebhookInfo {
            last_error_date: at,
            pending_update_count,
            last_error_message: Some("Connection timed out".into()),
            ..WebhookInfo::default()
        };
        assert!(report(&info(Some(1_000), 3), 1_100).is_err());
        for (at, pending) in [(Some(1_000), 0), (Some(1_000), 3), (None, 3)] {
            assert!(report(&info(at, pending), 9_000).is_ok());
        }
    }
}
