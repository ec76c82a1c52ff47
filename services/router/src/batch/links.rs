//! Late links (rule I15): what a fact refers to shows two conversations of its account to be one. A job merges them, for
//! a batch moves no messages.

use std::collections::BTreeSet;

use contracts::channel::inbound::Body;
use model::{AccountId, ConversationId};

use super::{
    Place, Placed,
    apply::Batch,
    fact::Fact,
    read::{Locked, Referred},
};
use crate::merges;

/// Keys that are looked at of what one message refers to, nearest first.
const NEAREST: usize = 10;

/// What the messages of a batch refer to.
#[derive(Default)]
pub struct Links {
    /// Fact by number, and where what it refers to is.
    known: Vec<(usize, Place)>,
    unknown: Vec<(usize, (AccountId, String))>,
}

impl Links {
    /// Notes what a fact refers to, and who waited for what it brings.
    pub fn note(&mut self, number: usize, fact: &Fact, placed: &Placed, referred: &Referred) {
        if !matches!(fact.inbound.body, Some(Body::Message(_) | Body::OwnEcho(_))) {
            return;
        }
        for key in fact.inbound.refers_to.iter().filter(|key| !key.is_empty()).take(NEAREST) {
            let key = (fact.account, key.clone());
            match placed.get(&key) {
                Some(place) => self.known.push((number, place.clone())),
                None => self.unknown.push((number, key)),
            }
        }
        let brought = (fact.account, fact.inbound.message_key.clone());
        let waiting = referred.awaited.get(&brought).into_iter().flatten();
        self.known.extend(waiting.map(|conversation| (number, referred.place(*conversation))));
    }

    /// All facts have their place: hands the batch the conversations to merge, and what is still waited for.
    pub fn settle(self, batch: &mut Batch, placed: &Placed, places: &[Option<ConversationId>], locked: &Locked) {
        let Self { mut known, unknown } = self;
        for (number, key) in unknown {
            match (placed.get(&key), places[number]) {
                (Some(place), _) => known.push((number, place.clone())),
                (None, Some(conversation)) => batch.awaited.push((key.0, key.1, conversation)),
                (None, None) => {}
            }
        }
        let pairs: BTreeSet<_> = known
            .iter()
            .filter_map(|(number, place)| Some((places[*number]?, locked.place(place)?)))
            .filter(|(one, other)| one != other)
            .map(|(one, other)| (one.min(other), one.max(other)))
            .filter(|(one, other)| !batch.directory.apart.knows(one.0, other.0))
            .collect();
        let now = batch.now;
        batch.timers.extend(pairs.into_iter().map(|(one, other)| merges::merge_timer(one, other, now)));
    }
}
