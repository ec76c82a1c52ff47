//! What each kind of fact does to the rows in hand. Pure: no database, no clock but the batch's.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    channel::{Attachment, AttachmentState, Content, Edit, Inbound, Own, OwnEcho, Reaction, inbound::Body},
    inbox::{Direction, MessageEvent, MessageKind, MessageStatus},
};
use model::{AccountId, AttachmentId, ConversationId, DeadLetterId, MessageId, OrderId};
use store::timer::Timer;

use super::{
    fact::{Fact, Verdict},
    requests,
    state::{Conversation, Message},
};
use crate::{directory::Directory, orders, time};

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
        if fact.stands_in {
            *self.stood_in.entry(fact.account).or_default() += 1;
        }
        let Some(body) = &fact.inbound.body else {
            return self.bury(fact, UNKNOWN_KIND);
        };
        match (body, conversation) {
            (Body::Message(message), Some(id)) => self.message(fact, id, message.content.clone().unwrap_or_default()),
            (Body::OwnEcho(echo), Some(id)) => self.echo(fact, id, echo),
            (Body::ConversationStarted(_), Some(id)) => self.event_line(fact, id, "started"),
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
        });
        Verdict::DeadLetter
    }

    fn message(&mut self, fact: &Fact, id: ConversationId, content: Content) {
        let live = self.is_live(fact);
        let message = self.new_message(fact, id, Direction::In, MessageKind::Message, content);
        let message = self.add(message, &fact.inbound.message_key);
        let Some(conversation) = self.conversations.get_mut(&id) else { return };
        conversation.blocked = false;
        if live {
            self.count_inbound(message, id);
            requests::inbound(self, fact, id);
        }
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
        }
    }

    fn answer_callback(&mut self, fact: &Fact, id: ConversationId, callback_id: &str) {
        use contracts::channel::{AnswerCallbackOrder, Order, order};
        let order_id = OrderId::new();
        let body = AnswerCallbackOrder { callback_id: callback_id.to_owned(), text: String::new() };
        self.orders.push(NewOrder {
            order: Order {
                order_id: order_id.to_string(),
                lane: order_id.to_string(),
                body: Some(order::Body::AnswerCallback(body)),
                ..Order::default()
            },
            kind: orders::ANSWER_CALLBACK,
            part: fact.part,
            channel: fact.channel.to_string(),
            account: fact.account,
            conversation: Some(id),
            message: None,
        });
    }

    fn blocked(&mut self, fact: &Fact, id: ConversationId, blocked: bool) {
        self.event_line(fact, id, if blocked { "blocked" } else { "unblocked" });
        if let Some(conversation) = self.conversations.get_mut(&id) {
            conversation.blocked = blocked;
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

    fn echo(&mut self, fact: &Fact, id: ConversationId, echo: &OwnEcho) {
        let key = (fact.account, fact.inbound.message_key.clone());
        if self.references.contains_key(&key) {
            return; // ours: its receipt came before
        }
        match echo.own() {
            Own::Yes => self.wait(fact, &key.1, Some(id)),
            Own::Maybe => match self.send_under_way(id, echo) {
                Some(Some(sent)) => self.settle_by_echo(fact, sent),
                Some(None) => self.wait_for(fact, &key.1, MAYBE_WAITS, Some(id)),
                None => self.written_elsewhere(fact, id, echo),
            },
            Own::No | Own::Unspecified => self.written_elsewhere(fact, id, echo),
        }
    }

    fn written_elsewhere(&mut self, fact: &Fact, id: ConversationId, echo: &OwnEcho) {
        let content = echo.content.clone().unwrap_or_default();
        let mut message = self.new_message(fact, id, Direction::Out, MessageKind::Message, content);
        message.status = MessageStatus::Sent;
        message.author_name.clone_from(&echo.author_name);
        self.add(message, &fact.inbound.message_key);
    }

    /// `None`: nothing of this conversation is being sent; `Some(Some(_))`: the one send whose text this is.
    fn send_under_way(&self, id: ConversationId, echo: &OwnEcho) -> Option<Option<MessageId>> {
        let text = echo.content.as_ref().map_or("", |c| c.text.as_str());
        let open: Vec<&Message> = self
            .messages
            .values()
            .filter(|m| m.conversation == id && matches!(m.status, MessageStatus::Sending | MessageStatus::Unknown))
            .collect();
        if open.is_empty() {
            return None;
        }
        let mut same = open.iter().filter(|m| m.content.text == text && !text.is_empty());
        match (same.next(), same.next()) {
            (Some(message), None) => Some(Some(message.id)),
            _ => Some(None),
        }
    }

    fn settle_by_echo(&mut self, fact: &Fact, id: MessageId) {
        let shown_at = fact.shown_at(self.now);
        let Some(message) = self.messages.get_mut(&id) else { return };
        message.status = MessageStatus::Sent;
        message.shown_at = shown_at;
        message.position = fact.inbound.position;
        message.changed = true;
        let (conversation, account) = (message.conversation, message.account);
        self.refer(account, fact.inbound.message_key.clone(), conversation, id);
        self.send_changes.insert(id, OrderChange::Done);
        self.touch(id);
    }

    fn edit(&mut self, fact: &Fact, edit: &Edit, conversation: Option<ConversationId>) {
        let Some(id) = self.known(fact) else { return self.wait(fact, &fact.inbound.message_key, conversation) };
        let edited_at = edit.edited_at.as_ref().and_then(time::from_proto).unwrap_or(self.now);
        let Some(message) = self.messages.get_mut(&id) else { return };
        let mut content = edit.content.clone().unwrap_or_default();
        content.attachments.clear();
        if message.edited_at.is_some_and(|at| at > edited_at) || message.content == content {
            return; // an older edit, or one that changes nothing that is shown
        }
        message.replaced.push((edited_at, std::mem::replace(&mut message.content, content)));
        message.edited_at = Some(edited_at);
        message.changed = true;
        self.touch(id);
        self.show_changed(id);
    }

    fn deletion(&mut self, fact: &Fact, more: &[String]) {
        for key in std::iter::once(&fact.inbound.message_key).chain(more).filter(|key| !key.is_empty()) {
            match self.references.get(&(fact.account, key.clone())).copied() {
                Some(id) => {
                    let at = fact.shown_at(self.now);
                    if let Some(message) = self.messages.get_mut(&id) {
                        message.deleted_at.get_or_insert(at);
                        message.changed = true;
                    }
                    self.touch(id);
                    self.show_changed(id);
                }
                None => self.wait(fact, key, None),
            }
        }
    }

    fn reaction(&mut self, fact: &Fact, reaction: &Reaction) {
        let Some(id) = self.known(fact) else { return self.wait(fact, &fact.inbound.message_key, None) };
        if let Some(message) = self.messages.get_mut(&id) {
            message.reactions.clone_from(&reaction.emojis);
            message.changed = true;
        }
        self.touch(id);
    }

    fn attachment_stored(&mut self, stored: &contracts::channel::AttachmentStored) {
        let Some(attachment) = &stored.attachment else { return };
        if let Ok(order) = stored.order_id.parse() {
            self.order_changes.insert(order, OrderChange::Done);
        }
        let Ok(id) = attachment.attachment_id.parse::<AttachmentId>() else { return };
        self.stored.push((id, attachment.clone()));
        if let Some(message) = self.attachment_of.get(&id).copied() {
            self.touch(message);
        }
    }

    fn order_result(&mut self, result: &contracts::channel::OrderResult) {
        let Ok(order) = result.order_id.parse::<OrderId>() else { return };
        let again = result.retry_at.as_ref().and_then(time::from_proto);
        let change = again.map_or(OrderChange::Done, |at| OrderChange::Again(Some(at)));
        self.order_changes.insert(order, change);
        let (Some(failure), Some(message)) = (&result.failure, self.message_of_order.get(&order).copied()) else {
            return;
        };
        if let Some(message) = self.messages.get_mut(&message) {
            message.failure = Some(failure.clone());
            message.changed = true;
        }
        self.touch(message);
    }

    /// Makes a message of a fact; its place in the conversation is taken when it is added.
    pub fn new_message(
        &self,
        fact: &Fact,
        conversation: ConversationId,
        direction: Direction,
        kind: MessageKind,
        mut content: Content,
    ) -> Message {
        let attachments =
            std::mem::take(&mut content.attachments).into_iter().map(|a| (AttachmentId::new(), a)).collect();
        let replied = fact.inbound.refers_to.iter().find_map(|key| self.references.get(&(fact.account, key.clone())));
        Message {
            id: MessageId::new(),
            conversation,
            account: fact.account,
            seq: 0,
            shown_at: fact.shown_at(self.now),
            position: fact.inbound.position,
            direction,
            kind,
            status: MessageStatus::Unspecified,
            content,
            attachments,
            group_key: fact.inbound.group_key.clone(),
            message_key: fact.inbound.message_key.clone(),
            inbound_no: None,
            author_name: String::new(),
            reply_to: replied.copied(),
            failure: None,
            retry_at: None,
            attempt: 0,
            nonce: String::new(),
            claimed_at: None,
            edited_at: None,
            deleted_at: None,
            reactions: Vec::new(),
            event: None,
            original_unknown: false,
            place: Some((fact.part, fact.sequence)),
            is_new: true,
            changed: false,
            replaced: Vec::new(),
        }
    }

    /// Puts a new message at the end of its conversation, with its references and the orders for its files.
    pub fn add(&mut self, mut message: Message, key: &str) -> MessageId {
        let (id, conversation_id, account) = (message.id, message.conversation, message.account);
        if let Some(conversation) = self.conversations.get_mut(&conversation_id) {
            conversation.last_seq += 1;
            message.seq = conversation.last_seq;
            conversation.last_activity_at = self.now;
            conversation.show_last(&message);
            conversation.touch(id);
        }
        for (attachment, content) in &mut message.attachments {
            if message.direction == Direction::In {
                only_own_bytes(account, content);
            }
            if content.state() == AttachmentState::Unspecified {
                content.set_state(AttachmentState::Pending);
            }
            if content.state() == AttachmentState::Pending {
                self.orders.extend(fetch_order(&self.directory, account, *attachment, content, &message.id));
            }
        }
        if !key.is_empty() {
            self.refer(account, key.to_owned(), conversation_id, id);
        }
        self.conversation_of.insert(id, conversation_id);
        self.new_messages.push(id);
        self.messages.insert(id, message);
        id
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
        conversation.touch(message);
        if let Some(row) = self.messages.get(&message)
            && conversation.last.message == Some(message)
        {
            conversation.last.status = row.status as i16;
        }
    }

    /// The list row says what its last message says now.
    fn show_changed(&mut self, message: MessageId) {
        let Some(conversation) = self.conversation_of.get(&message).and_then(|id| self.conversations.get_mut(id))
        else {
            return;
        };
        if let Some(row) = self.messages.get(&message).filter(|_| conversation.last.message == Some(message)) {
            conversation.last.reword(row);
        }
    }

    fn count_inbound(&mut self, message: MessageId, id: ConversationId) {
        let (Some(conversation), Some(message)) = (self.conversations.get_mut(&id), self.messages.get_mut(&message))
        else {
            return;
        };
        // A group is one unread.
        if message.group_key.is_empty() || message.group_key != conversation.last_group_key {
            conversation.inbound_count += 1;
        }
        conversation.last_group_key.clone_from(&message.group_key);
        conversation.inbound = true;
        message.inbound_no = Some(conversation.inbound_count);
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

/// A gateway that stores files before it tells of them (a chat on a site) may name those of its account alone: any other
/// would show somebody else's.
fn only_own_bytes(account: AccountId, attachment: &mut Attachment) {
    let own = attachment.object_key.starts_with(&format!("in/{account}/")) && !attachment.object_key.contains("..");
    if !attachment.object_key.is_empty() && !own {
        attachment.object_key.clear();
        attachment.set_state(AttachmentState::Failed);
        "the file is none of this account's".clone_into(&mut attachment.problem);
    }
}

fn fetch_order(
    directory: &Directory,
    account: AccountId,
    id: AttachmentId,
    attachment: &Attachment,
    message: &MessageId,
) -> Option<NewOrder> {
    use contracts::channel::{FetchAttachmentOrder, Order, order};
    let known = directory.account(account)?;
    let body = FetchAttachmentOrder {
        attachment_id: id.to_string(),
        attachment: Some(Attachment { attachment_id: id.to_string(), ..attachment.clone() }),
        object_key: format!("in/{account}/{id}"),
    };
    let order = Order {
        order_id: OrderId::new().to_string(),
        lane: id.to_string(),
        body: Some(order::Body::FetchAttachment(body)),
        ..Order::default()
    };
    let channel = known.channel.to_string();
    Some(NewOrder {
        order,
        kind: orders::FETCH_ATTACHMENT,
        part: known.part,
        channel,
        account,
        conversation: None,
        message: Some(*message),
    })
}

/// Whether the fact is about a conversation whose sends under way matter (an echo of unknown origin).
pub fn asks_for_sends(inbound: &Inbound) -> bool {
    matches!(&inbound.body, Some(Body::OwnEcho(echo)) if echo.own() == Own::Maybe)
}

/// The timer's name of an early fact.
fn early_timer(account: AccountId, key: &str, fact: &Fact) -> String {
    format!("{account} {key} {}", fact.inbound.key)
}
