//! What is done in the mailbox after a letter of ours has gone out, and how one is found of which nobody knows.

use futures::TryStreamExt;
use tokio::time::timeout;

use super::{COMMAND_WAIT, LETTER_WAIT, Line, within};
use crate::error::MailboxError;

impl Line {
    /// Whether a letter of this id lies among the sent ones. `false` also where there is no such folder.
    ///
    /// # Errors
    /// [`MailboxError`].
    pub async fn has_sent(&mut self, message_id: &str) -> Result<bool, MailboxError> {
        let folder = self.sent.clone();
        if folder.is_empty() {
            return Ok(false);
        }
        self.select(&folder).await?;
        Ok(!self.search(&of_id(message_id)).await?.is_empty())
    }

    /// Puts a copy among the sent letters, unless one is there.
    ///
    /// # Errors
    /// [`MailboxError`].
    pub async fn keep_copy(&mut self, message_id: &str, letter: &[u8]) -> Result<(), MailboxError> {
        if self.sent.is_empty() || self.has_sent(message_id).await? {
            return Ok(());
        }
        let folder = self.sent.clone();
        within(LETTER_WAIT, self.session.append(folder, Some("(\\Seen)"), None, letter)).await
    }

    /// Marks a letter of the inbox as answered; one that is not there needs no mark.
    ///
    /// # Errors
    /// [`MailboxError`].
    pub async fn mark_answered(&mut self, message_id: &str) -> Result<(), MailboxError> {
        self.select("INBOX").await?;
        for uid in self.search(&of_id(message_id)).await? {
            let marking = async {
                let stored = self.session.uid_store(uid.to_string(), "+FLAGS.SILENT (\\Answered)").await?;
                std::pin::pin!(stored).try_for_each(|_| std::future::ready(Ok(()))).await
            };
            timeout(COMMAND_WAIT, marking).await.map_err(|_| MailboxError::Slow)??;
        }
        Ok(())
    }
}

/// Ids are ASCII in practice; what cannot stand in a quoted word finds nothing.
fn of_id(message_id: &str) -> String {
    let plain: String = message_id.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, '"' | '\\')).collect();
    format!("HEADER Message-ID \"<{plain}>\"")
}
