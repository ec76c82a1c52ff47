use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::clock::unix_now;
use super::ledger::SentMessage;
use super::message::CustomerMessage;
use super::state::{Bot, Callback, ChatKey, Common, Person, Shared, Standing};
use super::updates::CALLBACK_KEPT;

/// What became of something a customer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivered {
    pub message_id: i64,
    /// `None` when the bot did not ask for such updates.
    pub update_id: Option<i64>,
}

/// A person in one chat with one bot: the bot's own chat, a group, or the chat with a business account.
#[derive(Debug, Clone)]
pub struct Customer {
    shared: Arc<Shared>,
    token: String,
    person: Person,
    key: ChatKey,
}

impl Customer {
    pub(super) fn new(shared: Arc<Shared>, token: &str, person: Person) -> Self {
        shared.world().common.people.insert(person.id, person.clone());
        let key = ChatKey::own(person.id);
        Self { shared, token: token.to_owned(), person, key }
    }

    pub(super) fn in_chat(&self, key: ChatKey) -> Self {
        Self { key, ..self.clone() }
    }

    /// The user id, which is also the id of the private chat.
    pub fn id(&self) -> i64 {
        self.person.id
    }

    pub fn person(&self) -> &Person {
        &self.person
    }

    pub fn chat_id(&self) -> i64 {
        self.key.chat_id
    }

    /// Sends a message. A first one also lets the bot answer.
    pub fn send(&self, message: CustomerMessage) -> Delivered {
        self.with(|shared, common, bot| place(shared, common, bot, &self.key, &self.person, message))
    }

    pub fn text(&self, text: &str) -> Delivered {
        self.send(CustomerMessage::text(text))
    }

    /// Answers a message of the chat.
    pub fn reply(&self, message_id: i64, text: &str) -> Delivered {
        self.send(CustomerMessage::text(text).reply_to(message_id))
    }

    /// Presses "start", with the payload of the deep link that was followed.
    pub fn start(&self, payload: Option<&str>) -> Delivered {
        self.text(&payload.map_or("/start".to_owned(), |payload| format!("/start {payload}")))
    }

    /// Sends several files as one album: messages that share a `media_group_id`.
    pub fn album(&self, messages: Vec<CustomerMessage>) -> Vec<Delivered> {
        let group = json!(self.with(|_, _, bot| bot.next_id()));
        messages.into_iter().map(|message| self.send(message.field("media_group_id", group.clone()))).collect()
    }

    /// Changes the text of an own message.
    pub fn edit_text(&self, message_id: i64, text: &str) -> Delivered {
        self.edit(message_id, |message| message["text"] = json!(text))
    }

    pub fn edit_caption(&self, message_id: i64, caption: &str) -> Delivered {
        self.edit(message_id, |message| message["caption"] = json!(caption))
    }

    /// Changes anything in an own message; an empty change is what live locations and some reactions look like.
    ///
    /// # Panics
    /// When there is no such message.
    pub fn edit(&self, message_id: i64, change: impl FnOnce(&mut Value)) -> Delivered {
        self.with(|shared, _, bot| {
            let chat = bot.chats.get_mut(&self.key).expect("a chat with messages");
            let message = chat.messages.get_mut(&message_id).expect("a message of this chat");
            message["edit_date"] = json!(unix_now());
            change(message);
            let message = message.clone();
            let kind = if self.key.business.is_empty() { "edited_message" } else { "edited_business_message" };
            Delivered { message_id, update_id: bot.updates.push(kind, message, shared.clock.now()) }
        })
    }

    /// Presses an inline button and returns the id of the callback query.
    ///
    /// # Panics
    /// When the message has no button with this data: a customer cannot press what is not there.
    pub fn press(&self, message_id: i64, data: &str) -> String {
        let pressed = self.try_press(message_id, data);
        pressed.unwrap_or_else(|| panic!("message {message_id} has no button {data:?}"))
    }

    pub(super) fn try_press(&self, message_id: i64, data: &str) -> Option<String> {
        self.with(|shared, _, bot| {
            let message = bot.chats.get(&self.key)?.messages.get(&message_id)?.clone();
            let rows = message["reply_markup"]["inline_keyboard"].as_array()?;
            let mut buttons = rows.iter().filter_map(Value::as_array).flatten();
            buttons.find(|button| button["callback_data"] == data)?;
            let id = bot.next_id();
            let query = json!({
                "id": id, "from": self.person.user(), "message": message, "data": data,
                "chat_instance": format!("{}", self.key.chat_id.wrapping_mul(7919)),
            });
            let now = shared.clock.now();
            bot.updates.push("callback_query", query, now);
            bot.callbacks.insert(id.clone(), Callback { until: now + CALLBACK_KEPT, answer: None });
            Some(id)
        })
    }

    /// What the bot answered to a button press: the parameters of answerCallbackQuery.
    pub fn press_answer(&self, callback_query_id: &str) -> Option<Value> {
        self.with(|_, _, bot| bot.callbacks.get(callback_query_id)?.answer.clone())
    }

    /// Sets the reaction to a message, or takes it away; `old` is the one there was.
    pub fn react(&self, message_id: i64, old: Option<&str>, new: Option<&str>) -> Option<i64> {
        let list = |emoji: Option<&str>| match emoji {
            Some(emoji) => json!([{ "type": "emoji", "emoji": emoji }]),
            None => json!([]),
        };
        self.with(|shared, _, bot| {
            let reaction = json!({
                "chat": chat_object(bot, &self.key, &self.person), "message_id": message_id, "user": self.person.user(),
                "date": unix_now(), "old_reaction": list(old), "new_reaction": list(new),
            });
            bot.updates.push("message_reaction", reaction, shared.clock.now())
        })
    }

    /// Blocks the bot: it is told, and refused from now on.
    pub fn block(&self) -> Option<i64> {
        self.change_standing(Standing::Blocked, "member", "kicked")
    }

    /// Takes the block back.
    pub fn unblock(&self) -> Option<i64> {
        self.change_standing(Standing::Open, "kicked", "member")
    }

    /// Deletes the account; nobody is told.
    pub fn deactivate(&self) {
        self.with(|_, _, bot| bot.chats.entry(self.key.clone()).or_default().standing = Standing::Deactivated);
    }

    /// What the bot sent to this chat and did not delete, in order.
    pub fn received(&self) -> Vec<SentMessage> {
        let world = self.shared.world();
        let bot_id = world.bots[&self.token].id;
        let here = |sent: &&SentMessage| {
            let business = sent.business_connection_id.as_deref().unwrap_or_default();
            !sent.deleted && (sent.bot_id, sent.chat_id, business) == (bot_id, self.key.chat_id, &self.key.business)
        };
        world.common.ledger.sent.iter().filter(here).cloned().collect()
    }

    fn change_standing(&self, standing: Standing, old: &str, new: &str) -> Option<i64> {
        self.with(|shared, _, bot| {
            bot.chats.entry(self.key.clone()).or_default().standing = standing;
            let bot_user = bot.user();
            let member = |status: &str| match status {
                "kicked" => json!({ "status": status, "user": bot_user, "until_date": 0 }),
                _ => json!({ "status": status, "user": bot_user }),
            };
            let change = json!({
                "chat": self.person.chat(), "from": self.person.user(), "date": unix_now(),
                "old_chat_member": member(old), "new_chat_member": member(new),
            });
            bot.updates.push("my_chat_member", change, shared.clock.now())
        })
    }

    fn with<T>(&self, act: impl FnOnce(&Shared, &mut Common, &mut Bot) -> T) -> T {
        self.shared.with_bot(&self.token, |common, bot| act(&self.shared, common, bot))
    }
}

/// Puts a message of `person` into a chat and queues its update.
///
/// # Panics
/// When a photo is no picture, or a reply names a message that is not there.
pub(super) fn place(
    shared: &Shared,
    _: &mut Common,
    bot: &mut Bot,
    key: &ChatKey,
    person: &Person,
    content: CustomerMessage,
) -> Delivered {
    let message_id = bot.next_message_id();
    let customer = key.business.is_empty() || person.id == key.chat_id;
    let mut message = Map::new();
    message.insert("message_id".into(), json!(message_id));
    message.insert("from".into(), person.user());
    message.insert("chat".into(), chat_object(bot, key, person));
    message.insert("date".into(), json!(unix_now()));
    if !key.business.is_empty() {
        message.insert("business_connection_id".into(), json!(key.business));
    }
    if let Some(id) = content.reply_to {
        let original = bot.chats.get(key).and_then(|chat| chat.messages.get(&id));
        let mut original = original.expect("the message that is answered").clone();
        original.as_object_mut().map(|fields| fields.remove("reply_to_message"));
        message.insert("reply_to_message".into(), original);
    }
    if let Some(file) = content.file {
        let placed = file.place(&mut bot.files, bot.id).expect("a photo is a PNG, JPEG, GIF or WebP");
        message.extend(placed.fields);
    }
    message.extend(content.fields);
    let message = Value::Object(message);
    let now = shared.clock.now();
    let chat = bot.chats.entry(key.clone()).or_default();
    chat.messages.insert(message_id, message.clone());
    if customer {
        chat.last_incoming = Some(now);
        if chat.standing == Standing::NeverStarted {
            chat.standing = Standing::Open;
        }
    }
    let kind = if key.business.is_empty() { "message" } else { "business_message" };
    Delivered { message_id, update_id: bot.updates.push(kind, message, now) }
}

/// The `Chat` of a key: a group's own, otherwise that with the person of the chat.
fn chat_object(bot: &Bot, key: &ChatKey, person: &Person) -> Value {
    let group = bot.chats.get(key).and_then(|chat| chat.object.clone());
    group.unwrap_or_else(|| {
        if person.id == key.chat_id { person.chat() } else { json!({ "id": key.chat_id, "type": "private" }) }
    })
}
