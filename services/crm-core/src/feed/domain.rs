//! What a feed is asked for, and what it is made of.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

/// `okno.crm.v1.FeedKind`: in a filter, whatever has files.
pub const FILE: i16 = 4;

/// Which entries; what is empty filters nothing.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub kinds: Vec<i16>,
    pub employees: Vec<Uuid>,
    pub from: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
    /// As searches compare it.
    pub words: String,
}

/// Where a page begins: after this entry of the page before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Place(pub DateTime<Utc>, pub Uuid);

/// Where entries are read from.
#[derive(Debug, Clone)]
pub struct Source {
    pub view_name: String,
    pub by_client: bool,
    pub kinds: Vec<i16>,
    pub has_files: bool,
    pub plans: bool,
}

impl Source {
    /// Whether it may have what is asked for.
    #[must_use]
    pub fn may_have(&self, filter: &Filter) -> bool {
        filter.kinds.is_empty()
            || filter.kinds.iter().any(|kind| self.kinds.contains(kind) || *kind == FILE && self.has_files)
    }
}

/// Whose entries make a feed.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The client, and those merged into it.
    pub clients: Vec<Uuid>,
    /// The dialogs that the viewer sees.
    pub conversations: Vec<Uuid>,
    pub hidden: i64,
}

#[derive(Debug, Clone)]
pub struct Entry {
    pub id: Uuid,
    pub kind: i16,
    pub state: i16,
    pub at: DateTime<Utc>,
    pub employee: Option<Uuid>,
    pub text: String,
    pub conversation: Option<Uuid>,
    pub pinned: bool,
    pub detail: Detail,
}

/// What a source adds to an entry, by its kind.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Detail {
    #[serde(default)]
    pub facts: HashMap<String, String>,
    #[serde(default)]
    pub files: Option<Vec<File>>,
    #[serde(default)]
    pub old_values: Vec<String>,
    #[serde(default)]
    pub new_values: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct File {
    pub attachment_id: Uuid,
    pub name: String,
    pub mime_type: String,
    pub size_bytes: i64,
    pub kind: i32,
    pub has_thumbnail: bool,
}

/// A page of a feed; plans and pins come with the first.
#[derive(Debug)]
pub struct Page {
    pub plans: Vec<Entry>,
    pub pinned: Vec<Entry>,
    pub entries: Vec<Entry>,
    pub scope: Scope,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_left_out_when_it_has_nothing_of_what_is_asked_for() {
        let source = Source {
            view_name: "inbox_read.feed_message".into(),
            by_client: false,
            kinds: vec![1, 2],
            has_files: true,
            plans: false,
        };
        let of = |kinds: &[i16]| Filter { kinds: kinds.to_vec(), ..Filter::default() };
        assert!(source.may_have(&of(&[])));
        assert!(source.may_have(&of(&[2, 5])));
        assert!(source.may_have(&of(&[FILE])));
        assert!(!source.may_have(&of(&[3, 5])));
        let without = Source { has_files: false, ..source };
        assert!(!without.may_have(&of(&[FILE])));
    }
}
