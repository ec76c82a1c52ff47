//! How letters come: what is new in the inbox, among the sent and in other chosen folders, then a piece of history, and when there is neither, waiting
//! until the server announces something.

mod drain;
mod history;
mod keeping;
mod take;

use std::time::Duration;

use gateway_kit::{Polled, ProviderError};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};
use tracing::info;

use crate::{
    Email, chores,
    config::Receive,
    error::{MailboxError, provider},
    imap::Line,
    pop3,
    position::Position,
};

/// The one folder that every mailbox has.
pub const INBOX: &str = "INBOX";
/// A poll that waits longer is taken for a lost connection.
const IDLE: Duration = Duration::from_secs(30);

/// What is kept of a mailbox between two polls.
#[derive(Default)]
pub struct Mailbox {
    line: Mutex<Option<Line>>,
    pub stumbles: take::Stumbles,
    /// When to look again where nothing is announced.
    due: parking_lot::Mutex<Option<Instant>>,
    /// POP3 only: everything was taken when it was last looked at.
    has_looked: parking_lot::Mutex<bool>,
}

/// Signs in, unless that is done.
///
/// # Errors
/// [`ProviderError`].
pub async fn open(email: &Email) -> Result<(), ProviderError> {
    match email.settings.receive {
        Receive::Imap => {}
        Receive::Pop3 => return pop3::check(&email.settings).await.map_err(provider),
        // Whoever brings letters comes by itself.
        Receive::Push => return Ok(()),
    }
    let mut held = email.mailbox.line.lock().await;
    if held.is_none() {
        *held = Some(Line::open(&email.settings).await.map_err(provider)?);
    }
    Ok(())
}

/// What is new after `position`; waits for it.
///
/// # Errors
/// [`ProviderError`]; the connection is opened anew then.
pub async fn letters(email: &Email, position: Option<&str>) -> Result<Polled, ProviderError> {
    let mut notices = email.chores.told();
    notices.extend(email.settings.login.news());
    if !notices.is_empty() {
        return Ok(Polled { facts: notices, ..Polled::default() });
    }
    match email.settings.receive {
        Receive::Imap => {}
        Receive::Pop3 => return drain::letters(email, position).await.map_err(provider),
        Receive::Push => {
            let _ = timeout(IDLE, email.chores.wanted()).await;
            return Ok(Polled { facts: email.chores.told(), ..Polled::default() });
        }
    }
    let mut held = email.mailbox.line.lock().await;
    // Taken out: a poll that is given up halfway leaves no connection behind whose answers belong to another question.
    let line = match held.take() {
        Some(line) => line,
        None => Line::open(&email.settings).await.map_err(provider)?,
    };
    let mut turn = Turn { email, line, position: Position::read(position), facts: Vec::new(), is_import: false };
    match turn.run().await {
        // Router is behind: history is asked for again soon, and not when something is announced.
        Ok(()) if turn.facts.is_empty() && !turn.has_moved(position) && turn.with_history().is_some() => {
            *held = Some(turn.line);
            Ok(Polled::default())
        }
        Ok(()) if turn.facts.is_empty() && !turn.has_moved(position) => {
            *held = Some(wait(email, turn.line).await.map_err(provider)?);
            Ok(Polled::default())
        }
        Ok(()) => {
            let position = Some(turn.position.write());
            *held = Some(turn.line);
            Ok(Polled { facts: turn.facts, is_import: turn.is_import, position, ..Polled::default() })
        }
        // What came before it broke is not lost.
        Err(error) if !turn.facts.is_empty() => {
            info!(account.id = %email.account, %error, "the connection to the mailbox broke after a part of the letters");
            let position = Some(turn.position.write());
            Ok(Polled { facts: turn.facts, is_import: turn.is_import, position, ..Polled::default() })
        }
        Err(error) => Err(provider(error)),
    }
}

/// One look at the mailbox.
struct Turn<'a> {
    email: &'a Email,
    line: Line,
    position: Position,
    facts: Vec<contracts::channel::Inbound>,
    /// The facts are history.
    is_import: bool,
}

impl Turn<'_> {
    async fn run(&mut self) -> Result<(), MailboxError> {
        chores::work_off(self.email, &mut self.line).await?;
        self.inbox().await?;
        self.beside().await?;
        // History waits behind what is new.
        if self.facts.is_empty() && self.email.may_import() {
            self.history().await?;
            self.is_import = !self.facts.is_empty();
        }
        // Only there letters are announced; and those that came meanwhile are not again.
        if self.facts.is_empty() { self.inbox().await } else { Ok(()) }
    }

    fn has_moved(&self, position: Option<&str>) -> bool {
        self.position != Position::read(position)
    }

    async fn inbox(&mut self) -> Result<(), MailboxError> {
        self.reopen(INBOX).await?;
        self.take_new(INBOX).await
    }

    /// The folders beside the inbox, until something is found.
    async fn beside(&mut self) -> Result<(), MailboxError> {
        for folder in beside(&self.line) {
            if !self.facts.is_empty() {
                break;
            }
            self.look_into(&folder).await?;
        }
        Ok(())
    }

    /// Opened only when something has come: two commands more for every look would be a waste.
    async fn look_into(&mut self, folder: &str) -> Result<(), MailboxError> {
        let status = match self.line.status(folder).await {
            // It may have been renamed, or the server tells nothing of it: the inbox must not suffer for it.
            Err(MailboxError::Refused(_)) => return Ok(()),
            status => status?,
        };
        let known = self.position.0.get(folder);
        if known.is_some_and(|known| known.validity == status.validity && known.next >= status.next.max(1)) {
            return Ok(());
        }
        self.reopen(folder).await?;
        self.take_new(folder).await?;
        // What had these numbers has gone: it must not be looked for again and again.
        if self.facts.is_empty()
            && let Some(known) = self.position.0.get_mut(folder)
            && known.validity == status.validity
        {
            known.next = known.next.max(status.next);
        }
        Ok(())
    }
}

/// What is read beside the inbox, what was sent first.
fn beside(line: &Line) -> Vec<String> {
    let sent = Some(&line.sent).filter(|sent| !sent.is_empty() && *sent != INBOX);
    sent.into_iter().chain(&line.others).cloned().collect()
}

/// Waits for an announcement, a chore, or the time to look again.
async fn wait(email: &Email, line: Line) -> Result<Line, MailboxError> {
    if line.can_idle {
        // Of other folders nothing is announced meanwhile.
        let period = Duration::from_secs(email.settings.period_seconds.into());
        return line.idle(IDLE.min(period), email.chores.wanted()).await;
    }
    tokio::select! {
        _ = is_due(email) => {}
        () = email.chores.wanted() => {}
    }
    Ok(line)
}

/// Waits for the time to look again, as long as a poll may; whether it has come.
async fn is_due(email: &Email) -> bool {
    let period = Duration::from_secs(email.settings.period_seconds.into());
    let due = *email.mailbox.due.lock().get_or_insert_with(|| Instant::now() + period);
    tokio::time::sleep_until(due.min(Instant::now() + IDLE)).await;
    let has_come = Instant::now() >= due;
    if has_come {
        email.mailbox.due.lock().take();
    }
    has_come
}
