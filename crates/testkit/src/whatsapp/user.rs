use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};

use super::send;
use super::state::{Received, ReceivedFile, Shape, Shared, World, put};
use super::webhook;

/// Unix seconds as webhooks write them.
pub(super) fn now() -> String {
    crate::telegram::clock::unix_now().to_string()
}

/// What stands around messages and statuses of a number.
pub(super) fn value(world: &World, number: &str) -> Value {
    let state = &world.numbers[number];
    let metadata = json!({ "display_phone_number": state.phone, "phone_number_id": state.id });
    json!({ "messaging_product": "whatsapp", "metadata": metadata })
}

/// A person, as the test plays them.
#[derive(Debug, Clone)]
pub struct User {
    shared: Arc<Shared>,
    number: String,
    index: usize,
}

impl User {
    pub(super) fn new(shared: Arc<Shared>, number: String, index: usize) -> Self {
        Self { shared, number, index }
    }

    /// Writes a text; its wamid.
    pub fn text(&self, text: &str) -> String {
        self.write("text", json!({ "body": text }), Value::Null)
    }

    pub fn reply(&self, to: &str, text: &str) -> String {
        self.write("text", json!({ "body": text }), json!({ "context": { "from": "business", "id": to } }))
    }

    /// Reacts to a message; an empty emoji takes it back.
    pub fn react(&self, to: &str, emoji: &str) -> String {
        let reaction =
            if emoji.is_empty() { json!({ "message_id": to }) } else { json!({ "message_id": to, "emoji": emoji }) };
        self.write("reaction", reaction, Value::Null)
    }

    /// Sends a file of a kind: `image`, `video`, `audio`, `voice`, `document`, `sticker`.
    pub fn file(&self, kind: &str, mime: &str, name: &str, caption: &str, bytes: impl Into<Bytes>) -> String {
        let file = ReceivedFile { mime: mime.to_owned(), name: name.to_owned(), bytes: bytes.into() };
        let mut world = self.shared.world();
        let id = world.next_id();
        let id = world.files.receive(&self.number, file, id, self.shared.clock.now());
        drop(world);
        let mut media = json!({ "id": id, "mime_type": mime, "sha256": "AA==" });
        for (field, text) in [("filename", name), ("caption", caption)] {
            if !text.is_empty() {
                media[field] = json!(text);
            }
        }
        if matches!(kind, "audio" | "voice") {
            media["voice"] = json!(kind == "voice");
        }
        self.write(if kind == "voice" { "audio" } else { kind }, media, Value::Null)
    }

    /// Presses an answer of a message with buttons or a list.
    pub fn choose(&self, to: &str, id: &str, title: &str) -> String {
        let reply = json!({ "type": "button_reply", "button_reply": { "id": id, "title": title } });
        self.write("interactive", reply, json!({ "context": { "from": "business", "id": to } }))
    }

    /// Comes by an advertisement with a button that opens WhatsApp.
    pub fn text_from_ad(&self, text: &str, ad: &str, click: &str) -> String {
        let referral = json!({
            "source_url": "https://example.com/ad", "source_type": "ad", "source_id": ad, "headline": "Окна со скидкой",
            "body": "Замер бесплатно", "media_type": "image", "ctwa_clid": click,
        });
        self.write("text", json!({ "body": text }), json!({ "referral": referral }))
    }

    /// Sends any message: its type, what belongs to it, and what stands beside it.
    pub fn write(&self, kind: &str, own: Value, beside: Value) -> String {
        let mut world = self.shared.world();
        let id = world.wamid();
        world.users[self.index].last_wrote = Some(self.shared.clock.now());
        let shape = world.users[self.index].shape.clone();
        let mut message = json!({ "id": id, "timestamp": now(), "type": kind, kind: own });
        if let (Value::Object(message), Value::Object(beside)) = (&mut message, beside) {
            message.extend(beside);
        }
        put(&mut message, "from", shape.phone.as_ref());
        put(&mut message, "from_user_id", shape.user_id.as_ref());
        let mut value = value(&world, &self.number);
        value["contacts"] = json!([shape.contact()]);
        value["messages"] = json!([message]);
        drop(world);
        self.tell(json!({ "field": "messages", "value": value }));
        id
    }

    /// Takes another phone: Meta makes another user id and says so.
    pub fn change_phone(&self, phone: &str, user_id: Option<&str>) {
        let mut world = self.shared.world();
        let id = world.wamid();
        let before = world.users[self.index].shape.clone();
        let shape = &mut world.users[self.index].shape;
        shape.phone = Some(phone.to_owned());
        shape.user_id = user_id.map(str::to_owned);
        let mut system =
            json!({ "type": "user_changed_number", "body": "The user changed their number", "wa_id": phone });
        put(&mut system, "user_id", shape.user_id.as_ref());
        put(&mut system, "previous_user_id", before.user_id.as_ref());
        let mut message = json!({ "id": id, "timestamp": now(), "type": "system", "system": system });
        put(&mut message, "from", before.phone.as_ref());
        let mut value = value(&world, &self.number);
        value["messages"] = json!([message]);
        drop(world);
        self.tell(json!({ "field": "messages", "value": value }));
    }

    /// Shows other names from now on: takes a user name and hides the phone, for example.
    pub fn become_known_as(&self, shape: Shape) {
        self.shared.world().users[self.index].shape = shape;
    }

    /// Opens the chat: everything received is read.
    pub fn read(&self) {
        let world = self.shared.world();
        let read =
            |one: &Received| send::status(&world, &self.number, &one.id, "read", &one.json, Some(self.index), None);
        let changes: Vec<_> = world.users[self.index].received.iter().map(read).collect();
        drop(world);
        changes.into_iter().for_each(|change| self.tell(change));
    }

    /// What was accepted fails after all, as Meta tells of it later.
    pub fn fail_last(&self, code: i64, title: &str) {
        let world = self.shared.world();
        let Some(last) = world.users[self.index].received.last() else { return };
        let change = send::status(&world, &self.number, &last.id, "failed", &last.json, None, Some((code, title)));
        drop(world);
        self.tell(change);
    }

    /// Blocks the number: nothing arrives any more.
    pub fn block(&self) {
        self.shared.world().users[self.index].blocks = true;
    }

    /// What has arrived, in order.
    pub fn received(&self) -> Vec<Received> {
        self.shared.world().users[self.index].received.clone()
    }

    /// The messages at which the business was seen typing.
    pub fn typing_seen(&self) -> Vec<String> {
        self.shared.world().users[self.index].typing_seen.clone()
    }

    /// The messages that the business has marked as read.
    pub fn read_by_business(&self) -> Vec<String> {
        self.shared.world().users[self.index].read_by_business.clone()
    }

    fn tell(&self, change: Value) {
        webhook::tell(&self.shared, &format!("user {}", self.index), &self.number, change);
    }
}
