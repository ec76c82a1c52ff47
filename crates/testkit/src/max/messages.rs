//! What a bot sends, changes and reads.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    answer::{Answer, Refusal, failure, invalid, refuse, success},
    chats::{self, FIRST_SEQ, Stored, holding, shown, target},
    html, keyboard,
    methods::{Query, number},
    state::{Shared, World, may, now_ms},
    webhook::emit,
};

const TEXT: usize = 4_000;
const EDITS_FOR: Duration = Duration::from_secs(7 * 24 * 3600);

pub(super) fn send(shared: &Arc<Shared>, token: &str, query: &Query, body: &Value) -> Answer {
    let mut world = shared.world();
    let chat_id = target(&world, token, query)?;
    let moderated = world.bots.get(token).is_some_and(|bot| bot.moderated);
    let chat = world.chats.get_mut(&chat_id).expect("it was just found");
    if chat.closed || !moderated {
        return refuse(403, "chat.denied", &format!("Key: error.dialog.suspended, args: [{chat_id}]"));
    }
    if !may(&mut chat.sends, shared.options.chat_rate) {
        return refuse(429, "too.many.requests", "Too many requests");
    }
    let content = content(&world, &shared.media_url, body)?;
    if content.is_empty() {
        return invalid("A message has text or attachments");
    }
    let link = link(&world, token, chat_id, body)?;
    let sent = store(shared, &mut world, token, chat_id, content, link);
    drop(world);
    if shared.options.echoes {
        emit(shared, token, json!({ "update_type": "message_created", "timestamp": now_ms(), "message": sent }));
    }
    Ok(json!({ "message": sent }))
}

#[derive(Default)]
struct Content {
    text: String,
    markup: Vec<Value>,
    attachments: Vec<Value>,
    files: Vec<bytes::Bytes>,
}

impl Content {
    fn is_empty(&self) -> bool {
        self.text.trim().is_empty() && self.attachments.iter().all(|one| one["type"] == "inline_keyboard")
    }
}

fn content(world: &World, media: &str, body: &Value) -> Result<Content, Refusal> {
    let text = body["text"].as_str().unwrap_or_default();
    let (text, markup) = if body["format"] == "html" { html::read(text) } else { (text.to_owned(), Vec::new()) };
    if text.chars().count() > TEXT {
        return invalid("text: size must be between 0 and 4000");
    }
    let mut content = Content { text, markup, ..Content::default() };
    let attachments = body["attachments"].as_array().cloned().unwrap_or_default();
    let alone =
        |one: &Value| ["audio", "file", "contact", "sticker"].contains(&one["type"].as_str().unwrap_or_default());
    let others = attachments.iter().filter(|one| one["type"] != "inline_keyboard").count();
    if others > 1 && attachments.iter().any(alone) {
        return invalid("attachments: this one must be the only attachment");
    }
    for one in attachments {
        attach(world, media, &mut content, one)?;
    }
    Ok(content)
}

fn attach(world: &World, media: &str, content: &mut Content, one: Value) -> Result<(), Refusal> {
    let kind = one["type"].as_str().unwrap_or_default().to_owned();
    match kind.as_str() {
        "inline_keyboard" => keyboard::check(&one)?,
        "location" if one["latitude"].is_f64() && one["longitude"].is_f64() => {}
        "contact" if one["payload"]["name"].is_string() => {}
        "image" | "video" | "audio" | "file" => return file(world, media, content, &kind, &one),
        _ => return invalid("attachments: one of an unknown form"),
    }
    content.attachments.push(one);
    Ok(())
}

fn file(world: &World, media: &str, content: &mut Content, kind: &str, one: &Value) -> Result<(), Refusal> {
    let payload = &one["payload"];
    let photo = payload["photos"].as_object().and_then(|photos| photos.values().next()?["token"].as_str());
    let token = payload["token"].as_str().or(photo).unwrap_or_default();
    let Some(file) = world.files.get(token).filter(|file| file.kind == kind) else {
        return invalid("attachments: an unknown token");
    };
    if Instant::now() < file.ready {
        return refuse(400, "attachment.not.ready", "Key: errors.process.attachment.file.not.processed");
    }
    content.files.push(file.bytes.clone());
    let payload = json!({ "token": token, "url": world.files.url(media, token) });
    content.attachments.push(match kind {
        "file" => json!({ "type": kind, "payload": payload, "filename": file.name, "size": file.bytes.len() }),
        _ => json!({ "type": kind, "payload": payload }),
    });
    Ok(())
}

fn link(world: &World, token: &str, chat_id: i64, body: &Value) -> Result<Option<Value>, Refusal> {
    let Some(mid) = body["link"]["mid"].as_str() else { return Ok(None) };
    if holding(world, token, mid) != Some(chat_id) {
        return refuse(404, "not.found", &format!("Message {mid} not found"));
    }
    let stored = world.chats[&chat_id].messages.iter().find(|stored| stored.mid == mid).expect("it holds it");
    let message = &stored.message;
    Ok(Some(json!({ "type": body["link"]["type"], "sender": message["sender"], "message": message["body"] })))
}

fn store(
    shared: &Shared,
    world: &mut World,
    token: &str,
    chat_id: i64,
    content: Content,
    link: Option<Value>,
) -> Value {
    let seq = FIRST_SEQ + world.next();
    let mid = format!("mid.{chat_id:016x}{seq:016x}");
    let bot = &world.bots[token];
    let sender = json!({ "user_id": bot.user_id, "first_name": bot.name, "is_bot": true });
    let chat = world.chats.get_mut(&chat_id).expect("it was just found");
    let recipient = json!({ "chat_id": chat_id, "chat_type": chat.kind, "user_id": chat.user_id });
    let body = json!({ "mid": mid, "seq": seq, "text": content.text, "attachments": content.attachments,
        "markup": content.markup });
    let mut message = json!({ "sender": sender, "recipient": recipient, "timestamp": now_ms(), "body": body });
    if let Some(link) = link {
        message["link"] = link;
    }
    let (at, files) = (shared.clock.now(), content.files);
    chat.messages.push(Stored { mid, message: message.clone(), from_bot: true, deleted: false, at, files });
    message
}

pub(super) fn edit(shared: &Arc<Shared>, token: &str, query: &Query, body: &Value) -> Answer {
    let mut world = shared.world();
    let mid = query.get("message_id").map(String::as_str).unwrap_or_default();
    let Some(chat_id) = holding(&world, token, mid) else {
        return refuse(404, "not.found", &format!("Message {mid} not found"));
    };
    let content = content(&world, &shared.media_url, body)?;
    let (now, chat) = (shared.clock.now(), world.chats.get_mut(&chat_id).expect("it holds it"));
    let is_dialog = chat.kind == "dialog";
    let stored = chat.find(mid).expect("it holds it");
    if !stored.from_bot {
        return failure("Only own messages are edited");
    }
    let attached = &stored.message["body"]["attachments"];
    let has_keyboard = attached.as_array().into_iter().flatten().any(|one| one["type"] == "inline_keyboard");
    if is_dialog && !has_keyboard && now > stored.at + EDITS_FOR {
        return failure("The message is too old to be edited");
    }
    if body["text"].is_string() {
        stored.message["body"]["text"] = json!(content.text);
        stored.message["body"]["markup"] = json!(content.markup);
    }
    if body["attachments"].is_array() {
        stored.message["body"]["attachments"] = json!(content.attachments);
    }
    success()
}

pub(super) fn delete(shared: &Arc<Shared>, token: &str, query: &Query) -> Answer {
    let mut world = shared.world();
    let mid = query.get("message_id").map(String::as_str).unwrap_or_default();
    let Some(chat_id) = holding(&world, token, mid) else {
        return refuse(404, "not.found", &format!("Message {mid} not found"));
    };
    world.chats.get_mut(&chat_id).and_then(|chat| chat.find(mid)).expect("it holds it").deleted = true;
    success()
}

/// Newest first. `from` is where to begin, `to` where to end: the older of the two.
pub(super) fn history(shared: &Arc<Shared>, token: &str, query: &Query) -> Answer {
    let world = shared.world();
    let count = number(query, "count")?.unwrap_or(50);
    if !(1..=100).contains(&count) {
        return invalid("count: 1 to 100");
    }
    let (from, to) = (number(query, "from")?.unwrap_or(i64::MAX), number(query, "to")?.unwrap_or(i64::MIN));
    let chat_id = target(&world, token, query)?;
    let within = |stored: &&Stored| {
        let at = stored.message["timestamp"].as_i64().unwrap_or_default();
        !stored.deleted && (to..=from).contains(&at)
    };
    let found = world.chats[&chat_id].messages.iter().rev().filter(within).take(count as usize);
    let messages: Vec<_> = found.map(|stored| shown(&world, &shared.media_url, stored)).collect();
    Ok(json!({ "messages": messages }))
}

pub(super) fn one(shared: &Arc<Shared>, token: &str, mid: &str) -> Answer {
    let world = shared.world();
    let Some(chat_id) = chats::holding(&world, token, mid) else {
        return refuse(404, "not.found", &format!("Message {mid} not found"));
    };
    let stored = world.chats[&chat_id].messages.iter().find(|stored| stored.mid == mid).expect("it holds it");
    Ok(shown(&world, &shared.media_url, stored))
}
