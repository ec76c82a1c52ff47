//! Switching the second factor on and off.

use chrono::Utc;
use model::EmployeeId;

use super::{Auth, SessionError, own::confirm_password, store, totp};
use crate::change::{Actor, Db};

/// A secret that an authenticator app shows codes of.
pub struct Enrolment {
    pub secret_base32: String,
    pub otpauth_url: String,
}

/// Gives a new secret; it is in force once [`confirm`] has seen a code of it. Beginning again replaces it.
///
/// # Errors
/// [`SessionError::TotpOn`]: a stolen session must not put another phone in the place of the owner's.
pub async fn start(db: &Db, auth: &Auth, by: EmployeeId) -> Result<Enrolment, SessionError> {
    let credential = store::credential(&db.pool, by).await?.ok_or(SessionError::NotSignedIn)?;
    if credential.totp_sealed.is_some() {
        return Err(SessionError::TotpOn);
    }
    let secret = totp::new_secret()?;
    let sealed = auth.totp_key.seal(by, &secret)?;
    store::set_totp_pending(&db.pool, by, &sealed).await?;
    Ok(Enrolment { secret_base32: totp::base32(&secret), otpauth_url: totp::otpauth_url(&secret, &credential.login) })
}

/// Puts the new secret in force, given a code of it.
///
/// # Errors
/// [`SessionError::WrongCode`], also when none was begun.
pub async fn confirm(db: &Db, auth: &Auth, by: EmployeeId, code: &str) -> Result<(), SessionError> {
    let credential = store::credential(&db.pool, by).await?.ok_or(SessionError::NotSignedIn)?;
    let pending = credential.totp_pending_sealed.ok_or(SessionError::WrongCode)?;
    let secret = auth.totp_key.open(by, &pending)?;
    let step = totp::matching_step(&secret, code, Utc::now().timestamp()).ok_or(SessionError::WrongCode)?;
    let mut change = db.begin(Actor::Employee { id: by, administrator: false }).await?;
    if !store::confirm_totp(change.db(), by, &pending, step).await? {
        return Err(SessionError::WrongCode);
    }
    change.audit("totp.enable", "employee", by.0, None, None);
    Ok(change.commit().await?)
}

/// Switches the second factor off, given the password.
///
/// # Errors
/// [`SessionError::WrongCredentials`], counted like a failed sign-in; [`SessionError::LockedOut`].
pub async fn disable(db: &Db, auth: &Auth, by: EmployeeId, password: &str) -> Result<(), SessionError> {
    confirm_password(db, auth, by, password).await?;
    let mut change = db.begin(Actor::Employee { id: by, administrator: false }).await?;
    store::clear_totp(change.db(), by).await?;
    change.audit("totp.disable", "employee", by.0, None, None);
    Ok(change.commit().await?)
}
