use contracts::channel::{Alias, AliasKind, Peer};
use gateway_kit::words::clean;

use crate::{
    address::{group_address, is_phone, is_plain_id, is_user_id, scoped},
    wire::{Contact, Message},
};

const NAME_CHARS: usize = 200;

/// Everything that names one person, in the order of trust. A person may have no phone, and a new user id after a change
/// of phone.
#[derive(Debug, Default)]
pub struct Names {
    phones: Vec<String>,
    users: Vec<String>,
}

impl Names {
    /// The first is the one in use; what is none of its kind is left out.
    pub fn phone(mut self, phone: Option<&String>) -> Self {
        self.phones.extend(phone.map(|phone| phone.trim_start_matches('+').to_owned()).filter(|p| is_phone(p)));
        self
    }

    pub fn user(mut self, user: Option<&String>) -> Self {
        self.users.extend(user.filter(|user| is_user_id(user)).cloned());
        self
    }

    /// `business`: the WhatsApp Business account. `None`: nothing names the person.
    pub fn peer(self, business: &str) -> Option<Peer> {
        let Self { mut phones, mut users } = self;
        if !is_plain_id(business) {
            users.clear(); // They mean something in an account of Meta's only, and this is none.
        }
        dedup(&mut phones);
        dedup(&mut users);
        let reply_address = phones.first().or(users.first())?.clone();
        let phone = phones.first().map(|digits| alias(AliasKind::Phone, format!("+{digits}")));
        let mut ids = phones.into_iter().chain(users.iter().map(|user| scoped(user, business)));
        let address = ids.next()?;
        let ids = ids.map(|id| alias(AliasKind::ProviderId, id));
        Some(Peer { address, reply_address, aliases: phone.into_iter().chain(ids).collect(), ..Peer::default() })
    }
}

fn dedup(ids: &mut Vec<String>) {
    let mut known = Vec::with_capacity(ids.len());
    ids.retain(|id| {
        let new = !known.contains(id);
        known.push(id.clone());
        new
    });
}

/// The person of a message, or the group as a whole.
pub fn of_message(message: &Message, contact: Option<&Contact>, business: &str) -> Result<Peer, String> {
    if let Some(group) = message.group_id.as_deref() {
        return of_group(group);
    }
    let system = message.body.system.as_ref();
    let names = Names::default()
        .phone(system.and_then(|system| system.wa_id.as_ref()))
        .phone(message.from.as_ref())
        .phone(contact.and_then(|contact| contact.wa_id.as_ref()))
        .user(system.and_then(|system| system.user_id.as_ref()))
        .user(message.from_user_id.as_ref())
        .user(contact.and_then(|contact| contact.user_id.as_ref()))
        .user(system.and_then(|system| system.previous_user_id.as_ref()))
        .user(system.and_then(|system| system.parent_user_id.as_ref()))
        .user(message.from_parent_user_id.as_ref())
        .user(contact.and_then(|contact| contact.parent_user_id.as_ref()))
        .user(system.and_then(|system| system.previous_parent_user_id.as_ref()));
    let peer = names.peer(business).ok_or("a message of nobody that can be named")?;
    Ok(match contact {
        Some(contact) => named(peer, contact),
        None => peer,
    })
}

/// Whom our side has written to in the WhatsApp Business app.
pub fn of_echo(message: &Message, business: &str) -> Result<Peer, String> {
    if let Some(group) = message.group_id.as_deref() {
        return of_group(group);
    }
    let names = Names::default().phone(message.to.as_ref()).user(message.to_user_id.as_ref());
    names.peer(business).ok_or_else(|| "an echo to nobody that can be named".into())
}

fn of_group(group: &str) -> Result<Peer, String> {
    if !is_plain_id(group) {
        return Err("a group's id of an unknown form".into());
    }
    let address = group_address(group);
    let display_name = format!("WhatsApp {group}");
    Ok(Peer { reply_address: address.clone(), address, display_name, ..Peer::default() })
}

fn named(mut peer: Peer, contact: &Contact) -> Peer {
    let profile = contact.profile.as_ref();
    let username = profile.and_then(|profile| profile.username.as_deref()).map(|name| clean(name, 64));
    peer.display_name = author(Some(contact));
    peer.aliases.extend(username.filter(|name| !name.is_empty()).map(|name| alias(AliasKind::Username, name)));
    peer
}

/// What the person calls themself; empty when nothing tells.
pub fn author(contact: Option<&Contact>) -> String {
    let Some(profile) = contact.and_then(|contact| contact.profile.as_ref()) else { return String::new() };
    let name = clean(profile.name.as_deref().unwrap_or_default(), NAME_CHARS);
    if !name.is_empty() {
        return name;
    }
    profile.username.as_deref().map(|name| format!("@{}", clean(name, 64))).unwrap_or_default()
}

pub fn alias(kind: AliasKind, value: String) -> Alias {
    Alias { kind: kind.into(), value, claimed: false }
}
