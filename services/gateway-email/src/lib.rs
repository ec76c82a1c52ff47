//! E-mail: letters come by IMAP or POP3, or a mail server brings them, and go by SMTP.

mod chores;
mod config;
mod describe;
mod error;
mod fetch;
mod imap;
mod keep;
mod login;
mod net;
mod normalize;
mod poll;
mod pop3;
mod position;
mod preset;
mod probe;
mod push;
mod send;
mod wire;

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use chores::Chores;
use config::Settings;
use contracts::channel::{
    Attachment, GatewayDescription, Inbound, Order, ProbeResponse, ProbeStep, probe_request::Consent,
};
pub use gateway_kit::RunError;
use gateway_kit::{
    AccountSetup, Consented, Download, Equipment, FetchError, Gateway, Identity, Pacing, Polled, ProviderError, Rate,
    SendOutcome, SettingsError, Tools, Unauthentic, Way, channel_of,
};
use model::AccountId;
use object_store::ObjectStore;
use parking_lot::Mutex;
use runtime::{ConfigErrors, Env, Stop};

/// Where health is served unless `OKNO_GATEWAY_EMAIL_LISTEN` says otherwise.
pub const PORT: u16 = 8091;
const CHANNEL: &str = "email";

/// The process's settings.
#[derive(Clone)]
pub struct Config {
    pub kit: gateway_kit::Config,
    push: push::Config,
}

/// Reads them from the variables that [`gateway_kit::Config`] and the README name.
///
/// # Errors
/// Every variable that is missing or bad.
pub fn config(env: &Env) -> Result<Config, ConfigErrors> {
    // First: the kit tells what is bad of all that was read.
    let push = push::Config::read(env);
    let mut kit = gateway_kit::Config::from_env(env, &channel_of::<Email>(), PORT)?;
    kit.tells.extend(push.is_on().then(|| (push::TAKEN, "true".to_owned())));
    Ok(Config { kit, push })
}

/// Serves mailboxes until `stop`, then drains.
///
/// # Errors
/// [`RunError`] when NATS or a listen address cannot be had.
pub async fn run(config: Config, stop: Stop) -> Result<(), RunError> {
    let bound = push::bind(&config.push).await?;
    gateway_kit::run_beside::<Email>(config.kit, stop, |front| push::serve(bound, front)).await
}

/// One mailbox.
pub struct Email {
    account: AccountId,
    settings: Settings,
    mailbox: poll::Mailbox,
    chores: Chores,
    /// What was sent last, by message, until its copy is made.
    outgoing: send::Outgoing,
    equipment: Mutex<Option<Equipment>>,
}

impl Email {
    fn objects(&self) -> Option<Arc<dyn ObjectStore>> {
        self.equipment.lock().as_ref().map(|equipment| equipment.media.0.clone())
    }

    /// History is brought only while router has time for it (rule I6).
    fn may_import(&self) -> bool {
        self.equipment.lock().as_ref().is_some_and(|equipment| equipment.imports.may_go())
    }
}

impl Gateway for Email {
    const CHANNEL: &'static str = CHANNEL;
    const FETCH_LIMIT: u64 = imap::LETTER_BYTES;
    const POLLS_AHEAD: bool = true;

    fn describe() -> GatewayDescription {
        describe::gateway()
    }

    fn connect(setup: &AccountSetup) -> Result<Self, SettingsError> {
        Ok(Self {
            account: setup.account,
            settings: Settings::read(setup)?,
            mailbox: poll::Mailbox::default(),
            chores: Chores::default(),
            outgoing: send::Outgoing::default(),
            equipment: Mutex::default(),
        })
    }

    fn equip(&self, equipment: Equipment) {
        *self.equipment.lock() = Some(equipment);
    }

    fn way(&self) -> Way {
        Way::Poll
    }

    fn parse(account: AccountId, body: &[u8]) -> Vec<Inbound> {
        normalize::delivery(account, body)
    }

    /// Nothing is delivered here by HTTP.
    fn authenticate(&self, _headers: &http::HeaderMap, _body: &[u8]) -> Result<(), Unauthentic> {
        Err(Unauthentic)
    }

    async fn open(&self, _webhook_url: Option<&str>) -> Result<Identity, ProviderError> {
        poll::open(self).await?;
        Ok(Identity { name: self.settings.address.clone() })
    }

    async fn poll(&self, position: Option<&str>) -> Result<Polled, ProviderError> {
        Box::pin(poll::letters(self, position)).await
    }

    async fn carry_out(&self, order: &Order, tools: &Tools) -> SendOutcome {
        Box::pin(send::order(self, order, tools)).await
    }

    async fn after_sent(&self, order: &Order, _tools: &Tools) {
        send::after(self, order);
    }

    async fn fetch(&self, attachment: &Attachment) -> Result<Download, FetchError> {
        fetch::open(self, attachment).await
    }

    async fn probe(setup: &AccountSetup) -> ProbeResponse {
        Box::pin(probe::run(setup)).await
    }

    async fn consent(setup: &AccountSetup, asked: &Consent) -> Result<Consented, Box<ProbeStep>> {
        login::consent::ask(setup, asked).await
    }

    /// Far below what providers take a minute; their limits a day are told by their answers.
    fn pacing() -> Pacing {
        let burst = |burst| NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        Pacing {
            per_account: Rate { every: Duration::from_secs(2), burst: burst(10) },
            per_address: Rate { every: Duration::from_secs(2), burst: burst(5) },
        }
    }
}
