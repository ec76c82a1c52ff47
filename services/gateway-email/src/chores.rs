//! What is left to do in the mailbox after a letter has gone out: a copy among the sent ones, and the mark on the letter that
//! it answers. Comfort: whatever is lost of it, the letter was sent.

use std::collections::VecDeque;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tracing::info;

use crate::{Email, config::Copies, error::MailboxError, imap::Line};

/// What waits; beyond it the oldest is left undone.
const MOST: usize = 16;
const MOST_BYTES: usize = 64 << 20;

/// A letter that has gone out.
pub struct Gone {
    /// Without brackets, as the next one.
    pub message_id: String,
    /// The letter that it answers; may be empty.
    pub answers: String,
    pub letter: Vec<u8>,
}

#[derive(Default)]
pub struct Chores {
    waiting: Mutex<VecDeque<Gone>>,
    wake: Notify,
}

impl Chores {
    pub fn add(&self, gone: Gone) {
        let mut waiting = self.waiting.lock();
        waiting.push_back(gone);
        let bytes = |waiting: &VecDeque<Gone>| waiting.iter().map(|gone| gone.letter.len()).sum::<usize>();
        while waiting.len() > MOST || (waiting.len() > 1 && bytes(&waiting) > MOST_BYTES) {
            waiting.pop_front();
        }
        self.wake.notify_one();
    }

    /// Until there is something to do.
    pub async fn wanted(&self) {
        while self.waiting.lock().is_empty() {
            self.wake.notified().await;
        }
    }
}

/// Does what waits. What the server refuses is left undone.
///
/// # Errors
/// [`MailboxError`]: the connection is lost.
pub async fn work_off(email: &Email, line: &mut Line) -> Result<(), MailboxError> {
    loop {
        // Not kept for another try: it may be the very letter that breaks the connection.
        let Some(gone) = email.chores.waiting.lock().pop_front() else { return Ok(()) };
        if email.settings.copies == Copies::Ours {
            forgive(email, line.keep_copy(&gone.message_id, &gone.letter).await)?;
        }
        if !gone.answers.is_empty() {
            forgive(email, line.mark_answered(&gone.answers).await)?;
        }
    }
}

fn forgive(email: &Email, done: Result<(), MailboxError>) -> Result<(), MailboxError> {
    match done {
        Err(MailboxError::Refused(why)) => {
            info!(account.id = %email.account, why, "the mailbox does not take a copy or a mark");
            Ok(())
        }
        done => done,
    }
}
