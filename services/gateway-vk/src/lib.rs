//! VK community messages (<https://dev.vk.com/ru/api/bots/getting-started>, API 5.199, read 2026-11-26).

mod address;
mod client;
mod complete;
mod config;
mod describe;
mod error;
mod fetch;
mod history;
mod names;
mod normalize;
mod poll;
mod probe;
mod send;
#[cfg(test)]
mod tests;
mod webhook;
mod wire;

use std::{num::NonZeroU32, time::Duration};

use bytes::Bytes;
use client::{Client, Deadlines};
use config::Settings;
use contracts::channel::{Attachment, GatewayDescription, Inbound, Order, Peer, ProbeResponse};
use gateway_kit::{
    AccountSetup, Download, FetchError, Gateway, Identity, Pacing, Polled, ProviderError, Rate, SendOutcome,
    SettingsError, Tools, Unauthentic, Way, channel_of,
};
pub use gateway_kit::{Config, RunError};
use history::CatchUp;
use http::HeaderMap;
use model::AccountId;
use names::Names;
use poll::LongPoll;
use runtime::{ConfigErrors, Env, Stop};
use webhook::Webhook;

/// Where webhooks are served unless `OKNO_GATEWAY_VK_LISTEN` says otherwise.
pub const PORT: u16 = 8089;

/// The process's settings, from the variables that [`Config`] names.
///
/// # Errors
/// Every variable that is missing or bad.
pub fn config(env: &Env) -> Result<Config, ConfigErrors> {
    Config::from_env(env, &channel_of::<Vk>(), PORT)
}

/// Serves VK until `stop`, then drains.
///
/// # Errors
/// [`RunError`] when NATS or the listen address cannot be had.
pub async fn run(config: Config, stop: Stop) -> Result<(), RunError> {
    gateway_kit::run::<Vk>(config, stop).await
}

/// One community.
pub struct Vk {
    client: Client,
    way: Way,
    webhook: Webhook,
    long_poll: LongPoll,
    catch_up: CatchUp,
    names: Names,
}

impl Vk {
    fn with_deadlines(setup: &AccountSetup, deadlines: Deadlines) -> Result<Self, SettingsError> {
        let settings = Settings::read(setup)?;
        Ok(Self {
            way: settings.way,
            webhook: Webhook::new(&settings, setup.account),
            client: Client::new(settings, deadlines)?,
            long_poll: LongPoll::default(),
            catch_up: CatchUp::default(),
            names: Names::default(),
        })
    }
}

impl Gateway for Vk {
    const CHANNEL: &'static str = "vk";
    const ACCEPTED: &'static str = "ok";
    const CATCHES_UP: bool = true;
    /// The largest file that VK takes (<https://dev.vk.com/ru/api/upload/document-in-message>, read 2026-11-26).
    const FETCH_LIMIT: u64 = 200 << 20;

    fn describe() -> GatewayDescription {
        describe::gateway()
    }

    fn connect(setup: &AccountSetup) -> Result<Self, SettingsError> {
        Self::with_deadlines(setup, Deadlines::default())
    }

    fn way(&self) -> Way {
        self.way
    }

    fn parse(_account: AccountId, body: &[u8]) -> Vec<Inbound> {
        normalize::event(body)
    }

    fn typed(_account: AccountId, delivery: &[u8]) -> Option<Peer> {
        normalize::typing(delivery)
    }

    fn authenticate(&self, _headers: &HeaderMap, body: &[u8]) -> Result<(), Unauthentic> {
        self.webhook.authenticate(body)
    }

    async fn greet(&self, body: &[u8]) -> Option<Bytes> {
        self.webhook.confirm(&self.client, body).await
    }

    async fn complete(&self, delivery: &[u8], facts: Vec<Inbound>) -> Result<Vec<Inbound>, ProviderError> {
        complete::delivery(&self.client, &self.names, delivery, facts).await
    }

    async fn open(&self, webhook_url: Option<&str>) -> Result<Identity, ProviderError> {
        let group = probe::group(&self.client).await.map_err(error::provider)?;
        match self.way {
            Way::Webhook => self.webhook.open(&self.client, webhook_url).await?,
            Way::Poll => poll::open(&self.client).await?,
        }
        Ok(Identity { name: probe::identity(&group) })
    }

    async fn poll(&self, position: Option<&str>) -> Result<Polled, ProviderError> {
        self.long_poll.events(&self.client, &self.names, &self.catch_up, position).await
    }

    async fn catch_up(&self, position: Option<&str>) -> Result<Polled, ProviderError> {
        self.catch_up.when_due(&self.client, &self.names, position).await
    }

    async fn carry_out(&self, order: &Order, tools: &Tools) -> SendOutcome {
        send::order(&self.client, order, &tools.media).await
    }

    async fn fetch(&self, attachment: &Attachment) -> Result<Download, FetchError> {
        fetch::open(&self.client, attachment).await
    }

    async fn typing(&self, address: &str, reply_address: &str, _tools: &Tools) {
        send::typing(&self.client, address, reply_address).await;
    }

    async fn probe(setup: &AccountSetup) -> ProbeResponse {
        probe::run(setup).await
    }

    /// A community's key has 20 calls a second (<https://dev.vk.com/ru/api/api-requests>, read 2026-11-26), and a message
    /// with a file takes four of them; the client spreads its calls besides. For one conversation VK publishes no figure.
    fn pacing() -> Pacing {
        let burst = |burst| NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        Pacing {
            per_account: Rate { every: Duration::from_millis(67), burst: burst(10) },
            per_address: Rate { every: Duration::from_secs(1), burst: burst(3) },
        }
    }
}
