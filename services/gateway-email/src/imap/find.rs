//! The folder of what was sent: by its mark (RFC 6154), else by a name that mail programs give it.

use async_imap::types::NameAttribute;
use futures::TryStreamExt;
use tokio::time::timeout;

use super::{COMMAND_WAIT, Line, utf7};
use crate::error::MailboxError;

/// In the order in which they are preferred.
const NAMES: [&str; 6] = ["Sent", "Sent Items", "Sent Messages", "Sent Mail", "Отправленные", "INBOX.Sent"];
/// Folders that are looked at; a mailbox of more is odd.
const MOST: usize = 10_000;

impl Line {
    /// `wanted` is what the owner names; empty: the server tells.
    pub(super) async fn find_sent(&mut self, wanted: &str) -> Result<String, MailboxError> {
        if !wanted.is_empty() {
            return Ok(utf7::encode(wanted));
        }
        let listing = async {
            let names = self.session.list(None, Some("\"*\"")).await?;
            let mut names = std::pin::pin!(names);
            let (mut marked, mut named) = (String::new(), Vec::new());
            while let Some(name) = names.try_next().await? {
                if name.attributes().contains(&NameAttribute::Sent) {
                    name.name().clone_into(&mut marked);
                }
                if named.len() < MOST {
                    named.push(name.name().to_owned());
                }
            }
            Ok::<_, async_imap::error::Error>((marked, named))
        };
        let (marked, named) = timeout(COMMAND_WAIT, listing).await.map_err(|_| MailboxError::Slow)??;
        if !marked.is_empty() {
            return Ok(marked);
        }
        let usual = NAMES.map(utf7::encode);
        Ok(usual.into_iter().find(|name| named.contains(name)).unwrap_or_default())
    }
}
