use std::{
    collections::HashSet,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use parking_lot::Mutex;

use crate::{address::Place, error::CallError};

const FIRST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(80);

/// Refusals of so many conversations, and no message taken between, are no longer their people's doing.
const EVERYBODY: usize = 3;

/// MAX documents no pause after 429: 5 s, and twice as long each time that it comes again.
#[derive(Debug, Default)]
pub struct Slowness(AtomicU32);

impl Slowness {
    pub fn passed(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    pub fn again(&self) -> CallError {
        let times = self.0.fetch_add(1, Ordering::Relaxed).min(10) + 1;
        CallError::Limit { after: FIRST.saturating_mul(1 << (times - 1)).min(LONGEST), times }
    }
}

/// A bot that is blocked, or has not passed moderation, is refused by everybody with the words that a person uses who
/// stopped it. The conversations that refused since a message was last taken tell the two apart.
#[derive(Debug, Default)]
pub struct Denials(Mutex<HashSet<String>>);

impl Denials {
    pub fn forget(&self) {
        self.0.lock().clear();
    }

    pub fn is_everybody(&self, place: Place) -> bool {
        let mut refused = self.0.lock();
        if refused.len() < EVERYBODY {
            let (name, id) = place.query();
            refused.insert(format!("{name}={id}"));
        }
        refused.len() >= EVERYBODY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_until_a_call_passes() {
        let slowness = Slowness::default();
        let pause = || match slowness.again() {
            CallError::Limit { after, .. } => after.as_secs(),
            other => panic!("{other}"),
        };
        assert_eq!([pause(), pause(), pause()], [5, 10, 20]);
        assert_eq!((0..20).map(|_| pause()).max(), Some(80));
        slowness.passed();
        assert_eq!(pause(), 5);
    }

    #[test]
    fn one_person_who_refuses_often_is_not_everybody() {
        let denials = Denials::default();
        assert!((0..9).all(|_| !denials.is_everybody(Place::Chat(1))));
        assert!(!denials.is_everybody(Place::User(1)));
        denials.forget();
        assert!(!denials.is_everybody(Place::Chat(2)));
        assert!(!denials.is_everybody(Place::Chat(3)));
        assert!(denials.is_everybody(Place::Chat(4)));
    }
}
