use std::sync::Arc;

use bytes::Bytes;
use ring::hmac;
use serde_json::{Value, json};

use super::{
    chats::{FIRST_SEQ, Stored},
    state::{Received, Shared, now_ms},
    webhook::emit,
};

/// A person who talks with a bot.
#[derive(Debug, Clone)]
pub struct Customer {
    shared: Arc<Shared>,
    token: String,
    user_id: i64,
    chat_id: i64,
}

/// A message on its way to a bot.
#[derive(Debug, Clone, Default)]
pub struct CustomerMessage {
    text: Option<String>,
    attachments: Vec<Value>,
    markup: Vec<Value>,
    files: Vec<(&'static str, String, Bytes, Value)>,
    link: Option<Value>,
    no_body: bool,
    card: Option<(String, Card)>,
}

/// How a shared contact proves itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Card {
    /// Given by the button: signed.
    Own,
    /// Signed by somebody else.
    Forged,
    /// Out of the address book.
    Picked,
}

impl CustomerMessage {
    pub fn text(text: &str) -> Self {
        Self { text: Some(text.to_owned()), ..Self::default() }
    }

    pub fn image(bytes: impl Into<Bytes>) -> Self {
        Self::file_of("image", "", bytes, json!({}))
    }

    pub fn video(bytes: impl Into<Bytes>, seconds: i64) -> Self {
        Self::file_of("video", "", bytes, json!({ "width": 1280, "height": 720, "duration": seconds }))
    }

    pub fn voice(bytes: impl Into<Bytes>) -> Self {
        Self::file_of("audio", "", bytes, json!({}))
    }

    pub fn file(name: &str, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let about = json!({ "filename": name, "size": bytes.len() });
        Self::file_of("file", name, bytes, about)
    }

    fn file_of(kind: &'static str, name: &str, bytes: impl Into<Bytes>, about: Value) -> Self {
        Self { files: vec![(kind, name.to_owned(), bytes.into(), about)], ..Self::default() }
    }

    /// At the attachment itself, not in its payload.
    pub fn location(latitude: f64, longitude: f64) -> Self {
        let place = json!({ "type": "location", "latitude": latitude, "longitude": longitude });
        Self { attachments: vec![place], ..Self::default() }
    }

    pub fn contact(vcf_info: &str, card: Card) -> Self {
        Self { card: Some((vcf_info.to_owned(), card)), ..Self::default() }
    }

    /// Nothing but somebody else's words: without a body of its own.
    pub fn forward(author: &str, text: &str) -> Self {
        let sender = json!({ "user_id": 1, "first_name": author, "is_bot": false });
        let link =
            json!({ "type": "forward", "sender": sender, "message": { "mid": "mid.f", "seq": 1, "text": text } });
        Self { link: Some(link), no_body: true, ..Self::default() }
    }

    #[must_use]
    pub fn caption(self, text: &str) -> Self {
        Self { text: Some(text.to_owned()), ..self }
    }

    #[must_use]
    pub fn markup(self, markup: Value) -> Self {
        Self { markup: vec![markup], ..self }
    }

    #[must_use]
    pub fn reply_to(self, mid: &str) -> Self {
        Self { link: Some(json!({ "type": "reply", "message": { "mid": mid, "seq": 1, "text": "" } })), ..self }
    }

    /// Another file in the same message.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.files.extend(other.files);
        self
    }
}

impl Customer {
    pub(super) fn new(shared: Arc<Shared>, token: &str, user_id: i64, chat_id: i64) -> Self {
        Self { shared, token: token.to_owned(), user_id, chat_id }
    }

    pub fn user_id(&self) -> i64 {
        self.user_id
    }

    pub fn chat_id(&self) -> i64 {
        self.chat_id
    }

    pub(super) fn as_json(&self) -> Value {
        self.shared.world().people[&self.user_id].clone()
    }

    pub fn text(&self, text: &str) -> String {
        self.send(CustomerMessage::text(text))
    }

    /// Gives the message's id.
    pub fn send(&self, message: CustomerMessage) -> String {
        self.write_into(self.chat_id, "dialog", message)
    }

    pub(super) fn write_into(&self, chat_id: i64, chat_type: &str, message: CustomerMessage) -> String {
        let (mid, json) = self.store(chat_id, chat_type, message);
        self.emit(
            json!({ "update_type": "message_created", "timestamp": now_ms(), "message": json, "user_locale": "ru" }),
        );
        mid
    }

    fn store(&self, chat_id: i64, chat_type: &str, message: CustomerMessage) -> (String, Value) {
        let mut world = self.shared.world();
        let seq = FIRST_SEQ + world.next();
        let mid = format!("mid.{chat_id:016x}{seq:016x}");
        let mut attachments = message.attachments;
        for (kind, name, bytes, about) in message.files {
            let token = format!("{kind}-token-{}", world.next());
            world.files.add(&token, kind, &name, bytes, std::time::Duration::ZERO);
            let url = world.files.url(&self.shared.media_url, &token);
            let mut attachment = about;
            attachment["type"] = json!(kind);
            attachment["payload"] = json!({ "token": token, "url": url });
            attachments.push(attachment);
        }
        attachments.extend(message.card.map(|(card, proof)| contact(&self.token, &card, proof)));
        let bot_id = world.bots.get(&self.token).map(|bot| bot.user_id);
        let mut json = json!({ "sender": world.people[&self.user_id], "timestamp": now_ms(),
            "recipient": { "chat_id": chat_id, "chat_type": chat_type, "user_id": bot_id } });
        let body = json!({ "mid": mid, "seq": seq, "text": message.text, "attachments": attachments,
            "markup": message.markup });
        json["body"] = if message.no_body { Value::Null } else { body };
        if let Some(link) = message.link {
            json["link"] = link;
        }
        let (at, files, message) = (self.shared.clock.now(), Vec::new(), json.clone());
        if let Some(chat) = world.chats.get_mut(&chat_id) {
            chat.closed = false;
            chat.messages.push(Stored { mid: mid.clone(), message, from_bot: false, deleted: false, at, files });
        }
        (mid, json)
    }

    pub fn edit(&self, mid: &str, text: &str) {
        let message = {
            let mut world = self.shared.world();
            let chat = world.chats.get_mut(&self.chat_id).expect("a dialog");
            let stored = chat.find(mid).expect("a message of theirs");
            stored.message["body"]["text"] = json!(text);
            stored.message.clone()
        };
        self.emit(json!({ "update_type": "message_edited", "timestamp": now_ms(), "message": message }));
    }

    pub fn delete(&self, mid: &str) {
        if let Some(stored) = self.shared.world().chats.get_mut(&self.chat_id).and_then(|chat| chat.find(mid)) {
            stored.deleted = true;
        }
        self.emit(json!({ "update_type": "message_removed", "timestamp": now_ms(), "message_id": mid,
            "chat_id": self.chat_id, "user_id": self.user_id }));
    }

    /// Comes by a link with this mark, or by the button.
    pub fn start(&self, payload: Option<&str>) {
        self.set_closed(false);
        self.tell("bot_started", json!({ "payload": payload }));
    }

    pub fn stop(&self) {
        self.set_closed(true);
        self.tell("bot_stopped", json!({}));
    }

    fn set_closed(&self, closed: bool) {
        self.shared.world().chats.get_mut(&self.chat_id).expect("a dialog").closed = closed;
    }

    fn tell(&self, kind: &str, more: Value) {
        let mut update = json!({ "update_type": kind, "timestamp": now_ms(), "chat_id": self.chat_id,
            "user": self.as_json(), "user_locale": "ru" });
        more.as_object().into_iter().flatten().for_each(|(name, value)| update[name] = value.clone());
        self.emit(update);
    }

    /// Presses a button under a message of the bot's. Gives the callback's id.
    pub fn press(&self, mid: &str, payload: &str) -> String {
        let (id, message) = {
            let mut world = self.shared.world();
            let chat = world.chats.get_mut(&self.chat_id).expect("a dialog");
            let message = chat.find(mid).map(|stored| stored.message.clone());
            let id = format!("cb-{mid}");
            world.bots.get_mut(&self.token).expect("a bot").asked.push(id.clone());
            (id, message)
        };
        let callback = json!({ "timestamp": now_ms(), "callback_id": id, "payload": payload, "user": self.as_json() });
        self.emit(json!({ "update_type": "message_callback", "timestamp": now_ms(), "callback": callback,
            "message": message, "user_locale": "ru" }));
        id
    }

    /// What the bot has sent and not deleted, in order.
    pub fn received(&self) -> Vec<Received> {
        let world = self.shared.world();
        let messages = &world.chats[&self.chat_id].messages;
        messages.iter().filter(|stored| stored.from_bot && !stored.deleted).map(received).collect()
    }

    fn emit(&self, update: Value) {
        emit(&self.shared, &self.token, update);
    }
}

fn received(stored: &Stored) -> Received {
    let message = &stored.message;
    Received {
        mid: stored.mid.clone(),
        text: message["body"]["text"].as_str().unwrap_or_default().to_owned(),
        body: message["body"].clone(),
        reply_to: message["link"]["message"]["mid"].as_str().map(str::to_owned),
        files: stored.files.clone(),
    }
}

fn contact(token: &str, card: &str, proof: Card) -> Value {
    let key = if proof == Card::Own { token } else { "somebody else" };
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    let hash = (proof != Card::Picked).then(|| hex::encode(hmac::sign(&key, card.as_bytes())));
    json!({ "type": "contact", "payload": { "vcf_info": card, "hash": hash } })
}
