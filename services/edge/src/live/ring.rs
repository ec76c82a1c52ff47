use std::{collections::VecDeque, sync::Arc};

use contracts::live::Event;
use parking_lot::Mutex;
use prost::Message as _;

/// What a ring holds at most; older events are asked of their owner.
const MOST_EVENTS: usize = 10_000;
const MOST_BYTES: usize = 32 << 20;

/// A place in one area's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub epoch: String,
    pub position: u64,
}

/// The recent events of one area, whole from `floor` to `head`: readers take from it at their own pace, so that a slow
/// one costs nothing but its place.
#[derive(Default)]
pub struct Ring {
    state: Mutex<Option<State>>,
}

struct State {
    epoch: String,
    /// All events after it are held.
    floor: u64,
    head: u64,
    events: VecDeque<Arc<Event>>,
    bytes: usize,
}

/// What became of an event offered to the ring.
#[derive(Debug, PartialEq, Eq)]
pub enum Offered {
    Taken,
    /// It was there before.
    Known,
    /// It does not follow the head: ask the owner for what lies between.
    Gap,
    /// Another history has begun.
    OtherEpoch,
}

/// What lies after a reader's place.
#[derive(Debug)]
pub enum Pull {
    Events(Vec<Arc<Event>>),
    /// Older than what the ring holds.
    Behind,
    /// Another history has begun.
    OtherEpoch,
    /// The ring does not know its owner's head yet.
    Unknown,
}

impl Ring {
    /// Begins anew at a place of which nothing earlier is held.
    pub fn begin(&self, place: Place) {
        let Place { epoch, position } = place;
        *self.state.lock() = Some(State { epoch, floor: position, head: position, events: VecDeque::new(), bytes: 0 });
    }

    /// The newest place; `None` until the owner has told it.
    #[must_use]
    pub fn head(&self) -> Option<Place> {
        let state = self.state.lock();
        state.as_ref().map(|state| Place { epoch: state.epoch.clone(), position: state.head })
    }

    /// The oldest place that can be read on from.
    #[cfg(test)]
    fn floor(&self) -> Option<Place> {
        let state = self.state.lock();
        state.as_ref().map(|state| Place { epoch: state.epoch.clone(), position: state.floor })
    }

    /// An event as it was published: taken only when it follows the head.
    pub fn offer(&self, event: &Arc<Event>) -> Offered {
        let mut guard = self.state.lock();
        let Some(state) = guard.as_mut() else { return Offered::Gap };
        if event.epoch != state.epoch {
            Offered::OtherEpoch
        } else if event.position <= state.head {
            Offered::Known
        } else if event.position == state.head + 1 {
            state.append(event.clone());
            Offered::Taken
        } else {
            Offered::Gap
        }
    }

    /// Events as their owner listed them, in order; where it skips a position there is nothing to be read.
    pub fn append_listed(&self, events: &[Arc<Event>], head_of_page: u64) {
        let mut guard = self.state.lock();
        let Some(state) = guard.as_mut() else { return };
        for event in events {
            if event.position > state.head {
                state.append(event.clone());
            }
        }
        state.head = state.head.max(head_of_page);
    }

    /// At most `most` events after a reader's place.
    #[must_use]
    pub fn after(&self, place: &Place, most: usize) -> Pull {
        let guard = self.state.lock();
        match guard.as_ref() {
            None => Pull::Unknown,
            Some(state) if state.epoch != place.epoch => Pull::OtherEpoch,
            Some(state) if place.position < state.floor => Pull::Behind,
            Some(state) => {
                let first = state.events.partition_point(|event| event.position <= place.position);
                Pull::Events(state.events.range(first..).take(most).cloned().collect())
            }
        }
    }
}

impl State {
    fn append(&mut self, event: Arc<Event>) {
        self.head = event.position;
        self.bytes += event.encoded_len();
        self.events.push_back(event);
        while self.events.len() > MOST_EVENTS || self.bytes > MOST_BYTES {
            let Some(oldest) = self.events.pop_front() else { break };
            self.bytes -= oldest.encoded_len();
            self.floor = oldest.position;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(position: u64) -> Arc<Event> {
        Arc::new(Event { epoch: "e".to_owned(), position, ..Event::default() })
    }

    fn place(position: u64) -> Place {
        Place { epoch: "e".to_owned(), position }
    }

    fn positions(pull: Pull) -> Vec<u64> {
        match pull {
            Pull::Events(events) => events.iter().map(|event| event.position).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_what_follows_the_head_is_taken() {
        let ring = Ring::default();
        assert!(matches!(ring.after(&place(5), 10), Pull::Unknown));
        ring.begin(place(5));
        assert_eq!(ring.offer(&event(6)), Offered::Taken);
        assert_eq!(ring.offer(&event(6)), Offered::Known);
        assert_eq!(ring.offer(&event(9)), Offered::Gap);
        let other = Arc::new(Event { epoch: "f".to_owned(), position: 7, ..Event::default() });
        assert_eq!(ring.offer(&other), Offered::OtherEpoch);
        ring.append_listed(&[event(7), event(9)], 9);
        assert_eq!(positions(ring.after(&place(5), 10)), [6, 7, 9]);
        assert_eq!(positions(ring.after(&place(6), 1)), [7]);
        assert_eq!(positions(ring.after(&place(9), 1)), [0_u64; 0]);
        assert!(matches!(ring.after(&place(4), 10), Pull::Behind));
    }

    #[test]
    fn a_full_ring_lets_the_oldest_go() {
        let ring = Ring::default();
        ring.begin(place(0));
        for position in 1..=(MOST_EVENTS as u64 + 5) {
            ring.offer(&event(position));
        }
        assert_eq!(ring.floor().unwrap().position, 5);
        assert!(matches!(ring.after(&place(4), 1), Pull::Behind));
        assert_eq!(positions(ring.after(&place(5), 2)), [6, 7]);
    }
}
