use std::sync::Arc;

use serde_json::json;

use super::customer::Customer;
use super::state::{ChatKey, Shared, Standing};

/// A group that the bot is a member of.
#[derive(Debug, Clone)]
pub struct Group {
    shared: Arc<Shared>,
    token: String,
    title: String,
    chat_id: i64,
}

impl Group {
    /// Makes a group; its id is negative, as Telegram's are.
    pub(super) fn new(shared: Arc<Shared>, token: &str, chat_id: i64, title: &str) -> Self {
        assert!(chat_id < 0, "the id of a group is negative");
        let group = Self { shared, token: token.to_owned(), title: title.to_owned(), chat_id };
        group.open(chat_id, "group");
        group
    }

    pub fn chat_id(&self) -> i64 {
        self.chat_id
    }

    /// A person writing in the group.
    pub fn member(&self, customer: &Customer) -> Customer {
        customer.in_chat(ChatKey::own(self.chat_id))
    }

    /// The group becomes a supergroup with a new id; calls with the old one are refused and told the new one.
    pub fn migrate(&mut self, new: i64) {
        let old = self.chat_id;
        self.open(new, "supergroup");
        self.shared.with_bot(&self.token, |_, bot| {
            bot.chats.entry(ChatKey::own(old)).or_default().standing = Standing::MigratedTo(new);
            let message_id = bot.next_message_id();
            let chat = json!({ "id": old, "type": "group", "title": self.title });
            let message = json!({
                "message_id": message_id, "date": super::clock::unix_now(), "chat": chat, "migrate_to_chat_id": new,
            });
            bot.updates.push("message", message, self.shared.clock.now());
        });
        self.chat_id = new;
    }

    /// Removes the bot from the group; its calls are refused from now on.
    pub fn kick_bot(&self) {
        let key = ChatKey::own(self.chat_id);
        self.shared.with_bot(&self.token, |_, bot| bot.chats.entry(key).or_default().standing = Standing::Kicked);
    }

    fn open(&self, chat_id: i64, kind: &str) {
        let object = json!({ "id": chat_id, "type": kind, "title": self.title });
        self.shared.with_bot(&self.token, |_, bot| {
            let chat = bot.chats.entry(ChatKey::own(chat_id)).or_default();
            (chat.object, chat.standing) = (Some(object), Standing::Open);
        });
    }
}
