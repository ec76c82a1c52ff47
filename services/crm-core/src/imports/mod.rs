//! Clients and contacts from spreadsheets, and clients into them: an uploaded file is read in the background into rows, columns are mapped, and the rows are
//! gone through in stretches, each one transaction.

mod doubles;
mod export;
mod fill;
mod grpc;
mod headings;
mod lookup;
mod mapping;
mod messages;
mod ops;
mod parse;
mod people;
mod read;
mod sheet;
mod step;
mod store;
mod table;
mod target;
mod write;

use chrono::{DateTime, Utc};
pub(crate) use grpc::ImportGrpc;
use mapping::Mapping;
use model::EmployeeId;
use parse::Problem;
pub(crate) use step::step;
pub(crate) use store::forget_old;
use uuid::Uuid;

use crate::error::{Fault, violated};

/// The timer that carries an import on; its key is the import.
pub const IMPORT: &str = "client_import";

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("there is no such import")]
    NotFound(Uuid),
    #[error("the import is {}; that does not go now", .0.name())]
    State(State),
    #[error("another import of yours goes on")]
    Running,
    #[error("the file cannot be written")]
    Sheet(#[from] zip::result::ZipError),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<sqlx::Error> for ImportError {
    fn from(cause: sqlx::Error) -> Self {
        match violated(&cause) {
            Some("import_running") => Self::Running,
            _ => Self::Fault(cause.into()),
        }
    }
}

/// `okno.crm.v1.ImportState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Uploading = 1,
    Reading = 2,
    Ready = 3,
    Running = 4,
    Stopped = 5,
    Done = 6,
    Failed = 7,
}

impl State {
    const ALL: [Self; 7] =
        [Self::Uploading, Self::Reading, Self::Ready, Self::Running, Self::Stopped, Self::Done, Self::Failed];

    fn of(number: i16) -> Self {
        Self::ALL.into_iter().find(|state| *state as i16 == number).unwrap_or(Self::Failed)
    }

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uploading => "uploading",
            Self::Reading => "reading",
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// A column as the page offers it for mapping.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Column {
    pub heading: String,
    pub samples: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    pub id: Uuid,
    pub author: EmployeeId,
    pub file_name: String,
    pub state: State,
    pub problem: i16,
    pub size_bytes: i64,
    pub format: String,
    pub encoding: String,
    pub separator: String,
    pub columns: Vec<Column>,
    pub mapping: Mapping,
    pub dry_run: bool,
    pub rows_total: i64,
    pub cursor: i32,
    pub counts: Counts,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// What became of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub done: i64,
    pub made: i64,
    pub updated: i64,
    pub double: i64,
    pub refused: i64,
}

/// What becomes of a row: `okno.crm.v1.ImportOutcome`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Made = 1,
    Updated = 2,
    Double = 3,
    Refused = 4,
}

impl Outcome {
    const ALL: [Self; 4] = [Self::Made, Self::Updated, Self::Double, Self::Refused];

    fn of(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| *outcome as i16 == number)
    }
}

/// What is known of a row that was gone through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowResult {
    pub row: i32,
    pub outcome: Outcome,
    pub client: Option<Uuid>,
    pub contact: Option<Uuid>,
    pub other_row: Option<i32>,
    pub problems: Vec<Problem>,
}

impl Counts {
    fn add(&mut self, results: &[RowResult]) {
        for result in results {
            self.done += 1;
            match result.outcome {
                Outcome::Made => self.made += 1,
                Outcome::Updated => self.updated += 1,
                Outcome::Double => self.double += 1,
                Outcome::Refused => self.refused += 1,
            }
        }
    }
}
