//! The chat on a site's pages: people come to us, so there is no provider. docs/webchat-protocol.md says how the
//! widget talks with this gateway.

mod config;
mod cors;
mod cursor;
mod describe;
mod desk;
mod event;
mod files;
mod history;
mod hub;
mod identity;
mod limits;
mod live;
mod metadata;
mod normalize;
mod office;
mod origin;
mod pace;
mod page;
mod person;
mod probe;
mod routes;
mod send;
mod show;
mod socket;
mod stream;
mod talk;
mod token;
mod trace;
mod uploads;
mod visits;
mod wire;

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use axum::Router;
use config::Settings;
use contracts::channel::{Attachment, GatewayDescription, Inbound, Order, ProbeResponse, Unparsed, inbound::Body};
use gateway_kit::{
    AccountSetup, Download, FetchError, Front, Gateway, Identity, Pacing, Polled, ProviderError, Rate, SendOutcome,
    SettingsError, Tools, Unauthentic, Way, channel_of,
};
pub use gateway_kit::{Config, RunError};
use http::HeaderMap;
use model::AccountId;
use ring::digest;
use runtime::{ConfigErrors, Env, Stop};

/// Where the chat is served unless `OKNO_GATEWAY_WEBCHAT_LISTEN` says otherwise.
pub const PORT: u16 = 8084;
const CHANNEL: &str = "webchat";

/// The process's settings, from the variables that [`Config`] names.
///
/// # Errors
/// Every variable that is missing or bad.
pub fn config(env: &Env) -> Result<Config, ConfigErrors> {
    Config::from_env(env, &channel_of::<Webchat>(), PORT)
}

/// Serves the chat until `stop`, then drains.
///
/// # Errors
/// [`RunError`] when NATS or the listen address cannot be had.
pub async fn run(config: Config, stop: Stop) -> Result<(), RunError> {
    gateway_kit::run::<Webchat>(config, stop).await
}

/// One chat, on the sites that its account names.
pub struct Webchat {
    settings: Settings,
}

impl Gateway for Webchat {
    const CHANNEL: &'static str = CHANNEL;
    const SIGNS_BODY: bool = false;
    /// Nothing is delivered to `/hook/webchat`.
    const BODY_LIMIT: usize = 1024;

    fn describe() -> GatewayDescription {
        describe::gateway()
    }

    fn connect(setup: &AccountSetup) -> Result<Self, SettingsError> {
        Ok(Self { settings: Settings::read(setup)? })
    }

    fn way(&self) -> Way {
        Way::Webhook
    }

    /// No bytes come by webhook; what lies among the dead letters is kept as it is.
    fn parse(_account: AccountId, body: &[u8]) -> Vec<Inbound> {
        let hash = hex::encode(digest::digest(&digest::SHA256, body));
        let reason = "the web chat has no webhook".to_owned();
        let unparsed = Unparsed { raw: body.to_vec(), reason, ..Unparsed::default() };
        vec![Inbound { key: format!("unparsed:{hash}"), body: Some(Body::Unparsed(unparsed)), ..Inbound::default() }]
    }

    fn authenticate(&self, _headers: &HeaderMap, _body: &[u8]) -> Result<(), Unauthentic> {
        Err(Unauthentic)
    }

    async fn open(&self, _webhook_url: Option<&str>) -> Result<Identity, ProviderError> {
        Ok(Identity { name: self.settings.origins.first() })
    }

    async fn poll(&self, _position: Option<&str>) -> Result<Polled, ProviderError> {
        Ok(Polled::default())
    }

    async fn carry_out(&self, order: &Order, tools: &Tools) -> SendOutcome {
        send::order(order, tools).await
    }

    async fn after_sent(&self, order: &Order, tools: &Tools) {
        send::again(order, tools).await;
    }

    async fn fetch(&self, _attachment: &Attachment) -> Result<Download, FetchError> {
        Err(FetchError::Gone("files of the web chat are stored before they are told".to_owned()))
    }

    async fn typing(&self, address: &str, reply_address: &str, tools: &Tools) {
        send::typing(tools, address, reply_address).await;
    }

    fn routes(front: Arc<Front<Self>>) -> Option<Router> {
        Some(routes::all(front))
    }

    async fn probe(setup: &AccountSetup) -> ProbeResponse {
        probe::run(setup)
    }

    /// Nobody's limits but the reader's.
    fn pacing() -> Pacing {
        let burst = |burst| NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        Pacing {
            per_account: Rate { every: Duration::from_millis(2), burst: burst(500) },
            per_address: Rate { every: Duration::from_millis(50), burst: burst(20) },
        }
    }
}
