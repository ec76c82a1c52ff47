use contracts::channel::{
    Blocked, ButtonCallback, Content, ConversationStarted, Inbound, Message as Said, Peer, Source, Unblocked,
    inbound::Body,
};
use gateway_kit::words::{clean, storable};

use super::{message::natural_key, peer, time};
use crate::wire::{Attachment, Callback, ChatEvent, Message};

/// A pressed button. The message that it stood under was sent by the bot: the customer is who pressed.
pub fn callback(callback: &Callback, message: Option<&Message>, locale: Option<&str>) -> Vec<Inbound> {
    let data = callback.payload.as_deref().map(storable).unwrap_or_default();
    let title = message.and_then(|message| pressed(message, &data)).unwrap_or_default();
    let body = Body::ButtonCallback(ButtonCallback { data, title, callback_id: storable(&callback.callback_id) });
    let at = callback.timestamp.unwrap_or_default();
    let dialog = message.filter(|message| !peer::is_dialog(&message.recipient)).is_none();
    let chat = message.and_then(|message| message.recipient.chat_id);
    let peer = match chat {
        Some(chat) if !dialog => peer::group(chat, None),
        _ => peer::person(&callback.user, chat, locale),
    };
    vec![Inbound {
        // Presses of one keyboard may share the id; the time tells them apart.
        key: format!("cb:{}:{at}", callback.callback_id),
        sent_on: time(at),
        shown_at: time(at),
        message_key: message.map(natural_key).unwrap_or_default(),
        peer: Some(peer),
        body: Some(body),
        ..Inbound::default()
    }]
}

fn pressed(message: &Message, data: &str) -> Option<String> {
    let keyboard = |one: &&Attachment| one.kind == "inline_keyboard";
    let keyboards = message.body.as_ref()?.attachments.iter().filter(keyboard).filter_map(|one| one.payload.as_ref());
    let mut buttons = keyboards.flat_map(|payload| payload.buttons.iter().flatten());
    buttons.find(|button| button.payload.as_deref() == Some(data)).map(|button| clean(&button.text, 200))
}

/// One that concerns a person or a group as a whole.
pub fn of_chat(kind: &str, event: &ChatEvent, timestamp: Option<i64>, locale: Option<&str>) -> Vec<Inbound> {
    if event.is_channel == Some(true) {
        return Vec::new();
    }
    let of_person = || event.user.as_ref().map(|user| peer::person(user, Some(event.chat_id), locale));
    let of_group = || Some(peer::group(event.chat_id, event.title.as_deref()));
    let one = |body, peer| vec![fact(kind, event, timestamp, peer, body)];
    match kind {
        "bot_started" => started(event, timestamp, of_person()),
        "bot_stopped" | "dialog_removed" => one(Body::Blocked(Blocked {}), of_person()),
        "bot_added" => one(Body::ConversationStarted(ConversationStarted::default()), of_group()),
        "bot_removed" => one(Body::Blocked(Blocked {}), of_group()),
        "user_added" => one(line(event, "new_chat_members", "joined"), of_group()),
        "user_removed" => one(line(event, "left_chat_member", "left"), of_group()),
        "chat_title_changed" => one(line(event, "new_chat_title", "changed the title"), of_group()),
        _ => Vec::new(),
    }
}

/// Who starts the bot can be written to again; the payload of the link says where they came from.
fn started(event: &ChatEvent, timestamp: Option<i64>, peer: Option<Peer>) -> Vec<Inbound> {
    let payload = event.payload.as_deref().map(|payload| clean(payload, 512)).filter(|payload| !payload.is_empty());
    let source = payload.map(|r#ref| Source { kind: "max_start".into(), r#ref, ..Source::default() });
    let started = Body::ConversationStarted(ConversationStarted::default());
    let fact = |kind, body| fact(kind, event, timestamp, peer.clone(), body);
    vec![fact("bot_unstopped", Body::Unblocked(Unblocked {})), Inbound { source, ..fact("bot_started", started) }]
}

fn line(event: &ChatEvent, key: &str, words: &str) -> Body {
    let who = event.user.as_ref().map(peer::name).unwrap_or_default();
    let about = event.title.as_deref().map(|title| clean(title, 200));
    let content = Content {
        event_text: [who.as_str(), words].join(" ").trim().to_owned(),
        event_key: key.into(),
        event_args: [who].into_iter().chain(about).collect(),
        ..Content::default()
    };
    Body::Message(Said { content: Some(content) })
}

fn fact(kind: &str, event: &ChatEvent, timestamp: Option<i64>, peer: Option<Peer>, body: Body) -> Inbound {
    let who = event.user.as_ref().map(|user| user.user_id).or(event.user_id).unwrap_or_default();
    let key = format!("{kind}:{}:{who}:{}", event.chat_id, timestamp.unwrap_or_default());
    let at = timestamp.and_then(time);
    let message_key = if matches!(body, Body::Message(_)) { key.clone() } else { String::new() };
    Inbound { key, sent_on: at, shown_at: at, message_key, peer, body: Some(body), ..Inbound::default() }
}
