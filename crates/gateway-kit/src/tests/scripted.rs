//! A channel whose provider is a script: what it says and does stands in the test.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    num::NonZeroU32,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use axum::http::HeaderMap;
use bytes::Bytes;
use contracts::channel::{
    AccountState, Attachment, Capabilities, ChannelTemplate, Content, GatewayDescription, Inbound, LocalText, Message,
    Order, Peer, ProbeResponse, ProbeStep, SettingsSchema, TextUnit, Unparsed, inbound::Body, order,
};
use futures::StreamExt;
use model::AccountId;
use parking_lot::Mutex;
use tokio::sync::{Notify, Semaphore};

use crate::{
    AccountSetup, Download, FetchError, Gateway, Identity, Pacing, Polled, ProviderError, Rate, SendOutcome, Sent,
    SettingsError, Share, Tools, Unauthentic, Way, text::sha256,
};

static SCRIPTS: LazyLock<Mutex<HashMap<AccountId, Arc<Script>>>> = LazyLock::new(Mutex::default);

/// The provider of one account.
pub struct Script {
    /// What a poll gives, oldest first; a position is how many were taken.
    pub updates: Mutex<Vec<String>>,
    pub news: Notify,
    /// While set, what is polled is history.
    pub imports: AtomicBool,
    /// Positions that were polled from.
    pub polled: Mutex<Vec<Option<String>>>,
    pub poll_errors: Mutex<VecDeque<ProviderError>>,
    /// While set, polls hang like on a dead line.
    pub hangs: AtomicBool,
    /// Polls that have begun and are neither answered nor given up.
    pub polling: AtomicU32,
    /// Orders that reached the provider.
    pub carried: Mutex<Vec<Order>>,
    /// What becomes of the next orders; then all are accepted.
    pub outcomes: Mutex<VecDeque<SendOutcome>>,
    /// A call to the provider takes a permit; tests close it to hold sends.
    pub gate: Semaphore,
    /// Calls that have begun and wait at the gate.
    pub waiting: AtomicU32,
    pub opens: AtomicU32,
    pub open_errors: Mutex<VecDeque<ProviderError>>,
    pub files: Mutex<HashMap<String, Result<Bytes, FetchError>>>,
    pub typed: AtomicU32,
    /// What the provider lists.
    pub templates: Mutex<Vec<ChannelTemplate>>,
    pub template_errors: Mutex<VecDeque<ProviderError>>,
    /// What the provider could not deliver.
    pub missed: Mutex<Vec<String>>,
}

impl Script {
    pub fn of(account: AccountId) -> Arc<Self> {
        SCRIPTS.lock().entry(account).or_insert_with(|| Arc::new(Self::new())).clone()
    }

    fn new() -> Self {
        Self {
            updates: Mutex::default(),
            news: Notify::new(),
            imports: AtomicBool::new(false),
            polled: Mutex::default(),
            poll_errors: Mutex::default(),
            hangs: AtomicBool::new(false),
            polling: AtomicU32::new(0),
            carried: Mutex::default(),
            outcomes: Mutex::default(),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
            waiting: AtomicU32::new(0),
            opens: AtomicU32::new(0),
            open_errors: Mutex::default(),
            files: Mutex::default(),
            typed: AtomicU32::new(0),
            templates: Mutex::default(),
            template_errors: Mutex::default(),
            missed: Mutex::default(),
        }
    }

    pub fn write(&self, text: &str) {
        self.updates.lock().push(text.to_owned());
        self.news.notify_waiters();
    }

    /// Closes the gate: from now on no call gets through.
    pub fn hold(&self) {
        self.gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub fn let_through(&self, calls: usize) {
        self.gate.add_permits(calls);
    }

    /// From now on a poll hangs, and one does already: it ends only by being given up.
    pub async fn hang(&self) {
        self.hangs.store(true, Ordering::Relaxed);
        let before = self.polled.lock().len();
        testkit::eventually("a poll to hang", Duration::from_secs(20), async || {
            (self.polled.lock().len() > before).then_some(())
        })
        .await;
    }

    /// Message ids in the order in which they reached the provider.
    pub fn sent(&self) -> Vec<String> {
        let carried = self.carried.lock();
        let sends = carried.iter().filter_map(|order| match &order.body {
            Some(order::Body::Send(send)) => Some(send.message_id.clone()),
            _ => None,
        });
        sends.collect()
    }
}

/// Counts a poll as long as it lasts, however it ends.
struct Polling<'a>(&'a AtomicU32);

impl<'a> Polling<'a> {
    fn begin(count: &'a AtomicU32) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Polling<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// `LENIENT`: its provider hardly delivers again, so that the bus's acknowledgement may stand in (rule G18).
pub struct Scripted<const LENIENT: bool = false> {
    script: Arc<Script>,
    secret: String,
    name: String,
    way: Way,
}

impl<const LENIENT: bool> Gateway for Scripted<LENIENT> {
    const CHANNEL: &'static str = "scripted";
    const ACCEPTED: &'static str = if LENIENT { "taken" } else { "" };
    const CATCHES_UP: bool = true;
    const FETCH_LIMIT: u64 = 20_000_000;

    fn describe() -> GatewayDescription {
        let text = || LocalText { ru: "Проба".to_owned(), en: "Trial".to_owned() };
        let unit = TextUnit::CodePoints.into();
        GatewayDescription {
            version: "1".to_owned(),
            title: Some(text()),
            capabilities: Some(Capabilities {
                text_limit: 100,
                text_unit: unit,
                templates: true,
                ..Capabilities::default()
            }),
            settings: Some(SettingsSchema { steps: vec![text()], ..SettingsSchema::default() }),
            ..GatewayDescription::default()
        }
    }

    fn connect(setup: &AccountSetup) -> Result<Self, SettingsError> {
        let secret = setup.get("secret").to_owned();
        if secret.is_empty() {
            return Err(SettingsError::new("secret", "пусто", "it is empty"));
        }
        let way = if setup.get("way") == "poll" { Way::Poll } else { Way::Webhook };
        Ok(Self { script: Script::of(setup.account), secret, name: setup.get("name").to_owned(), way })
    }

    fn way(&self) -> Way {
        self.way
    }

    /// Each line is a message and its own key; "!" stands for a parser's bug, "typing:<who>" for no message.
    fn parse(_account: AccountId, body: &[u8]) -> Vec<Inbound> {
        let Ok(text) = std::str::from_utf8(body) else { return vec![unparsed(body)] };
        assert!(text != "!", "a parser's bug");
        if text.is_empty() {
            return vec![unparsed(body)];
        }
        if text.starts_with("typing:") {
            return Vec::new();
        }
        if text == "trouble" {
            return vec![trouble()];
        }
        let mut known = HashSet::new();
        text.lines().filter(|line| known.insert(*line)).map(message).collect()
    }

    fn authenticate(&self, headers: &HeaderMap, _body: &[u8]) -> Result<(), Unauthentic> {
        if headers.get("x-secret").is_some_and(|value| value == self.secret.as_str()) {
            Ok(())
        } else {
            Err(Unauthentic)
        }
    }

    async fn greet(&self, body: &[u8]) -> Option<Bytes> {
        (body == b"who?").then(|| Bytes::from_static(b"me"))
    }

    /// Fails for "incomplete", and names whoever writes "name me".
    async fn complete(&self, delivery: &[u8], mut facts: Vec<Inbound>) -> Result<Vec<Inbound>, ProviderError> {
        if delivery == b"incomplete" {
            return Err(ProviderError::Temporary { text: "no".to_owned(), retry_after: None });
        }
        if delivery == b"name me" {
            facts[0].peer = Some(Peer { display_name: "Anna".to_owned(), ..facts[0].peer.take().unwrap() });
        }
        Ok(facts)
    }

    fn typed(_account: AccountId, delivery: &[u8]) -> Option<Peer> {
        let who = std::str::from_utf8(delivery).ok()?.strip_prefix("typing:")?;
        Some(Peer { address: who.to_owned(), scope: "s".to_owned(), ..Peer::default() })
    }

    async fn catch_up(&self, position: Option<&str>) -> Result<Polled, ProviderError> {
        self.script.polled.lock().push(position.map(str::to_owned));
        let missed = std::mem::take(&mut *self.script.missed.lock());
        let facts: Vec<_> = missed.iter().map(|text| message(text)).collect();
        let position = missed.last().map(|text| format!("after {text}"));
        Ok(Polled { facts, position, ..Polled::default() })
    }

    /// "ask=<secret>"
    fn challenge(&self, query: &str) -> Option<Result<String, Unauthentic>> {
        let shown = query.strip_prefix("ask=")?;
        Some(if shown == self.secret { Ok("it is ours".to_owned()) } else { Err(Unauthentic) })
    }

    const UNPROVEN_REMEDY: &'static str = "secret";

    fn share_name(&self) -> &str {
        &self.name
    }

    /// Of a body that begins with "@" each line is another account's: "@<name> <text>".
    fn shares(body: &[u8]) -> Option<Vec<Share>> {
        let text = std::str::from_utf8(body).ok().filter(|text| text.starts_with('@'))?;
        let share = |line: &str| {
            let (name, text) = line.strip_prefix('@')?.split_once(' ')?;
            Some(Share { name: name.to_owned(), body: Bytes::copy_from_slice(text.as_bytes()) })
        };
        Some(text.lines().filter_map(share).collect())
    }

    async fn open(&self, _webhook_url: Option<&str>) -> Result<Identity, ProviderError> {
        self.script.opens.fetch_add(1, Ordering::Relaxed);
        match self.script.open_errors.lock().pop_front() {
            Some(error) => Err(error),
            None => Ok(Identity { name: "@scripted".to_owned() }),
        }
    }

    async fn poll(&self, position: Option<&str>) -> Result<Polled, ProviderError> {
        let _polling = Polling::begin(&self.script.polling);
        self.script.polled.lock().push(position.map(str::to_owned));
        if let Some(error) = self.script.poll_errors.lock().pop_front() {
            return Err(error);
        }
        let from: usize = position.map_or(0, |text| text.parse().unwrap());
        loop {
            let news = self.script.news.notified();
            while self.script.hangs.load(Ordering::Relaxed) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            let updates = self.script.updates.lock()[from..].to_vec();
            if !updates.is_empty() {
                let position = Some((from + updates.len()).to_string());
                let typing = updates.iter().filter_map(|text| Self::typed(AccountId::default(), text.as_bytes()));
                let said = updates.iter().filter(|text| !text.starts_with("typing:")).map(|text| message(text));
                let is_import = self.script.imports.load(Ordering::Relaxed);
                return Ok(Polled { facts: said.collect(), is_import, position, typing: typing.collect() });
            }
            if tokio::time::timeout(Duration::from_millis(500), news).await.is_err() {
                return Ok(Polled::default());
            }
        }
    }

    async fn templates(&self) -> Result<Vec<ChannelTemplate>, ProviderError> {
        match self.script.template_errors.lock().pop_front() {
            Some(error) => Err(error),
            None => Ok(self.script.templates.lock().clone()),
        }
    }

    async fn carry_out(&self, order: &Order, _tools: &Tools) -> SendOutcome {
        self.script.waiting.fetch_add(1, Ordering::Relaxed);
        self.script.gate.acquire().await.unwrap().forget();
        self.script.waiting.fetch_sub(1, Ordering::Relaxed);
        self.script.carried.lock().push(order.clone());
        self.script.outcomes.lock().pop_front().unwrap_or_else(|| {
            SendOutcome::Accepted(Sent { provider_keys: vec![format!("p:{}", order.order_id)], ..Sent::default() })
        })
    }

    async fn fetch(&self, attachment: &Attachment) -> Result<Download, FetchError> {
        let file = self.script.files.lock().get(&attachment.remote_ref).cloned();
        let bytes = file.unwrap_or(Err(FetchError::Gone("no such file".to_owned())))?;
        let size_bytes = Some(bytes.len() as u64);
        let parts: Vec<_> = bytes.chunks(64 * 1024).map(|part| Ok(Bytes::copy_from_slice(part))).collect();
        Ok(Download { size_bytes, mime_type: None, bytes: futures::stream::iter(parts).boxed() })
    }

    async fn typing(&self, _address: &str, _reply_address: &str, _tools: &Tools) {
        self.script.typed.fetch_add(1, Ordering::Relaxed);
    }

    async fn probe(setup: &AccountSetup) -> ProbeResponse {
        let given = setup.settings.iter().filter(|(name, _)| *name != crate::OWN_KEY);
        let mut names: Vec<_> = given.map(|(name, value)| format!("{name}={value}")).collect();
        names.sort();
        let steps = vec![ProbeStep { passed: true, ..ProbeStep::default() }];
        ProbeResponse { steps, identity: names.join(","), ..ProbeResponse::default() }
    }

    fn pacing() -> Pacing {
        let rate =
            |every_ms, burst| Rate { every: Duration::from_millis(every_ms), burst: NonZeroU32::new(burst).unwrap() };
        Pacing { per_account: rate(1, 1_000), per_address: rate(400, 1) }
    }

    fn unconfirmed_after() -> Option<Duration> {
        LENIENT.then_some(Duration::from_secs(3))
    }
}

/// Of the account, without a date.
fn trouble() -> Inbound {
    let state = AccountState { problem: "too many".to_owned(), ..AccountState::default() };
    Inbound { key: "trouble:1".to_owned(), body: Some(Body::AccountState(state)), ..Inbound::default() }
}

pub fn message(text: &str) -> Inbound {
    let content = Content { text: text.replace('\0', ""), ..Content::default() };
    let plain = text.len() <= 100 && !text.chars().any(char::is_control);
    let key = if plain { format!("message:{text}") } else { format!("message:{}", sha256(text.as_bytes())) };
    Inbound {
        key,
        peer: Some(Peer { address: "customer".to_owned(), ..Peer::default() }),
        body: Some(Body::Message(Message { content: Some(content) })),
        ..Inbound::default()
    }
}

fn unparsed(body: &[u8]) -> Inbound {
    let unparsed = Unparsed { raw: body.to_vec(), reason: "no text".to_owned(), ..Unparsed::default() };
    Inbound { key: format!("unparsed:{}", body.len()), body: Some(Body::Unparsed(unparsed)), ..Inbound::default() }
}
