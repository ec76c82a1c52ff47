//! One letter as it is read here: where it lay, and its bytes. This, and not the bare letter, is what is kept of one that
//! cannot be read, so that it can be read again.

use serde::{Deserialize, Serialize};

/// What the mailbox told beside the letter's bytes. One line of JSON before them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The mailbox's own address, in lower case.
    pub mailbox: String,
    /// It lay among what was sent from this mailbox.
    #[serde(default)]
    pub is_sent: bool,
    /// What came and what was sent lie together (POP3): whose a letter is only its `From` tells.
    #[serde(default)]
    pub is_mixed: bool,
    /// When the mailbox got it, Unix seconds, UTC; 0: it does not tell.
    #[serde(default)]
    pub received_at: i64,
    /// Where the letter's bytes lie in the object store.
    #[serde(default)]
    pub object_key: String,
    /// Where its HTML lies there, made safe; empty: it has none.
    #[serde(default)]
    pub html_object_key: String,
    /// The server whose word on senders counts; empty: nobody's does.
    #[serde(default)]
    pub authserv_id: String,
    /// The conversation that a reply token in it names; only of a token that we made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Of a letter that was too large to be fetched, of which there is the head only: its size.
    #[serde(default)]
    pub left_out_bytes: u64,
}

/// The two in one piece.
#[must_use]
pub fn pack(place: &Place, letter: &[u8]) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(place).unwrap_or_default();
    bytes.push(b'\n');
    bytes.extend_from_slice(letter);
    bytes
}

/// `None`: it is none of ours.
#[must_use]
pub fn unpack(bytes: &[u8]) -> Option<(Place, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let place = serde_json::from_slice(&bytes[..end]).ok()?;
    Some((place, &bytes[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_again() {
        let place = Place { mailbox: "support@example.com".into(), is_sent: true, ..Place::default() };
        let bytes = pack(&place, b"Subject: {\n\n}\n");
        assert_eq!(unpack(&bytes), Some((place, b"Subject: {\n\n}\n".as_slice())));
        assert_eq!(unpack(b"Subject: x\n\n"), None);
        assert_eq!(unpack(b""), None);
    }
}
