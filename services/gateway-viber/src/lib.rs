//! Viber, by the REST Bot API (<https://developers.viber.com/docs/api/rest-bot-api/>, 7.3.0, read 2026-11-26).

mod client;
mod config;
mod describe;
mod error;
mod fetch;
mod normalize;
mod probe;
mod send;
#[cfg(test)]
mod tests;
mod webhook;
mod wire;

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use axum::Router;
use bytes::Bytes;
use client::{Client, Deadlines};
use config::Settings;
use contracts::channel::{Attachment, GatewayDescription, Inbound, Order, ProbeResponse};
use gateway_kit::{
    AccountSetup, Download, FetchError, FileLinks, Front, Gateway, Identity, Pacing, Polled, ProviderError, Rate,
    SendOutcome, SettingsError, Tools, Unauthentic, Way, channel_of, serve_files,
};
pub use gateway_kit::{Config, RunError};
use http::HeaderMap;
use model::AccountId;
use parking_lot::Mutex;
use runtime::{ConfigErrors, Env, Stop};
use webhook::Webhook;

/// Where webhooks and files are served unless `OKNO_GATEWAY_VIBER_LISTEN` says otherwise.
pub const PORT: u16 = 8087;
const CHANNEL: &str = "viber";

/// The process's settings, from the variables that [`Config`] names.
///
/// # Errors
/// Every variable that is missing or bad.
pub fn config(env: &Env) -> Result<Config, ConfigErrors> {
    Config::from_env(env, &channel_of::<Viber>(), PORT)
}

/// Serves Viber until `stop`, then drains.
///
/// # Errors
/// [`RunError`] when NATS or the listen address cannot be had.
pub async fn run(config: Config, stop: Stop) -> Result<(), RunError> {
    gateway_kit::run::<Viber>(config, stop).await
}

/// Viber delivers again a few times within about an hour, it does not say when, and then never. A bus that has the fact is
/// better than that.
const UNCONFIRMED_AFTER: Duration = Duration::from_secs(10 * 60);

/// One bot.
pub struct Viber {
    settings: Settings,
    client: Client,
    webhook: Webhook,
    links: FileLinks,
    /// What Viber calls the bot; empty before it was asked.
    name: Mutex<String>,
}

impl Viber {
    fn with_deadlines(setup: &AccountSetup, deadlines: Deadlines) -> Result<Self, SettingsError> {
        let settings = Settings::read(setup)?;
        Ok(Self {
            client: Client::new(&settings, deadlines)?,
            webhook: Webhook::new(&settings),
            links: FileLinks::new(CHANNEL, setup, settings.token.expose()),
            settings,
            name: Mutex::default(),
        })
    }
}

impl Gateway for Viber {
    const CHANNEL: &'static str = CHANNEL;
    /// An event is a message of at most 30 KB.
    const BODY_LIMIT: usize = 1 << 20;
    const FETCH_LIMIT: u64 = 200 << 20;

    fn describe() -> GatewayDescription {
        describe::gateway()
    }

    fn connect(setup: &AccountSetup) -> Result<Self, SettingsError> {
        Self::with_deadlines(setup, Deadlines::default())
    }

    fn way(&self) -> Way {
        Way::Webhook
    }

    fn parse(_account: AccountId, body: &[u8]) -> Vec<Inbound> {
        normalize::event(body)
    }

    fn authenticate(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), Unauthentic> {
        self.webhook.authenticate(headers, body)
    }

    /// The one message that goes to somebody who has not written yet, and costs nothing.
    fn accepted(&self, delivery: &[u8]) -> Bytes {
        send::welcome(self).filter(|_| normalize::opens_chat(delivery)).unwrap_or_default()
    }

    async fn open(&self, webhook_url: Option<&str>) -> Result<Identity, ProviderError> {
        let account = self.webhook.open(&self.client, webhook_url).await?;
        self.name.lock().clone_from(&account.title());
        Ok(Identity { name: account.title() })
    }

    /// Viber has neither polling nor history.
    async fn poll(&self, _position: Option<&str>) -> Result<Polled, ProviderError> {
        Ok(Polled::default())
    }

    async fn carry_out(&self, order: &Order, _tools: &Tools) -> SendOutcome {
        send::order(self, order).await
    }

    async fn fetch(&self, attachment: &Attachment) -> Result<Download, FetchError> {
        fetch::open(&self.client, attachment).await
    }

    fn routes(front: Arc<Front<Self>>) -> Option<Router> {
        Some(serve_files(front, |viber| &viber.links))
    }

    async fn probe(setup: &AccountSetup) -> ProbeResponse {
        probe::run(setup).await
    }

    /// To one person 100 messages within an hour without a reply
    /// (<https://developers.viber.com/docs/api/rest-bot-api/#error-codes>, read 2026-11-26): a burst of 50 and 50 more an hour
    /// stay below that whether the person replies or not. For a bot no figure is published; 50 a second is our own.
    fn pacing() -> Pacing {
        let burst = |burst| NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        Pacing {
            per_account: Rate { every: Duration::from_millis(20), burst: burst(50) },
            per_address: Rate { every: Duration::from_secs(72), burst: burst(50) },
        }
    }

    fn unconfirmed_after() -> Option<Duration> {
        Some(UNCONFIRMED_AFTER)
    }
}
