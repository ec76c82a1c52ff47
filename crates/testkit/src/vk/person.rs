use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    state::{Hosted, Shared},
    uploads,
};

/// Somebody who writes to a community, and what they see.
#[derive(Debug, Clone)]
pub struct Person {
    shared: Arc<Shared>,
    group: i64,
    id: i64,
}

/// A message of the community's, as the person sees it.
#[derive(Debug, Clone)]
pub struct Received {
    pub cmid: i64,
    pub text: String,
    pub random_id: i64,
    pub keyboard: Option<Value>,
    /// The number of the message that is answered.
    pub reply_to: Option<i64>,
    pub location: Option<(f64, f64)>,
    /// Kind, name and bytes of each file.
    pub files: Vec<(String, String, Bytes)>,
}

impl Person {
    pub(super) fn new(shared: Arc<Shared>, group: i64, id: i64) -> Self {
        Self { shared, group, id }
    }

    pub fn id(&self) -> i64 {
        self.id
    }

    /// Writes; gives the message's number in the conversation.
    pub fn text(&self, text: &str) -> i64 {
        self.send(json!({ "text": text }))
    }

    /// Writes a message of these fields.
    pub fn send(&self, fields: Value) -> i64 {
        self.write_in(self.id, fields)
    }

    /// Writes in a conversation of several.
    pub fn write_in(&self, peer: i64, mut fields: Value) -> i64 {
        fields["from_id"] = self.id.into();
        let mut world = self.shared.world();
        let group = world.group(self.group);
        let message = group.add(peer, fields);
        group.talks.entry(peer).or_default().may_write = true;
        let number = message["conversation_message_id"].as_i64().unwrap_or_default();
        let client =
            json!({ "button_actions": ["text", "callback"], "keyboard": true, "inline_keyboard": true, "lang_id": 0 });
        let mut event = message;
        if event["text"].as_str().is_some_and(|text| text.chars().count() > 5_000) {
            event["text"] = event["text"].as_str().unwrap_or_default().chars().take(1_000).collect::<String>().into();
            event["is_cropped"] = true.into();
        }
        self.shared.emit(&mut world, self.group, "message_new", json!({ "message": event, "client_info": client }));
        number
    }

    /// Sends a file as an attachment of this kind (`photo`, `doc`, `audio_message`); gives the message's number.
    pub fn file(&self, kind: &str, name: &str, mime: &str, bytes: impl Into<Bytes>) -> i64 {
        let file = Hosted { name: name.to_owned(), mime: mime.to_owned(), bytes: bytes.into() };
        let attachment = {
            let mut world = self.shared.world();
            uploads::attachment(&mut world, &self.shared.base, kind, self.id, file)
        };
        self.send(json!({ "attachments": [attachment] }))
    }

    /// The button that opens a conversation, after a click on a marked link.
    pub fn start(&self, mark: &str, source: &str) -> i64 {
        self.send(json!({
            "text": "Начать", "payload": r#"{"command":"start"}"#, "ref": mark, "ref_source": source,
        }))
    }

    pub fn edit(&self, number: i64, text: &str) {
        let mut world = self.shared.world();
        let talk = world.group(self.group).talks.entry(self.id).or_default();
        let found = talk.messages.iter_mut().find(|message| message["conversation_message_id"] == number);
        let message = found.expect("a message");
        message["text"] = text.into();
        message["update_time"] = crate::telegram::clock::unix_now().into();
        let message = message.clone();
        self.shared.emit(&mut world, self.group, "message_edit", message);
    }

    pub fn allow(&self, key: &str) {
        self.talk(|talk| talk.may_write = true);
        self.emit("message_allow", json!({ "user_id": self.id, "key": key }));
    }

    pub fn deny(&self) {
        self.talk(|talk| talk.may_write = false);
        self.emit("message_deny", json!({ "user_id": self.id }));
    }

    /// From now on a send to this person is refused with this code (900, 902), or with none.
    pub fn refuse(&self, code: Option<i64>) {
        self.talk(|talk| talk.refused = code);
    }

    /// Presses a callback button; gives VK's id of the press.
    pub fn press(&self, number: i64, payload: Value) -> String {
        let event_id = format!("press{}", self.shared.world().number());
        self.emit(
            "message_event",
            json!({
                "user_id": self.id, "peer_id": self.id, "event_id": event_id, "payload": payload,
                "conversation_message_id": number,
            }),
        );
        event_id
    }

    /// Reads all that is there.
    pub fn read(&self) {
        let number = self.talk(|talk| talk.next);
        let read = json!({ "from_id": self.id, "peer_id": self.id, "read_message_id": number, "conversation_message_id": number });
        self.emit("message_read", read);
    }

    pub fn types(&self) {
        self.emit("message_typing_state", json!({ "state": "typing", "from_id": self.id, "to_id": -self.group }));
    }

    pub fn react(&self, number: i64, reaction: Option<i64>) {
        let mut event = json!({ "reacted_id": self.id, "peer_id": self.id, "cmid": number });
        if let Some(id) = reaction {
            event["reaction_id"] = id.into();
        }
        self.emit("message_reaction_event", event);
    }

    /// How often the community was shown typing.
    pub fn typings(&self) -> usize {
        self.talk(|talk| talk.typings)
    }

    /// Whether the community has marked the conversation as read.
    pub fn is_read(&self) -> bool {
        self.talk(|talk| talk.read_by_community)
    }

    /// The reaction that the community has set on a message.
    pub fn reaction(&self, number: i64) -> Option<i64> {
        self.talk(|talk| {
            let message = talk.messages.iter().find(|message| message["conversation_message_id"] == number)?;
            message["reaction_id"].as_i64()
        })
    }

    /// What the community has sent, in order, without what was deleted.
    pub fn received(&self) -> Vec<Received> {
        let messages = self.talk(|talk| talk.messages.clone());
        let world = self.shared.world();
        let file = |attachment: &Value| {
            let kind = attachment["type"].as_str()?.to_owned();
            let (_, hosted) = world.saved.get(&uploads::name_of(attachment))?;
            Some((kind, hosted.name.clone(), hosted.bytes.clone()))
        };
        let seen = |message: &Value| Received {
            cmid: message["conversation_message_id"].as_i64().unwrap_or_default(),
            text: message["text"].as_str().unwrap_or_default().to_owned(),
            random_id: message["random_id"].as_i64().unwrap_or_default(),
            keyboard: message.get("keyboard").cloned(),
            reply_to: message["reply_message"]["conversation_message_id"].as_i64(),
            location: message["geo"]["coordinates"]["latitude"]
                .as_f64()
                .zip(message["geo"]["coordinates"]["longitude"].as_f64()),
            files: message["attachments"].as_array().into_iter().flatten().filter_map(file).collect(),
        };
        messages.iter().filter(|message| message["out"] == 1).map(seen).collect()
    }

    fn talk<T>(&self, look: impl FnOnce(&mut super::state::Talk) -> T) -> T {
        let mut world = self.shared.world();
        look(world.group(self.group).talks.entry(self.id).or_default())
    }

    fn emit(&self, kind: &str, object: Value) {
        let mut world = self.shared.world();
        self.shared.emit(&mut world, self.group, kind, object);
    }
}
