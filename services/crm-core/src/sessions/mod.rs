//! Sign-in, sessions, second factor, API keys.

pub(crate) mod api_keys;
pub(crate) mod attempts;
pub(crate) mod domain;
mod grpc;
pub(crate) mod ops;
pub(crate) mod own;
pub(crate) mod passwords;
pub(crate) mod seal;
pub(crate) mod second_factor;
pub(crate) mod store;
pub(crate) mod totp;

use std::time::Duration;

pub use domain::Identity;
pub(crate) use grpc::SessionGrpc;
use model::SessionId;
use passwords::{HashError, Passwords};
use seal::{SealError, TotpKey};

use crate::{employees::EmployeeError, error::Fault};

/// What checks credentials.
#[derive(Clone)]
pub(crate) struct Auth {
    pub passwords: Passwords,
    pub totp_key: TotpKey,
}

#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    #[error("login, password or code is wrong")]
    WrongCredentials,
    #[error("the code of the authenticator app is needed")]
    TotpRequired,
    #[error("too many failed attempts; come again in {} s", .0.as_secs())]
    LockedOut(Duration),
    #[error(transparent)]
    WeakPassword(#[from] domain::WeakPassword),
    #[error("not signed in, or not any more")]
    NotSignedIn,
    #[error("there is no such session")]
    NotFound(SessionId),
    #[error("the second factor is on; switch it off first")]
    TotpOn,
    #[error("the code is wrong; check the clock of the phone")]
    WrongCode,
    #[error("the password cannot be checked")]
    Hash(#[from] HashError),
    #[error("the second factor cannot be checked")]
    Seal(#[from] SealError),
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error(transparent)]
    Employee(#[from] EmployeeError),
}

impl From<sqlx::Error> for SessionError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Fault(cause.into())
    }
}
