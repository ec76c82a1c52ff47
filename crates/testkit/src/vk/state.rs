use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use parking_lot::{Mutex, MutexGuard};
use serde_json::{Value, json};
use tokio::{sync::watch, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{VkOptions, callback};
use crate::telegram::{
    clock::{Clock, unix_now},
    webhook::client,
};

/// Something that goes wrong with a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// VK's error, HTTP 200; nothing is done.
    Error(i64),
    /// The call is carried out, then the connection breaks: the caller cannot know.
    DropAfterAccept,
    /// The connection breaks and nothing is done.
    DropBefore,
    /// The call is carried out at once and answered this much later.
    Slow(Duration),
    /// The call is carried out; the head of the answer comes at once, and half of its body, the rest this much later.
    SlowBody(Duration),
    /// A proxy's page instead of JSON; nothing is done.
    Html(u16),
    /// An upload whose file VK does not like: `photo` is `[]`, or an error stands in the answer.
    Rejected,
}

/// A call of a method.
#[derive(Debug, Clone)]
pub struct Call {
    pub method: String,
    /// All but the key.
    pub params: Value,
}

/// Everything the fake knows, and what its tasks share.
#[derive(Debug)]
pub(super) struct Shared {
    world: Mutex<World>,
    pub(super) options: VkOptions,
    pub(super) base: String,
    pub(super) clock: Clock,
    pub(super) http: reqwest::Client,
    pub(super) stop: CancellationToken,
    pub(super) tasks: TaskTracker,
    news: watch::Sender<u64>,
}

#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) groups: BTreeMap<i64, Group>,
    pub(super) users: HashMap<i64, Value>,
    pub(super) files: HashMap<u64, Hosted>,
    pub(super) file_generation: u64,
    /// Addresses for uploads that are still good, and of what kind.
    pub(super) uploads: HashMap<u64, String>,
    /// Files that were put there and not saved yet.
    pub(super) put: HashMap<String, Hosted>,
    /// Attachments by their names.
    pub(super) saved: HashMap<String, (Value, Hosted)>,
    pub(super) calls: Vec<Call>,
    pub(super) faults: HashMap<String, VecDeque<Fault>>,
    pub(super) lasting: HashMap<String, Fault>,
    pub(super) next: u64,
}

#[derive(Debug, Clone)]
pub(super) struct Hosted {
    pub(super) name: String,
    pub(super) mime: String,
    pub(super) bytes: Bytes,
}

#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) id: i64,
    pub(super) token: String,
    pub(super) rights: Vec<&'static str>,
    pub(super) bot_features: bool,
    pub(super) talks: BTreeMap<i64, Talk>,
    pub(super) next_id: i64,
    pub(super) recent: VecDeque<Instant>,
    /// What each `random_id` has sent, and when by the fake's clock.
    pub(super) random_ids: HashMap<i64, (i64, i64, Duration)>,
    pub(super) poll: Poll,
    pub(super) servers: Vec<callback::Server>,
    pub(super) answers: Vec<Value>,
}

/// The long poll's memory of events.
#[derive(Debug, Default)]
pub(super) struct Poll {
    pub(super) enabled: HashSet<String>,
    pub(super) log: Vec<Value>,
    /// The oldest place that is still known.
    pub(super) first: usize,
    pub(super) key: u64,
    pub(super) is_lost: bool,
}

#[derive(Debug, Default)]
pub(super) struct Talk {
    pub(super) messages: Vec<Value>,
    pub(super) next: i64,
    pub(super) may_write: bool,
    /// In the community's black list (900), or behind privacy settings (902).
    pub(super) refused: Option<i64>,
    pub(super) typings: usize,
    pub(super) read_by_community: bool,
}

impl Shared {
    pub(super) fn new(options: VkOptions, base: String) -> Arc<Self> {
        let clock = Clock::new(options.clock_scale);
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let news = watch::Sender::new(0);
        Arc::new(Self { world: Mutex::default(), options, base, clock, http: client(), stop, tasks, news })
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock()
    }

    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// Wakes long polls.
    pub(super) fn changed(&self) {
        self.news.send_modify(|number| *number += 1);
    }

    /// Something happened in a community: long polls and callback servers learn of it.
    pub(super) fn emit(self: &Arc<Self>, world: &mut World, group: i64, kind: &str, object: Value) -> String {
        let event_id = format!("{:040x}", world.number());
        let event = json!({ "type": kind, "object": object, "group_id": group, "event_id": event_id, "v": "5.199" });
        let community = world.groups.get_mut(&group).expect("a community");
        if community.poll.enabled.contains(kind) {
            community.poll.log.push(event.clone());
        }
        for server in community.servers.iter().filter(|server| server.wants(kind)) {
            let (shared, id, event) = (self.clone(), server.id, event.clone());
            self.tasks.spawn(async move { callback::deliver(shared, group, id, event).await });
        }
        self.changed();
        event_id
    }
}

impl World {
    pub(super) fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub(super) fn fault(&mut self, method: &str) -> Option<Fault> {
        let next = self.faults.get_mut(method).and_then(VecDeque::pop_front);
        next.or_else(|| self.lasting.get(method).or_else(|| self.lasting.get("*")).cloned())
    }

    pub(super) fn group(&mut self, id: i64) -> &mut Group {
        self.groups.get_mut(&id).expect("a community")
    }
}

impl Group {
    /// Puts a message into a conversation: its numbers are VK's to give.
    pub(super) fn add(&mut self, peer: i64, fields: Value) -> Value {
        self.next_id += 1;
        let id = if peer > 2_000_000_000 { 0 } else { self.next_id };
        let talk = self.talks.entry(peer).or_default();
        talk.next += 1;
        let mut message = json!({
            "id": id, "date": unix_now(), "peer_id": peer, "conversation_message_id": talk.next, "version": 10_000_000 + talk.next,
            "out": 0, "text": "", "attachments": [], "fwd_messages": [], "important": false, "is_hidden": false, "random_id": 0,
        });
        message.as_object_mut().expect("an object").extend(fields.as_object().cloned().unwrap_or_default());
        talk.messages.push(message.clone());
        message
    }
}
