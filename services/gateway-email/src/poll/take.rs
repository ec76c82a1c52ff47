//! Letters of one folder: opened, found, fetched, kept, told.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use parking_lot::Mutex;
use tokio::time::Instant;
use tracing::warn;

use super::{INBOX, Turn};
use crate::{
    error::MailboxError,
    imap::{Body, Found, LETTER_BYTES, Opened},
    keep, normalize,
    position::Folder,
    wire::Place,
};

/// Letters of one poll, their bytes together, and how long they may take: then what has come is told first.
const MOST: usize = 50;
const MOST_BYTES: u64 = 24 << 20;
const MOST_TIME: Duration = Duration::from_secs(15);
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
        let begun = self.begin(opened).await?;
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
        Ok(Folder { validity: opened.validity, next, back: next, stop })
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
        let taken = self.take(folder, known.validity, &found, |known, uid| known.next = uid + 1).await?;
        // What has gone between the two questions is passed over.
        if taken && let Some(known) = self.position.0.get_mut(folder) {
            known.next = known.next.max(last + 1);
        }
        Ok(())
    }

    /// Takes letters one after the other, until bounds are met; `true`: all of them.
    pub(super) async fn take(
        &mut self,
        folder: &str,
        validity: u32,
        found: &[Found],
        mut moved: impl FnMut(&mut Folder, u32),
    ) -> Result<bool, MailboxError> {
        let (began, mut bytes) = (Instant::now(), 0);
        for letter in found {
            if began.elapsed() > MOST_TIME || bytes > MOST_BYTES {
                return Ok(false);
            }
            bytes += u64::from(letter.size_bytes);
            self.take_one(folder, validity, *letter).await?;
            if let Some(known) = self.position.0.get_mut(folder) {
                moved(known, letter.uid);
            }
        }
        Ok(true)
    }

    async fn take_one(&mut self, folder: &str, validity: u32, found: Found) -> Result<(), MailboxError> {
        let key = (folder.to_owned(), validity, found.uid);
        let stumbled = self.email.mailbox.stumbles.of(&key);
        let is_large = u64::from(found.size_bytes) > LETTER_BYTES;
        if stumbled >= GIVE_UP {
            warn!(account.id = %self.email.account, uid = found.uid, "the server cannot give a letter; it is passed over");
            self.facts.push(normalize::not_given(&key, found));
            self.email.mailbox.stumbles.forget(&key);
            return Ok(());
        }
        let body = if is_large || stumbled >= HEAD_ONLY { Body::Head } else { Body::Whole };
        match self.line.letter(found.uid, body).await {
            Ok(None) => {}
            Ok(Some(bytes)) => {
                let mut place = self.place(folder, found);
                if body == Body::Head {
                    place.left_out_bytes = u64::from(found.size_bytes).max(1);
                }
                self.facts.extend(keep::letter(self.email, place, bytes.into()).await?);
            }
            Err(error) => {
                self.email.mailbox.stumbles.note(key);
                return Err(error);
            }
        }
        self.email.mailbox.stumbles.forget(&key);
        Ok(())
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
