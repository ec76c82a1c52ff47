use std::{
    collections::{HashSet, VecDeque},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use parking_lot::Mutex;

use crate::{address::Place, error::CallError};

const FIRST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(80);

/// Refusals of so many conversations, and no message taken between, are no longer their people's doing.
const EVERYBODY: usize = 3;
/// Conversations whose refusal is remembered as their own.
const REMEMBERED: usize = 1_000;

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
/// stopped it. Only what others answer tells the two apart.
#[derive(Debug, Default)]
pub struct Denials(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Conversations that refused since a message was last taken.
    since: HashSet<String>,
    /// Those that refused while others took messages, the latest of them.
    alone: VecDeque<String>,
}

/// What a refusal is.
#[derive(Debug, PartialEq, Eq)]
pub enum Denial {
    /// This person's own doing.
    Theirs,
    /// Nobody else was asked since: it may be the bot that is refused.
    Unclear,
    Everybody,
}

impl Denials {
    /// A message was taken: whoever has refused before did so alone.
    pub fn taken(&self, place: Place) {
        let (mut known, place) = (self.0.lock(), name(place));
        let Known { since, alone } = &mut *known;
        since.remove(&place);
        alone.retain(|other| *other != place);
        alone.extend(since.drain());
        let more = alone.len().saturating_sub(REMEMBERED);
        alone.drain(..more);
    }

    pub fn refused(&self, place: Place) -> Denial {
        let (mut known, place) = (self.0.lock(), name(place));
        let theirs = known.alone.contains(&place);
        if known.since.len() < EVERYBODY {
            known.since.insert(place);
        }
        match known.since.len() >= EVERYBODY {
            true => Denial::Everybody,
            false if theirs => Denial::Theirs,
            false => Denial::Unclear,
        }
    }
}

fn name(place: Place) -> String {
    let (name, id) = place.query();
    format!("{name}={id}")
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
        assert!((0..9).all(|_| denials.refused(Place::Chat(1)) == Denial::Unclear));
        assert_eq!(denials.refused(Place::User(1)), Denial::Unclear);
        assert_eq!(denials.refused(Place::Chat(2)), Denial::Everybody);
        assert_eq!(denials.refused(Place::Chat(1)), Denial::Everybody);
    }

    #[test]
    fn who_refuses_while_others_take_messages_does_so_alone() {
        let denials = Denials::default();
        assert_eq!(denials.refused(Place::Chat(1)), Denial::Unclear);
        denials.taken(Place::Chat(2));
        assert_eq!(denials.refused(Place::Chat(1)), Denial::Theirs);
        denials.taken(Place::Chat(1));
        assert_eq!(denials.refused(Place::Chat(1)), Denial::Unclear, "it had come back");
    }
}
