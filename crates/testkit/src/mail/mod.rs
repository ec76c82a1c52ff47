//! A mail house of one's own: a real Dovecot (IMAP, POP3, LMTP, submission), an SMTP server that refuses whom it is told to
//! refuse and gives the rest to Dovecot, and an IMAP server that plays tricks.
//!
//! Any user name signs in with [`PASSWORD`]; a mailbox is there from its first letter on. Domains are cut off: a letter to
//! `support@example.org` lies in the mailbox `support`, and so does one to `support+token@example.org`.

mod dialog;
mod hostile;
mod smtp;
mod tokens;

pub(crate) use dialog::Dialog;
pub use hostile::{HostileImap, Trick};
pub use smtp::{FakeSmtp, Fault, Taken};
pub use tokens::{CLIENT_ID, CONSENT, FakeTokens, TOKEN};

use crate::servers::{DovecotServer, ServerError};

/// Of every user of [`DovecotServer`] and [`HostileImap`].
pub const PASSWORD: &str = "secret";

/// Whether the words of XOAUTH2, packed, show a token of [`FakeTokens`].
fn shows_token(packed: &str) -> bool {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let words = STANDARD.decode(packed.trim()).unwrap_or_default();
    let words = String::from_utf8_lossy(&words);
    words.starts_with("user=") && words.contains(&format!("\x01auth=Bearer {TOKEN}")) && words.ends_with("\x01\x01")
}

/// What a server says, packed, before it refuses a token.
const REFUSED: &str = "eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIn0=";

/// Dovecot, whose submission hands on to the SMTP server, which delivers to Dovecot.
pub struct MailHouse {
    pub dovecot: DovecotServer,
    pub smtp: FakeSmtp,
}

impl MailHouse {
    /// # Errors
    /// When Dovecot is not installed or does not start.
    pub async fn start() -> Result<Self, ServerError> {
        let smtp = FakeSmtp::start().await;
        let dovecot = DovecotServer::start(smtp.port()).await?;
        smtp.deliver_to(dovecot.lmtp_port());
        Ok(Self { dovecot, smtp })
    }
}

/// A mail server that brings letters by LMTP to another one on loopback, and may find nobody there.
#[derive(Debug, Clone, Copy)]
pub struct Postman {
    pub lmtp: u16,
}

impl Postman {
    /// # Errors
    /// Why the letter is not known to be taken: the server's words, or what became of the connection.
    pub async fn bring(self, to: &str, letter: impl AsRef<[u8]>) -> Result<(), String> {
        match Dialog::deliver(self.lmtp, "sender@example.com", to, letter.as_ref()).await {
            Ok(answer) if answer.starts_with("250") => Ok(()),
            Ok(answer) => Err(answer),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// A plain letter.
#[must_use]
pub fn letter(from: &str, to: &str, subject: &str, message_id: &str, text: &str) -> String {
    let date = chrono::Utc::now().to_rfc2822();
    format!(
        "From: {from}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: {date}\r\nMessage-ID: <{message_id}>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n"
    )
}
