//! How we show a server who we are: a password, or a short-lived token that the mail service gives for a consent (OAuth 2.0,
//! RFC 6749, section 6; said to servers as XOAUTH2, <https://developers.google.com/gmail/imap/xoauth2-protocol>).

pub mod consent;
mod oauth;

use std::sync::Arc;

use contracts::channel::Inbound;
pub use oauth::{OAuth, Replaced};
use runtime::Secret;

use crate::error::MailboxError;

/// User name, and what proves it.
#[derive(Clone)]
pub struct Login {
    pub user: String,
    pub proof: Proof,
}

#[derive(Clone)]
pub enum Proof {
    Password(Secret),
    Consent(Arc<OAuth>),
}

/// What is said to a server now.
pub enum Shown {
    Password(Secret),
    Token(Secret),
}

impl Login {
    /// # Errors
    /// [`MailboxError::Consent`] where the mail service gives no token, and what stands in the way of asking it.
    pub async fn shown(&self) -> Result<Shown, MailboxError> {
        match &self.proof {
            Proof::Password(password) => Ok(Shown::Password(password.clone())),
            Proof::Consent(oauth) => Ok(Shown::Token(oauth.token().await?)),
        }
    }

    /// What router should keep: a consent that the mail service has replaced.
    #[must_use]
    pub fn news(&self) -> Option<Inbound> {
        match &self.proof {
            Proof::Password(_) => None,
            Proof::Consent(oauth) => oauth.news(),
        }
    }

    /// A server has refused what was shown: a token may have been withdrawn before its time.
    pub async fn refused(&self) {
        if let Proof::Consent(oauth) = &self.proof {
            oauth.forget().await;
        }
    }
}

/// The words of XOAUTH2, not packed yet.
#[must_use]
pub fn xoauth2(user: &str, token: &Secret) -> String {
    format!("user={user}\x01auth=Bearer {}\x01\x01", token.expose())
}
