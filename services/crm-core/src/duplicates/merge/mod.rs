//! Clients or contacts made one, and taken apart again.

mod fields;
mod ops;
mod owners;
mod points;
pub(crate) mod references;
mod snapshot;
mod store;

use chrono::{DateTime, Utc};
use model::{ClientId, EmployeeId};
pub(crate) use ops::{UNDO_DAYS, Wanted, list, merge, undo};
pub(crate) use store::forget_journals;
use uuid::Uuid;

use super::kind::Kind;

/// A merge as it is on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    pub id: Uuid,
    pub kind: Kind,
    pub original: Uuid,
    /// The original, or the client that it was of.
    pub client: ClientId,
    pub others: Vec<Uuid>,
    pub counts: Vec<Count>,
    pub author: Option<EmployeeId>,
    pub merged_at: DateTime<Utc>,
    pub undone_at: Option<DateTime<Utc>>,
}

/// own + moved = total + repeated.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Count {
    pub kind: String,
    pub own: u64,
    pub moved: u64,
    pub repeated: u64,
    pub total: u64,
}
