//! History: from the newest letter to the oldest that is wanted, a piece at a time (rule I6).

use std::collections::BTreeSet;

use super::{INBOX, Turn, beside, keeping::Way};
use crate::error::MailboxError;

/// Letters of one poll.
const PIECE: usize = 512;
/// So many numbers are looked through for them: to list all of a large mailbox for every piece takes longer than the letters.
const STRETCH: u32 = 1_000;

impl Turn<'_> {
    /// A folder of which more is wanted.
    pub(super) fn with_history(&self) -> Option<String> {
        let mut folders = std::iter::once(INBOX.to_owned()).chain(beside(&self.line));
        folders.find(|folder| self.position.0.get(folder).is_some_and(|known| known.has_history()))
    }

    pub(super) async fn history(&mut self) -> Result<(), MailboxError> {
        let Some(folder) = self.with_history() else { return Ok(()) };
        let folder = &folder;
        self.reopen(folder).await?;
        let Some(known) = self.position.0.get(folder).copied() else { return Ok(()) };
        let from = known.back.saturating_sub(STRETCH).max(known.stop);
        let (low, high) = (from.max(1), known.back.saturating_sub(1).max(1));
        let uids = self.line.search(&format!("UID {low}:{high}")).await?;
        let mut newest_first = uids.into_iter().filter(|uid| (from..known.back).contains(uid)).rev();
        let piece: BTreeSet<u32> = newest_first.by_ref().take(PIECE).collect();
        let has_more = newest_first.next().is_some();
        let mut found = self.line.look(&piece).await?;
        found.reverse();
        // What is packed is not found again by its bytes: only where nothing can be kept already.
        let way = if known.is_first { Way::Packed } else { Way::Files };
        let whole = self.take(folder, known.validity, &found, way, |known, uid| known.back = uid).await?;
        if whole && let Some(state) = self.position.0.get_mut(folder) {
            // What has gone meanwhile is passed over, and so is a stretch in which nothing lies.
            let lowest = piece.first().copied().filter(|_| has_more).unwrap_or(from);
            state.back = state.back.min(lowest);
        }
        Ok(())
    }
}
