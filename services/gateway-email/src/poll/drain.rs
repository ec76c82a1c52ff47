//! Letters of a mailbox that is read by POP3: what stands behind the last one that was taken.

use std::time::Duration;

use contracts::channel::Inbound;
use gateway_kit::Polled;
use tokio::time::Instant;
use tracing::info;

use super::is_due;
use crate::{
    Email,
    error::MailboxError,
    imap::{Found, LETTER_BYTES},
    keep::Keeper,
    normalize,
    pop3::{Listed, Pop3},
    position::Tail,
    wire::Place,
};

/// Letters of one poll, and how long they may take.
const MOST: usize = 50;
const MOST_TIME: Duration = Duration::from_secs(15);
/// Of a mailbox that is connected the newest letters are taken; what is older stays where it is.
const FIRST: usize = 1_000;
/// A letter that breaks the connection so often is passed over.
const GIVE_UP: u32 = 3;
/// Under which stumbles are counted; POP3 knows no folders.
const FOLDER: &str = "POP3";

/// Looks at the mailbox when it is time to.
///
/// # Errors
/// [`MailboxError`].
pub async fn letters(email: &Email, position: Option<&str>) -> Result<Polled, MailboxError> {
    let is_first = !std::mem::replace(&mut *email.mailbox.has_looked.lock(), true);
    if !is_first && !is_due(email).await {
        return Ok(Polled::default());
    }
    let mut pop3 = Pop3::open(&email.settings).await?;
    let listed = pop3.list().await?;
    let mut taking = Taking { email, pop3, tail: Tail::read(position), facts: Vec::new() };
    let new = taking.tail.behind(&listed);
    let more = new.len() > MOST;
    let taken = taking.all(&new[..new.len().min(MOST)]).await;
    let Taking { pop3, tail, facts, .. } = taking;
    match taken {
        Ok(whole) => {
            // What is left is taken at once.
            *email.mailbox.has_looked.lock() = whole && !more;
            pop3.quit().await;
        }
        Err(error) => {
            *email.mailbox.has_looked.lock() = false;
            if facts.is_empty() {
                return Err(error);
            }
            info!(account.id = %email.account, %error, "the connection to the mailbox broke after a part of the letters");
        }
    }
    let position = Some(tail.write()).filter(|tail| Some(tail.as_str()) != position);
    Ok(Polled { facts, position, ..Polled::default() })
}

struct Taking<'a> {
    email: &'a Email,
    pop3: Pop3,
    tail: Tail,
    facts: Vec<Inbound>,
}

impl Taking<'_> {
    /// `false`: there was no time for all of them.
    async fn all(&mut self, letters: &[Listed]) -> Result<bool, MailboxError> {
        let began = Instant::now();
        for letter in letters {
            if began.elapsed() > MOST_TIME {
                return Ok(false);
            }
            self.one(letter).await?;
            self.tail.push(&letter.name);
        }
        Ok(true)
    }

    async fn one(&mut self, letter: &Listed) -> Result<(), MailboxError> {
        let key = (format!("{FOLDER} {}", letter.name), 0, 0);
        let stumbles = &self.email.mailbox.stumbles;
        if stumbles.of(&key) >= GIVE_UP {
            stumbles.forget(&key);
            self.facts.push(normalize::not_given(&key, Found { uid: 0, size_bytes: 0, received_at: 0 }));
            return Ok(());
        }
        let fetched = async {
            let size = self.pop3.size(letter.number).await?;
            let is_large = size > LETTER_BYTES;
            let bytes = self.pop3.letter(letter.number, is_large).await?;
            let left_out_bytes = if is_large { size } else { 0 };
            Ok((bytes, left_out_bytes))
        };
        match fetched.await {
            Ok((bytes, left_out_bytes)) => {
                let mailbox = self.email.settings.address.clone();
                let authserv_id = self.email.settings.authserv_id.clone();
                let place = Place { mailbox, left_out_bytes, is_mixed: true, authserv_id, ..Place::default() };
                self.facts.extend(Keeper::of(self.email)?.letter(place, bytes.into()).await?);
                stumbles.forget(&key);
                Ok(())
            }
            Err(error) => {
                stumbles.note(key);
                Err(error)
            }
        }
    }
}

impl Tail {
    /// What stands behind the newest known letter; where none is known any more, the newest ones.
    fn behind(&self, listed: &[Listed]) -> Vec<Listed> {
        let known = listed.iter().rposition(|letter| self.names.contains(&letter.name));
        let from = known.map_or(listed.len().saturating_sub(FIRST), |at| at + 1);
        listed[from..].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(names: &[&str]) -> Vec<Listed> {
        names.iter().zip(1..).map(|(name, number)| Listed { number, name: (*name).to_owned() }).collect()
    }

    fn behind(known: &[&str], names: &[&str]) -> Vec<String> {
        let tail = Tail { names: known.iter().map(|name| (*name).to_owned()).collect() };
        tail.behind(&listed(names)).into_iter().map(|letter| letter.name).collect()
    }

    #[test]
    fn what_is_new_stands_behind_what_is_known() {
        assert_eq!(behind(&[], &["a", "b"]), ["a", "b"]);
        assert_eq!(behind(&["a"], &["a", "b", "c"]), ["b", "c"]);
        assert_eq!(behind(&["a", "b"], &["a", "c"]), ["c"], "the newest was deleted by another program");
        assert_eq!(behind(&["x"], &["a"]), ["a"], "none is left");
        assert_eq!(behind(&["b"], &["a", "b"]), Vec::<String>::new());
    }
}
