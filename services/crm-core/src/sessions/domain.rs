//! What a session, a secret and a password are, and how long they are good.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use model::{DepartmentId, EmployeeId, SessionId};
use ring::{
    digest,
    rand::{SecureRandom as _, SystemRandom},
};

use crate::employees::domain::Role;

/// A session ends after so many days without a call ...
pub const IDLE_DAYS: i64 = 30;
/// ... and after so many days in any case.
pub const LIFE_DAYS: i64 = 90;
/// Personal accounts stay closed for so many hours after somebody else has set the password: time for the employee, whose
/// own password counts no more, to notice.
pub const CLOSED_HOURS: i64 = 72;
/// What API keys begin with, so that a leaked one is recognised.
const KEY_PREFIX: &str = "okno_";
const SECRET_BYTES: usize = 32;

/// A password that is too short, too long, or the login itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a password is 10 to 200 characters and not the login")]
pub struct WeakPassword;

/// # Errors
/// [`WeakPassword`].
pub fn check_password(login: &str, password: &str) -> Result<(), WeakPassword> {
    let length = password.chars().count();
    let fits = (10..=200).contains(&length) && password.to_lowercase() != login;
    if fits { Ok(()) } else { Err(WeakPassword) }
}

/// A secret that is shown once; only its hash is stored.
#[derive(Clone)]
pub struct NewSecret {
    pub text: String,
    pub sha256: Vec<u8>,
}

impl NewSecret {
    /// For a session. `None`: the machine gives no randomness.
    #[must_use]
    pub fn session() -> Option<Self> {
        Self::with_prefix("")
    }

    /// For an API key. `None`: the machine gives no randomness.
    #[must_use]
    pub fn api_key() -> Option<Self> {
        Self::with_prefix(KEY_PREFIX)
    }

    fn with_prefix(prefix: &str) -> Option<Self> {
        let mut bytes = [0; SECRET_BYTES];
        SystemRandom::new().fill(&mut bytes).ok()?;
        let text = format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes));
        Some(Self { sha256: sha256(&text), text })
    }
}

#[must_use]
pub fn sha256(text: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, text.as_bytes()).as_ref().to_vec()
}

/// A place where somebody is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub employee: EmployeeId,
    pub user_agent: String,
    pub client_address: String,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
}

impl Session {
    /// When it ends if it is not used any more.
    #[must_use]
    pub fn expires_at(&self) -> DateTime<Utc> {
        let idle = self.last_seen_at + Duration::days(IDLE_DAYS);
        idle.min(self.created_at + Duration::days(LIFE_DAYS))
    }
}

/// Until when personal accounts are closed; `None`: they are open (again).
#[must_use]
pub fn closed_until(reset_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let until = reset_at + Duration::hours(CLOSED_HOURS);
    (until > Utc::now()).then_some(until)
}

/// What the edge puts into a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub employee: EmployeeId,
    /// `None`: an API key.
    pub session: Option<SessionId>,
    pub roles: Vec<Role>,
    pub departments: Vec<DepartmentId>,
    /// Own ones; for a head also everything below them and below the departments that they lead.
    pub seen_departments: Vec<DepartmentId>,
    /// Of an API key; empty for people.
    pub scopes: Vec<String>,
    /// `None`: an API key that does not expire.
    pub expires_at: Option<DateTime<Utc>>,
    /// Personal accounts are closed to this session, its employee's own ones too.
    pub personal_closed: bool,
}

/// Each area's contracts are read and written by scopes of their own.
pub const SCOPES: [&str; 6] = ["inbox.read", "inbox.write", "org.read", "org.write", "crm.read", "crm.write"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_ten_characters_of_any_script_and_is_not_the_login() {
        assert!(check_password("operator1", "девять сл").is_err());
        assert!(check_password("operator1", "десять сло").is_ok());
        assert!(check_password("longlogin1", "LongLogin1").is_err());
        assert!(check_password("operator1", &"x".repeat(201)).is_err());
    }

    #[test]
    fn secrets_differ_and_keys_are_recognised() {
        let (a, b) = (NewSecret::session().unwrap(), NewSecret::session().unwrap());
        assert_ne!(a.text, b.text);
        assert_eq!(a.text.len(), 43);
        assert_eq!(sha256(&a.text), a.sha256);
        assert!(NewSecret::api_key().unwrap().text.starts_with("okno_"));
    }

    #[test]
    fn a_session_in_daily_use_ends_all_the_same() {
        let created_at = Utc::now();
        let mut session = Session {
            id: SessionId::new(),
            employee: EmployeeId::new(),
            user_agent: String::new(),
            client_address: String::new(),
            created_at,
            last_seen_at: created_at,
        };
        assert_eq!(session.expires_at(), created_at + Duration::days(30));
        session.last_seen_at = created_at + Duration::days(89);
        assert_eq!(session.expires_at(), created_at + Duration::days(90));
    }
}
