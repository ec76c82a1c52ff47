//! How far an export has come: what comes next after a crash.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::pack::Open;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub enum Stage {
    /// Texts of crm-core's.
    #[default]
    Parts,
    /// What channels call the person.
    People,
    Mailings,
    Dialogs,
    /// The directory of the ZIP.
    End,
    Done,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Place {
    pub stage: Stage,
    /// Of parts, or of mailings.
    pub after: i32,
    /// The conversation that is packed, or was packed last.
    pub conversation: Uuid,
    pub dialogs: u32,
    pub dialog: Option<Dialog>,
    pub entries: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Dialog {
    pub folder: String,
    /// Of the last message that is packed.
    pub seq: i64,
    pub page: u32,
    /// Those whose files are packed before the next page.
    pub files: Vec<File>,
    pub open: Option<Open>,
}

/// A file that waits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct File {
    pub name: String,
    pub object_key: String,
}
