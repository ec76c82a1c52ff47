//! What goes wrong between us and the server of a mailbox, whatever it speaks.

use crate::net::NetError;

/// Why something could not be had from the server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailboxError {
    #[error(transparent)]
    Net(#[from] NetError),
    #[error("the server offers no STARTTLS")]
    NoStartTls,
    /// The server's words.
    #[error("the server does not sign in: {0}")]
    SignIn(String),
    /// The mail service's word: it gives no token, or takes none.
    #[error("the mail service does not accept the consent: {0}")]
    Consent(String),
    /// It understood, and does not do it. The connection lives on.
    #[error("the server refuses: {0}")]
    Refused(String),
    /// As the owner wrote it.
    #[error("there is no folder {0}")]
    NoFolder(String),
    #[error("the server does not answer in time")]
    Slow,
    #[error("the connection to the server broke: {0}")]
    Broken(String),
}
