use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::{Mutex, MutexGuard};
use serde_json::{Map, Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::business::Connection;
use super::clock::{Clock, unix_now};
use super::faults::Faults;
use super::files::Files;
use super::ledger::Ledger;
use super::pacing::Pacing;
use super::receive::Polling;
use super::updates::Queue;
use super::webhook::Webhook;
use super::{Rate, TelegramOptions};

/// Everything the fake knows, and what its tasks share.
#[derive(Debug)]
pub(super) struct Shared {
    world: Mutex<World>,
    pub(super) options: TelegramOptions,
    pub(super) clock: Clock,
    pub(super) http: reqwest::Client,
    pub(super) stop: CancellationToken,
    pub(super) tasks: TaskTracker,
}

impl Shared {
    pub(super) fn new(options: TelegramOptions, http: reqwest::Client) -> Arc<Self> {
        Arc::new(Self {
            clock: Clock::new(options.clock_scale),
            options,
            http,
            world: Mutex::new(World::default()),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        })
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock()
    }

    /// Does something with a bot, and wakes those who wait for its updates.
    ///
    /// # Panics
    /// When there is no such bot.
    pub(super) fn with_bot<T>(&self, token: &str, act: impl FnOnce(&mut Common, &mut Bot) -> T) -> T {
        let mut world = self.world();
        let World { bots, common } = &mut *world;
        let bot = bots.get_mut(token).expect("a bot that was added before");
        let done = act(common, bot);
        bot.wake();
        done
    }

    /// Looks at a bot.
    ///
    /// # Panics
    /// When there is no such bot.
    pub(super) fn with_bot_quietly<T>(&self, token: &str, look: impl FnOnce(&Bot) -> T) -> T {
        look(self.world().bots.get(token).expect("a bot that was added before"))
    }

    /// Makes a bot unless there is one with this token.
    pub(super) fn add_bot(&self, token: &str, username: &str) {
        let id = bot_id(token).expect("a token is <bot id>:<35 characters of A-Z a-z 0-9 _ ->");
        let options = &self.options;
        let pacing = Pacing::new(options.bot_rate, options.chat_rate, options.group_rate);
        let files = Files::kept_in(options.keeps_files.then(|| format!("/var/lib/telegram-bot-api/{token}/")));
        let make = || Bot { files, ..Bot::new(id, username, pacing, options.demo.is_some()) };
        self.world().bots.entry(token.to_owned()).or_insert_with(make);
    }
}

#[derive(Debug, Default)]
pub(super) struct World {
    /// By token.
    pub(super) bots: HashMap<String, Bot>,
    pub(super) common: Common,
}

/// What all bots share.
#[derive(Debug, Default)]
pub(super) struct Common {
    pub(super) people: HashMap<i64, Person>,
    pub(super) ledger: Ledger,
    pub(super) faults: Faults,
    /// What stands behind the URLs that a bot may name instead of a file.
    pub(super) hosted: HashMap<String, Hosted>,
    /// Whether the demo customer has had the chance to write first.
    pub(super) demo_greeted: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Hosted {
    pub(super) mime: String,
    pub(super) bytes: Bytes,
}

/// A person who uses Telegram, the same for all bots.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    pub id: i64,
    pub first_name: String,
    pub last_name: Option<String>,
    pub username: Option<String>,
    pub language_code: Option<String>,
}

impl Person {
    pub fn new(id: i64, first_name: &str) -> Self {
        let language_code = Some("ru".to_owned());
        Self { id, first_name: first_name.to_owned(), last_name: None, username: None, language_code }
    }

    /// As a `User`.
    pub(super) fn user(&self) -> Value {
        let mut user = self.names();
        user.insert("is_bot".into(), json!(false));
        if let Some(language) = &self.language_code {
            user.insert("language_code".into(), json!(language));
        }
        Value::Object(user)
    }

    /// As the `Chat` with this person.
    pub(super) fn chat(&self) -> Value {
        let mut chat = self.names();
        chat.insert("type".into(), json!("private"));
        Value::Object(chat)
    }

    fn names(&self) -> Map<String, Value> {
        let mut names = Map::new();
        names.insert("id".into(), json!(self.id));
        names.insert("first_name".into(), json!(self.first_name));
        for (field, name) in [("last_name", &self.last_name), ("username", &self.username)] {
            if let Some(name) = name {
                names.insert(field.into(), json!(name));
            }
        }
        names
    }
}

/// Which chat: a business connection has chats of its own with the same people.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ChatKey {
    /// Empty for the bot's own chats.
    pub(super) business: String,
    pub(super) chat_id: i64,
}

impl ChatKey {
    pub(super) fn own(chat_id: i64) -> Self {
        Self { business: String::new(), chat_id }
    }
}

/// Whether a bot may write to a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Standing {
    #[default]
    NeverStarted,
    Open,
    Blocked,
    Deactivated,
    Kicked,
    MigratedTo(i64),
}

#[derive(Debug, Default)]
pub(super) struct Chat {
    pub(super) standing: Standing,
    /// The `Chat` object; that of a person is made from the person.
    pub(super) object: Option<Value>,
    /// By message id, both sides.
    pub(super) messages: BTreeMap<i64, Value>,
    /// When the customer last wrote, by the fake's clock.
    pub(super) last_incoming: Option<Duration>,
}

/// A button press that waits for its answer.
#[derive(Debug)]
pub(super) struct Callback {
    pub(super) until: Duration,
    pub(super) answer: Option<Value>,
}

#[derive(Debug)]
pub(super) struct Bot {
    pub(super) id: i64,
    pub(super) username: String,
    pub(super) logged_out: bool,
    pub(super) updates: Queue,
    pub(super) polling: Polling,
    pub(super) webhook: Option<Webhook>,
    /// When setWebhook may change something again.
    pub(super) webhook_change_at: Option<tokio::time::Instant>,
    pub(super) chats: HashMap<ChatKey, Chat>,
    pub(super) files: Files,
    pub(super) connections: HashMap<String, Connection>,
    pub(super) callbacks: HashMap<String, Callback>,
    pub(super) pacing: Pacing,
    last_message_id: i64,
    count: u64,
    changed: watch::Sender<u64>,
}

impl Bot {
    fn new(id: i64, username: &str, pacing: Pacing, long_lived: bool) -> Self {
        // A fake that is started again with an empty memory must not give out the ids of its last life: receivers take a
        // known id for a repeat. Message ids fit 32 bits until 2033.
        let past = if long_lived { (unix_now() - 1_750_000_000).max(0) * 8 } else { 0 };
        Self {
            id,
            username: username.to_owned(),
            logged_out: false,
            updates: Queue::starting_at(if long_lived { past } else { 700_000_001 }),
            polling: Polling::default(),
            webhook: None,
            webhook_change_at: None,
            chats: HashMap::new(),
            files: Files::default(),
            connections: HashMap::new(),
            callbacks: HashMap::new(),
            pacing,
            last_message_id: past,
            count: 0,
            changed: watch::Sender::new(0),
        }
    }

    /// Private chats share one counter, so ids have gaps inside a chat.
    pub(super) fn next_message_id(&mut self) -> i64 {
        self.last_message_id += 1;
        self.last_message_id
    }

    /// An id that this bot has not used for anything yet: digits, like those of albums and button presses.
    pub(super) fn next_id(&mut self) -> String {
        self.count += 1;
        format!("{}{:07}", self.id, self.count)
    }

    pub(super) fn wake(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// As a `User`.
    pub(super) fn user(&self) -> Value {
        json!({ "id": self.id, "is_bot": true, "first_name": self.username, "username": self.username })
    }
}

/// The bot id before the colon, if the token is well formed.
pub(super) fn bot_id(token: &str) -> Option<i64> {
    let (id, secret) = token.split_once(':')?;
    let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let well_formed = secret.len() == 35 && secret.bytes().all(good) && id.bytes().all(|byte| byte.is_ascii_digit());
    id.parse().ok().filter(|id| well_formed && *id > 0)
}

/// How fast the fake is by default: what Telegram documents, with short bursts.
pub(super) const RATES: [Rate; 3] = [Rate::new(30.0, 30), Rate::new(1.0, 5), Rate::new(20.0 / 60.0, 20)];
