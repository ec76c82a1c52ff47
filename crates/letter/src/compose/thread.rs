//! How an answer is tied to what it answers (RFC 5322, section 3.6.4).

use crate::{Letter, threads};

/// Most ids that are kept: the beginning of the thread and its end.
const KEPT: usize = 40;

/// `References` of an answer to a letter: its own, and its id. A long list loses its middle.
#[must_use]
pub fn references(answered: &Letter) -> Vec<String> {
    let before = if answered.references.is_empty() { &answered.in_reply_to } else { &answered.references };
    let mut ids: Vec<String> = Vec::new();
    for id in before.iter().chain(&answered.message_id) {
        // The nearest place of a repeated id is its last one.
        ids.retain(|known| known != id);
        ids.push(id.clone());
    }
    if ids.len() > KEPT {
        ids.drain(KEPT / 2..ids.len() - KEPT / 2);
    }
    ids
}

/// `Re: subject`, once.
#[must_use]
pub fn reply_subject(subject: &str) -> String {
    let bare = threads::without_replies(subject);
    format!("Re: {bare}").trim_end().to_owned()
}
