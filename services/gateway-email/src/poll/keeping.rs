//! Fetched letters on their way into the object store, while the next are fetched.

use bytes::Bytes;
use contracts::channel::Inbound;
use futures::{StreamExt, stream};
use tokio::task::JoinSet;

use crate::{error::MailboxError, keep::Keeper, wire::Place};

/// Letters that are stored at the same time, each in files of its own: a hundred mailboxes may do it at once.
const AT_ONCE: usize = 16;
/// A larger letter is not packed.
const PACKED_BYTES: usize = 128 << 10;

/// What the server gave.
pub(super) enum Fetched {
    Gone,
    /// It never will.
    NotGiven(Box<Inbound>),
    Letter(Box<Place>, Bytes),
}

/// How letters are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Each in files of its own, once however often it comes.
    Files,
    /// Small ones together in one file.
    Packed,
}

/// The facts of letters by their UIDs, as far as they are kept.
type Kept = (Vec<(u32, Vec<Inbound>)>, Result<(), MailboxError>);

/// Goes on beside the fetching, and ends with the poll: what is not kept then comes again.
#[derive(Default)]
pub(super) struct Keeping(JoinSet<Kept>);

impl Keeping {
    pub fn begin(keeper: Keeper, way: Way, fetched: Vec<(u32, Fetched)>) -> Self {
        let mut task = JoinSet::new();
        task.spawn(async move {
            match way {
                Way::Files => each(&keeper, fetched).await,
                Way::Packed => packed(&keeper, fetched).await,
            }
        });
        Self(task)
    }

    pub async fn end(mut self) -> Kept {
        let broken = |_| (Vec::new(), Err(MailboxError::Broken("letters could not be kept".to_owned())));
        let kept = self.0.join_next().await.unwrap_or_else(|| Ok((Vec::new(), Ok(()))));
        kept.unwrap_or_else(broken)
    }
}

/// In their order, up to the first that cannot be kept.
async fn each(keeper: &Keeper, fetched: Vec<(u32, Fetched)>) -> Kept {
    let keep = |(uid, one): (u32, Fetched)| async move { (uid, file(keeper, one).await) };
    let mut keeping = stream::iter(fetched).map(keep).buffered(AT_ONCE);
    let mut kept = Vec::new();
    while let Some((uid, facts)) = keeping.next().await {
        match facts {
            Ok(facts) => kept.push((uid, facts)),
            Err(error) => return (kept, Err(error)),
        }
    }
    (kept, Ok(()))
}

async fn file(keeper: &Keeper, one: Fetched) -> Result<Vec<Inbound>, MailboxError> {
    match one {
        Fetched::Gone => Ok(Vec::new()),
        Fetched::NotGiven(fact) => Ok(vec![*fact]),
        Fetched::Letter(place, bytes) => keeper.letter(*place, bytes).await,
    }
}

/// The small ones first, together: all of them are kept or none.
async fn packed(keeper: &Keeper, fetched: Vec<(u32, Fetched)>) -> Kept {
    let mut small = Vec::new();
    let mut others = Vec::new();
    for (at, (uid, one)) in fetched.into_iter().enumerate() {
        match one {
            Fetched::Letter(place, bytes) if bytes.len() <= PACKED_BYTES => small.push((at, uid, (*place, bytes))),
            one => others.push((at, uid, one)),
        }
    }
    let mut facts = Vec::new();
    let places: Vec<_> = small.iter().map(|(at, uid, _)| (*at, *uid)).collect();
    if !small.is_empty() {
        match keeper.together(small.into_iter().map(|(_, _, letter)| letter).collect()).await {
            Ok(told) => facts.extend(places.into_iter().zip(told).map(|((at, uid), told)| (at, uid, told))),
            Err(error) => return (Vec::new(), Err(error)),
        }
    }
    for (at, uid, one) in others {
        match file(keeper, one).await {
            Ok(told) => facts.push((at, uid, told)),
            Err(error) => return (Vec::new(), Err(error)),
        }
    }
    facts.sort_by_key(|(at, ..)| *at);
    (facts.into_iter().map(|(_, uid, told)| (uid, told)).collect(), Ok(()))
}
