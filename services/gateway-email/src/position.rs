//! How far a mailbox has been read: per folder the numbers of its letters. It is kept as JSON in a position fact (rule I12).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Of one mailbox, by the folder's name as the server writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position(pub BTreeMap<String, Folder>);

/// Of a mailbox that is read by POP3: the names (UIDL) of the last letters that were taken, newest last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tail {
    #[serde(rename = "uidl")]
    pub names: Vec<String>,
}

impl Tail {
    /// One that cannot be read counts as none: everything is taken again, and known by its keys.
    #[must_use]
    pub fn read(text: Option<&str>) -> Self {
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    #[must_use]
    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Takes a name in; only so many are kept.
    pub fn push(&mut self, name: &str) {
        self.names.push(name.to_owned());
        let over = self.names.len().saturating_sub(NAMES);
        self.names.drain(..over);
    }
}

/// Enough to find one of them again when some were deleted by another program.
const NAMES: usize = 20;

/// Of one folder. UIDs mean nothing without their validity (RFC 9051, section 2.3.1.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    #[serde(rename = "v")]
    pub validity: u32,
    /// The lowest UID that has not been taken of what comes new.
    #[serde(rename = "n")]
    pub next: u32,
    /// History is taken from the newest to the oldest: everything from this UID up to where new letters began is taken.
    #[serde(rename = "b")]
    pub back: u32,
    /// The lowest UID of the history that is wanted; nothing is left to take when `back` has come to it.
    #[serde(rename = "s")]
    pub stop: u32,
    /// It was not read before under other numbers: nothing of its history is kept yet.
    #[serde(rename = "f", default, skip_serializing_if = "std::ops::Not::not")]
    pub is_first: bool,
}

impl Folder {
    #[must_use]
    pub fn has_history(&self) -> bool {
        self.back > self.stop
    }
}

impl Position {
    /// One that cannot be read counts as none: everything is taken again, and known by its keys.
    #[must_use]
    pub fn read(text: Option<&str>) -> Self {
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    #[must_use]
    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_comes_back_as_it_was() {
        let folder = Folder { validity: 7, next: 12, back: 9, stop: 3, is_first: true };
        let position = Position([("INBOX".to_owned(), folder)].into());
        assert_eq!(Position::read(Some(&position.write())), position);
        assert_eq!(Position::read(Some("12")), Position::default());
        assert!(folder.has_history() && !Folder { back: 3, ..folder }.has_history());
    }
}
