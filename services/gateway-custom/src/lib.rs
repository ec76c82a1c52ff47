//! A company's own chat, by signed events in both directions: docs/custom-channel.md is its contract.

mod client;
mod config;
mod content;
mod describe;
mod error;
mod fetch;
mod normalize;
mod probe;
mod send;
mod sign;
#[cfg(test)]
mod tests;
mod wire;

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use axum::Router;
use chrono::Utc;
use client::{Client, Deadlines};
use config::Settings;
use contracts::channel::{Attachment, GatewayDescription, Inbound, Order, Peer, ProbeResponse};
use gateway_kit::{
    AccountSetup, Download, FetchError, FileLinks, Front, Gateway, Identity, Pacing, Polled, ProviderError, Rate,
    SendOutcome, SettingsError, Tools, Unauthentic, Way, channel_of, serve_files,
};
pub use gateway_kit::{Config, RunError};
use http::HeaderMap;
use model::AccountId;
use runtime::{ConfigErrors, Env, Stop};

/// Where events and files are served unless `OKNO_GATEWAY_CUSTOM_LISTEN` says otherwise.
pub const PORT: u16 = 8090;
const CHANNEL: &str = "custom";

/// The process's settings, from the variables that [`Config`] names.
///
/// # Errors
/// Every variable that is missing or bad.
pub fn config(env: &Env) -> Result<Config, ConfigErrors> {
    Config::from_env(env, &channel_of::<Custom>(), PORT)
}

/// Serves companies' own chats until `stop`, then drains.
///
/// # Errors
/// [`RunError`] when NATS or the listen address cannot be had.
pub async fn run(config: Config, stop: Stop) -> Result<(), RunError> {
    gateway_kit::run::<Custom>(config, stop).await
}

/// One company's chat.
pub struct Custom {
    settings: Settings,
    client: Client,
    links: FileLinks,
}

impl Custom {
    fn with_deadlines(setup: &AccountSetup, deadlines: Deadlines) -> Result<Self, SettingsError> {
        let settings = Settings::read(setup)?;
        Ok(Self {
            client: Client::new(&settings, deadlines)?,
            links: FileLinks::new(CHANNEL, setup, settings.secret.expose())
                .opened_by(setup, settings.older.as_ref().map(|older| older.expose())),
            settings,
        })
    }
}

impl Gateway for Custom {
    const CHANNEL: &'static str = CHANNEL;
    const BODY_LIMIT: usize = 256 << 10;
    const FETCH_LIMIT: u64 = describe::FILE_BYTES.cast_unsigned();

    fn describe() -> GatewayDescription {
        describe::gateway()
    }

    fn connect(setup: &AccountSetup) -> Result<Self, SettingsError> {
        Self::with_deadlines(setup, Deadlines::default())
    }

    fn way(&self) -> Way {
        Way::Webhook
    }

    fn parse(account: AccountId, body: &[u8]) -> Vec<Inbound> {
        normalize::event(account, body)
    }

    fn typed(account: AccountId, delivery: &[u8]) -> Option<Peer> {
        normalize::typing(account, delivery)
    }

    fn authenticate(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), Unauthentic> {
        let good = self.settings.signer.verify(headers, body, Utc::now().timestamp());
        if good { Ok(()) } else { Err(Unauthentic) }
    }

    /// The chat itself knows where to send its events; it is asked whether it takes ours.
    async fn open(&self, _webhook_url: Option<&str>) -> Result<Identity, ProviderError> {
        probe::ping(&self.client).await.map_err(|error| error::provider(&error))?;
        Ok(Identity { name: self.client.host().to_owned() })
    }

    async fn poll(&self, _position: Option<&str>) -> Result<Polled, ProviderError> {
        Ok(Polled::default())
    }

    async fn carry_out(&self, order: &Order, _tools: &Tools) -> SendOutcome {
        send::order(self, order).await
    }

    async fn fetch(&self, attachment: &Attachment) -> Result<Download, FetchError> {
        fetch::open(&self.client, attachment).await
    }

    async fn typing(&self, address: &str, _reply_address: &str, _tools: &Tools) {
        send::typing(self, address).await;
    }

    fn routes(front: Arc<Front<Self>>) -> Option<Router> {
        Some(serve_files(front, |custom| &custom.links))
    }

    async fn probe(setup: &AccountSetup) -> ProbeResponse {
        probe::run(setup).await
    }

    /// What docs/custom-channel.md promises the chat.
    fn pacing() -> Pacing {
        let burst = |burst| NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        Pacing {
            per_account: Rate { every: Duration::from_millis(20), burst: burst(50) },
            per_address: Rate { every: Duration::from_millis(200), burst: burst(10) },
        }
    }
}
