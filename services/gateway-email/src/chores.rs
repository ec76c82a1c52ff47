//! What is left to do in the mailbox after a letter has gone out: a copy among the sent ones, and the mark on the letter that
//! it answers. Comfort: whatever is lost of it, the letter was sent.

use std::collections::VecDeque;

use contracts::channel::Inbound;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tracing::info;

use crate::{Email, config::Copies, error::MailboxError, imap::Line};

/// What waits; beyond it the oldest is left undone.
const MOST: usize = 16;
const MOST_BYTES: usize = 64 << 20;
const NOTICES: usize = 100;

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
    /// What a server said of some of a letter's recipients, to be told with the next poll.
    notices: Mutex<VecDeque<Inbound>>,
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

    /// Has a fact told with the next poll.
    pub fn tell(&self, notice: Inbound) {
        let mut notices = self.notices.lock();
        notices.push_back(notice);
        if notices.len() > NOTICES {
            notices.pop_front();
        }
        self.wake.notify_one();
    }

    /// What is to be told now.
    pub fn told(&self) -> Vec<Inbound> {
        self.notices.lock().drain(..).collect()
    }

    fn has_any(&self) -> bool {
        !self.waiting.lock().is_empty() || !self.notices.lock().is_empty()
    }

    /// Until there is something to do.
    pub async fn wanted(&self) {
        while !self.has_any() {
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
