//! WhatsApp, by Meta's Cloud API (<https://developers.facebook.com/documentation/business-messaging/whatsapp/>, Graph API
//! v26.0, read 2026-11-26).

mod address;
mod client;
mod config;
mod describe;
mod error;
mod fetch;
mod normalize;
mod probe;
mod send;
mod templates;
#[cfg(test)]
mod tests;
mod webhook;
mod wire;

use std::{num::NonZeroU32, time::Duration};

use client::{Client, Deadlines};
use config::Settings;
use contracts::channel::{Attachment, ChannelTemplate, GatewayDescription, Inbound, Order, ProbeResponse};
use gateway_kit::{
    AccountSetup, Download, FetchError, Gateway, Identity, Pacing, Polled, ProviderError, Rate, SendOutcome,
    SettingsError, Share, Tools, Unauthentic, Way, channel_of,
};
pub use gateway_kit::{Config, RunError};
use http::HeaderMap;
use model::AccountId;
use runtime::{ConfigErrors, Env, Stop};
use send::{LastRead, Sender};
use webhook::Webhook;

/// Where webhooks are served unless `OKNO_GATEWAY_WHATSAPP_LISTEN` says otherwise.
pub const PORT: u16 = 8088;

/// The process's settings, from the variables that [`Config`] names.
///
/// # Errors
/// Every variable that is missing or bad.
pub fn config(env: &Env) -> Result<Config, ConfigErrors> {
    Config::from_env(env, &channel_of::<WhatsApp>(), PORT)
}

/// Serves WhatsApp until `stop`, then drains.
///
/// # Errors
/// [`RunError`] when NATS or the listen address cannot be had.
pub async fn run(config: Config, stop: Stop) -> Result<(), RunError> {
    gateway_kit::run::<WhatsApp>(config, stop).await
}

/// Meta delivers again for seven days
/// (<https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview>, read 2026-11-26). Close to
/// that end, and only then, a bus that has a fact is better than a provider that throws it away.
const UNCONFIRMED_AFTER: Duration = Duration::from_secs(6 * 24 * 3600);

/// One number.
pub struct WhatsApp {
    settings: Settings,
    client: Client,
    webhook: Webhook,
    last_read: LastRead,
}

impl WhatsApp {
    fn with_deadlines(setup: &AccountSetup, deadlines: Deadlines) -> Result<Self, SettingsError> {
        let settings = Settings::read(setup)?;
        Ok(Self {
            client: Client::new(&settings, deadlines)?,
            webhook: Webhook::new(&settings, setup.account),
            last_read: LastRead::default(),
            settings,
        })
    }

    fn sender(&self) -> Sender<'_> {
        Sender { client: &self.client, number: &self.settings.phone_number_id, last_read: &self.last_read }
    }
}

impl Gateway for WhatsApp {
    const CHANNEL: &'static str = "whatsapp";
    /// A delivery has at most 3 MB.
    const BODY_LIMIT: usize = 4 << 20;
    const FETCH_LIMIT: u64 = describe::FETCH_BYTES;
    /// It goes the way of messages, and Meta's limit for one person counts messages.
    const REACTIONS_ARE_MESSAGES: bool = true;

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
        normalize::delivery(body)
    }

    fn authenticate(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), Unauthentic> {
        self.webhook.authenticate(headers, body)
    }

    fn challenge(&self, query: &str) -> Option<Result<String, Unauthentic>> {
        self.webhook.challenge(query)
    }

    const UNPROVEN_REMEDY: &'static str = describe::REMEDY_APP_SECRET;

    fn share_name(&self) -> &str {
        &self.settings.phone_number_id
    }

    fn shares(body: &[u8]) -> Option<Vec<Share>> {
        normalize::shares(body)
    }

    async fn open(&self, webhook_url: Option<&str>) -> Result<Identity, ProviderError> {
        let name = self.webhook.open(&self.client, &self.settings, webhook_url).await?;
        Ok(Identity { name })
    }

    /// Meta cannot be polled.
    async fn poll(&self, _position: Option<&str>) -> Result<Polled, ProviderError> {
        Ok(Polled::default())
    }

    async fn templates(&self) -> Result<Vec<ChannelTemplate>, ProviderError> {
        templates::list(&self.client, &self.settings.business_id).await
    }

    async fn carry_out(&self, order: &Order, tools: &Tools) -> SendOutcome {
        self.sender().order(order, &tools.media).await
    }

    async fn fetch(&self, attachment: &Attachment) -> Result<Download, FetchError> {
        fetch::open(&self.client, &self.settings.phone_number_id, attachment).await
    }

    async fn typing(&self, address: &str, reply_address: &str, _tools: &Tools) {
        self.sender().typing(address, reply_address).await;
    }

    async fn probe(setup: &AccountSetup) -> ProbeResponse {
        probe::run(setup).await
    }

    /// 80 messages a second in all; to one person one in 6 s, after a burst of 45
    /// (<https://developers.facebook.com/documentation/business-messaging/whatsapp/throughput>, read 2026-11-26).
    fn pacing() -> Pacing {
        let burst = |burst| NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        Pacing {
            per_account: Rate { every: Duration::from_millis(14), burst: burst(40) },
            per_address: Rate { every: Duration::from_secs(6), burst: burst(40) },
        }
    }

    fn unconfirmed_after() -> Option<Duration> {
        Some(UNCONFIRMED_AFTER)
    }
}
