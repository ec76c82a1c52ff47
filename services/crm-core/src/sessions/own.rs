//! What people change about themselves.

use std::collections::BTreeMap;

use model::{EmployeeId, SessionId};

use super::{Auth, SessionError, domain::check_password, ops, store};
use crate::{
    change::{Actor, Db, json},
    employees::{self, EmployeeError, domain::Patch},
    error::Fault,
};

/// What the page may keep for one employee, keys included.
const PREFERENCES_BYTES: usize = 64 * 1024;

/// Sets a new password, given the old one, and ends every other session.
///
/// # Errors
/// [`SessionError::WrongCredentials`], counted like a failed sign-in; [`SessionError::LockedOut`];
/// [`SessionError::WeakPassword`].
pub async fn change_password(
    db: &Db,
    auth: &Auth,
    by: EmployeeId,
    keep: Option<SessionId>,
    old: &str,
    new: &str,
) -> Result<(), SessionError> {
    let credential = confirm_password(db, auth, by, old).await?;
    check_password(&credential.login, new)?;
    let hash = auth.passwords.hash(new).await?;
    let mut change = db.begin(Actor::Employee { id: by, administrator: false }).await?;
    store::set_password(change.db(), by, &hash).await?;
    change.audit("password.change", "employee", by.0, None, None);
    ops::end_sessions(&mut change, by, keep).await?;
    Ok(change.commit().await?)
}

/// Checks that whoever has the session also knows the password.
pub(super) async fn confirm_password(
    db: &Db,
    auth: &Auth,
    by: EmployeeId,
    password: &str,
) -> Result<store::Credential, SessionError> {
    let credential = store::credential(&db.pool, by).await?.ok_or(SessionError::NotSignedIn)?;
    let attempt = ops::count(db, &credential.login).await?;
    let outcome = match auth.passwords.verify(password, Some(credential.password_hash.clone())).await {
        Ok(true) => Ok(credential),
        Ok(false) => Err(SessionError::WrongCredentials),
        Err(error) => Err(error.into()),
    };
    ops::settle(db, &attempt, outcome.as_ref().err()).await?;
    outcome
}

/// What people may change of their own card; `None` leaves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Own {
    pub language: Option<String>,
    pub name: Option<String>,
    /// IANA.
    pub time_zone: Option<String>,
}

/// Changes one's own card, and merges preferences key by key; an empty value removes its key.
///
/// # Errors
/// [`Fault::Invalid`] for a name or time zone that is none, a language that the page does not speak, or more than 64 KiB
/// of preferences.
pub async fn update_me(
    db: &Db,
    by: EmployeeId,
    own: Own,
    preferences: BTreeMap<String, String>,
) -> Result<(), SessionError> {
    let mut change = db.begin(Actor::Employee { id: by, administrator: false }).await?;
    let before = store::preferences_for_update(change.db(), by).await?.ok_or(EmployeeError::NotFound(by))?;
    let after = merged(&before, preferences)?;
    if after != before {
        store::set_preferences(change.db(), by, &after).await?;
        let (old, new) = differences(&before, &after);
        change.audit("preferences.change", "employee", by.0, json(&old), json(&new));
    }
    if own != Own::default() {
        let Own { language, name, time_zone } = own;
        let patch = Patch { language, name, time_zone, ..Patch::default() };
        employees::ops::change_within(&mut change, by, patch, "employee.update").await?;
    }
    Ok(change.commit().await?)
}

fn merged(
    before: &BTreeMap<String, String>,
    patch: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Fault> {
    let mut after = before.clone();
    for (key, value) in patch {
        if value.is_empty() {
            after.remove(&key);
        } else {
            after.insert(key, value);
        }
    }
    // PostgreSQL keeps no NUL in a text.
    if after.iter().any(|(key, value)| key.contains('\0') || value.contains('\0')) {
        return Err(Fault::invalid("preferences", "must not hold NUL"));
    }
    let bytes: usize = after.iter().map(|(key, value)| key.len() + value.len()).sum();
    if bytes > PREFERENCES_BYTES {
        return Err(Fault::invalid("preferences", "must be at most 64 KiB in all"));
    }
    Ok(after)
}

type Part<'a> = BTreeMap<&'a str, &'a str>;

/// Only the keys that changed, before and after.
fn differences<'a>(before: &'a BTreeMap<String, String>, after: &'a BTreeMap<String, String>) -> (Part<'a>, Part<'a>) {
    let only = |of: &'a BTreeMap<String, String>, other: &'a BTreeMap<String, String>| {
        let changed = of.iter().filter(|(key, value)| other.get(*key) != Some(value));
        changed.map(|(key, value)| (key.as_str(), value.as_str())).collect()
    };
    (only(before, after), only(after, before))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn preferences_merge_key_by_key() {
        let before = map(&[("theme", "dark"), ("sound", "on")]);
        let after = merged(&before, map(&[("theme", "light"), ("sound", ""), ("width", "300")])).unwrap();
        assert_eq!(after, map(&[("theme", "light"), ("width", "300")]));
        let (old, new) = differences(&before, &after);
        assert_eq!(old, BTreeMap::from([("theme", "dark"), ("sound", "on")]));
        assert_eq!(new, BTreeMap::from([("theme", "light"), ("width", "300")]));
    }

    #[test]
    fn preferences_have_a_limit() {
        assert!(merged(&map(&[]), map(&[("k", &"x".repeat(PREFERENCES_BYTES))])).is_err());
    }
}
