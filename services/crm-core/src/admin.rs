//! What the binary's commands do to the organisation, in place of an administrator.

use chrono::{DateTime, Utc};
use model::EmployeeId;
use sqlx::PgPool;
use uuid::Uuid;

pub use crate::demo::{SignIn, seed_demo};
use crate::{
    change::{Actor, Db, RequestHash},
    departments::DepartmentError,
    employees::{
        self, EmployeeError,
        domain::{NewEmployee, Patch, Role, login},
        store,
    },
    error::Fault,
    schedules::ScheduleError,
    sessions::{SessionError, api_keys, passwords::Passwords, store as credentials},
};

/// Why a command could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    #[error(transparent)]
    Employee(#[from] EmployeeError),
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(transparent)]
    Department(#[from] DepartmentError),
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
}

/// Makes sure that an administrator of this login and password can sign in: adds, promotes, takes back, or resets.
/// What is right already stays untouched, and its sessions go on.
///
/// # Errors
/// When the database is away or the password is weak.
pub async fn ensure_administrator(
    pool: &PgPool,
    login_text: &str,
    password: &str,
    name: &str,
) -> Result<EmployeeId, AdminError> {
    let (db, passwords) = (Db::new(pool.clone()), Passwords::new().map_err(EmployeeError::from)?);
    let login = login(login_text).map_err(EmployeeError::from)?;
    match store::by_login(pool, &login).await.map_err(EmployeeError::from)? {
        Some(id) => {
            promote(&db, id).await?;
            reset_if_other(&db, &passwords, id, password).await?;
            Ok(id)
        }
        None => {
            let new = administrator(&login, name);
            Ok(employees::ops::create(&db, &passwords, Actor::System, new, password).await?.id)
        }
    }
}

async fn promote(db: &Db, id: EmployeeId) -> Result<(), EmployeeError> {
    let employee = employees::ops::get(db, id).await?;
    if employee.is_active_administrator() {
        return Ok(());
    }
    let roles = [employee.roles.as_slice(), &[Role::Administrator]].concat();
    let patch = Patch { roles: Some(roles), dismissed: Some(false), ..Patch::default() };
    employees::ops::update(db, Actor::System, id, patch).await.map(drop)
}

async fn reset_if_other(db: &Db, passwords: &Passwords, id: EmployeeId, password: &str) -> Result<(), EmployeeError> {
    let stored = credentials::credential(&db.pool, id).await?.map(|credential| credential.password_hash);
    if passwords.verify(password, stored).await? {
        return Ok(());
    }
    employees::ops::reset_password(db, passwords, Actor::System, id, password).await
}

fn administrator(login: &str, name: &str) -> NewEmployee {
    NewEmployee {
        id: EmployeeId::new(),
        request: RequestHash::of(login.as_bytes()),
        name: name.to_owned(),
        login: login.to_owned(),
        email: String::new(),
        departments: Vec::new(),
        roles: vec![Role::Operator, Role::Administrator],
        schedule: None,
        language: String::new(),
        time_zone: String::new(),
    }
}

/// Switches off the second factor of somebody who has lost it.
///
/// # Errors
/// When there is no such login, or the database is away.
pub async fn disable_totp(pool: &PgPool, login_text: &str) -> Result<(), AdminError> {
    let db = Db::new(pool.clone());
    let id = find(&db, login_text).await?;
    let mut change = db.begin(Actor::System).await.map_err(EmployeeError::from)?;
    credentials::clear_totp(change.db(), id).await.map_err(EmployeeError::from)?;
    credentials::note_reset(change.db(), id).await.map_err(EmployeeError::from)?;
    change.audit("totp.disable", "employee", id.0, None, None);
    Ok(change.commit().await.map_err(EmployeeError::from)?)
}

/// Makes an API key that acts for an employee within its scopes (`inbox`, `org` or `crm`, each `.read` or `.write`).
/// The returned secret is shown once.
///
/// # Errors
/// When there is no such login, a scope is unknown, or the database is away.
pub async fn create_api_key(
    pool: &PgPool,
    login_text: &str,
    name: &str,
    scopes: &[String],
    expires_at: Option<DateTime<Utc>>,
) -> Result<(Uuid, String), AdminError> {
    let db = Db::new(pool.clone());
    let id = find(&db, login_text).await?;
    let (key, secret) = api_keys::create(&db, Actor::System, id, name, scopes, expires_at).await?;
    Ok((key.api_key_id, secret))
}

/// An API key, without its secret.
#[derive(Debug, Clone)]
pub struct ApiKeyInfo {
    pub id: Uuid,
    pub name: String,
    pub employee_id: Uuid,
    pub scopes: Vec<String>,
    pub last_used_at: Option<DateTime<Utc>>,
}

/// # Errors
/// When the database is away.
pub async fn list_api_keys(pool: &PgPool) -> Result<Vec<ApiKeyInfo>, AdminError> {
    let keys = credentials::api_keys(pool).await.map_err(EmployeeError::from)?;
    let info = |key: credentials::ApiKey| ApiKeyInfo {
        id: key.api_key_id,
        name: key.name,
        employee_id: key.employee_id,
        scopes: key.scopes,
        last_used_at: key.last_used_at,
    };
    Ok(keys.into_iter().map(info).collect())
}

/// Removes an API key; `false` when there is none.
///
/// # Errors
/// When the database is away.
pub async fn revoke_api_key(pool: &PgPool, id: Uuid) -> Result<bool, AdminError> {
    Ok(api_keys::revoke(&Db::new(pool.clone()), Actor::System, id).await?)
}

async fn find(db: &Db, login_text: &str) -> Result<EmployeeId, EmployeeError> {
    let login = login(login_text)?;
    store::by_login(&db.pool, &login).await?.ok_or(Fault::invalid("login", "is nobody's").into())
}
