//! MAX, by its Bot API (<https://dev.max.ru/docs-api>, read 2026-11-26).

mod address;
mod catch_up;
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

use catch_up::CatchUp;
use client::{Client, Deadlines};
use config::Settings;
use contracts::channel::{Attachment, GatewayDescription, Inbound, Order, ProbeResponse};
use gateway_kit::{
    AccountSetup, Download, Equipment, FetchError, Gateway, Identity, Pacing, Polled, ProviderError, Rate, SendOutcome,
    Sent, SettingsError, Tools, Unauthentic, Way, channel_of,
};
pub use gateway_kit::{Config, RunError};
use http::HeaderMap;
use model::AccountId;
use runtime::{ConfigErrors, Env, Stop};
use webhook::{Found, Webhook};

/// Where webhooks are served unless `OKNO_GATEWAY_MAX_LISTEN` says otherwise.
pub const PORT: u16 = 8085;

/// The process's settings, from the variables that [`Config`] names.
///
/// # Errors
/// Every variable that is missing or bad.
pub fn config(env: &Env) -> Result<Config, ConfigErrors> {
    Config::from_env(env, &channel_of::<Max>(), PORT)
}

/// Serves MAX until `stop`, then drains.
///
/// # Errors
/// [`RunError`] when NATS or the listen address cannot be had.
pub async fn run(config: Config, stop: Stop) -> Result<(), RunError> {
    gateway_kit::run::<Max>(config, stop).await
}

/// MAX delivers again up to ten times and drops the subscription after 8 hours without a success
/// (<https://dev.max.ru/docs-api>, read 2026-11-26). Close to that end, and only then, a bus that has a fact is better than
/// a provider that stops.
const UNCONFIRMED_AFTER: Duration = Duration::from_secs(6 * 3600);

/// One bot.
pub struct Max {
    client: Client,
    way: Way,
    webhook: Webhook,
    catch_up: CatchUp,
}

impl Max {
    fn with_deadlines(setup: &AccountSetup, deadlines: Deadlines) -> Result<Self, SettingsError> {
        let settings = Settings::read(setup)?;
        let secret = webhook::secret(settings.token.expose(), setup.account);
        Ok(Self {
            client: Client::new(&settings, deadlines)?,
            way: settings.way,
            webhook: Webhook::new(secret, settings.deliveries()),
            catch_up: CatchUp::default(),
        })
    }
}

impl Gateway for Max {
    const CHANNEL: &'static str = "max";
    const SIGNS_BODY: bool = false;
    const CATCHES_UP: bool = true;
    const FETCH_LIMIT: u64 = fetch::DOWNLOAD_BYTES;

    fn describe() -> GatewayDescription {
        describe::gateway()
    }

    fn connect(setup: &AccountSetup) -> Result<Self, SettingsError> {
        Self::with_deadlines(setup, Deadlines::default())
    }

    fn way(&self) -> Way {
        self.way
    }

    fn equip(&self, equipment: Equipment) {
        self.catch_up.equip(equipment.chats);
    }

    fn parse(_account: AccountId, body: &[u8]) -> Vec<Inbound> {
        normalize::update(body)
    }

    fn authenticate(&self, headers: &HeaderMap, _body: &[u8]) -> Result<(), Unauthentic> {
        self.webhook.authenticate(headers)
    }

    /// No question to MAX: the bot's token proves whose phone it is, which `parse` cannot see.
    async fn complete(&self, delivery: &[u8], mut facts: Vec<Inbound>) -> Result<Vec<Inbound>, ProviderError> {
        self.client.prove(delivery, &mut facts);
        self.catch_up.note(&facts);
        Ok(facts)
    }

    async fn catch_up(&self, position: Option<&str>) -> Result<Polled, ProviderError> {
        self.catch_up.run(&self.client, position).await
    }

    async fn open(&self, webhook_url: Option<&str>) -> Result<Identity, ProviderError> {
        let me: wire::User = self.client.get(&["me"], &[]).await.map_err(error::provider)?;
        match self.way {
            Way::Webhook => {
                if self.webhook.open(&self.client, webhook_url).await? == Found::Lost {
                    self.catch_up.lost();
                }
            }
            Way::Poll => webhook::close(&self.client).await?,
        }
        Ok(Identity { name: probe::identity(&me) })
    }

    async fn poll(&self, position: Option<&str>) -> Result<Polled, ProviderError> {
        poll::updates(&self.client, position).await
    }

    async fn carry_out(&self, order: &Order, tools: &Tools) -> SendOutcome {
        let outcome = send::order(&self.client, order, &tools.media).await;
        if let SendOutcome::Accepted(Sent { new_reply_address: Some(chat), .. }) = &outcome {
            chat.parse().into_iter().for_each(|chat| self.catch_up.note_chat(chat));
        }
        outcome
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

    /// Two messages a second for a chat, 30 calls a second for a bot (<https://dev.max.ru/docs-api>, read 2026-11-26), of
    /// which MAX was seen to refuse some from about ten on.
    fn pacing() -> Pacing {
        let burst = |burst| NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        Pacing {
            per_account: Rate { every: Duration::from_millis(120), burst: burst(5) },
            per_address: Rate { every: Duration::from_millis(550), burst: burst(1) },
        }
    }

    fn unconfirmed_after() -> Option<Duration> {
        Some(UNCONFIRMED_AFTER)
    }
}
