//! Letters of the open folder: first their sizes, then one after the other.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures::TryStreamExt;
use tokio::time::timeout;

use super::{COMMAND_WAIT, LETTER_WAIT, Line};
use crate::error::MailboxError;

/// The largest letter that is fetched; of a larger one there is the head.
pub const LETTER_BYTES: u64 = 50 << 20;

/// A letter that lies in the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    pub uid: u32,
    pub size_bytes: u32,
    /// When the mailbox got it, Unix seconds, UTC; 0: it does not tell.
    pub received_at: i64,
}

/// How much of a letter is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    Whole,
    Head,
}

impl Line {
    /// Sizes and dates of these letters, lowest UID first. What has gone meanwhile is left out.
    ///
    /// # Errors
    /// [`MailboxError`].
    pub async fn look(&mut self, uids: &BTreeSet<u32>) -> Result<Vec<Found>, MailboxError> {
        if uids.is_empty() {
            return Ok(Vec::new());
        }
        let set = uids.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let looking = async {
            let mut fetched = self.session.uid_fetch(set, "(UID RFC822.SIZE INTERNALDATE)").await?;
            let mut found = Vec::new();
            while let Some(letter) = fetched.try_next().await? {
                let Some(uid) = letter.uid.filter(|uid| uids.contains(uid)) else { continue };
                let received_at = letter.internal_date().map_or(0, |date| date.timestamp());
                found.push(Found { uid, size_bytes: letter.size.unwrap_or(0), received_at });
            }
            Ok::<_, async_imap::error::Error>(found)
        };
        let mut found = timeout(COMMAND_WAIT, looking).await.map_err(|_| MailboxError::Slow)??;
        found.sort_by_key(|letter| letter.uid);
        found.dedup_by_key(|letter| letter.uid);
        Ok(found)
    }

    /// Whole letters, which stay unread, as the server gives them, until all are there or something breaks. What has gone
    /// meanwhile is left out. A question for each letter would take as long as the letter.
    ///
    /// # Errors
    /// [`MailboxError`], after what came before it.
    pub async fn letters(&mut self, uids: &BTreeSet<u32>, came: &mut Vec<(u32, Bytes)>) -> Result<(), MailboxError> {
        let set = uids.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let fetching = async {
            let mut fetched = self.session.uid_fetch(set, "(UID BODY.PEEK[])").await?;
            while let Some(letter) = fetched.try_next().await? {
                let uid = letter.uid.filter(|uid| uids.contains(uid) && came.iter().all(|(known, _)| known != uid));
                if let (Some(uid), Some(bytes)) = (uid, letter.body()) {
                    came.push((uid, Bytes::copy_from_slice(bytes)));
                }
            }
            Ok::<_, async_imap::error::Error>(())
        };
        timeout(LETTER_WAIT, fetching).await.map_err(|_| MailboxError::Slow)?.map_err(Into::into)
    }

    /// The bytes of one letter, which stays unread; `None`: it has gone.
    ///
    /// # Errors
    /// [`MailboxError`].
    pub async fn letter(&mut self, uid: u32, body: Body) -> Result<Option<Vec<u8>>, MailboxError> {
        let what = match body {
            Body::Whole => "(UID BODY.PEEK[])",
            Body::Head => "(UID BODY.PEEK[HEADER])",
        };
        let fetching = async {
            let mut fetched = self.session.uid_fetch(uid.to_string(), what).await?;
            let mut bytes = None;
            while let Some(letter) = fetched.try_next().await? {
                if letter.uid != Some(uid) {
                    continue;
                }
                let part = if body == Body::Whole { letter.body() } else { letter.header() };
                bytes = part.map(<[u8]>::to_vec).or(bytes);
            }
            Ok::<_, async_imap::error::Error>(bytes)
        };
        timeout(LETTER_WAIT, fetching).await.map_err(|_| MailboxError::Slow)?.map_err(Into::into)
    }
}
