use std::{collections::VecDeque, time::Duration};

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    answer::{Refusal, refuse},
    methods::{Query, number},
    state::World,
};

/// Sequence numbers are above 2^53.
pub(super) const FIRST_SEQ: i64 = 117_650_000_000_000_000;

pub(super) struct Stored {
    pub mid: String,
    pub message: Value,
    pub from_bot: bool,
    pub deleted: bool,
    /// By the fake's clock.
    pub at: Duration,
    pub files: Vec<bytes::Bytes>,
}

pub(super) struct Chat {
    pub token: String,
    /// `dialog` or `chat`.
    pub kind: &'static str,
    pub user_id: Option<i64>,
    pub title: String,
    /// The person stopped the bot, or the group removed it.
    pub closed: bool,
    pub messages: Vec<Stored>,
    pub sends: VecDeque<Instant>,
}

impl Chat {
    pub fn new(token: &str, kind: &'static str, user_id: Option<i64>, title: &str) -> Self {
        let (token, title) = (token.to_owned(), title.to_owned());
        Self { token, kind, user_id, title, closed: false, messages: Vec::new(), sends: VecDeque::new() }
    }

    pub fn find(&mut self, mid: &str) -> Option<&mut Stored> {
        self.messages.iter_mut().find(|stored| stored.mid == mid && !stored.deleted)
    }
}

pub(super) fn dialog_of(world: &World, token: &str, user: i64) -> Option<i64> {
    let is_it = |chat: &Chat| chat.token == token && chat.user_id == Some(user);
    world.chats.iter().find(|(_, chat)| is_it(chat)).map(|(id, _)| *id)
}

/// The chat that a call names; a person is no chat.
pub(super) fn target(world: &World, token: &str, query: &Query) -> Result<i64, Refusal> {
    let no_dialog = || refuse(404, "dialog.not.found", "Key: error.dialog.notfound");
    match (number(query, "chat_id")?, number(query, "user_id")?) {
        (Some(chat), None) if world.chats.get(&chat).is_some_and(|known| known.token == token) => Ok(chat),
        (Some(chat), None) if world.people.contains_key(&chat) => no_dialog(),
        (Some(chat), None) => refuse(404, "not.found", &format!("Chat {chat} not found")),
        (None, Some(user)) => dialog_of(world, token, user).map_or_else(no_dialog, Ok),
        _ => refuse(400, "proto.payload", "One of chat_id and user_id is required"),
    }
}

/// Which chat of the bot's holds a message.
pub(super) fn holding(world: &World, token: &str, mid: &str) -> Option<i64> {
    let holds =
        |chat: &Chat| chat.token == token && chat.messages.iter().any(|stored| stored.mid == mid && !stored.deleted);
    world.chats.iter().find(|(_, chat)| holds(chat)).map(|(id, _)| *id)
}

pub(super) fn describe(world: &World, id: i64) -> Value {
    let Some(chat) = world.chats.get(&id) else { return Value::Null };
    let status = if chat.closed { "removed" } else { "active" };
    let with = chat.user_id.and_then(|user| world.people.get(&user));
    json!({ "chat_id": id, "type": chat.kind, "status": status, "title": chat.title, "dialog_with_user": with })
}

/// A message as it is given back: addresses of files are those of now.
pub(super) fn shown(world: &World, media: &str, stored: &Stored) -> Value {
    let mut message = stored.message.clone();
    refresh(world, media, &mut message);
    message
}

fn refresh(world: &World, media: &str, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let token = fields.get("token").and_then(Value::as_str).map(str::to_owned);
            if let Some(token) = token.filter(|token| fields.contains_key("url") && world.files.get(token).is_some()) {
                fields.insert("url".into(), json!(world.files.url(media, &token)));
            }
            fields.values_mut().for_each(|value| refresh(world, media, value));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| refresh(world, media, value)),
        _ => {}
    }
}
