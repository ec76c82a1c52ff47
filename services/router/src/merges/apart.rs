//! Pairs that stay two, kept for a while: each message of such a person would have them looked at once more.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::RwLock;
use uuid::Uuid;

/// Pairs at most; beyond it they are forgotten, and looked at again.
const PAIRS: usize = 10_000;
/// For so long: crm-core may have said something else meanwhile.
const HOLDS: Duration = Duration::from_secs(10 * 60);

/// Contact points that are not joined, conversations that are not merged. Of this process alone: another one finds out by
/// itself.
#[derive(Debug, Clone, Default)]
pub struct Apart(Arc<RwLock<HashMap<(Uuid, Uuid), Instant>>>);

impl Apart {
    /// Whether these two, in any order, were found to stay two lately.
    #[must_use]
    pub fn knows(&self, one: Uuid, other: Uuid) -> bool {
        let pairs = self.0.read();
        !pairs.is_empty() && pairs.get(&ordered(one, other)).is_some_and(|at| at.elapsed() < HOLDS)
    }

    /// These two stay two.
    pub fn note(&self, one: Uuid, other: Uuid) {
        let mut pairs = self.0.write();
        if pairs.len() >= PAIRS {
            pairs.retain(|_, at| at.elapsed() < HOLDS);
        }
        if pairs.len() >= PAIRS {
            pairs.clear();
        }
        pairs.insert(ordered(one, other), Instant::now());
    }
}

fn ordered(one: Uuid, other: Uuid) -> (Uuid, Uuid) {
    (one.min(other), one.max(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_known_in_any_order_and_their_number_is_bounded() {
        let (apart, pair) = (Apart::default(), (Uuid::now_v7(), Uuid::now_v7()));
        assert!(!apart.knows(pair.0, pair.1));
        apart.note(pair.0, pair.1);
        assert!(apart.knows(pair.1, pair.0) && !apart.knows(pair.0, pair.0));
        for _ in 0..=PAIRS {
            apart.note(Uuid::now_v7(), Uuid::now_v7());
        }
        assert!(apart.0.read().len() <= PAIRS);
    }
}
