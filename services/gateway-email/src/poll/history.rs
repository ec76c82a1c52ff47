//! History: from the newest letter to the oldest that is wanted, a piece at a time (rule I6).

use std::collections::BTreeSet;

use super::{INBOX, Turn, beside};
use crate::error::MailboxError;

/// Letters of one poll.
const PIECE: usize = 50;

impl Turn<'_> {
    pub(super) async fn history(&mut self) -> Result<(), MailboxError> {
        let mut folders = std::iter::once(INBOX.to_owned()).chain(beside(&self.line));
        let has_more = |folder: &String| self.position.0.get(folder).is_some_and(|known| known.has_history());
        let Some(folder) = folders.find(has_more) else { return Ok(()) };
        let folder = &folder;
        self.reopen(folder).await?;
        let Some(known) = self.position.0.get(folder).copied() else { return Ok(()) };
        let uids =
            self.line.search(&format!("UID {}:{}", known.stop.max(1), known.back.saturating_sub(1).max(1))).await?;
        let piece: BTreeSet<u32> =
            uids.into_iter().filter(|uid| (known.stop..known.back).contains(uid)).rev().take(PIECE).collect();
        let lowest = piece.first().copied();
        let mut found = self.line.look(&piece).await?;
        found.reverse();
        let whole = self.take(folder, known.validity, &found, |known, uid| known.back = uid).await?;
        if whole && let Some(state) = self.position.0.get_mut(folder) {
            // Nothing was found any more: the end, whatever has gone meanwhile.
            state.back = lowest.unwrap_or(state.stop).min(state.back);
        }
        Ok(())
    }
}
