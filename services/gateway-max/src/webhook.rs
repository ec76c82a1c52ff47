//! Webhooks (<https://dev.max.ru/docs-api>, read 2026-11-26). After 8 hours without a delivery that succeeded MAX drops the
//! subscription without a word: so it is looked at each half minute, and made again.

use std::{
    collections::HashSet,
    sync::atomic::{AtomicBool, Ordering},
};

use contracts::channel::AccountHealth;
use egress::{Method, Url};
use gateway_kit::{ProviderError, Unauthentic};
use http::HeaderMap;
use model::AccountId;
use ring::hmac;
use serde_json::json;
use subtle::ConstantTimeEq as _;

use crate::{
    client::Client,
    config::Deliveries,
    describe::REMEDY_PUBLIC_URL,
    error,
    poll::UPDATE_TYPES,
    wire::{Subscription, Subscriptions},
};

const SECRET_HEADER: &str = "x-max-bot-api-secret";

/// What MAX must show with each delivery to this account: made from the token, so every replica knows it.
pub fn secret(token: &str, account: AccountId) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, token.as_bytes());
    hex::encode(hmac::sign(&key, format!("okno webhook {account}").as_bytes()))
}

/// What became of the subscription since it was looked at last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    New,
    Standing,
    /// It was gone, or another, and has been made again.
    Lost,
}

/// The webhook of one account.
pub struct Webhook {
    secret: String,
    deliveries: Deliveries,
    /// MAX does not tell which secret it holds, so each connection sets it once.
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

    /// Has MAX deliver to `url`, and to no earlier address of this account.
    pub async fn open(&self, client: &Client, url: Option<&str>) -> Result<Found, ProviderError> {
        let url = url.filter(|url| self.deliveries.reach(url)).and_then(|url| Url::parse(url).ok());
        let Some(url) = url else {
            let text = "no public https address on port 443 is known for webhooks".to_owned();
            return Err(ProviderError::Account {
                text,
                remedy_key: REMEDY_PUBLIC_URL,
                health: AccountHealth::Degraded,
            });
        };
        let held = subscriptions(client).await?;
        for old in held.iter().filter(|one| one.url != url.as_str() && is_same_account(&one.url, &url)) {
            unsubscribe(client, &old.url).await?;
        }
        let stands = held.iter().any(|one| one.url == url.as_str() && lists_all(one));
        if stands && self.is_set.load(Ordering::Relaxed) {
            return Ok(Found::Standing);
        }
        let body = json!({ "url": url.as_str(), "update_types": UPDATE_TYPES, "secret": self.secret });
        client.write(Method::POST, &["subscriptions"], &[], Some(&body)).await.map_err(error::provider)?;
        let was_set = self.is_set.swap(true, Ordering::Relaxed);
        Ok(if was_set { Found::Lost } else { Found::New })
    }
}

/// Polling and webhooks exclude each other.
pub async fn close(client: &Client) -> Result<(), ProviderError> {
    for subscription in subscriptions(client).await? {
        unsubscribe(client, &subscription.url).await?;
    }
    Ok(())
}

pub async fn subscriptions(client: &Client) -> Result<Vec<Subscription>, ProviderError> {
    let held: Subscriptions = client.get(&["subscriptions"], &[]).await.map_err(error::provider)?;
    Ok(held.subscriptions)
}

async fn unsubscribe(client: &Client, url: &str) -> Result<(), ProviderError> {
    let query = [("url", url.to_owned())];
    match client.write(Method::DELETE, &["subscriptions"], &query, None).await {
        Err(gone) if gone.is_gone() => Ok(()),
        ended => ended.map_err(error::provider),
    }
}

/// Our path ends with the account's id, wherever we are reached.
fn is_same_account(other: &str, url: &Url) -> bool {
    let account = url.path().rsplit('/').next().filter(|account| !account.is_empty());
    account.is_some_and(|account| other.ends_with(&format!("/hook/max/{account}")))
}

/// A subscription that names no kinds has all of them.
fn lists_all(subscription: &Subscription) -> bool {
    let Some(listed) = &subscription.update_types else { return true };
    let listed: HashSet<&str> = listed.iter().map(String::as_str).collect();
    listed.is_empty() || UPDATE_TYPES.iter().all(|kind| listed.contains(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_fits_max_and_belongs_to_token_and_account() {
        let (account, other) = (AccountId::new(), AccountId::new());
        let made = secret("a", account);
        assert_eq!(made.len(), 64);
        assert!(made.bytes().all(|b| b.is_ascii_alphanumeric()));
        assert_eq!(made, secret("a", account));
        assert_ne!(made, secret("b", account));
        assert_ne!(made, secret("a", other));
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
    fn an_older_address_of_the_account_is_known_again() {
        let url = "https://new.example.com/hook/max/0197".parse().unwrap();
        assert!(is_same_account("https://old.example.com/x/hook/max/0197", &url));
        assert!(!is_same_account("https://old.example.com/hook/max/0198", &url));
        assert!(!is_same_account("https://crm.example.com/max", &url));
    }
}
