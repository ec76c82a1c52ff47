//! What a connection is given before anything is asked of it.

use std::{sync::Arc, time::Duration};

use bus::Beats;

use crate::{Media, account::Account};

/// Router's lag above which no history is brought (rule I6).
const LAG: Duration = Duration::from_millis(200);

/// For channels that keep what they receive, and bring history.
#[derive(Clone)]
pub struct Equipment {
    /// Where they keep it, below `in/<account>/`.
    pub media: Media,
    pub imports: Imports,
}

impl Equipment {
    /// For a process without router: a gateway's own tests.
    #[must_use]
    pub fn alone(media: Media) -> Self {
        Self { media, imports: Imports(None) }
    }
}

/// Whether history may be brought now.
#[derive(Clone)]
pub struct Imports(Option<(Beats, Arc<Account>)>);

impl Imports {
    pub(crate) fn of(beats: Beats, account: Arc<Account>) -> Self {
        Self(Some((beats, account)))
    }

    /// Router is there and has no backlog: what is new comes first.
    #[must_use]
    pub fn may_go(&self) -> bool {
        self.0.as_ref().is_none_or(|(beats, account)| beats.lag(account.part()).is_some_and(|lag| lag < LAG))
    }
}
