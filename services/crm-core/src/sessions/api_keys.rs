//! Keys of other programs. Each acts for an employee, within its scopes; `okno` makes and removes them.

use chrono::{DateTime, Utc};
use contracts::live::{SessionRevoked, event::What};
use model::EmployeeId;
use uuid::Uuid;

use super::{
    SessionError,
    domain::{Identity, NewSecret, SCOPES, sha256},
    seal::SealError,
    store::{self, ApiKey},
};
use crate::{
    change::{Actor, Db, json},
    clock::now,
    employees::EmployeeError,
    error::Fault,
    refusals, text,
};

/// Makes a key. The secret is returned once and kept nowhere.
///
/// # Errors
/// [`Fault::Permission`], [`Fault::Invalid`] for an unknown scope, [`EmployeeError::NotFound`].
pub async fn create(
    db: &Db,
    by: Actor,
    employee: EmployeeId,
    name: &str,
    scopes: &[String],
    expires_at: Option<DateTime<Utc>>,
) -> Result<(ApiKey, String), SessionError> {
    refusals::administrators_only(db, by, "employee", employee.0).await?;
    if scopes.is_empty() || scopes.iter().any(|scope| !SCOPES.contains(&scope.as_str())) {
        return Err(Fault::invalid("scopes", "must be of inbox, org, crm with .read or .write").into());
    }
    let secret = NewSecret::api_key().ok_or(SealError::NoRandom)?;
    let key = ApiKey {
        api_key_id: Uuid::now_v7(),
        employee_id: employee.0,
        name: text::line("name", name, 100)?,
        scopes: scopes.to_vec(),
        created_at: now(),
        expires_at,
        last_used_at: None,
    };
    let mut change = db.begin(by).await?;
    store::standing(change.db(), employee).await?.ok_or(EmployeeError::NotFound(employee))?;
    store::insert_api_key(change.db(), &key, &secret.sha256).await?;
    change.audit("api_key.create", "api_key", key.api_key_id, None, json(&key));
    change.commit().await?;
    Ok((key, secret.text))
}

/// Removes a key; `false` when there is none.
///
/// # Errors
/// [`Fault::Permission`].
pub async fn revoke(db: &Db, by: Actor, id: Uuid) -> Result<bool, SessionError> {
    refusals::administrators_only(db, by, "api_key", id).await?;
    let mut change = db.begin(by).await?;
    let Some(key) = store::delete_api_key(change.db(), id).await? else { return Ok(false) };
    change.audit("api_key.revoke", "api_key", id, json(&key), None);
    // The edge asks again about everything of this employee's; sessions go on.
    let employee_id = EmployeeId(key.employee_id);
    let (session_id, of) = (String::new(), employee_id.to_string());
    change.tell(employee_id, What::SessionRevoked(SessionRevoked { session_id, employee_id: of }));
    change.commit().await?;
    Ok(true)
}

/// Who a key stands for.
///
/// # Errors
/// [`SessionError::NotSignedIn`] when it has expired or never was, or its employee was dismissed.
pub async fn resolve(db: &Db, secret: &str) -> Result<Identity, SessionError> {
    let found = store::api_key_by_secret(&db.pool, &sha256(secret)).await?;
    let key = found.ok_or(SessionError::NotSignedIn)?;
    let employee = EmployeeId(key.employee_id);
    let standing = store::standing(&db.pool, employee).await?.ok_or(SessionError::NotSignedIn)?;
    if key.last_used_at.is_none_or(|used| now() - used > chrono::Duration::minutes(1)) {
        store::touch_api_key(&db.pool, key.api_key_id).await?;
    }
    Ok(Identity {
        employee,
        session: None,
        roles: standing.roles,
        departments: standing.departments,
        seen_departments: standing.seen_departments,
        scopes: key.scopes,
        expires_at: key.expires_at,
        personal_closed: true, // administrators make keys for anybody
    })
}
