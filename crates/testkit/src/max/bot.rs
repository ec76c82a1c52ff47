use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    chats::{Chat, dialog_of},
    customer::Customer,
    state::{Shared, now_ms},
    webhook::emit,
};

/// A bot, from the side of the test.
#[derive(Debug, Clone)]
pub struct FakeBot {
    shared: Arc<Shared>,
    token: String,
}

impl FakeBot {
    pub(super) fn new(shared: Arc<Shared>, token: &str) -> Self {
        Self { shared, token: token.to_owned() }
    }

    pub fn token(&self) -> &str {
        &self.token
    }

    pub fn user_id(&self) -> i64 {
        self.shared.world().bots[&self.token].user_id
    }

    /// A person with a dialog, as after pressing "start"; nothing is told of it.
    pub fn customer(&self, user_id: i64, name: &str) -> Customer {
        let mut world = self.shared.world();
        let (first, last) = name.split_once(' ').map_or((name, None), |(first, last)| (first, Some(last)));
        let person =
            json!({ "user_id": user_id, "first_name": first, "last_name": last, "is_bot": false, "name": name });
        world.people.insert(user_id, person);
        let chat_id = match dialog_of(&world, &self.token, user_id) {
            Some(chat) => chat,
            None => {
                let chat = 55_000_000 + world.next();
                world.chats.insert(chat, Chat::new(&self.token, "dialog", Some(user_id), ""));
                chat
            }
        };
        Customer::new(self.shared.clone(), &self.token, user_id, chat_id)
    }

    /// A group whose administrator the bot is.
    pub fn group(&self, title: &str) -> Group {
        let mut world = self.shared.world();
        let chat = -70_000_000 - world.next();
        world.chats.insert(chat, Chat::new(&self.token, "chat", None, title));
        Group { bot: self.clone(), chat }
    }

    /// Whether MAX has let the bot through; until then everybody refuses it.
    pub fn set_moderated(&self, moderated: bool) {
        if let Some(bot) = self.shared.world().bots.get_mut(&self.token) {
            bot.moderated = moderated;
        }
    }

    /// Takes the token back.
    pub fn revoke(&self) {
        self.shared.world().bots.remove(&self.token);
    }

    /// The addresses that MAX delivers to.
    pub fn subscriptions(&self) -> Vec<String> {
        self.shared.world().bots[&self.token].subscriptions.iter().map(|held| held.url.clone()).collect()
    }

    /// Loses them without a word, as after eight hours of failures.
    pub fn lose_subscriptions(&self) {
        if let Some(bot) = self.shared.world().bots.get_mut(&self.token) {
            bot.subscriptions.clear();
        }
    }

    /// What waits for `GET /updates`.
    pub fn pending(&self) -> usize {
        self.shared.world().bots[&self.token].kept.waiting()
    }

    /// Any update as MAX might send it.
    pub fn push(&self, update: Value) {
        emit(&self.shared, &self.token, update);
    }

    /// Chats and actions that were shown.
    pub fn typed(&self) -> Vec<(i64, String)> {
        self.shared.world().bots[&self.token].typed.clone()
    }

    /// Ids and bodies of answered buttons.
    pub fn answers(&self) -> Vec<(String, Value)> {
        self.shared.world().bots[&self.token].answers.clone()
    }
}

/// A chat of several people.
#[derive(Debug, Clone)]
pub struct Group {
    bot: FakeBot,
    chat: i64,
}

impl Group {
    pub fn chat_id(&self) -> i64 {
        self.chat
    }

    /// Somebody writes into it.
    pub fn text(&self, person: &Customer, text: &str) -> String {
        person.write_into(self.chat, "chat", super::CustomerMessage::text(text))
    }

    pub fn remove_bot(&self, by: &Customer) {
        if let Some(chat) = self.bot.shared.world().chats.get_mut(&self.chat) {
            chat.closed = true;
        }
        let user = by.as_json();
        self.bot.push(json!({ "update_type": "bot_removed", "timestamp": now_ms(), "chat_id": self.chat, "user": user,
            "is_channel": false }));
    }
}
