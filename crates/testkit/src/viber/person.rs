use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    callback,
    state::{Media, Sent, Shared},
};

/// How long the address of what a person has sent is good.
const MEDIA_GOOD_FOR: Duration = Duration::from_secs(3600);

/// Somebody with Viber, in the chat with one bot.
#[derive(Debug, Clone)]
pub struct Person {
    shared: Arc<Shared>,
    token: String,
    id: String,
    name: String,
}

impl Person {
    pub(super) fn new(shared: Arc<Shared>, token: &str, id: &str, name: &str) -> Self {
        shared.with_chat(token, id, |chat| name.clone_into(&mut chat.name));
        Self { shared, token: token.to_owned(), id: id.to_owned(), name: name.to_owned() }
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    /// Opens the chat by a link with this mark (or by the button, without).
    pub fn open(&self, context: Option<&str>) {
        let subscribed = self.shared.with_chat(&self.token, &self.id, |chat| chat.subscribed);
        let mut fields = json!({ "type": "open", "user": self.json(), "subscribed": subscribed });
        if let Some(context) = context {
            fields["context"] = json!(context);
        }
        self.tell("conversation_started", None, fields);
    }

    pub fn subscribe(&self) {
        self.shared.with_chat(&self.token, &self.id, |chat| chat.subscribed = true);
        self.tell("subscribed", None, json!({ "user": self.json() }));
    }

    pub fn unsubscribe(&self) {
        self.shared.with_chat(&self.token, &self.id, |chat| chat.subscribed = false);
        self.tell("unsubscribed", None, json!({ "user_id": self.id }));
    }

    /// Writes a text, which subscribes too. Gives the message's token, as all that follow.
    pub fn text(&self, text: &str) -> u64 {
        self.send(json!({ "type": "text", "text": text }))
    }

    pub fn picture(&self, text: &str, bytes: impl Into<Bytes>) -> u64 {
        let bytes = bytes.into();
        let (size, media) = (bytes.len(), self.host("image/jpeg", "picture.jpg", bytes));
        self.send(json!({
            "type": "picture", "text": text, "media": media, "thumbnail": media, "file_name": "picture.jpg", "size": size,
        }))
    }

    pub fn file(&self, name: &str, mime: &str, bytes: impl Into<Bytes>) -> u64 {
        let bytes = bytes.into();
        let (size, media) = (bytes.len(), self.host(mime, name, bytes));
        self.send(json!({ "type": "file", "media": media, "file_name": name, "size": size }))
    }

    /// Sends a message as Viber would write it.
    pub fn send(&self, message: Value) -> u64 {
        let now = self.shared.clock.now();
        self.shared.with_chat(&self.token, &self.id, |chat| {
            chat.subscribed = true;
            chat.unanswered.clear();
            let day = Duration::from_secs(24 * 3600);
            if chat.session_since.is_none_or(|since| now > since + day) {
                chat.session_since = Some(now);
            }
        });
        self.tell("message", None, json!({ "sender": self.json(), "message": message, "silent": false }))
    }

    /// Looks at the chat: one word for all that was read.
    pub fn reads(&self, token: u64) {
        self.tell("seen", Some(token), json!({ "user_id": self.id }));
    }

    /// Uses a client of this API version; a desktop has 1.
    pub fn uses_api_version(&self, version: i64) {
        self.shared.with_chat(&self.token, &self.id, |chat| chat.api_version = version);
    }

    /// Uses a client that does not show messages of this kind: Viber accepts them and then says that they failed.
    pub fn cannot_show(&self, kind: &str) {
        self.shared.with_chat(&self.token, &self.id, |chat| chat.rejects.insert(kind.to_owned()));
    }

    /// What has arrived here, in order.
    pub fn received(&self) -> Vec<Sent> {
        let world = self.shared.world();
        world.bots[&self.token].sent.iter().filter(|sent| sent.receiver == self.id && sent.delivered).cloned().collect()
    }

    /// What greeted this person before they wrote.
    pub fn welcomes(&self) -> Vec<Value> {
        self.shared.with_chat(&self.token, &self.id, |chat| chat.welcomes.clone())
    }

    fn json(&self) -> Value {
        json!({
            "id": self.id, "name": self.name, "avatar": "https://media.example.com/avatar.jpg", "country": "UA",
            "language": "uk", "api_version": 10,
        })
    }

    fn tell(&self, kind: &str, about: Option<u64>, fields: Value) -> u64 {
        let event = callback::event(&self.shared, kind, about, fields);
        let token = event["message_token"].as_u64().unwrap_or_default();
        callback::deliver(&self.shared, &self.token, event);
        token
    }

    fn host(&self, mime: &str, name: &str, bytes: Bytes) -> String {
        let mut world = self.shared.world();
        let id = world.next_token().to_string();
        let until = self.shared.clock.now() + MEDIA_GOOD_FOR;
        world.media.insert(id.clone(), Media { mime: mime.to_owned(), bytes, until });
        let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' }).collect();
        format!("http://{}/media/{id}/{name}", self.shared.address)
    }
}
