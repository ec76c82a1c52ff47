//! Messages of ours that the provider tells of: written elsewhere, or sent by us (rule I13).

use contracts::{
    channel::{Inbound, Own, OwnEcho, inbound::Body},
    inbox::{Direction, MessageKind, MessageStatus},
};
use model::{ConversationId, MessageId};

use super::{Batch, MAYBE_WAITS, OrderChange};
use crate::batch::{fact::Fact, state::Message};

impl Batch {
    pub(super) fn echo(&mut self, fact: &Fact, id: ConversationId, echo: &OwnEcho) {
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

    pub(super) fn written_elsewhere(&mut self, fact: &Fact, id: ConversationId, echo: &OwnEcho) {
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
}

/// Whether the fact is about a conversation whose sends under way matter (an echo of unknown origin).
pub fn asks_for_sends(inbound: &Inbound) -> bool {
    matches!(&inbound.body, Some(Body::OwnEcho(echo)) if echo.own() == Own::Maybe)
}
