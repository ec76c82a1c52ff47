//! VK's ids as the keys and addresses of our facts and orders. Their form never changes (rule I1).

use std::fmt;

use ring::digest;

/// Conversations of several people have ids from here on (<https://dev.vk.com/ru/reference/objects/message>).
const CHATS: i64 = 2_000_000_000;

pub fn is_chat(peer: i64) -> bool {
    peer > CHATS
}

/// A message's natural key: `<peer>:<conversation message id>`. VK's own `id` is 0 in conversations of several people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MessageKey {
    pub peer: i64,
    pub cmid: i64,
}

impl MessageKey {
    pub fn parse(text: &str) -> Option<Self> {
        let (peer, cmid) = text.split_once(':')?;
        Some(Self { peer: peer.parse().ok()?, cmid: cmid.parse().ok().filter(|cmid| *cmid > 0)? })
    }
}

impl fmt::Display for MessageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.peer, self.cmid)
    }
}

/// What a pressed button is answered by: VK's event, and who pressed where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackId {
    pub event: String,
    pub user: i64,
    pub peer: i64,
}

impl CallbackId {
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.rsplitn(3, ':');
        let (peer, user) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some(Self { event: parts.next()?.to_owned(), user, peer })
    }
}

impl fmt::Display for CallbackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.event, self.user, self.peer)
    }
}

/// VK sends one message for one `random_id`: the same for every attempt of ours, and never 0, which protects nothing.
pub fn random_id(idempotency_key: &str) -> i32 {
    let hash = digest::digest(&digest::SHA256, idempotency_key.as_bytes());
    let bytes = hash.as_ref().first_chunk().copied().unwrap_or_default();
    Some(i32::from_be_bytes(bytes)).filter(|id| *id != 0).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back_from_their_text() {
        for text in ["77001:15", "2000000001:3", "-5:1"] {
            assert_eq!(MessageKey::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "77001", "77001:", "x:1", "77001:0", "1:2:3", "77001:99999999999999999999"] {
            assert_eq!(MessageKey::parse(text), None, "{text}");
        }
        let id = CallbackId { event: "a:b".into(), user: 7, peer: 2_000_000_001 };
        assert_eq!(CallbackId::parse(&id.to_string()), Some(id));
        assert_eq!(CallbackId::parse("a:b"), None);
    }

    #[test]
    fn a_random_id_is_the_same_for_the_same_message_and_never_nothing() {
        assert_eq!(random_id("a"), random_id("a"));
        assert_ne!(random_id("a"), random_id("b"));
        assert!((0..10_000).all(|n| random_id(&n.to_string()) != 0));
    }
}
