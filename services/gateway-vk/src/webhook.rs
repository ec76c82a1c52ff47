//! The Callback API (<https://dev.vk.com/ru/api/callback/getting-started>, read 2026-11-26).

use std::time::Duration;

use bytes::Bytes;
use contracts::channel::AccountHealth;
use gateway_kit::{ProviderError, Unauthentic};
use model::AccountId;
use parking_lot::Mutex;
use ring::hmac;
use serde::Deserialize;
use serde_json::Value;
use subtle::ConstantTimeEq as _;
use tokio::time::Instant;

use crate::{
    client::{Client, Param, VERSION},
    config::{Deliveries, Settings},
    describe::{REMEDY_PUBLIC_URL, REMEDY_WEBHOOK},
    error::{self, CallError},
    wire::{CallbackServer, Items, Shown},
};

/// The events that we ask for, by the names of `groups.setCallbackSettings` and `groups.setLongPollSettings`.
pub const EVENTS: [&str; 11] = [
    "message_new",
    "message_reply",
    "message_edit",
    "message_allow",
    "message_deny",
    "message_event",
    "message_read",
    "message_typing_state",
    "message_reaction_event",
    "lead_forms_new",
    "market_order_new",
];

/// By this name our server is known among a community's ten; at most 14 characters.
const TITLE: &str = "Okno";
/// The code changes, and a stranger's question must not become many of ours.
const CODE_KEPT: Duration = Duration::from_secs(30);

/// The callback server of one account.
pub struct Webhook {
    secret: String,
    group: i64,
    deliveries: Deliveries,
    code: Mutex<Option<(String, Instant)>>,
    /// VK does not tell which secret and events it holds, so each connection sets them once.
    is_set: Mutex<Option<i64>>,
}

impl Webhook {
    pub fn new(settings: &Settings, account: AccountId) -> Self {
        Self {
            secret: secret(settings.token.expose(), account),
            group: settings.group,
            deliveries: settings.deliveries,
            code: Mutex::default(),
            is_set: Mutex::default(),
        }
    }

    /// The secret stands in the body, beside the community that it is for.
    pub fn authenticate(&self, body: &[u8]) -> Result<(), Unauthentic> {
        let shown: Shown = serde_json::from_slice(body).map_err(|_| Unauthentic)?;
        let secret = shown.secret.ok_or(Unauthentic)?;
        let fits: bool = secret.as_bytes().ct_eq(self.secret.as_bytes()).into();
        if fits && shown.group_id == Some(self.group) { Ok(()) } else { Err(Unauthentic) }
    }

    /// VK makes sure that the address is the community's: the code is its answer. `None`: it is no such question.
    pub async fn confirm(&self, client: &Client, body: &[u8]) -> Option<Bytes> {
        let shown: Shown = serde_json::from_slice(body).ok()?;
        if shown.kind.as_deref() != Some("confirmation") || shown.group_id != Some(self.group) {
            return None;
        }
        match self.code(client).await {
            Ok(code) => Some(Bytes::from(code)),
            Err(error) => {
                tracing::warn!(%error, "VK's question for the confirmation code cannot be answered");
                None
            }
        }
    }

    async fn code(&self, client: &Client) -> Result<String, CallError> {
        #[derive(Deserialize)]
        struct Code {
            code: String,
        }
        let kept = self.code.lock().as_ref().filter(|(_, at)| at.elapsed() < CODE_KEPT).map(|(code, _)| code.clone());
        if let Some(code) = kept {
            return Ok(code);
        }
        let Code { code } = client.call("groups.getCallbackConfirmationCode", &[client.group_param()]).await?;
        *self.code.lock() = Some((code.clone(), Instant::now()));
        Ok(code)
    }

    /// Has VK deliver to `url`, and tells what it says of its deliveries.
    pub async fn open(&self, client: &Client, url: Option<&str>) -> Result<(), ProviderError> {
        let Some(url) = url.filter(|url| self.deliveries.reach(url)) else {
            return Err(trouble("no public https address for callbacks is known", REMEDY_PUBLIC_URL));
        };
        let server = self.server(client, url).await.map_err(error::provider)?;
        // VK confirms a server that it has given up only when it is described again.
        if *self.is_set.lock() != Some(server.id) || report(&server).is_err() {
            self.set(client, server.id, url).await.map_err(error::provider)?;
            *self.is_set.lock() = Some(server.id);
        }
        report(&server)
    }

    /// Ours among the community's servers, made where there is none.
    async fn server(&self, client: &Client, url: &str) -> Result<CallbackServer, CallError> {
        let found: Items<CallbackServer> = client.call("groups.getCallbackServers", &[client.group_param()]).await?;
        let of_url = |server: &&CallbackServer| server.url.as_deref() == Some(url);
        if let Some(server) = found.items.iter().find(of_url) {
            return Ok(server.clone());
        }
        let base = |url: &str| url.split("/hook/").next().map(str::to_owned);
        let account = url.rsplit('/').next().unwrap_or_default();
        let moved = |server: &&CallbackServer| {
            let old = server.url.as_deref().unwrap_or_default();
            server.title.as_deref() == Some(TITLE) && old.ends_with(account) && base(old) != base(url)
        };
        if let Some(server) = found.items.iter().find(moved) {
            self.edit(client, server.id, url).await?;
            return Ok(CallbackServer { url: Some(url.to_owned()), status: None, ..server.clone() });
        }
        #[derive(Deserialize)]
        struct Added {
            server_id: i64,
        }
        let mut params = self.described(url);
        params.push(client.group_param());
        let Added { server_id } = client.call("groups.addCallbackServer", &params).await?;
        Ok(CallbackServer { id: server_id, title: Some(TITLE.into()), url: Some(url.to_owned()), status: None })
    }

    fn described(&self, url: &str) -> Vec<Param> {
        vec![("url", url.to_owned()), ("title", TITLE.to_owned()), ("secret_key", self.secret.clone())]
    }

    async fn edit(&self, client: &Client, id: i64, url: &str) -> Result<(), CallError> {
        let mut params = self.described(url);
        params.extend([client.group_param(), ("server_id", id.to_string())]);
        let _: Value = client.call("groups.editCallbackServer", &params).await?;
        Ok(())
    }

    async fn set(&self, client: &Client, id: i64, url: &str) -> Result<(), CallError> {
        self.edit(client, id, url).await?;
        let mut params = vec![client.group_param(), ("server_id", id.to_string()), ("api_version", VERSION.into())];
        params.extend(EVENTS.map(|event| (event, "1".to_owned())));
        let _: Value = client.call("groups.setCallbackSettings", &params).await?;
        Ok(())
    }
}

/// What VK must show with each delivery to this account: made from the key, so every replica knows it. At most 50
/// characters.
pub fn secret(token: &str, account: AccountId) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, token.as_bytes());
    hex::encode(&hmac::sign(&key, format!("okno callback {account}").as_bytes()).as_ref()[..24])
}

/// `wait`: a confirmation is under way.
fn report(server: &CallbackServer) -> Result<(), ProviderError> {
    match server.status.as_deref() {
        Some("failed") => Err(trouble("VK cannot deliver: the callback server has failed", REMEDY_WEBHOOK)),
        Some("unconfigured") => Err(trouble("VK could not confirm the callback server", REMEDY_WEBHOOK)),
        _ => Ok(()),
    }
}

fn trouble(text: &str, remedy_key: &'static str) -> ProviderError {
    ProviderError::Account { text: text.to_owned(), remedy_key, health: AccountHealth::Degraded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_fits_vk_and_belongs_to_key_and_account() {
        let (account, other) = (AccountId::new(), AccountId::new());
        let made = secret("a", account);
        assert_eq!(made.len(), 48);
        assert_eq!(made, secret("a", account));
        assert_ne!(made, secret("b", account));
        assert_ne!(made, secret("a", other));
    }

    #[test]
    fn a_server_that_failed_is_told() {
        let with =
            |status: Option<&str>| CallbackServer { id: 1, title: None, url: None, status: status.map(str::to_owned) };
        for fine in [None, Some("ok"), Some("wait"), Some("something new")] {
            assert!(report(&with(fine)).is_ok(), "{fine:?}");
        }
        assert!(report(&with(Some("failed"))).is_err() && report(&with(Some("unconfigured"))).is_err());
    }
}
