//! What turns out to be one: conversations (rule I15) and people (rule A4). Timers do it, each firing one transaction
//! that can be repeated: whatever is killed, the next one goes on from what is committed.

mod apart;
mod audience;
mod conversations;
mod messages;
mod people;
mod requests;
mod side;
mod store;
mod strays;
mod threads;

pub use apart::Apart;
pub use conversations::merge;
pub use people::join;
pub use strays::look_for;

use ::store::timer::Timer;
use chrono::{DateTime, Utc};
use model::{ContactPointId, ConversationId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The timer that merges two conversations.
pub const MERGE: &str = "merge";
/// The timer that joins two contact points.
pub const JOIN: &str = "join";

/// What one firing of a timer of these kinds has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// There is nothing left to do.
    All,
    /// A stretch; there is more to do.
    Stretch,
    /// Nothing: the two stay two.
    Apart,
}

/// What a timer of these kinds is about, in any order.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Pair {
    pub one: Uuid,
    pub other: Uuid,
}

#[must_use]
pub fn merge_timer(one: ConversationId, other: ConversationId, due_at: DateTime<Utc>) -> Timer {
    timer(MERGE, one.0, other.0, due_at)
}

#[must_use]
pub fn join_timer(one: ContactPointId, other: ContactPointId, due_at: DateTime<Utc>) -> Timer {
    timer(JOIN, one.0, other.0, due_at)
}

fn timer(kind: &str, one: Uuid, other: Uuid, due_at: DateTime<Utc>) -> Timer {
    let (one, other) = (one.min(other), one.max(other));
    let payload = serde_json::json!({ "one": one, "other": other });
    Timer { kind: kind.to_owned(), key: format!("{one} {other}"), due_at, payload }
}
