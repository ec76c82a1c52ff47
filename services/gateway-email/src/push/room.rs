//! Memory for letters that are on their way in, of all connections together.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// It is taken in such pieces.
const PIECE: usize = 64 << 10;

/// Shared by all connections.
#[derive(Debug, Clone)]
pub(super) struct Room(Arc<Semaphore>);

impl Room {
    pub fn of(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.div_ceil(PIECE))))
    }
}

/// What became of a letter's bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kept {
    Whole(Vec<u8>),
    TooLarge,
    /// Other letters have all the room now.
    NoRoom,
}

/// One letter as it comes in. It is read to its end whatever becomes of it: the client listens only then.
pub(super) struct Incoming {
    room: Room,
    most: usize,
    held: Option<OwnedSemaphorePermit>,
    kept: Kept,
}

impl Incoming {
    pub fn new(room: Room, most: usize) -> Self {
        Self { room, most, held: None, kept: Kept::Whole(Vec::new()) }
    }

    /// Has bytes put behind what is there; what no longer fits is thrown away, with all before it.
    pub fn put<T>(&mut self, put: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let Kept::Whole(bytes) = &mut self.kept else { return put(&mut Vec::new()) };
        let done = put(bytes);
        let size = bytes.len();
        if size > self.most {
            (self.kept, self.held) = (Kept::TooLarge, None);
        } else if !self.holds(size) {
            (self.kept, self.held) = (Kept::NoRoom, None);
        }
        done
    }

    fn holds(&mut self, size: usize) -> bool {
        let held = self.held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = size.div_ceil(PIECE).saturating_sub(held);
        let Ok(more @ 1..) = u32::try_from(more) else { return true };
        let Ok(permit) = self.room.0.clone().try_acquire_many_owned(more) else { return false };
        match &mut self.held {
            Some(held) => held.merge(permit),
            held => *held = Some(permit),
        }
        true
    }

    /// The room is given back when the second is dropped.
    pub fn end(self) -> (Kept, Option<OwnedSemaphorePermit>) {
        (self.kept, self.held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(room: &Room, size: usize) -> Incoming {
        let mut incoming = Incoming::new(room.clone(), 3 * PIECE);
        for _ in 0..size {
            incoming.put(|bytes| bytes.push(b'x'));
        }
        incoming
    }

    #[test]
    fn letters_share_the_room_and_give_it_back() {
        let room = Room::of(3 * PIECE);
        let first = filled(&room, 2 * PIECE);
        assert_eq!(filled(&room, PIECE + 1).end().0, Kept::NoRoom);
        let (kept, held) = first.end();
        assert!(matches!(kept, Kept::Whole(bytes) if bytes.len() == 2 * PIECE));
        drop(held);
        assert!(matches!(filled(&room, 3 * PIECE).end().0, Kept::Whole(_)));
    }

    #[test]
    fn what_is_too_large_is_thrown_away_at_once() {
        let room = Room::of(8 * PIECE);
        let large = filled(&room, 3 * PIECE + 1);
        assert!(matches!(filled(&room, 3 * PIECE).end().0, Kept::Whole(_)));
        assert_eq!(large.end().0, Kept::TooLarge);
    }
}
