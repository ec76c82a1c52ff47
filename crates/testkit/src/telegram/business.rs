//! Telegram Business: customers write to a person's account, a bot is attached to it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::clock::unix_now;
use super::customer::{Customer, Delivered, place};
use super::error::{Answer, ApiError};
use super::message::CustomerMessage;
use super::state::{Bot, ChatKey, Person, Shared};

/// A bot may write only to who wrote within this time.
const REPLY_WINDOW: Duration = Duration::from_secs(24 * 3600);

/// The link between a bot and a person's account.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    id: String,
    pub(super) owner: Person,
    enabled: bool,
    can_reply: bool,
    can_read: bool,
}

impl Connection {
    pub(super) fn may_write(&self, last_incoming: Option<Duration>, now: Duration) -> Answer<()> {
        if !self.enabled {
            return Err(ApiError::bad("BUSINESS_CONNECTION_INVALID"));
        }
        if !self.can_reply {
            return Err(ApiError::bad("not enough rights to send messages on behalf of the business account"));
        }
        match last_incoming {
            Some(at) if now < at + REPLY_WINDOW => Ok(()),
            _ => Err(ApiError::bad("BUSINESS_PEER_INVALID")),
        }
    }

    pub(super) fn can_read(&self) -> bool {
        self.enabled && self.can_read
    }

    fn json(&self) -> Value {
        json!({
            "id": self.id, "user": self.owner.user(), "user_chat_id": self.owner.id, "date": unix_now(),
            "is_enabled": self.enabled,
            "rights": { "can_reply": self.can_reply, "can_read_messages": self.can_read },
        })
    }
}

/// A business account with the bot attached, for a test to play with.
#[derive(Debug, Clone)]
pub struct Business {
    shared: Arc<Shared>,
    token: String,
    id: String,
    owner: Person,
}

impl Business {
    /// Attaches the bot to the account of `owner`; the bot gets a `business_connection`.
    pub(super) fn connect(shared: Arc<Shared>, token: &str, owner: Person) -> Self {
        let id = shared.with_bot(token, |common, bot| {
            common.people.entry(owner.id).or_insert_with(|| owner.clone());
            let id = format!("business{}", bot.next_id());
            let connection =
                Connection { id: id.clone(), owner: owner.clone(), enabled: true, can_reply: true, can_read: true };
            bot.updates.push("business_connection", connection.json(), shared.clock.now());
            bot.connections.insert(id.clone(), connection);
            id
        });
        Self { shared, token: token.to_owned(), id, owner }
    }

    /// The `business_connection_id`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The customer in the chat with the business account.
    pub fn customer(&self, customer: &Customer) -> Customer {
        customer.in_chat(ChatKey { business: self.id.clone(), chat_id: customer.id() })
    }

    /// The owner writes to the customer by hand; the bot sees it.
    pub fn owner_writes(&self, customer: &Customer, message: CustomerMessage) -> Delivered {
        let key = ChatKey { business: self.id.clone(), chat_id: customer.id() };
        let owner = self.owner.clone();
        self.shared.with_bot(&self.token, |common, bot| place(&self.shared, common, bot, &key, &owner, message))
    }

    /// Somebody deletes messages in the chat with the customer.
    pub fn delete(&self, customer: &Customer, message_ids: &[i64]) {
        let key = ChatKey { business: self.id.clone(), chat_id: customer.id() };
        self.with(|shared, bot, _| {
            if let Some(chat) = bot.chats.get_mut(&key) {
                chat.messages.retain(|id, _| !message_ids.contains(id));
            }
            let deleted = json!({
                "business_connection_id": key.business, "chat": customer.person().chat(), "message_ids": message_ids,
            });
            bot.updates.push("deleted_business_messages", deleted, shared.clock.now());
        });
    }

    /// The owner takes the bot off the account, or attaches it again.
    pub fn set_enabled(&self, enabled: bool) {
        self.change(|connection| connection.enabled = enabled);
    }

    /// The owner changes what the bot may do.
    pub fn set_rights(&self, can_reply: bool, can_read: bool) {
        self.change(|connection| (connection.can_reply, connection.can_read) = (can_reply, can_read));
    }

    /// Which messages the bot marked as read: chat and message ids, in order.
    pub fn read(&self) -> Vec<(i64, i64)> {
        let world = self.shared.world();
        let read = world.common.ledger.read.iter().filter(|(id, _, _)| *id == self.id);
        read.map(|(_, chat_id, message_id)| (*chat_id, *message_id)).collect()
    }

    fn change(&self, change: impl FnOnce(&mut Connection)) {
        self.with(|shared, bot, id| {
            let Some(connection) = bot.connections.get_mut(id) else { return };
            change(connection);
            let json = connection.json();
            bot.updates.push("business_connection", json, shared.clock.now());
        });
    }

    fn with(&self, act: impl FnOnce(&Shared, &mut Bot, &str)) {
        self.shared.with_bot(&self.token, |_, bot| act(&self.shared, bot, &self.id));
    }
}
