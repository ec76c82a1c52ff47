use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use parking_lot::{Mutex, MutexGuard};
use serde_json::Value;
use tokio::{sync::watch, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{MaxOptions, chats::Chat, faults::Faults, files::Files, subscriptions::Subscription, updates::Kept};
use crate::telegram::clock::Clock;

/// A call of a bot.
#[derive(Debug, Clone)]
pub struct Call {
    pub what: &'static str,
    pub query: BTreeMap<String, String>,
    pub body: Value,
}

/// A message of the bot's, as a customer sees it.
#[derive(Debug, Clone)]
pub struct Received {
    pub mid: String,
    /// Without formatting.
    pub text: String,
    /// As MAX would give it back: `attachments`, `markup`.
    pub body: Value,
    /// The message it answers.
    pub reply_to: Option<String>,
    /// The bytes of its files.
    pub files: Vec<bytes::Bytes>,
}

pub(super) struct Bot {
    pub user_id: i64,
    pub name: String,
    pub subscriptions: Vec<Subscription>,
    pub kept: Kept,
    /// Not so: everybody refuses it.
    pub moderated: bool,
    pub calls: VecDeque<Instant>,
    pub typed: Vec<(i64, String)>,
    pub answers: Vec<(String, Value)>,
    /// Callback ids that wait for an answer.
    pub asked: Vec<String>,
}

#[derive(Default)]
pub(super) struct World {
    pub bots: HashMap<String, Bot>,
    pub chats: BTreeMap<i64, Chat>,
    pub people: HashMap<i64, Value>,
    pub files: Files,
    pub faults: Faults,
    pub calls: Vec<Call>,
    pub last: i64,
}

impl World {
    /// Another number, never the same.
    pub fn next(&mut self) -> i64 {
        self.last += 1;
        self.last
    }
}

pub(super) struct Shared {
    pub options: MaxOptions,
    pub clock: Clock,
    pub stop: CancellationToken,
    pub tasks: TaskTracker,
    pub http: reqwest::Client,
    /// Where files are put and taken: another host than the API's.
    pub media_url: String,
    world: Mutex<World>,
    changes: watch::Sender<u64>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FakeMax")
    }
}

impl Shared {
    pub fn new(options: MaxOptions, media_url: String) -> Arc<Self> {
        Arc::new(Self {
            clock: Clock::new(options.clock_scale),
            options,
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            http: crate::telegram::webhook::client(),
            media_url,
            world: Mutex::default(),
            changes: watch::channel(0).0,
        })
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock()
    }

    pub fn add_bot(&self, token: &str) {
        let mut world = self.world();
        let user_id = 900_000 + world.next();
        let bot = Bot {
            user_id,
            name: format!("Окна {user_id}"),
            subscriptions: Vec::new(),
            kept: Kept::default(),
            moderated: true,
            calls: VecDeque::new(),
            typed: Vec::new(),
            answers: Vec::new(),
            asked: Vec::new(),
        };
        world.bots.insert(token.to_owned(), bot);
    }

    /// Wakes whoever waits: updates came, or the clock was set.
    pub fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    pub fn watch(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Until the fake's clock shows `moment`, or `false` when the fake ends.
    pub async fn wait_until(&self, moment: Duration) -> bool {
        let mut changes = self.watch();
        loop {
            changes.borrow_and_update();
            if self.clock.now() >= moment {
                return true;
            }
            tokio::select! {
                () = self.stop.cancelled() => return false,
                _ = changes.changed() => {}
                () = tokio::time::sleep_until(self.clock.real(moment)) => {}
            }
        }
    }
}

/// Whether one more fits into the last second; then it is noted.
pub(super) fn may(calls: &mut VecDeque<Instant>, most: usize) -> bool {
    let now = Instant::now();
    while calls.front().is_some_and(|first| now - *first >= Duration::from_secs(1)) {
        calls.pop_front();
    }
    let fits = calls.len() < most;
    if fits && most < usize::MAX {
        calls.push_back(now);
    }
    fits
}

/// Milliseconds, as in a message's `timestamp`.
pub(super) fn now_ms() -> i64 {
    chrono::Utc::now().timestamp_millis()
}
