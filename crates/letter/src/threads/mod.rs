//! Which letters belong together.

mod own;
mod subject;
mod token;

use base64::{Engine, engine::general_purpose::STANDARD};

pub use own::{Own, own_id, read_own_id};
pub use subject::{is_forward, normal_subject, without_replies};
pub use token::{Tokens, plus_addressed, plus_tokens, subject_token};

use crate::Letter;

/// What ties a letter to others. All of it is the sender's word: it leads to a conversation, and never proves who writes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thread {
    /// Ids of letters that this one answers, the nearest first: `In-Reply-To`, then `References` from its end.
    pub refers_to: Vec<String>,
    /// The id of the thread's first letter, its own when it begins one.
    pub root: Option<String>,
    /// What the provider counts as one thread: `gmail:<number>` or `outlook:<hex>`.
    pub provider: Option<String>,
    /// Read from an id of our own among those that it refers to; the nearest first.
    pub own: Option<Own>,
    /// [`normal_subject`].
    pub subject: String,
}

/// The first bytes of a `Thread-Index`, which all letters of a thread share ([MS-OXOMSG], section 2.2.1.3).
const THREAD_INDEX: usize = 22;

/// Reads what ties a letter to others.
#[must_use]
pub fn of(letter: &Letter) -> Thread {
    let mut refers_to: Vec<String> = Vec::new();
    for id in letter.in_reply_to.iter().chain(letter.references.iter().rev()) {
        if !refers_to.contains(id) && letter.message_id.as_ref() != Some(id) {
            refers_to.push(id.clone());
        }
    }
    let root = letter.references.first().or(letter.in_reply_to.first()).or(letter.message_id.as_ref()).cloned();
    let own = refers_to.iter().find_map(|id| read_own_id(id));
    Thread { root, provider: provider(letter), own, subject: normal_subject(&letter.subject), refers_to }
}

fn provider(letter: &Letter) -> Option<String> {
    if let Some(number) = letter.headers.get("x-gm-thrid").map(str::trim).filter(|id| !id.is_empty()) {
        return number.bytes().all(|byte| byte.is_ascii_alphanumeric()).then(|| format!("gmail:{number}"));
    }
    let index: String = letter.headers.get("thread-index")?.split_whitespace().collect();
    let root = STANDARD.decode(index).ok()?.get(..THREAD_INDEX)?.to_vec();
    Some(format!("outlook:{}", root.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, parse};

    fn thread(head: &str) -> Thread {
        of(&parse(format!("{head}\r\n\r\n").as_bytes(), &Limits::default()).unwrap())
    }

    #[test]
    fn the_nearest_parent_comes_first() {
        let read =
            thread("Message-ID: <d@x>\r\nIn-Reply-To: <c@x>\r\nReferences: <a@x>\r\n <b@x> <c@x>\r\nSubject: Re: Цены");
        assert_eq!(read.refers_to, ["c@x", "b@x", "a@x"]);
        assert_eq!((read.root.as_deref(), read.subject.as_str()), (Some("a@x"), "цены"));
        assert_eq!(thread("Message-ID: <d@x>").root.as_deref(), Some("d@x"));
    }

    #[test]
    fn an_id_of_ours_tells_the_conversation() {
        let conversation = uuid::Uuid::from_u128(7);
        let id = own_id(conversation, uuid::Uuid::from_u128(9), "example.com");
        let read = thread(&format!("References: <a@x> <{id}> <b@x>"));
        assert_eq!(read.own.unwrap().conversation, conversation);
    }

    #[test]
    fn providers_count_threads_their_way() {
        assert_eq!(thread("X-GM-THRID: 1789").provider.as_deref(), Some("gmail:1789"));
        let root = "outlook:0102030405060708090a0b0c0d0e0f10111213141516";
        assert_eq!(thread("Thread-Index: AQIDBAUGBwgJCgsMDQ4PEBESExQVFg==").provider.as_deref(), Some(root));
        assert_eq!(thread("Thread-Index: AQIDBAUGBwgJCgsMDQ4PEBES\r\n ExQVFhcYGRob").provider.as_deref(), Some(root));
        assert_eq!(thread("Thread-Index: AQI=").provider, None);
    }
}
