use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::{Mutex, MutexGuard};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::WhatsAppOptions;
use super::faults::Faults;
use super::files::Files;
use super::pacing::Bucket;
use super::queue::Queue;
use crate::telegram::clock::Clock;

/// Everything the fake knows, and what its tasks share.
#[derive(Debug)]
pub(super) struct Shared {
    world: Mutex<World>,
    pub(super) options: WhatsAppOptions,
    pub(super) address: SocketAddr,
    pub(super) clock: Clock,
    pub(super) http: reqwest::Client,
    pub(super) news: Notify,
    pub(super) stop: CancellationToken,
    pub(super) tasks: TaskTracker,
}

impl Shared {
    pub(super) fn new(options: WhatsAppOptions, address: SocketAddr) -> Arc<Self> {
        Arc::new(Self {
            clock: Clock::new(options.clock_scale),
            options,
            address,
            http: crate::telegram::webhook::client(),
            world: Mutex::new(World::default()),
            news: Notify::new(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        })
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock()
    }

    /// Something may be due.
    pub(super) fn wake(&self) {
        self.news.notify_one();
    }
}

#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) numbers: BTreeMap<String, NumberState>,
    /// By app, WhatsApp Business account: what both stand for in tests is one.
    pub(super) apps: HashMap<String, App>,
    pub(super) users: Vec<UserState>,
    pub(super) files: Files,
    pub(super) faults: Faults,
    pub(super) queue: Queue,
    pub(super) calls: Vec<Call>,
    pub(super) answers: Vec<u16>,
    ids: u64,
}

/// An app and the WhatsApp Business account that it serves.
#[derive(Debug, Default)]
pub(super) struct App {
    pub(super) token: String,
    pub(super) secret: String,
    pub(super) subscribed: bool,
    /// Set in the app's page: address and verify token were checked there.
    pub(super) callback: Option<String>,
    pub(super) templates: Vec<Value>,
}

#[derive(Debug)]
pub(super) struct NumberState {
    pub(super) id: String,
    pub(super) phone: String,
    pub(super) business: String,
    pub(super) status: String,
    pub(super) callback: Option<String>,
    pub(super) bucket: Option<Bucket>,
    pub(super) pairs: HashMap<usize, Bucket>,
}

/// What a person shows of themself.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    pub name: String,
    pub phone: Option<String>,
    /// The business-scoped id, `<country>.<id>`.
    pub user_id: Option<String>,
    pub username: Option<String>,
}

impl Shape {
    /// Known by phone alone, as everybody was before user ids.
    pub fn phone(phone: &str, name: &str) -> Self {
        Self { name: name.to_owned(), phone: Some(phone.to_owned()), user_id: None, username: None }
    }

    /// Phone, user id and user name.
    pub fn full(phone: &str, user_id: &str, username: &str, name: &str) -> Self {
        let (user_id, username) = (Some(user_id.to_owned()), Some(username.to_owned()));
        Self { user_id, username, ..Self::phone(phone, name) }
    }

    /// Hides the phone behind a user name.
    pub fn hidden(user_id: &str, username: &str, name: &str) -> Self {
        let (user_id, username) = (Some(user_id.to_owned()), Some(username.to_owned()));
        Self { name: name.to_owned(), phone: None, user_id, username }
    }

    pub(super) fn contact(&self) -> Value {
        let mut contact = json!({ "profile": { "name": self.name } });
        if let Some(username) = &self.username {
            contact["profile"]["username"] = json!(username);
        }
        put(&mut contact, "wa_id", self.phone.as_ref());
        put(&mut contact, "user_id", self.user_id.as_ref());
        contact
    }
}

pub(super) fn put(object: &mut Value, name: &str, value: Option<&String>) {
    if let Some(value) = value {
        object[name] = json!(value);
    }
}

#[derive(Debug)]
pub(super) struct UserState {
    pub(super) number: String,
    pub(super) shape: Shape,
    pub(super) received: Vec<Received>,
    pub(super) last_wrote: Option<Duration>,
    pub(super) blocks: bool,
    /// Whether messages are shown as read at once.
    pub(super) typing_seen: Vec<String>,
    pub(super) read_by_business: Vec<String>,
}

/// What a person got.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// The wamid.
    pub id: String,
    pub kind: String,
    /// The whole request.
    pub json: Value,
    pub file: Option<ReceivedFile>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ReceivedFile {
    pub mime: String,
    pub name: String,
    pub bytes: Bytes,
}

impl Received {
    /// Text or caption.
    pub fn text(&self) -> &str {
        let own = &self.json[&self.kind];
        own["body"].as_str().or(own["caption"].as_str()).or(own["body"]["text"].as_str()).unwrap_or_default()
    }

    pub fn reply_to(&self) -> Option<&str> {
        self.json["context"]["message_id"].as_str()
    }
}

/// One call to the API. Methods: `messages`, `media`, `media_place`, `file`, `number`, `configure`, `subscribed_apps`,
/// `phone_numbers`, `message_templates`.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub method: String,
    pub path: String,
    pub query: HashMap<String, String>,
    pub body: Value,
}

impl World {
    /// A number, of a new app or of that of another number.
    pub(super) fn add_number(&mut self, beside: Option<&str>) -> String {
        let count = self.numbers.len() as u64;
        let business = match beside.and_then(|id| self.numbers.get(id)) {
            Some(other) => other.business.clone(),
            None => self.add_app(count),
        };
        let id = format!("1065403522{count:05}");
        let phone = format!("1555010{count:04}");
        let number = NumberState {
            id: id.clone(),
            phone,
            business,
            status: "CONNECTED".to_owned(),
            callback: None,
            bucket: None,
            pairs: HashMap::new(),
        };
        self.numbers.insert(id.clone(), number);
        id
    }

    fn add_app(&mut self, count: u64) -> String {
        let business = format!("1022901293{count:05}");
        let token = format!("EAAtestTokenOfTheFake{count:05}");
        let app = App { token, secret: format!("{count:032x}"), ..App::default() };
        self.apps.insert(business.clone(), app);
        business
    }

    pub(super) fn next_id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    pub(super) fn wamid(&mut self) -> String {
        format!("wamid.HBgLNzk5OTAwMDAwMDEVAgARGBI{:012X}", self.next_id())
    }

    pub(super) fn app_of(&self, number: &str) -> Option<&App> {
        self.apps.get(&self.numbers.get(number)?.business)
    }

    /// The person behind a phone or a user id.
    pub(super) fn find_user(&self, number: &str, name: &str) -> Option<usize> {
        let is = |known: &Option<String>| known.as_deref() == Some(name);
        self.users.iter().position(|user| user.number == number && (is(&user.shape.phone) || is(&user.shape.user_id)))
    }
}
