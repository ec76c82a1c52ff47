//! Waiting for the server to announce a letter (RFC 2177), by a clock of our own: servers that say "still here" would put off
//! the library's for ever.

use std::time::Duration;

use async_imap::{extensions::idle::IdleResponse, types::UnsolicitedResponse};
use tokio::time::{Instant, timeout, timeout_at};

use super::{COMMAND_WAIT, Line};
use crate::error::MailboxError;

impl Line {
    /// What has been announced by now is looked for next.
    pub fn forget_news(&self) {
        while self.session.unsolicited_responses.try_recv().is_ok() {}
    }

    /// Waits until something has happened in the open folder since its news were forgotten, `wake` ends, or `most` has passed. The line comes back when it
    /// still stands.
    ///
    /// # Errors
    /// [`MailboxError`]: the connection is lost.
    pub async fn idle(self, most: Duration, wake: impl Future<Output = ()>) -> Result<Self, MailboxError> {
        let Self { session, selected, can_idle, sent, others, missing } = self;
        let news = session.unsolicited_responses.clone();
        // The library drops what no longer fits.
        let mut came = news.is_full();
        let mut handle = session.idle();
        timeout(COMMAND_WAIT, handle.init()).await.map_err(|_| MailboxError::Slow)??;
        // A letter that came before the server idled was announced on the way, and is not again.
        while let Ok(response) = news.try_recv() {
            came |= matches!(response, UnsolicitedResponse::Exists(_));
        }
        if !came {
            let (waiting, interrupt) = handle.wait_with_timeout(most);
            let until = Instant::now() + most;
            tokio::select! {
                waited = timeout_at(until, waiting) => {
                    // Nobody has interrupted it: the library says so when the connection is closed.
                    if let Ok(Ok(IdleResponse::ManualInterrupt)) = waited {
                        return Err(MailboxError::Broken("it was closed".to_owned()));
                    }
                    if let Ok(Err(error)) = waited {
                        return Err(error.into());
                    }
                }
                () = wake => {}
            }
            drop(interrupt);
        }
        let session = timeout(COMMAND_WAIT, handle.done()).await.map_err(|_| MailboxError::Slow)??;
        Ok(Self { session, selected, can_idle, sent, others, missing })
    }
}
