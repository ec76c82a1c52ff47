//! Letters of one folder: opened, found, fetched, kept, told.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::time::Instant;
use tracing::warn;

use super::{
    INBOX, Turn,
    keeping::{Fetched, Keeping, Way},
};
use crate::{
    error::MailboxError,
    imap::{Body, Found, LETTER_BYTES, Opened},
    keep::Keeper,
    normalize,
    position::Folder,
    wire::Place,
};

/// Letters of one poll, their bytes together, and how long they may take: then what has come is told first.
const MOST: usize = 50;
const MOST_BYTES: u64 = 24 << 20;
const MOST_TIME: Duration = Duration::from_secs(15);
/// Letters that are fetched with one question, and their bytes; as many wait to be kept. A hundred mailboxes may do it at once.
const TOGETHER: usize = 256;
const TOGETHER_BYTES: u64 = 4 << 20;
/// A letter that breaks the connection so often is passed over; before that its head is tried.
const GIVE_UP: u32 = 4;
const HEAD_ONLY: u32 = 2;
/// Seconds before the last known letter from which on a mailbox that was numbered anew is taken again.
pub(super) const DAY: i64 = 86_400;

/// Letters that broke the connection, by folder, validity and UID.
#[derive(Default)]
pub struct Stumbles(Mutex<HashMap<(String, u32, u32), u32>>);

impl Stumbles {
    pub(super) fn of(&self, key: &(String, u32, u32)) -> u32 {
        self.0.lock().get(key).copied().unwrap_or(0)
    }

    pub(super) fn note(&self, key: (String, u32, u32)) {
        *self.0.lock().entry(key).or_default() += 1;
    }

    pub(super) fn forget(&self, key: &(String, u32, u32)) {
        self.0.lock().remove(key);
    }
}

impl Turn<'_> {
    /// Opens a folder; one that we do not know, or that was numbered anew, begins anew.
    pub(super) async fn reopen(&mut self, folder: &str) -> Result<(), MailboxError> {
        let opened = self.line.select(folder).await?;
        let known = self.position.0.get(folder).copied();
        if known.is_some_and(|known| known.validity == opened.validity) {
            return Ok(());
        }
        let begun = Folder { is_first: known.is_none(), ..self.begin(opened).await? };
        self.position.0.insert(folder.to_owned(), begun);
        Ok(())
    }

    /// What comes from now on is new; what has come lately is history. After new numbers most of that is known, by its keys.
    async fn begin(&mut self, opened: Opened) -> Result<Folder, MailboxError> {
        let next = match opened.next {
            0 => self.line.search("ALL").await?.last().map_or(1, |last| last + 1),
            next => next,
        };
        let days = i64::from(self.email.settings.history_days);
        let since = chrono::Utc::now() - chrono::TimeDelta::seconds(days * DAY);
        // Without history everything that comes between the account's making and now would be lost: a day is always taken.
        let since = if days == 0 { chrono::Utc::now() - chrono::TimeDelta::seconds(DAY) } else { since };
        let wanted = self.line.search(&format!("SINCE {}", since.format("%-d-%b-%Y"))).await?;
        let stop = wanted.range(..next).next().copied().unwrap_or(next);
        Ok(Folder { validity: opened.validity, next, back: next, stop, is_first: false })
    }

    /// Takes what is new in the open folder.
    pub(super) async fn take_new(&mut self, folder: &str) -> Result<(), MailboxError> {
        let Some(known) = self.position.0.get(folder).copied() else { return Ok(()) };
        self.line.forget_news();
        // "n:*" gives the last letter also when there is none from n on.
        let uids = self.line.search(&format!("UID {}:*", known.next.max(1))).await?;
        let uids: BTreeSet<u32> = uids.into_iter().filter(|uid| *uid >= known.next).take(MOST).collect();
        let Some(last) = uids.last().copied() else { return Ok(()) };
        let found = self.line.look(&uids).await?;
        let taken = self.take(folder, known.validity, &found, Way::Files, |known, uid| known.next = uid + 1).await?;
        // What has gone between the two questions is passed over.
        if taken && let Some(known) = self.position.0.get_mut(folder) {
            known.next = known.next.max(last + 1);
        }
        Ok(())
    }

    /// Takes letters in their order, until bounds are met; `true`: all of them. What was fetched is kept while the next are
    /// fetched.
    pub(super) async fn take(
        &mut self,
        folder: &str,
        validity: u32,
        found: &[Found],
        way: Way,
        mut moved: impl FnMut(&mut Folder, u32),
    ) -> Result<bool, MailboxError> {
        let (began, mut bytes, mut left) = (Instant::now(), 0, found);
        let mut keeping = Keeping::default();
        while !left.is_empty() && began.elapsed() <= MOST_TIME && bytes <= MOST_BYTES {
            let (group, rest) = left.split_at(together(left));
            bytes += bytes_of(group);
            let (fetched, outcome) = self.fetch_group(folder, validity, group).await;
            self.settle(folder, std::mem::take(&mut keeping), &mut moved).await?;
            keeping = Keeping::begin(Keeper::of(self.email)?, way, fetched);
            if outcome.is_err() {
                // What came before the connection broke is taken.
                self.settle(folder, keeping, &mut moved).await?;
                return outcome.map(|()| false);
            }
            left = rest;
        }
        self.settle(folder, keeping, &mut moved).await?;
        Ok(left.is_empty())
    }

    /// Waits until letters are kept.
    async fn settle(
        &mut self,
        folder: &str,
        keeping: Keeping,
        moved: &mut impl FnMut(&mut Folder, u32),
    ) -> Result<(), MailboxError> {
        let (kept, outcome) = keeping.end().await;
        for (uid, facts) in kept {
            self.facts.extend(facts);
            if let Some(known) = self.position.0.get_mut(folder) {
                moved(known, uid);
            }
        }
        outcome
    }

    /// Fetches letters, with one question where none of them ever made trouble. What came before it broke, in the order
    /// that was asked for.
    async fn fetch_group(
        &mut self,
        folder: &str,
        validity: u32,
        group: &[Found],
    ) -> (Vec<(u32, Fetched)>, Result<(), MailboxError>) {
        let key = |uid| (folder.to_owned(), validity, uid);
        let email = self.email;
        let stumbles = &email.mailbox.stumbles;
        let is_smooth = |letter: &Found| !is_large(letter) && stumbles.of(&key(letter.uid)) == 0;
        if group.len() == 1 || !group.iter().all(is_smooth) {
            return self.fetch_each(folder, validity, group).await;
        }
        let mut came = Vec::with_capacity(group.len());
        let uids = group.iter().map(|letter| letter.uid).collect();
        let outcome = self.line.letters(&uids, &mut came).await;
        let given: BTreeSet<u32> = came.iter().map(|(uid, _)| *uid).collect();
        let mut came: HashMap<u32, Bytes> = came.into_iter().collect();
        let mut fetched = Vec::with_capacity(group.len());
        for letter in group {
            match came.remove(&letter.uid) {
                Some(bytes) => {
                    fetched.push((letter.uid, Fetched::Letter(Box::new(self.place(folder, *letter)), bytes)))
                }
                None if outcome.is_ok() => fetched.push((letter.uid, Fetched::Gone)),
                None => break,
            }
        }
        if outcome.is_err() {
            // Servers answer in an order of their own, mostly from the lowest number on.
            let missing = group.iter().map(|letter| letter.uid).filter(|uid| !given.contains(uid));
            if let Some(uid) = missing.min() {
                stumbles.note(key(uid));
            }
        }
        (fetched, outcome)
    }

    async fn fetch_each(
        &mut self,
        folder: &str,
        validity: u32,
        group: &[Found],
    ) -> (Vec<(u32, Fetched)>, Result<(), MailboxError>) {
        let mut fetched = Vec::with_capacity(group.len());
        for letter in group {
            match self.fetch(folder, validity, *letter).await {
                Ok(one) => fetched.push((letter.uid, one)),
                Err(error) => return (fetched, Err(error)),
            }
        }
        (fetched, Ok(()))
    }

    async fn fetch(&mut self, folder: &str, validity: u32, found: Found) -> Result<Fetched, MailboxError> {
        let key = (folder.to_owned(), validity, found.uid);
        let stumbled = self.email.mailbox.stumbles.of(&key);
        if stumbled >= GIVE_UP {
            warn!(account.id = %self.email.account, uid = found.uid, "the server cannot give a letter; it is passed over");
            self.email.mailbox.stumbles.forget(&key);
            return Ok(Fetched::NotGiven(Box::new(normalize::not_given(&key, found))));
        }
        let body = if is_large(&found) || stumbled >= HEAD_ONLY { Body::Head } else { Body::Whole };
        let bytes = match self.line.letter(found.uid, body).await {
            Ok(bytes) => bytes,
            Err(error) => {
                self.email.mailbox.stumbles.note(key);
                return Err(error);
            }
        };
        self.email.mailbox.stumbles.forget(&key);
        let Some(bytes) = bytes else { return Ok(Fetched::Gone) };
        let mut place = self.place(folder, found);
        if body == Body::Head {
            place.left_out_bytes = u64::from(found.size_bytes).max(1);
        }
        Ok(Fetched::Letter(Box::new(place), bytes.into()))
    }

    fn place(&self, folder: &str, found: Found) -> Place {
        Place {
            mailbox: self.email.settings.address.clone(),
            is_sent: folder == self.line.sent,
            // In folders that people keep both lie together.
            is_mixed: folder != self.line.sent && folder != INBOX,
            received_at: found.received_at,
            authserv_id: self.email.settings.authserv_id.clone(),
            ..Place::default()
        }
    }
}

/// Of a larger one there is the head only.
fn is_large(letter: &Found) -> bool {
    u64::from(letter.size_bytes) > LETTER_BYTES
}

/// How many of these are fetched before they are kept: at least one.
fn together(letters: &[Found]) -> usize {
    let mut bytes = 0;
    let fits = |letter: &&Found| {
        bytes += u64::from(letter.size_bytes);
        bytes <= TOGETHER_BYTES
    };
    letters.iter().take(TOGETHER).take_while(fits).count().max(1)
}

fn bytes_of(letters: &[Found]) -> u64 {
    letters.iter().map(|letter| u64::from(letter.size_bytes)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_letters_are_kept_together_and_a_large_one_alone() {
        let letter = |size_bytes| Found { uid: 1, size_bytes, received_at: 0 };
        assert_eq!(together(&vec![letter(3_000); 300]), TOGETHER);
        assert_eq!(together(&[letter(60 << 20), letter(10)]), 1);
        assert_eq!(together(&[letter(2 << 20), letter(1 << 20), letter(2 << 20)]), 2);
    }
}
