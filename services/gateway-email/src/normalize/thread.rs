//! Which letters belong together, as their heads say: the id of a thread's first letter names it, whatever came when.

use gateway_kit::words::{fit, hash, short_hash};
use letter::{Letter, threads::read_own_id};

/// Letters that one refers to, nearest first; router looks at ten.
const MOST: usize = 20;

pub struct Thread {
    /// Of the fact: the letter itself, wherever it lies and however often it comes.
    pub fact_key: String,
    pub key: String,
    pub message_key: String,
    pub refers_to: Vec<String>,
}

/// By `References` and `In-Reply-To` (RFC 5322, section 3.6.4).
pub fn of(raw: &[u8], letter: &Letter) -> Thread {
    let own = letter.message_id.as_deref().filter(|id| !id.is_empty());
    let fact_key = match own {
        // Some programs give every letter the same id; their dates and senders still differ.
        Some(id) => {
            let rest = ["date", "from", "subject"].map(|name| letter.headers.get(name).unwrap_or_default());
            fit(format!("letter:{}:{id}", short_hash(rest.join("\n").as_bytes())))
        }
        None => format!("letter:{}", hash(raw)),
    };
    let message_key = own.map_or_else(|| fact_key.clone(), message_key_of);
    let root = letter.references.first().or(letter.in_reply_to.first()).filter(|id| !id.is_empty());
    let key = match root.map(String::as_str).or(own) {
        Some(id) => key_of(id),
        None => fit(format!("thread:{fact_key}")),
    };
    let mut refers_to: Vec<String> = Vec::new();
    for id in letter.in_reply_to.iter().chain(letter.references.iter().rev()).filter(|id| !id.is_empty()) {
        let key = message_key_of(id);
        if refers_to.len() < MOST && !refers_to.contains(&key) && key != message_key {
            refers_to.push(key);
        }
    }
    Thread { fact_key, key, message_key, refers_to }
}

/// A thread is named by its first letter. Where that is one of ours, router has begun the dialog and named it by itself.
fn key_of(root: &str) -> String {
    match read_own_id(root) {
        Some(own) => format!("begun:{}", own.conversation),
        None => fit(format!("thread:{root}")),
    }
}

/// What router knows a letter by.
#[must_use]
pub fn message_key_of(id: &str) -> String {
    fit(format!("id:{id}"))
}
