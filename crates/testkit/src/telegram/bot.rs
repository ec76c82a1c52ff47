use std::sync::Arc;

use serde_json::Value;

use super::business::Business;
use super::customer::Customer;
use super::group::Group;
use super::ledger::Call;
use super::state::{Person, Shared};

/// A bot as BotFather and its customers see it.
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

    /// The bot's user id: the digits before the colon of its token.
    pub fn id(&self) -> i64 {
        self.shared.world().bots[&self.token].id
    }

    pub fn username(&self) -> String {
        self.shared.world().bots[&self.token].username.clone()
    }

    /// A person who has not written yet: until then the bot is refused with 403.
    pub fn customer(&self, id: i64, first_name: &str) -> Customer {
        self.customer_as(Person::new(id, first_name))
    }

    pub fn customer_as(&self, person: Person) -> Customer {
        Customer::new(self.shared.clone(), &self.token, person)
    }

    /// A group with the bot in it; its id is negative.
    pub fn group(&self, chat_id: i64, title: &str) -> Group {
        Group::new(self.shared.clone(), &self.token, chat_id, title)
    }

    /// Attaches the bot to a person's business account.
    pub fn business(&self, owner: Person) -> Business {
        Business::connect(self.shared.clone(), &self.token, owner)
    }

    /// Queues an update as it is, whatever the bot asked for: unknown kinds, unknown fields, hostile JSON. Without an
    /// `update_id` it gets the next one, which is returned.
    pub fn push(&self, update: Value) -> i64 {
        let now = self.shared.clock.now();
        self.shared.with_bot(&self.token, |_, bot| bot.updates.push_anyway(update, now))
    }

    /// Delivers an update once more under its old id.
    ///
    /// # Panics
    /// When there never was such an update.
    pub fn repeat(&self, update_id: i64) {
        let now = self.shared.clock.now();
        let known = self.shared.with_bot(&self.token, |_, bot| bot.updates.repeat(update_id, now));
        assert!(known, "there never was an update {update_id}");
    }

    /// Delivers the content of an update once more under a new id, which is returned.
    ///
    /// # Panics
    /// When there never was such an update.
    pub fn repeat_as_new(&self, update_id: i64) -> i64 {
        let now = self.shared.clock.now();
        let new = self.shared.with_bot(&self.token, |_, bot| bot.updates.repeat_as_new(update_id, now));
        new.unwrap_or_else(|| panic!("there never was an update {update_id}"))
    }

    /// How many updates were not confirmed yet.
    pub fn pending(&self) -> usize {
        self.shared.world().bots[&self.token].updates.len()
    }

    /// The URL that was set with setWebhook.
    pub fn webhook_url(&self) -> Option<String> {
        let world = self.shared.world();
        world.bots[&self.token].webhook.as_ref().map(|webhook| webhook.url().to_owned())
    }

    /// All calls of a method by this bot, oldest first; the name's case does not matter.
    pub fn calls(&self, method: &str) -> Vec<Call> {
        let (id, method) = (self.id(), method.to_lowercase());
        let world = self.shared.world();
        let calls = world.common.ledger.calls.iter();
        calls.filter(|call| call.bot_id == id && call.method == method).cloned().collect()
    }
}
