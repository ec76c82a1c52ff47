use std::{collections::HashMap, future::Future, num::NonZeroU32, sync::Arc, time::Duration};

use axum::http::HeaderMap;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use contracts::channel::{
    AccountHealth, Attachment, ChannelTemplate, Failure, GatewayDescription, Inbound, LocalText, Order, Peer,
    ProbeResponse, ProbeStep, probe_request::Consent,
};
use futures::stream::BoxStream;
use model::{AccountId, Channel};
use object_store::ObjectStore;

use crate::{Equipment, Front, Peers};

/// One connected account of one channel: all that a channel's crate has to bring. The kit does the rest: leases,
/// polling, webhooks, claims, pacing, receipts, media, drain, announcements.
pub trait Gateway: Send + Sync + Sized + 'static {
    /// The channel's name, for example "telegram".
    const CHANNEL: &'static str;

    /// Whether `authenticate` needs the body (a signature). Otherwise it is called with an empty one, before the body
    /// is read, so that a stranger's bytes never reach memory.
    const SIGNS_BODY: bool = true;

    /// The largest body of a webhook; a larger one is answered 413.
    const BODY_LIMIT: usize = 10 * 1024 * 1024;

    /// The body of the answer 200 to a delivery, for providers that want to read one (rule G25).
    const ACCEPTED: &'static str = "";

    /// Whether `catch_up` brings anything: only then is a position kept for an account that receives by webhook.
    const CATCHES_UP: bool = false;

    /// Whether the next poll may begin while router still confirms what the last one brought: only where asking further
    /// acknowledges nothing to the provider.
    const POLLS_AHEAD: bool = false;

    /// Whether the provider counts a reaction as a message to the person, so that it takes the pace of both; else it takes
    /// the account's alone.
    const REACTIONS_ARE_MESSAGES: bool = false;

    /// The largest attachment that is fetched, in bytes; a larger one ends as TOO_LARGE.
    const FETCH_LIMIT: u64 = 2 * 1024 * 1024 * 1024;

    /// Capabilities, settings schema and texts that the page and router live by. `instance` is filled by the kit.
    fn describe() -> GatewayDescription;

    /// Builds the connection from opened settings; no network.
    ///
    /// # Errors
    /// [`SettingsError`] names the field.
    fn connect(setup: &AccountSetup) -> Result<Self, SettingsError>;

    /// Called before anything is asked of a connection, each time its account is taken on: for channels that keep what
    /// they receive in the object store, bring history, or ask router where they have chats.
    fn equip(&self, _equipment: Equipment) {}

    /// How this account receives.
    fn way(&self) -> Way;

    /// Pure: no clock, no network, no error. What we do not support is a message with `unsupported` set, what cannot
    /// be read is one fact of kind Unparsed.
    fn parse(account: AccountId, body: &[u8]) -> Vec<Inbound>;

    /// Checks signature or secret in constant time, before anything is parsed.
    ///
    /// # Errors
    /// [`Unauthentic`]: the kit answers 401 and counts it.
    fn authenticate(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), Unauthentic>;

    /// Answers what comes by POST and is no delivery: the provider makes sure that it speaks with us. Called before
    /// `authenticate`, in any replica; it takes 2 s at most. `None`: it is a delivery.
    fn greet(&self, _body: &[u8]) -> impl Future<Output = Option<Bytes>> + Send {
        async { None }
    }

    /// Adds to a delivery's facts what the provider has to be asked for, such as names. Keys and dates stay as they are.
    /// It takes 1 s at most.
    ///
    /// # Errors
    /// When the facts must not go without: the delivery is answered 503.
    fn complete(
        &self,
        _delivery: &[u8],
        facts: Vec<Inbound>,
    ) -> impl Future<Output = Result<Vec<Inbound>, ProviderError>> + Send {
        async { Ok(facts) }
    }

    /// Called by the lease holder of an account that receives by webhook, each time it was opened: what the provider
    /// could not deliver since a position. Repeats of what was delivered do no harm.
    fn catch_up(&self, _position: Option<&str>) -> impl Future<Output = Result<Polled, ProviderError>> + Send {
        async { Ok(Polled::default()) }
    }

    /// Answers a provider that asks by GET, with this query, whether the address is ours: the text of the 200, or 403.
    /// `None`: the channel knows no such question.
    fn challenge(&self, _query: &str) -> Option<Result<String, Unauthentic>> {
        None
    }

    /// Who types, where a delivery tells that and no more: `parse` gives no fact for it, colleagues hear of it, and nothing
    /// is stored (rule G66).
    fn typed(_account: AccountId, _delivery: &[u8]) -> Option<Peer> {
        None
    }

    /// The body of the 200 that takes this delivery, where the provider reads it: JSON, or plain text.
    fn accepted(&self, _delivery: &[u8]) -> Bytes {
        Bytes::from_static(Self::ACCEPTED.as_bytes())
    }

    /// What helps an account whose secret does not prove a delivery that names it ([`Gateway::shares`]).
    const UNPROVEN_REMEDY: &'static str = "";

    /// The provider's name of this account, as [`Gateway::shares`] gives it.
    fn share_name(&self) -> &str {
        ""
    }

    /// Cuts a delivery by the accounts that it concerns, where the provider may know one address for several of them.
    /// `None`: all of it is of the account that it came to.
    fn shares(_body: &[u8]) -> Option<Vec<Share>> {
        None
    }

    /// Called by the lease holder before it receives, and again every few minutes (where it receives by webhook, each
    /// half minute: nothing else tells that the connection is lost): asks who we are, sets or removes the webhook
    /// (`webhook_url` is where this account is to be delivered; `None`: no public address is known).
    fn open(&self, webhook_url: Option<&str>) -> impl Future<Output = Result<Identity, ProviderError>> + Send;

    /// Asks for what is new after a position (`None`: nothing was ever confirmed). Waits on the provider at most 50 s.
    fn poll(&self, position: Option<&str>) -> impl Future<Output = Result<Polled, ProviderError>> + Send;

    /// The whole list of the account's templates, whatever their state of approval: for channels with the capability
    /// `templates`. Asked when the account is opened, then each hour, and when somebody wants it; 60 s at most.
    fn templates(&self) -> impl Future<Output = Result<Vec<ChannelTemplate>, ProviderError>> + Send {
        async { Ok(Vec::new()) }
    }

    /// Carries out one order and reports what happened; never retries by itself. Not called for FetchAttachment,
    /// ParseAgain and RefreshTemplates, which the kit does with `fetch`, `parse` and `templates`.
    fn carry_out(&self, order: &Order, tools: &Tools) -> impl Future<Output = SendOutcome> + Send;

    /// Router has committed that a send was sent: for channels whose people may ask for it from now on (rule O8). What
    /// it does may be lost; 5 s at most.
    fn after_sent(&self, _order: &Order, _tools: &Tools) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// Opens an attachment's bytes at the provider.
    fn fetch(&self, attachment: &Attachment) -> impl Future<Output = Result<Download, FetchError>> + Send;

    /// Shows the person that we are typing, where the channel can; errors are of no interest.
    fn typing(&self, _address: &str, _reply_address: &str, _tools: &Tools) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// HTTP of its own on the gateway's listener, for channels whose people come to us (a chat on a site). Called once
    /// per process; what must not outlive the process is spawned on `front`'s tasks and ends at its stop.
    fn routes(_front: Arc<Front<Self>>) -> Option<axum::Router> {
        None
    }

    /// Tries unsaved settings on the provider: one step per thing that can be wrong.
    fn probe(setup: &AccountSetup) -> impl Future<Output = ProbeResponse> + Send;

    /// Asks the provider's page for a consent, or takes the code that it came back with: for channels whose schema says so.
    ///
    /// # Errors
    /// The step that did not pass.
    fn consent(
        _setup: &AccountSetup,
        _asked: &Consent,
    ) -> impl Future<Output = Result<Consented, Box<ProbeStep>>> + Send {
        async { Err(Box::default()) }
    }

    /// The provider's rate limits.
    fn pacing() -> Pacing;

    /// When a webhook may be answered 200 with only JetStream's acknowledgement (the named exception of the first
    /// law): after this long without router, because the provider would stop delivering. `None`: never.
    fn unconfirmed_after() -> Option<Duration> {
        None
    }
}

/// What comes of [`Gateway::consent`].
pub enum Consented {
    /// The address of the provider's page.
    Page(String),
    /// Settings with the values that the code was exchanged for.
    Given(HashMap<String, String>),
}

/// The setting under which [`AccountSetup`] tells the address where the outside reaches this process; no account can
/// set it, for no schema has a field of this name.
pub const PUBLIC_URL: &str = "_public_url";

/// The setting under which [`AccountSetup`] tells a key of the account's own, in base64: 32 bytes that every process with the
/// channel's key makes anew, for what the gateway signs to itself. No account can set it.
pub const OWN_KEY: &str = "_own_key";

/// What an adapter knows of an account, secrets opened.
#[derive(Clone)]
pub struct AccountSetup {
    pub account: AccountId,
    pub settings: HashMap<String, String>,
    /// Where outgoing calls may go: `settings` may name another base URL, then only with this permission.
    pub allow_private_addresses: bool,
}

impl AccountSetup {
    /// Puts the process's public address among the settings, for gateways that decide by it how to receive.
    #[must_use]
    pub fn with_public_url(mut self, url: Option<&url::Url>) -> Self {
        self.settings.remove(PUBLIC_URL);
        self.settings.extend(url.map(|url| (PUBLIC_URL.to_owned(), url.as_str().trim_end_matches('/').to_owned())));
        self
    }

    /// Puts the account's own key among the settings, made of the channel's.
    #[must_use]
    pub fn with_own_key(mut self, key: &bus::seal::ChannelKey) -> Self {
        let own = key.derive(self.account, "own key");
        self.settings.insert(OWN_KEY.to_owned(), BASE64_STANDARD.encode(own));
        self
    }

    /// A setting, `""` when absent.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.settings.get(name).map_or("", String::as_str)
    }
}

impl std::fmt::Debug for AccountSetup {
    /// Never the settings: secrets are among them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AccountSetup({})", self.account)
    }
}

/// A setting that cannot be used: the problem in the languages of the page, without secrets.
#[derive(Debug, Clone, thiserror::Error)]
#[error("setting {field}: {}", problem.en)]
pub struct SettingsError {
    pub field: &'static str,
    pub problem: LocalText,
}

impl SettingsError {
    #[must_use]
    pub fn new(field: &'static str, ru: &str, en: &str) -> Self {
        Self { field, problem: LocalText { ru: ru.to_owned(), en: en.to_owned() } }
    }
}

/// The delivery does not prove where it comes from.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the webhook's secret or signature is wrong")]
pub struct Unauthentic;

/// What of a delivery is of one account; as good a delivery as the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The provider's name of the account; empty: that of the account that it came to.
    pub name: String,
    pub body: Bytes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Webhook,
    Poll,
}

/// What the provider calls this account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    pub name: String,
}

/// A stretch of polled facts. The position is confirmed together with them (rule I12).
#[derive(Debug, Clone, Default)]
pub struct Polled {
    pub facts: Vec<Inbound>,
    /// They are of an import: more of them may be on their way (rule I6).
    pub is_import: bool,
    /// `None`: nothing moved.
    pub position: Option<String>,
    /// Who typed meanwhile.
    pub typing: Vec<Peer>,
}

/// What became of a call outside of sending.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProviderError {
    /// Another time: network, 5xx, 429.
    #[error("{text}")]
    Temporary { text: String, retry_after: Option<Duration> },
    /// Nobody but an administrator can mend it: token revoked, account frozen, another poller.
    #[error("{text}")]
    Account { text: String, remedy_key: &'static str, health: AccountHealth },
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq)]
pub enum SendOutcome {
    /// Done. For sends: every message key that was created.
    Accepted(Sent),
    /// 429: surely not sent. `whole_account`: every lane must wait.
    RetryAfter { after: Duration, whole_account: bool },
    /// Connection refused, name not found, or our own pacing: surely not sent.
    NotSent { text: String },
    /// Other 5xx, time-out, reset: maybe sent; resent only with an idempotency key.
    Unknown { text: String },
    /// Final: shown to the operator.
    Refused(Failure),
    /// Final for now, and the account must stop until an administrator acts.
    AccountProblem { failure: Failure, remedy_key: &'static str },
    /// Final for messages of this kind until an administrator acts; others still go, so the account only says so.
    Misconfigured { failure: Failure, remedy_key: &'static str },
}

/// A send that the provider has accepted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sent {
    pub provider_keys: Vec<String>,
    pub shown_at: Option<DateTime<Utc>>,
    pub position: i64,
    /// The thread as the provider's answer names it, when it moved (a group became a supergroup).
    pub new_reply_address: Option<String>,
}

/// The bytes of an attachment as they come.
pub struct Download {
    pub size_bytes: Option<u64>,
    pub mime_type: Option<String>,
    pub bytes: BoxStream<'static, Result<Bytes, FetchError>>,
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum FetchError {
    #[error("larger than the channel lets us fetch")]
    TooLarge,
    /// The provider no longer has it, or never will give it.
    #[error("{0}")]
    Gone(String),
    #[error("{text}")]
    Temporary { text: String, retry_after: Option<Duration> },
}

/// What an order is carried out with, beside the provider.
#[derive(Clone)]
pub struct Tools {
    pub account: AccountId,
    pub media: Media,
    pub peers: Peers,
}

impl Tools {
    /// For a process without replicas to tell anything: a gateway's own tests.
    #[must_use]
    pub fn alone(account: AccountId, objects: Arc<dyn ObjectStore>) -> Self {
        Self { account, media: Media(objects), peers: Peers::default() }
    }
}

/// Files of outgoing messages, in the object store.
#[derive(Clone)]
pub struct Media(pub Arc<dyn ObjectStore>);

impl Media {
    /// Reads a stored file whole; the caller knows its size from the attachment.
    ///
    /// # Errors
    /// When the object store cannot give it.
    pub async fn read(&self, object_key: &str) -> Result<Bytes, object_store::Error> {
        use object_store::ObjectStoreExt;
        self.0.get(&object_store::path::Path::from(object_key)).await?.bytes().await
    }
}

/// The provider's published limits; the kit waits for a slot before it claims.
#[derive(Debug, Clone, Copy)]
pub struct Pacing {
    pub per_account: Rate,
    /// Per conversation address.
    pub per_address: Rate,
}

/// One more each `every`, and at most `burst` at once.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    pub every: Duration,
    pub burst: NonZeroU32,
}

/// The channel as a typed name.
///
/// # Panics
/// When a gateway's `CHANNEL` is no channel name; every gateway's conformance run would show it.
#[must_use]
pub fn channel_of<G: Gateway>() -> Channel {
    G::CHANNEL.parse().expect("Gateway::CHANNEL is 1 to 20 of a-z0-9")
}
