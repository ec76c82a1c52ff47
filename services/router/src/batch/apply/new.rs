//! New messages and their place in the conversation.

use contracts::{
    channel::{AttachmentState, Content},
    inbox::{Automatic, Direction, MessageKind, MessageStatus},
};
use model::{ConversationId, MessageId};

use super::{
    Batch, letter,
    orders::{fetch_order, only_own_bytes},
};
use crate::batch::{fact::Fact, state::Message};

impl Batch {
    /// Makes a message of a fact; its place in the conversation is taken when it is added.
    pub fn new_message(
        &self,
        fact: &Fact,
        conversation: ConversationId,
        direction: Direction,
        kind: MessageKind,
        mut content: Content,
    ) -> Message {
        let attachments = letter::files(fact.account, &mut content);
        let mut referred =
            fact.inbound.refers_to.iter().filter_map(|key| self.references.get(&(fact.account, key.clone())));
        let replied = referred.find(|message| self.may_quote(fact, conversation, **message));
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
            not_after: None,
            edited_at: None,
            deleted_at: None,
            reactions: Vec::new(),
            event: None,
            original_unknown: false,
            automatic: Automatic::Unspecified,
            place: Some((fact.part, fact.sequence)),
            is_new: true,
            changed: false,
            replaced: Vec::new(),
        }
    }

    /// What a message refers to is its sender's word: without a thread that the channel names, nobody quotes what was
    /// said in somebody else's conversation.
    fn may_quote(&self, fact: &Fact, conversation: ConversationId, quoted: MessageId) -> bool {
        let point = |id| self.conversations.get(id).map(|conversation| conversation.point);
        let of_quoted = self.conversation_of.get(&quoted);
        !fact.inbound.thread_key.is_empty()
            || of_quoted == Some(&conversation)
            || of_quoted.is_some_and(|id| point(id) == point(&conversation))
    }

    /// Puts a new message at the end of its conversation, with its references and the orders for its files.
    pub fn add(&mut self, mut message: Message, key: &str) -> MessageId {
        let (id, conversation_id, account) = (message.id, message.conversation, message.account);
        if let Some(conversation) = self.conversations.get_mut(&conversation_id) {
            conversation.last_seq += 1;
            message.seq = conversation.last_seq;
            conversation.last_activity_at = self.now;
            conversation.show_last(&message);
            conversation.touch(id, &self.traceparent);
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

    pub(super) fn count_inbound(&mut self, message: MessageId, id: ConversationId) {
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
}
