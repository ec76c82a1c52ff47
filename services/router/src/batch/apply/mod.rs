//! What each kind of fact does to the rows in hand. Pure: no database, no clock but the batch's.

mod echo;
mod edits;
mod letter;
mod new;
mod orders;

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    channel::{Attachment, Content, inbound::Body},
    inbox::{Direction, MessageEvent, MessageKind},
};
use model::{AccountId, AttachmentId, ConversationId, DeadLetterId, MessageId, OrderId};
use store::timer::Timer;

use super::{
    automatic,
    fact::{Fact, Verdict},
    requests,
    state::{Conversation, Message},
};
use crate::{accounts, directory::Directory, folders::Seen, templates, time};

pub use echo::asks_for_sends;

/// How long an early fact waits for what it refers to.
const EARLY_WAITS: TimeDelta = TimeDelta::hours(24);
/// How long an echo of unknown origin waits for the receipt of a send under way.
const MAYBE_WAITS: TimeDelta = TimeDelta::minutes(2);

/// Why a fact of a newer version is a dead letter; after the upgrade it is taken again by itself.
pub const UNKNOWN_KIND: &str = "a kind of fact that this version does not know";

/// An order to be stored with the batch.
#[derive(Debug, Clone)]
pub struct NewOrder {
    pub order: contracts::channel::Order,
    pub kind: i16,
    pub part: i32,
    pub channel: String,
    pub account: AccountId,
    pub conversation: Option<ConversationId>,
    pub message: Option<MessageId>,
}

/// What becomes of a stored order.
#[derive(Debug, Clone)]
pub enum OrderChange {
    Done,
    /// Not before this instant; `None`: not while a claim holds it.
    Again(Option<DateTime<Utc>>),
}

/// Something that cannot be understood, with its bytes.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    pub id: DeadLetterId,
    pub account: AccountId,
    pub channel: String,
    pub key: String,
    pub reason: String,
    pub kind: &'static str,
    pub raw: Vec<u8>,
    pub object_key: String,
    pub original_object_key: String,
    pub content_type: String,
}

/// The rows in hand and what else is to be written.
#[derive(Default)]
pub struct Batch {
    pub now: DateTime<Utc>,
    pub directory: Directory,
    pub conversations: HashMap<ConversationId, Conversation>,
    pub messages: HashMap<MessageId, Message>,
    /// In order of arrival.
    pub new_messages: Vec<MessageId>,
    pub references: HashMap<(AccountId, String), MessageId>,
    /// Which conversation a message belongs to, also of messages that are not in hand.
    pub conversation_of: HashMap<MessageId, ConversationId>,
    pub attachment_of: HashMap<AttachmentId, MessageId>,
    pub message_of_order: HashMap<OrderId, MessageId>,
    pub new_references: Vec<(AccountId, String, ConversationId, MessageId)>,
    pub early: Vec<(AccountId, String, Fact)>,
    /// Keys that a message refers to and that nobody has brought yet, with its conversation.
    pub awaited: Vec<(AccountId, String, ConversationId)>,
    pub dead: Vec<DeadLetter>,
    pub orders: Vec<NewOrder>,
    pub order_changes: HashMap<OrderId, OrderChange>,
    /// Sends: their order is found by the message.
    pub send_changes: HashMap<MessageId, OrderChange>,
    pub stored: Vec<(AttachmentId, Attachment)>,
    pub positions: HashMap<(AccountId, String), String>,
    pub health: HashMap<AccountId, contracts::channel::AccountState>,
    pub seen: HashMap<AccountId, DateTime<Utc>>,
    /// New facts that gateways answered for without us.
    pub stood_in: HashMap<AccountId, i64>,
    pub timers: Vec<Timer>,
    pub closed_dead_letters: Vec<(AccountId, DeadLetterId)>,
    pub audit: Vec<requests::Audit>,
    /// Conversations whose new request waits for a rule.
    pub to_assign: Vec<ConversationId>,
    pub rotations: HashMap<AccountId, i32>,
    /// Of the fact that is being applied.
    pub traceparent: String,
}

impl Batch {
    /// Applies one fact and tells what became of it; one that closes a dead letter closes it only when it was understood.
    pub fn take(&mut self, fact: &Fact, conversation: Option<ConversationId>) -> Verdict {
        let buried = self.dead.len();
        let verdict = self.apply(fact, conversation);
        if self.dead.len() > buried {
            return Verdict::DeadLetter;
        }
        if let Ok(id) = fact.inbound.replays.parse() {
            self.closed_dead_letters.push((fact.account, id));
        }
        verdict
    }

    /// Applies the facts that were put aside in this batch before what they wait for came, later in the same batch.
    pub fn settle_early(&mut self) {
        let known = |batch: &Self| {
            batch.early.iter().position(|(account, key, _)| batch.references.contains_key(&(*account, key.clone())))
        };
        while let Some(place) = known(self) {
            let (account, key, fact) = self.early.remove(place);
            let timer = early_timer(account, &key, &fact);
            self.timers.retain(|t| t.kind != "early" || t.key != timer);
            // The echo of a message that is known by now says nothing new.
            if !matches!(fact.inbound.body, Some(Body::OwnEcho(_))) {
                self.apply(&fact, None);
            }
        }
    }

    /// Applies one fact. `conversation` is where its peer's thread led, if it names one.
    fn apply(&mut self, fact: &Fact, conversation: Option<ConversationId>) -> Verdict {
        self.seen.insert(fact.account, self.now);
        self.traceparent.clone_from(&fact.traceparent);
        if fact.stands_in {
            *self.stood_in.entry(fact.account).or_default() += 1;
        }
        let ordered = self.orders.len();
        let verdict = self.apply_body(fact, conversation);
        for new in &mut self.orders[ordered..] {
            new.order.traceparent.clone_from(&fact.traceparent);
        }
        verdict
    }

    fn apply_body(&mut self, fact: &Fact, conversation: Option<ConversationId>) -> Verdict {
        let Some(body) = &fact.inbound.body else {
            return self.bury(fact, UNKNOWN_KIND);
        };
        match (body, conversation) {
            (Body::Message(message), Some(id)) => self.message(fact, id, message.content.clone().unwrap_or_default()),
            (Body::OwnEcho(echo), Some(id)) => self.echo(fact, id, echo),
            (Body::ConversationStarted(started), Some(id)) => self.started(fact, id, started.without_consent),
            (Body::Blocked(_), Some(id)) => self.blocked(fact, id, true),
            (Body::Unblocked(_), Some(id)) => self.blocked(fact, id, false),
            (Body::ButtonCallback(press), Some(id)) => self.button(fact, id, press),
            (Body::Edit(edit), id) => self.edit(fact, edit, id),
            (Body::Deletion(deletion), _) => self.deletion(fact, &deletion.more_keys),
            (Body::Reaction(reaction), _) => self.reaction(fact, reaction),
            (Body::Receipt(receipt), id) => return self.receipt(fact, receipt, id),
            (Body::Claim(claim), _) => return self.claim(claim),
            (Body::Released(released), _) => self.released(released),
            (Body::AttachmentStored(stored), _) => self.attachment_stored(stored),
            (Body::OrderResult(result), _) => self.order_result(result),
            (Body::PollPosition(position), _) => {
                self.positions.insert((fact.account, position.stream.clone()), position.value.clone());
            }
            (Body::AccountState(state), _) => {
                self.health.insert(fact.account, state.clone());
            }
            (Body::Unparsed(unparsed), _) => return self.unparsed(fact, unparsed),
            (Body::Kept(kept), _) => self.timers.extend(accounts::kept::timer(fact.account, &kept.sealed, self.now)),
            (Body::Templates(list), _) => self.timers.push(templates::timer(fact.account, list, self.now)),
            (_, None) => return self.bury(fact, "a fact of a conversation that does not say who is on the other side"),
        }
        Verdict::Committed
    }

    /// Keeps what cannot be understood, with its bytes.
    pub fn bury(&mut self, fact: &Fact, reason: &str) -> Verdict {
        self.dead.push(DeadLetter {
            id: DeadLetterId::new(),
            account: fact.account,
            channel: fact.channel.to_string(),
            key: fact.inbound.key.clone(),
            reason: reason.to_owned(),
            kind: "fact",
            raw: fact.raw.to_vec(),
            object_key: String::new(),
            original_object_key: fact.original_key().to_owned(),
            content_type: String::new(),
        });
        Verdict::DeadLetter
    }

    fn unparsed(&mut self, fact: &Fact, unparsed: &contracts::channel::Unparsed) -> Verdict {
        self.dead.push(DeadLetter {
            id: DeadLetterId::new(),
            account: fact.account,
            channel: fact.channel.to_string(),
            key: fact.inbound.key.clone(),
            reason: unparsed.reason.clone(),
            kind: "raw",
            raw: unparsed.raw.clone(),
            object_key: unparsed.object_key.clone(),
            original_object_key: unparsed.original_object_key.clone(),
            content_type: unparsed.content_type.chars().take(100).collect(),
        });
        Verdict::DeadLetter
    }

    fn message(&mut self, fact: &Fact, id: ConversationId, content: Content) {
        let live = self.is_live(fact);
        self.sort(fact, id, &content);
        let message = self.new_message(fact, id, Direction::In, MessageKind::Message, content);
        let message = self.add(message, &fact.inbound.message_key);
        let Some(conversation) = self.conversations.get_mut(&id) else { return };
        conversation.blocked = false;
        conversation.written |= live && !fact.inbound.automatic;
        if live {
            self.count_inbound(message, id);
        }
        // A program is nobody's request, and two of them would answer each other for ever.
        if live && !fact.inbound.automatic {
            requests::inbound(self, fact, id);
            automatic::answer_later(self, fact, id);
        }
    }

    /// The first letter of a conversation decides in which folder it lies; answers stay there.
    fn sort(&mut self, fact: &Fact, id: ConversationId, content: &Content) {
        let Some(conversation) = self.conversations.get_mut(&id).filter(|one| one.last_seq == 0) else { return };
        let account = self.directory.account(fact.account).filter(|account| !account.sorting.is_empty());
        let (Some(account), Some(peer)) = (account, &fact.inbound.peer) else { return };
        conversation.sorted_to = account.sorting.folder(&Seen::of(content, &peer.address, &peer.display_name));
    }

    fn button(&mut self, fact: &Fact, id: ConversationId, press: &contracts::channel::ButtonCallback) {
        let title = if press.title.is_empty() { &press.data } else { &press.title };
        let content = Content { text: title.clone(), ..Content::default() };
        let live = self.is_live(fact);
        let message = self.new_message(fact, id, Direction::In, MessageKind::Button, content);
        let message = self.add(message, "");
        if !press.callback_id.is_empty() {
            self.answer_callback(fact, id, &press.callback_id);
        }
        if live {
            self.count_inbound(message, id);
            requests::inbound(self, fact, id);
            automatic::answer_later(self, fact, id);
        }
    }

    fn blocked(&mut self, fact: &Fact, id: ConversationId, blocked: bool) {
        self.event_line(fact, id, if blocked { "blocked" } else { "unblocked" });
        if let Some(conversation) = self.conversations.get_mut(&id) {
            conversation.blocked = blocked;
        }
    }

    /// Whoever starts the conversation again lets us write.
    fn started(&mut self, fact: &Fact, id: ConversationId, without_consent: bool) {
        self.event_line(fact, id, "started");
        if let Some(conversation) = self.conversations.get_mut(&id).filter(|_| !without_consent) {
            conversation.blocked = false;
        }
    }

    fn event_line(&mut self, fact: &Fact, id: ConversationId, what: &str) {
        let mut message = self.new_message(fact, id, Direction::In, MessageKind::Event, Content::default());
        message.event = Some(MessageEvent {
            what: what.to_owned(),
            source: fact.inbound.source.clone(),
            ..MessageEvent::default()
        });
        self.add(message, "");
    }

    /// Remembers the provider's name of a message.
    pub fn refer(&mut self, account: AccountId, key: String, conversation: ConversationId, message: MessageId) {
        self.references.insert((account, key.clone()), message);
        self.new_references.push((account, key, conversation, message));
    }

    /// Names a message in its conversation's event.
    pub fn touch(&mut self, message: MessageId) {
        let Some(id) = self.conversation_of.get(&message) else { return };
        let Some(conversation) = self.conversations.get_mut(id) else { return };
        conversation.touch(message, &self.traceparent);
        if let Some(row) = self.messages.get(&message)
            && conversation.last.message == Some(message)
        {
            conversation.last.status = row.status as i16;
        }
    }

    /// Facts shown before the account went live are history: stored, but nobody's work (I6).
    fn is_live(&self, fact: &Fact) -> bool {
        self.directory.account(fact.account).is_some_and(|account| fact.shown_at(self.now) >= account.live_since)
    }

    fn known(&self, fact: &Fact) -> Option<MessageId> {
        self.references.get(&(fact.account, fact.inbound.message_key.clone())).copied()
    }

    /// Puts a fact aside until the message that it refers to is known.
    pub fn wait(&mut self, fact: &Fact, key: &str, conversation: Option<ConversationId>) {
        self.wait_for(fact, key, EARLY_WAITS, conversation);
    }

    fn wait_for(&mut self, fact: &Fact, key: &str, how_long: TimeDelta, conversation: Option<ConversationId>) {
        if fact.again {
            return self.too_late(fact, conversation);
        }
        self.early.push((fact.account, key.to_owned(), fact.clone()));
        self.timers.push(Timer {
            kind: "early".to_owned(),
            key: early_timer(fact.account, key, fact),
            due_at: self.now + how_long,
            payload: serde_json::json!({ "account": fact.account, "waits_for": key, "key": fact.inbound.key }),
        });
    }

    /// What it refers to never came: an edit is shown by itself, an echo is what it says, the rest is a dead letter (I13).
    fn too_late(&mut self, fact: &Fact, conversation: Option<ConversationId>) {
        match (&fact.inbound.body, conversation) {
            (Some(Body::Edit(edit)), Some(id)) => {
                let content = edit.content.clone().unwrap_or_default();
                let mut message = self.new_message(fact, id, Direction::In, MessageKind::Message, content);
                message.original_unknown = true;
                message.edited_at = edit.edited_at.as_ref().and_then(time::from_proto);
                self.add(message, &fact.inbound.message_key);
            }
            (Some(Body::OwnEcho(echo)), Some(id)) => self.written_elsewhere(fact, id, echo),
            _ => {
                self.bury(fact, "the message that it refers to never came");
            }
        }
    }
}

/// The timer's name of an early fact.
fn early_timer(account: AccountId, key: &str, fact: &Fact) -> String {
    format!("{account} {key} {}", fact.inbound.key)
}
