use contracts::channel::{Alias, AliasKind, Peer};
use gateway_kit::words::clean;

use crate::{
    address::Place,
    wire::{Recipient, User},
};

const NAME_CHARS: usize = 200;

pub fn is_dialog(recipient: &Recipient) -> bool {
    recipient.chat_type.as_deref().is_none_or(|kind| kind == "dialog")
}

/// The person of a dialog.
pub fn person(user: &User, chat_id: Option<i64>, locale: Option<&str>) -> Peer {
    let username = user.username.as_deref().map(|name| clean(name, 64)).filter(|name| !name.is_empty());
    Peer {
        address: Place::User(user.user_id).to_string(),
        display_name: name(user),
        aliases: username.map(|value| alias(AliasKind::Username, value)).into_iter().collect(),
        language: locale.map(|locale| clean(locale, 35)).unwrap_or_default(),
        reply_address: chat_id.map(|chat| chat.to_string()).unwrap_or_default(),
        ..Peer::default()
    }
}

/// A group as a whole.
pub fn group(chat_id: i64, title: Option<&str>) -> Peer {
    Peer {
        address: Place::Chat(chat_id).to_string(),
        display_name: title.map(|title| clean(title, NAME_CHARS)).unwrap_or_default(),
        reply_address: chat_id.to_string(),
        ..Peer::default()
    }
}

pub fn name(user: &User) -> String {
    let parts: Vec<_> = [&user.first_name, &user.last_name].into_iter().filter_map(|part| part.as_deref()).collect();
    let name = clean(&parts.join(" "), NAME_CHARS);
    let fallback = || user.name.as_deref().or(user.username.as_deref()).map(|name| clean(name, NAME_CHARS));
    if name.is_empty() { fallback().unwrap_or_default() } else { name }
}

pub fn alias(kind: AliasKind, value: String) -> Alias {
    Alias { kind: kind.into(), value, claimed: false }
}
