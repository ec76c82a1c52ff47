//! The search through all clients or all contacts, in the background: read everybody, compare those that meet, put pairs into groups.

mod ops;
mod step;
mod store;

use chrono::{DateTime, Utc};
use model::EmployeeId;
pub(crate) use ops::{get, list, start};
pub(crate) use step::step;
pub(crate) use store::forget_old;
use uuid::Uuid;

use super::{kind::Kind, rules::Match, store::Shown};

/// The timer that carries a search on; its key is the search.
pub const SEARCH: &str = "duplicate_search";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Reading,
    Comparing,
    Done,
}

impl State {
    const fn number(self) -> i16 {
        match self {
            Self::Reading => 1,
            Self::Comparing => 2,
            Self::Done => 3,
        }
    }

    const fn of(number: i16) -> Self {
        match number {
            1 => Self::Reading,
            2 => Self::Comparing,
            _ => Self::Done,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    pub id: Uuid,
    pub kind: Kind,
    pub state: State,
    pub clients_total: i64,
    pub clients: i64,
    pub client_cursor: Option<Uuid>,
    pub key_cursor: Option<i64>,
    pub pairs: i64,
    pub groups: i64,
    pub author: Option<EmployeeId>,
    pub started_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

impl Search {
    /// How far it is: reading is half of it.
    #[must_use]
    pub fn percent(&self) -> u32 {
        let share = |part: i128, whole: i128| u32::try_from((part * 50 / whole.max(1)).clamp(0, 50)).unwrap_or(50);
        match self.state {
            State::Reading => share(self.clients.into(), self.clients_total.into()),
            // Keys are hashes: they lie evenly.
            State::Comparing => {
                let begun = i128::from(self.key_cursor.unwrap_or(i64::MIN)) - i128::from(i64::MIN);
                (50 + share(begun, 1 << 64)).min(99)
            }
            State::Done => 100,
        }
    }
}

/// Records that may be one.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub id: Uuid,
    pub score: i16,
    pub duplicate: bool,
    pub kind: Kind,
    pub members: Vec<Shown>,
    pub pairs: Vec<(Uuid, Uuid, Match)>,
}
