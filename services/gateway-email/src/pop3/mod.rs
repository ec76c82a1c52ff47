//! POP3 (RFC 1939) as far as a mailbox is read by it: signed in, listed, fetched. Nothing is ever deleted. A client of our own,
//! for those that are to be had leave the dots of a letter's lines doubled.

mod lines;

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use lines::Lines;
use tokio::time::timeout;

use crate::{
    config::Settings,
    error::MailboxError,
    imap::LETTER_BYTES,
    login::{Shown, xoauth2},
    net::{NetError, Security},
};

const COMMAND_WAIT: Duration = Duration::from_secs(15);
const LETTER_WAIT: Duration = Duration::from_secs(45);
/// The names of a mailbox's letters: 70 bytes each at most (RFC 1939, section 7), so some 700,000 of them.
const LIST_BYTES: u64 = 64 << 20;

/// A letter that lies in the mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Good for this connection only.
    pub number: u32,
    /// UIDL: it stays.
    pub name: String,
}

/// Signs in and leaves.
///
/// # Errors
/// [`MailboxError`].
pub async fn check(settings: &Settings) -> Result<(), MailboxError> {
    Pop3::open(settings).await?.quit().await;
    Ok(())
}

/// A signed-in connection; the mailbox is locked for others meanwhile.
pub struct Pop3 {
    lines: Lines,
}

impl Pop3 {
    /// # Errors
    /// [`MailboxError`].
    pub async fn open(settings: &Settings) -> Result<Self, MailboxError> {
        let server = settings.incoming.as_ref().ok_or(NetError::NoName)?;
        let mut pop3 = Self { lines: Lines::new(settings.dialer.connect(server).await?) };
        timeout(COMMAND_WAIT, pop3.answer()).await.map_err(|_| MailboxError::Slow)??;
        if server.security == Security::StartTls {
            pop3.command("STLS").await.map_err(|error| match error {
                MailboxError::Refused(_) => MailboxError::NoStartTls,
                other => other,
            })?;
            pop3.lines = Lines::new(settings.dialer.protect(pop3.lines.into_inner()?, &server.host).await?);
        }
        let shown = settings.login.shown().await?;
        match pop3.sign_in(&settings.login.user, &shown).await.map_err(signing_in) {
            Ok(()) => Ok(pop3),
            Err(MailboxError::SignIn(words)) => {
                settings.login.refused().await;
                let by_token = matches!(shown, Shown::Token(_));
                Err(if by_token { MailboxError::Consent(words) } else { MailboxError::SignIn(words) })
            }
            Err(other) => Err(other),
        }
    }

    async fn sign_in(&mut self, user: &str, shown: &Shown) -> Result<(), MailboxError> {
        match shown {
            Shown::Password(password) => {
                self.command(&format!("USER {user}")).await?;
                self.command(&format!("PASS {}", password.expose())).await.map(drop)
            }
            // RFC 5034, section 4: with its first words at once. One that is refused says why, and waits for an empty line.
            Shown::Token(token) => {
                let words = STANDARD.encode(xoauth2(user, token));
                match self.command(&format!("AUTH XOAUTH2 {words}")).await {
                    Err(MailboxError::Broken(_)) => self.command("").await.map(drop),
                    answered => answered.map(drop),
                }
            }
        }
    }

    /// All letters, oldest first as servers list them.
    ///
    /// # Errors
    /// [`MailboxError`].
    pub async fn list(&mut self) -> Result<Vec<Listed>, MailboxError> {
        let bytes = self.long_answer("UIDL", COMMAND_WAIT, LIST_BYTES).await?;
        let text = String::from_utf8_lossy(&bytes);
        let listed = text.lines().filter_map(|line| {
            let (number, name) = line.split_once(' ')?;
            let name = name.trim();
            let is_name = (1..=70).contains(&name.len());
            Some(Listed { number: number.parse().ok()?, name: name.to_owned() }).filter(|_| is_name)
        });
        Ok(listed.collect())
    }

    /// The size of a letter as the server tells; 0 where it does not.
    ///
    /// # Errors
    /// [`MailboxError`].
    pub async fn size(&mut self, number: u32) -> Result<u64, MailboxError> {
        let said = self.command(&format!("LIST {number}")).await?;
        Ok(said.split(' ').nth(1).and_then(|size| size.parse().ok()).unwrap_or(0))
    }

    /// The bytes of a letter, or of its head.
    ///
    /// # Errors
    /// [`MailboxError`].
    pub async fn letter(&mut self, number: u32, head_only: bool) -> Result<Vec<u8>, MailboxError> {
        let command = if head_only { format!("TOP {number} 0") } else { format!("RETR {number}") };
        self.long_answer(&command, LETTER_WAIT, LETTER_BYTES).await
    }

    /// Nobody waits for long for the answer.
    pub async fn quit(mut self) {
        let _ = timeout(Duration::from_secs(2), self.command("QUIT")).await;
    }

    async fn command(&mut self, command: &str) -> Result<String, MailboxError> {
        let asking = async {
            self.lines.write(command).await?;
            self.answer().await
        };
        timeout(COMMAND_WAIT, asking).await.map_err(|_| MailboxError::Slow)?
    }

    async fn long_answer(&mut self, command: &str, wait: Duration, most: u64) -> Result<Vec<u8>, MailboxError> {
        self.command(command).await?;
        timeout(wait, self.lines.until_dot(most)).await.map_err(|_| MailboxError::Slow)?
    }

    /// What stands behind `+OK`.
    async fn answer(&mut self) -> Result<String, MailboxError> {
        let line = self.lines.read().await?;
        if let Some(rest) = line.strip_prefix("+OK") {
            return Ok(rest.trim().to_owned());
        }
        let words = line
            .strip_prefix("-ERR")
            .map(str::trim)
            .ok_or_else(|| MailboxError::Broken("an answer cannot be read".to_owned()))?;
        Err(MailboxError::Refused(gateway_kit::words::clean(words, 300)))
    }
}

/// What a server says when the mailbox is locked, or it is itself that has trouble (RFC 2449, RFC 3206).
fn signing_in(error: MailboxError) -> MailboxError {
    match error {
        MailboxError::Refused(words) => {
            let upper = words.to_uppercase();
            let is_for_now = ["IN-USE", "SYS/TEMP", "LOGIN-DELAY", "LOCK"].iter().any(|word| upper.contains(word));
            if is_for_now { MailboxError::Refused(words) } else { MailboxError::SignIn(words) }
        }
        other => other,
    }
}
