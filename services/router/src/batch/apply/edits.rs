//! Changes of messages that are known: edits, deletions, reactions.

use contracts::channel::{Edit, Reaction};
use model::{ConversationId, MessageId};

use super::Batch;
use crate::{batch::fact::Fact, time};

impl Batch {
    pub(super) fn edit(&mut self, fact: &Fact, edit: &Edit, conversation: Option<ConversationId>) {
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

    pub(super) fn deletion(&mut self, fact: &Fact, more: &[String]) {
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

    pub(super) fn reaction(&mut self, fact: &Fact, reaction: &Reaction) {
        let Some(id) = self.known(fact) else { return self.wait(fact, &fact.inbound.message_key, None) };
        if let Some(message) = self.messages.get_mut(&id) {
            message.reactions.clone_from(&reaction.emojis);
            message.changed = true;
        }
        self.touch(id);
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
}
