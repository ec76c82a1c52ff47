use contracts::channel::{Alias, AliasKind, Peer};
use gateway_kit::words::clean;

use crate::{
    address::Place,
    wire::{Chat, Message, User},
};

const NAME_CHARS: usize = 200;

pub fn is_private(chat: &Chat) -> bool {
    chat.kind == "private"
}

/// The other side: a person, or a group as a whole (then `display_name` is its title).
pub fn of_chat(chat: &Chat, place: &Place, person: Option<&User>) -> Peer {
    let person = person.filter(|user| user.id == chat.id);
    let username = chat.username.as_ref().or(person.and_then(|user| user.username.as_ref()));
    let names = [&chat.title, &chat.first_name, &chat.last_name];
    let mut display_name = joined(&names);
    if display_name.is_empty() {
        display_name = person.map(user_name).filter(|name| !name.is_empty()).unwrap_or_else(|| at(username));
    }
    Peer {
        address: chat.id.to_string(),
        display_name,
        aliases: username.into_iter().map(|name| alias(AliasKind::Username, clean(name, 64))).collect(),
        language: person.and_then(|user| user.language_code.as_deref()).map(|code| clean(code, 35)).unwrap_or_default(),
        reply_address: place.to_string(),
        ..Peer::default()
    }
}

/// The person of a thread in a channel's direct messages; `None`: it is none.
pub fn of_direct(message: &Message) -> Option<Peer> {
    let person = message.direct_messages_topic.as_ref()?.user.as_ref()?;
    Some(Peer { reply_address: Place::of(message).to_string(), ..of_user(person) })
}

pub fn of_message(message: &Message) -> Peer {
    if let Some(peer) = of_direct(message) {
        return peer;
    }
    let mut peer = of_chat(&message.chat, &Place::of(message), message.from.as_ref());
    if let Some(contact) = message.contact.as_ref().filter(|contact| contact.user_id == Some(message.chat.id)) {
        peer.aliases.push(alias(AliasKind::Phone, clean(&contact.phone_number, 32)));
    }
    if let Some(old) = message.rest.get("migrate_from_chat_id").and_then(serde_json::Value::as_i64) {
        peer.aliases.push(alias(AliasKind::ProviderId, old.to_string()));
    }
    peer
}

pub fn of_user(user: &User) -> Peer {
    let chat = Chat { id: user.id, kind: "private".into(), ..Chat::default() };
    of_chat(&chat, &Place::chat(user.id), Some(user))
}

/// Who wrote a message of a group.
pub fn author(message: &Message) -> String {
    let chat = message.sender_chat.as_ref().map(chat_name);
    chat.or(message.from.as_ref().map(user_name)).unwrap_or_default()
}

pub fn user_name(user: &User) -> String {
    let name = joined(&[&user.first_name, &user.last_name]);
    if name.is_empty() { at(user.username.as_ref()) } else { name }
}

pub fn chat_name(chat: &Chat) -> String {
    joined(&[&chat.title, &chat.first_name, &chat.last_name])
}

fn joined(names: &[&Option<String>]) -> String {
    let names: Vec<_> = names.iter().filter_map(|name| name.as_deref()).collect();
    clean(&names.join(" "), NAME_CHARS)
}

fn at(username: Option<&String>) -> String {
    username.map(|name| format!("@{}", clean(name, 64))).unwrap_or_default()
}

fn alias(kind: AliasKind, value: String) -> Alias {
    Alias { kind: kind.into(), value, claimed: false }
}
