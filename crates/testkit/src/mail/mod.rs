//! A mail house of one's own: a real Dovecot (IMAP, POP3, LMTP, submission), an SMTP server that refuses whom it is told to
//! refuse and gives the rest to Dovecot, and an IMAP server that plays tricks.
//!
//! Any user name signs in with [`PASSWORD`]; a mailbox is there from its first letter on. Domains are cut off: a letter to
//! `support@example.org` lies in the mailbox `support`, and so does one to `support+token@example.org`.

mod dialog;
mod hostile;
mod smtp;

pub(crate) use dialog::Dialog;
pub use hostile::{HostileImap, Trick};
pub use smtp::{FakeSmtp, Fault, Taken};

use crate::servers::{DovecotServer, ServerError};

/// Of every user of [`DovecotServer`] and [`HostileImap`].
pub const PASSWORD: &str = "secret";

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

/// A plain letter.
#[must_use]
pub fn letter(from: &str, to: &str, subject: &str, message_id: &str, text: &str) -> String {
    let date = chrono::Utc::now().to_rfc2822();
    format!(
        "From: {from}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: {date}\r\nMessage-ID: <{message_id}>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n"
    )
}
