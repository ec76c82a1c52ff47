//! WhatsApp's ids as the keys and addresses of our facts and orders. Their form never changes (rule I1).

use serde_json::{Value, json};

/// What stands before a group's id in an address.
const GROUP: &str = "group:";

/// Where a conversation is at WhatsApp: what `Peer.reply_address` says, the digits of a phone, a business-scoped user id
/// (`<country>.<id>`), or `group:<id>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Phone(String),
    User(String),
    Group(String),
}

impl Place {
    /// Reads a `reply_address`; the address of a person of whom only the user id is known (`<user id>@<account>`) is one
    /// too.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(group) = text.strip_prefix(GROUP) {
            return is_plain_id(group).then(|| Self::Group(group.to_owned()));
        }
        let text = text.split_once('@').map_or(text, |(user, _)| user);
        if is_phone(text) {
            return Some(Self::Phone(text.to_owned()));
        }
        is_user_id(text).then(|| Self::User(text.to_owned()))
    }

    /// The fields of a send that name the recipient.
    pub fn fields(&self) -> Value {
        match self {
            Self::Phone(phone) => json!({ "recipient_type": "individual", "to": phone }),
            Self::User(user) => json!({ "recipient_type": "individual", "recipient": user }),
            Self::Group(group) => json!({ "recipient_type": "group", "to": group }),
        }
    }
}

pub fn group_address(group: &str) -> String {
    format!("{GROUP}{group}")
}

/// The digits of a phone, country code first, as WhatsApp writes them.
pub fn is_phone(text: &str) -> bool {
    (5..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// `<ISO country>.<up to 128 alphanumerics>`, or `<country>.ENT.<...>`
/// (<https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids>, read 2026-11-26).
pub fn is_user_id(text: &str) -> bool {
    let (country, rest) = text.split_once('.').unwrap_or_default();
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'.';
    country.len() == 2
        && country.bytes().all(|b| b.is_ascii_uppercase())
        && (1..=140).contains(&rest.len())
        && rest.bytes().all(plain)
}

/// Whether an id can stand in keys and addresses and be read back.
pub fn is_plain_id(id: &str) -> bool {
    (1..=100).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_=.".contains(&b))
}

/// A user id is unique in a business portfolio only; the account it was seen in stands for that.
pub fn scoped(user: &str, business: &str) -> String {
    format!("{user}@{business}")
}

/// What comes back with the statuses of a reaction, which at WhatsApp is sent like a message.
pub const REACTION_MARK: &str = "okno:reaction";

/// Comes back with every status of a message: whose it is, even when the answer to its send was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    pub message_id: String,
    pub attempt: u32,
}

impl Mark {
    /// `None`: the message was not sent by us, or before we marked them.
    pub fn parse(text: &str) -> Option<Self> {
        let (message_id, attempt) = text.strip_prefix("okno:")?.split_once(':')?;
        let fits = message_id.len() == 36 && message_id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
        fits.then_some(())?;
        Some(Self { message_id: message_id.to_owned(), attempt: attempt.parse().ok()? })
    }
}

impl std::fmt::Display for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "okno:{}:{}", self.message_id, self.attempt)
    }
}

/// The first 16 hexadecimal digits of SHA-256.
pub fn short_hash(bytes: &[u8]) -> String {
    gateway_kit::words::hash(bytes)[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_from_every_form_of_address() {
        let phone = Place::Phone("79990000001".into());
        let user = Place::User("RU.8841200017".into());
        for (text, expected) in [
            ("79990000001", Some(phone)),
            ("RU.8841200017", Some(user.clone())),
            ("RU.8841200017@102290129340398", Some(user)),
            ("group:120363", Some(Place::Group("120363".into()))),
            ("", None),
            ("group:", None),
            ("+79990000001", None),
            ("ru.1", None),
            ("RU.", None),
            ("RU.\"}", None),
        ] {
            assert_eq!(Place::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn a_mark_reads_back_and_no_strangers_mark_is_taken_for_one() {
        let mark = Mark { message_id: "0190a1b2-0000-7000-8000-000000000001".into(), attempt: 3 };
        assert_eq!(Mark::parse(&mark.to_string()), Some(mark));
        for text in ["", "okno:", "okno:x:1", "crm:0190a1b2-0000-7000-8000-000000000001:1", "okno:1:2:3"] {
            assert_eq!(Mark::parse(text), None, "{text}");
        }
    }
}
