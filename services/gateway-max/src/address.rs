//! MAX's ids as the keys and addresses of our facts and orders. Their form never changes (rule I1).

use std::fmt;

use ring::digest;

/// The most bytes a fact's key may have.
const KEY_BYTES: usize = 200;

/// Where a conversation is at MAX. User ids and chat ids are both plain numbers and never stand for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// What `Peer.reply_address` says: `<chat id>`.
    Chat(i64),
    /// What `Peer.address` says of a person: `<user id>`.
    User(i64),
}

impl Place {
    /// The chat where one is known; the person's dialog otherwise.
    pub fn of(address: &str, reply_address: &str) -> Option<Self> {
        if let Ok(chat) = reply_address.parse() {
            return Some(Self::Chat(chat));
        }
        match address.strip_prefix('c') {
            Some(chat) => chat.parse().ok().map(Self::Chat),
            None => address.parse().ok().map(Self::User),
        }
    }

    /// The parameter of MAX's calls.
    pub fn query(self) -> (&'static str, String) {
        match self {
            Self::Chat(id) => ("chat_id", id.to_string()),
            Self::User(id) => ("user_id", id.to_string()),
        }
    }
}

impl fmt::Display for Place {
    /// As a peer's address: a group is `c<chat id>`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chat(id) => write!(f, "c{id}"),
            Self::User(id) => write!(f, "{id}"),
        }
    }
}

/// A key within its bounds: what is too long, or holds what no key may, is told apart by a hash.
pub fn fit(key: String) -> String {
    if key.len() <= KEY_BYTES && !key.chars().any(char::is_control) {
        return key;
    }
    let kind = key.split(':').next().unwrap_or_default();
    let kind: String = kind.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
    format!("{kind}:#{}", hex::encode(digest::digest(&digest::SHA256, key.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_never_taken_for_a_chat() {
        assert_eq!(Place::of("88100", "55190022"), Some(Place::Chat(55_190_022)));
        assert_eq!(Place::of("88100", ""), Some(Place::User(88_100)));
        assert_eq!(Place::of("c-71", ""), Some(Place::Chat(-71)));
        assert_eq!(Place::of("Анна", "?"), None);
        assert_eq!(Place::Chat(-71).to_string(), "c-71");
    }

    #[test]
    fn a_key_that_cannot_stand_is_hashed() {
        assert_eq!(fit("msg:mid.1".into()), "msg:mid.1");
        let long = fit(format!("msg:{}", "я".repeat(150)));
        assert!(long.len() <= 200 && long.starts_with("msg:#"));
        assert_ne!(long, fit(format!("msg:{}", "ю".repeat(150))));
        assert!(!fit("cb:a\nb".into()).contains('\n'));
    }
}
