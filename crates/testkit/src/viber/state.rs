use std::{
    collections::{HashMap, HashSet, VecDeque},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use parking_lot::{Mutex, MutexGuard};
use serde_json::Value;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Fault, ViberOptions};
use crate::telegram::clock::Clock;

/// Like the real ones: 19 digits, above what a float holds exactly.
const FIRST_TOKEN: u64 = 6_012_345_678_901_234_567;
const TOKEN_STEP: u64 = 1_000_003;

/// Everything the fake knows, and what its tasks share.
#[derive(Debug)]
pub(super) struct Shared {
    world: Mutex<World>,
    pub(super) options: ViberOptions,
    pub(super) address: SocketAddr,
    pub(super) clock: Clock,
    pub(super) http: reqwest::Client,
    pub(super) stop: CancellationToken,
    pub(super) tasks: TaskTracker,
}

impl Shared {
    pub(super) fn new(options: ViberOptions, address: SocketAddr) -> Arc<Self> {
        Arc::new(Self {
            world: Mutex::default(),
            clock: Clock::new(options.clock_scale),
            options,
            address,
            http: crate::telegram::webhook::client(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        })
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock()
    }

    /// Does something in the chat of a bot and a person, who opens it thereby.
    pub(super) fn with_chat<T>(&self, token: &str, person: &str, act: impl FnOnce(&mut Chat) -> T) -> T {
        let mut world = self.world();
        let bot = world.bots.get_mut(token).expect("a bot that was made before");
        act(bot.chats.entry(person.to_owned()).or_default())
    }

    /// Waits in the fake's time; `false`: the fake ends.
    pub(super) async fn pause(&self, span: Duration) -> bool {
        let until = self.clock.real(self.clock.now() + span);
        tokio::select! {
            () = tokio::time::sleep_until(until) => true,
            () = self.stop.cancelled() => false,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct World {
    /// By token.
    pub(super) bots: HashMap<String, Bot>,
    pub(super) calls: Vec<Call>,
    pub(super) faults: HashMap<String, VecDeque<Fault>>,
    pub(super) lasting: HashMap<String, Fault>,
    /// What people have sent, by its place in the address.
    pub(super) media: HashMap<String, Media>,
    last: u64,
}

impl World {
    /// The fault of this call, if any.
    pub(super) fn take_fault(&mut self, method: &str) -> Option<Fault> {
        let next = self.faults.get_mut(method).and_then(VecDeque::pop_front);
        next.or_else(|| self.lasting.get(method).cloned())
    }

    pub(super) fn next_token(&mut self) -> u64 {
        self.last += 1;
        FIRST_TOKEN + self.last * TOKEN_STEP
    }
}

/// A call of a bot.
#[derive(Debug, Clone)]
pub struct Call {
    pub method: String,
    /// `null` when it was no JSON.
    pub body: Value,
}

#[derive(Debug, Clone)]
pub(super) struct Media {
    pub(super) mime: String,
    pub(super) bytes: Bytes,
    /// By the fake's clock.
    pub(super) until: Duration,
}

#[derive(Debug, Default)]
pub(super) struct Bot {
    pub(super) webhook: Option<String>,
    pub(super) events: Vec<String>,
    pub(super) suspended: i64,
    /// By the person's id.
    pub(super) chats: HashMap<String, Chat>,
    pub(super) sent: Vec<Sent>,
    pub(super) lost_callbacks: usize,
}

#[derive(Debug)]
pub(super) struct Chat {
    pub(super) name: String,
    pub(super) subscribed: bool,
    /// Of the person's client; a desktop has 1.
    pub(super) api_version: i64,
    /// Begun by a message of the person; by the fake's clock.
    pub(super) session_since: Option<Duration>,
    /// When the bot has sent something since the person wrote last.
    pub(super) unanswered: VecDeque<Duration>,
    /// What the client does not show: kinds of messages.
    pub(super) rejects: HashSet<String>,
    /// Messages from the answers to `conversation_started`.
    pub(super) welcomes: Vec<Value>,
}

impl Default for Chat {
    fn default() -> Self {
        Self {
            name: String::new(),
            subscribed: false,
            api_version: 10,
            session_since: None,
            unanswered: VecDeque::new(),
            rejects: HashSet::new(),
            welcomes: Vec::new(),
        }
    }
}

/// A message that Viber has accepted from a bot.
#[derive(Debug, Clone)]
pub struct Sent {
    pub token: u64,
    pub receiver: String,
    pub kind: String,
    pub text: String,
    pub json: Value,
    /// What the person's client has fetched; `None`: nothing to fetch, or not yet.
    pub file: Option<Bytes>,
    /// Its `Content-Type` and `Content-Disposition`.
    pub file_headers: [String; 2],
    pub billing_status: u8,
    /// It reached the person's client, and was shown.
    pub delivered: bool,
}
