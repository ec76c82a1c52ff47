//! Telegram, by the Bot API (<https://core.telegram.org/bots/api>, 10.3, read 2026-11-23).

mod address;
mod client;
mod config;
mod describe;
mod error;
mod fetch;
mod normalize;
mod poll;
mod probe;
mod send;
#[cfg(test)]
mod tests;
mod webhook;
mod wire;

use std::{num::NonZeroU32, time::Duration};

use client::{Client, Deadlines};
use config::Settings;
use contracts::channel::{Attachment, GatewayDescription, Inbound, Order, ProbeResponse};
use gateway_kit::{
    AccountSetup, Download, FetchError, Gateway, Identity, Pacing, Polled, ProviderError, Rate, SendOutcome,
    SettingsError, Tools, Unauthentic, Way, channel_of,
};
pub use gateway_kit::{Config, RunError};
use http::HeaderMap;
use model::AccountId;
use runtime::{ConfigErrors, Env, Stop};
use teloxide_core::payloads::GetMe;
use webhook::Webhook;

/// Where webhooks are served unless `OKNO_GATEWAY_TELEGRAM_LISTEN` says otherwise.
pub const PORT: u16 = 8083;

/// The process's settings, from the variables that [`Config`] names.
///
/// # Errors
/// Every variable that is missing or bad.
pub fn config(env: &Env) -> Result<Config, ConfigErrors> {
    Config::from_env(env, &channel_of::<Telegram>(), PORT)
}

/// Serves Telegram until `stop`, then drains.
///
/// # Errors
/// [`RunError`] when NATS or the listen address cannot be had.
pub async fn run(config: Config, stop: Stop) -> Result<(), RunError> {
    gateway_kit::run::<Telegram>(config, stop).await
}

/// Telegram delivers again for 24 hours (<https://github.com/tdlib/telegram-bot-api>, release 10.0). Close to that end, and
/// only then, a bus that has a fact is better than a provider that throws it away.
const UNCONFIRMED_AFTER: Duration = Duration::from_secs(20 * 3600);

/// One bot.
pub struct Telegram {
    client: Client,
    way: Way,
    webhook: Webhook,
    offset: poll::Offset,
}

impl Telegram {
    fn with_deadlines(setup: &AccountSetup, deadlines: Deadlines) -> Result<Self, SettingsError> {
        let settings = Settings::read(setup)?;
        let secret = webhook::secret(settings.token.expose(), setup.account);
        Ok(Self {
            client: Client::new(&settings, deadlines)?,
            way: settings.way,
            webhook: Webhook::new(secret, settings.deliveries()),
            offset: poll::Offset::default(),
        })
    }
}

impl Gateway for Telegram {
    const CHANNEL: &'static str = "telegram";
    const SIGNS_BODY: bool = false;

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
        normalize::update(body)
    }

    fn authenticate(&self, headers: &HeaderMap, _body: &[u8]) -> Result<(), Unauthentic> {
        self.webhook.authenticate(headers)
    }

    async fn open(&self, webhook_url: Option<&str>) -> Result<Identity, ProviderError> {
        let me = self.client.call(GetMe::new()).await.map_err(error::provider)?;
        match self.way {
            Way::Webhook => self.webhook.open(&self.client, webhook_url).await?,
            Way::Poll => webhook::close(&self.client).await?,
        }
        Ok(Identity { name: probe::identity(&me) })
    }

    async fn poll(&self, position: Option<&str>) -> Result<Polled, ProviderError> {
        poll::updates(&self.client, &self.offset, position).await
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

    /// <https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this>, read 2026-11-23.
    fn pacing() -> Pacing {
        let burst = |burst| NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        Pacing {
            per_account: Rate { every: Duration::from_millis(34), burst: burst(30) },
            per_address: Rate { every: Duration::from_secs(1), burst: burst(3) },
        }
    }

    fn unconfirmed_after() -> Option<Duration> {
        Some(UNCONFIRMED_AFTER)
    }
}
