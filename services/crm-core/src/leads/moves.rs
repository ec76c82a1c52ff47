//! The five states of a lead and the moves between them; nothing else changes a state.

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    New,
    /// The same person is a client, or has another open lead.
    Repeated,
    Converted,
    /// Dealt with in the work that it repeats.
    RepeatedProcessed,
    Declined,
}

/// What may be done with a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// The same person turned out to be known.
    Repeat,
    /// It becomes a new client.
    Convert,
    /// It goes to a client that is there.
    Join,
    /// It goes to another lead.
    Merge,
    /// It was dealt with in the open work of the same person.
    Settle,
    Decline,
    /// Somebody works on it again; `known`: the same person has open work, or is a client.
    Reopen {
        known: bool,
    },
}

impl State {
    /// Somebody has to work on it.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::New | Self::Repeated)
    }

    /// Where a move leads; `None`: it cannot be made from here.
    #[must_use]
    pub const fn after(self, step: Move) -> Option<Self> {
        Some(match (self, step) {
            (Self::New, Move::Repeat) => Self::Repeated,
            (Self::New | Self::Repeated, Move::Convert) | (Self::New, Move::Join) => Self::Converted,
            (Self::Repeated, Move::Join | Move::Settle) | (Self::New | Self::Repeated, Move::Merge) => {
                Self::RepeatedProcessed
            }
            (Self::New | Self::Repeated, Move::Decline) => Self::Declined,
            (Self::Declined, Move::Reopen { known: false }) => Self::New,
            (Self::Declined, Move::Reopen { known: true }) | (Self::RepeatedProcessed, Move::Reopen { .. }) => {
                Self::Repeated
            }
            _ => return None,
        })
    }

    /// As in `okno.crm.v1.LeadState`.
    #[must_use]
    pub const fn number(self) -> i16 {
        match self {
            Self::New => 1,
            Self::Repeated => 2,
            Self::Converted => 3,
            Self::RepeatedProcessed => 4,
            Self::Declined => 5,
        }
    }

    #[must_use]
    pub const fn of(number: i16) -> Self {
        match number {
            2 => Self::Repeated,
            3 => Self::Converted,
            4 => Self::RepeatedProcessed,
            5 => Self::Declined,
            _ => Self::New,
        }
    }

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Repeated => "repeated",
            Self::Converted => "converted",
            Self::RepeatedProcessed => "repeated_processed",
            Self::Declined => "declined",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Move::{Convert, Decline, Join, Merge, Reopen, Repeat, Settle},
        State::{Converted, Declined, New, Repeated, RepeatedProcessed},
        *,
    };

    #[test]
    fn every_move_from_every_state_leads_where_the_table_says() {
        let moves = [Repeat, Convert, Join, Merge, Settle, Decline, Reopen { known: false }, Reopen { known: true }];
        let (new, repeated, done) = (Some(New), Some(Repeated), Some(RepeatedProcessed));
        let (converted, declined) = (Some(Converted), Some(Declined));
        let table = [
            (New, [repeated, converted, converted, done, None, declined, None, None]),
            (Repeated, [None, converted, done, done, done, declined, None, None]),
            (Converted, [None; 8]),
            (RepeatedProcessed, [None, None, None, None, None, None, repeated, repeated]),
            (Declined, [None, None, None, None, None, None, new, repeated]),
        ];
        for (from, wanted) in table {
            assert_eq!(moves.map(|step| from.after(step)), wanted, "{from:?}");
            assert_eq!(State::of(from.number()), from);
        }
    }
}
