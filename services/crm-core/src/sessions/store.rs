//! The SQL of credentials, sessions and API keys. One statement per function; the caller owns the transaction.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use model::{DepartmentId, EmployeeId, SessionId};
use sqlx::{PgExecutor, types::Json};
use uuid::Uuid;

use super::domain::{CLOSED_HOURS, IDLE_DAYS, LIFE_DAYS, Session};
use crate::employees::domain::Role;

/// What proves an employee.
pub struct Credential {
    pub employee_id: Uuid,
    pub login: String,
    pub password_hash: String,
    pub totp_sealed: Option<Vec<u8>>,
    pub totp_pending_sealed: Option<Vec<u8>>,
    /// When somebody else has set the password last, or taken the second factor away.
    pub reset_at: Option<DateTime<Utc>>,
}

/// The credential of whoever may sign in under this login; dismissed people may not.
pub async fn credential_by_login(db: impl PgExecutor<'_>, login: &str) -> sqlx::Result<Option<Credential>> {
    sqlx::query_as!(
        Credential,
        "select employee_id, e.login, c.password_hash, c.totp_sealed, c.totp_pending_sealed, c.reset_at
         from crm.employee e join crm.credential c using (employee_id) where e.login = $1 and not e.dismissed",
        login
    )
    .fetch_optional(db)
    .await
}

pub async fn credential(db: impl PgExecutor<'_>, employee: EmployeeId) -> sqlx::Result<Option<Credential>> {
    sqlx::query_as!(
        Credential,
        "select employee_id, e.login, c.password_hash, c.totp_sealed, c.totp_pending_sealed, c.reset_at
         from crm.employee e join crm.credential c using (employee_id) where employee_id = $1 and not e.dismissed",
        employee.0
    )
    .fetch_optional(db)
    .await
}

/// Sets the password, the first or a new one.
pub async fn set_password(db: impl PgExecutor<'_>, employee: EmployeeId, hash: &str) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into crm.credential (employee_id, password_hash) values ($1, $2)
         on conflict (employee_id) do update set password_hash = excluded.password_hash",
        employee.0,
        hash
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn set_totp_pending(db: impl PgExecutor<'_>, employee: EmployeeId, sealed: &[u8]) -> sqlx::Result<()> {
    sqlx::query!("update crm.credential set totp_pending_sealed = $2 where employee_id = $1", employee.0, sealed)
        .execute(db)
        .await?;
    Ok(())
}

/// Puts the pending secret in force. The step that confirmed it is used up. `false`: another one is pending by now.
pub async fn confirm_totp(
    db: impl PgExecutor<'_>,
    employee: EmployeeId,
    pending: &[u8],
    step: i64,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update crm.credential set totp_sealed = totp_pending_sealed, totp_pending_sealed = null, totp_last_step = $3
         where employee_id = $1 and totp_pending_sealed = $2 and totp_sealed is null",
        employee.0,
        pending,
        step
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn clear_totp(db: impl PgExecutor<'_>, employee: EmployeeId) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.credential set totp_sealed = null, totp_pending_sealed = null, totp_last_step = null
         where employee_id = $1",
        employee.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes that somebody else has changed what proves an employee, who has no second factor (now).
pub async fn note_reset(db: impl PgExecutor<'_>, employee: EmployeeId) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.credential set reset_at = now() where employee_id = $1 and totp_sealed is null",
        employee.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Uses a step up, with all before it; `false` when it was used already.
pub async fn use_totp_step(db: impl PgExecutor<'_>, employee: EmployeeId, step: i64) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update crm.credential set totp_last_step = $2
         where employee_id = $1 and (totp_last_step is null or totp_last_step < $2)",
        employee.0,
        step
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn insert_session(db: impl PgExecutor<'_>, session: &Session, sha256: &[u8]) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into crm.session (session_id, employee_id, secret_sha256, user_agent, client_address, created_at,
                                  last_seen_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        session.id.0,
        session.employee.0,
        sha256,
        session.user_agent,
        session.client_address,
        session.created_at,
        session.last_seen_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The session of a secret, if it has not ended.
pub async fn session_by_secret(db: impl PgExecutor<'_>, sha256: &[u8]) -> sqlx::Result<Option<Session>> {
    sqlx::query_as!(
        Session,
        "select session_id as id, employee_id as employee, user_agent, client_address, created_at, last_seen_at
         from crm.session
         where secret_sha256 = $1 and last_seen_at > now() - make_interval(days => $2)
           and created_at > now() - make_interval(days => $3)",
        sha256,
        IDLE_DAYS as i32,
        LIFE_DAYS as i32,
    )
    .fetch_optional(db)
    .await
}

/// Notes that a session is in use, at most each five minutes: the hot path writes next to nothing.
pub async fn touch_session(db: impl PgExecutor<'_>, id: SessionId) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.session set last_seen_at = now()
         where session_id = $1 and last_seen_at < now() - interval '5 minutes'",
        id.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// An employee's sessions, the newest first.
pub async fn sessions(
    db: impl PgExecutor<'_>,
    employee: EmployeeId,
    before: Option<SessionId>,
    limit: i64,
) -> sqlx::Result<Vec<Session>> {
    sqlx::query_as!(
        Session,
        "select session_id as id, employee_id as employee, user_agent, client_address, created_at, last_seen_at
         from crm.session where employee_id = $1 and ($2::uuid is null or session_id < $2)
         order by session_id desc limit $3",
        employee.0,
        before.map(Uuid::from),
        limit
    )
    .fetch_all(db)
    .await
}

/// Ends one session of an employee; `false` when there is none.
pub async fn delete_session(db: impl PgExecutor<'_>, employee: EmployeeId, id: SessionId) -> sqlx::Result<bool> {
    let done = sqlx::query!("delete from crm.session where employee_id = $1 and session_id = $2", employee.0, id.0)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends every session of an employee but one. Returns those that ended.
pub async fn delete_sessions(
    db: impl PgExecutor<'_>,
    employee: EmployeeId,
    but: Option<SessionId>,
) -> sqlx::Result<Vec<SessionId>> {
    let ended = sqlx::query_scalar!(
        "delete from crm.session where employee_id = $1 and session_id is distinct from $2 returning session_id",
        employee.0,
        but.map(Uuid::from)
    )
    .fetch_all(db)
    .await?;
    Ok(ended.into_iter().map(SessionId).collect())
}

/// Removes sessions that have ended by time.
pub async fn delete_expired_sessions(db: impl PgExecutor<'_>) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "delete from crm.session where last_seen_at < now() - make_interval(days => $1)
            or created_at < now() - make_interval(days => $2)",
        IDLE_DAYS as i32,
        LIFE_DAYS as i32
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// What a token says about an employee; `None` for the dismissed.
pub struct Standing {
    pub roles: Vec<Role>,
    pub departments: Vec<DepartmentId>,
    pub seen_departments: Vec<DepartmentId>,
    /// Somebody else has set the password, so lately that personal accounts are closed even to their owner.
    pub personal_closed: bool,
}

pub async fn standing(db: impl PgExecutor<'_>, employee: EmployeeId) -> sqlx::Result<Option<Standing>> {
    let row = sqlx::query!(
        r#"with own as (select department_id from crm.employee_department where employee_id = $1),
                led as (select department_id from own
                        union select department_id from crm.department where head_employee_id = $1)
           select e.roles,
                  array(select department_id from own order by 1) as "departments!",
                  array(select department_id from own
                        union
                        select c.department_id from crm.department_closure c
                        where 'head' = any (e.roles) and c.above_department_id in (select department_id from led)
                        order by 1) as "seen!",
                  coalesce((select c.reset_at > now() - make_interval(hours => $2) from crm.credential c
                            where c.employee_id = e.employee_id), false) as "personal_closed!"
           from crm.employee e where e.employee_id = $1 and not e.dismissed"#,
        employee.0,
        CLOSED_HOURS as i32
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Standing {
        roles: row.roles.iter().filter_map(|name| Role::from_name(name)).collect(),
        departments: row.departments.into_iter().map(DepartmentId).collect(),
        seen_departments: row.seen.into_iter().map(DepartmentId).collect(),
        personal_closed: row.personal_closed,
    }))
}

/// What the page remembers for an employee; locked until the transaction ends.
pub async fn preferences_for_update(
    db: impl PgExecutor<'_>,
    employee: EmployeeId,
) -> sqlx::Result<Option<BTreeMap<String, String>>> {
    let found = sqlx::query_scalar!(
        r#"select preferences as "preferences: Json<BTreeMap<String, String>>"
           from crm.employee where employee_id = $1 for update"#,
        employee.0
    )
    .fetch_optional(db)
    .await?;
    Ok(found.map(|json| json.0))
}

pub async fn preferences(db: impl PgExecutor<'_>, employee: EmployeeId) -> sqlx::Result<BTreeMap<String, String>> {
    let found = sqlx::query_scalar!(
        r#"select preferences as "preferences: Json<BTreeMap<String, String>>"
           from crm.employee where employee_id = $1"#,
        employee.0
    )
    .fetch_optional(db)
    .await?;
    Ok(found.map(|json| json.0).unwrap_or_default())
}

pub async fn set_preferences(
    db: impl PgExecutor<'_>,
    employee: EmployeeId,
    preferences: &BTreeMap<String, String>,
) -> sqlx::Result<()> {
    sqlx::query!("update crm.employee set preferences = $2 where employee_id = $1", employee.0, Json(preferences) as _)
        .execute(db)
        .await?;
    Ok(())
}

/// An API key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ApiKey {
    pub api_key_id: Uuid,
    /// For whom it acts.
    pub employee_id: Uuid,
    pub name: String,
    pub scopes: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub last_used_at: Option<DateTime<Utc>>,
}

pub async fn insert_api_key(db: impl PgExecutor<'_>, key: &ApiKey, sha256: &[u8]) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into crm.api_key (api_key_id, employee_id, secret_sha256, name, scopes, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        key.api_key_id,
        key.employee_id,
        sha256,
        key.name,
        &key.scopes,
        key.created_at,
        key.expires_at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The key of a secret, if it has not expired.
pub async fn api_key_by_secret(db: impl PgExecutor<'_>, sha256: &[u8]) -> sqlx::Result<Option<ApiKey>> {
    sqlx::query_as!(
        ApiKey,
        "select api_key_id, employee_id, name, scopes, created_at, expires_at, last_used_at from crm.api_key
         where secret_sha256 = $1 and (expires_at is null or expires_at > now())",
        sha256
    )
    .fetch_optional(db)
    .await
}

/// Notes that a key is in use, at most each minute.
pub async fn touch_api_key(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.api_key set last_used_at = now()
         where api_key_id = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')",
        id
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn api_keys(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<ApiKey>> {
    sqlx::query_as!(
        ApiKey,
        "select api_key_id, employee_id, name, scopes, created_at, expires_at, last_used_at
         from crm.api_key order by api_key_id"
    )
    .fetch_all(db)
    .await
}

/// Removes a key for good.
pub async fn delete_api_key(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<ApiKey>> {
    sqlx::query_as!(
        ApiKey,
        "delete from crm.api_key where api_key_id = $1
         returning api_key_id, employee_id, name, scopes, created_at, expires_at, last_used_at",
        id
    )
    .fetch_optional(db)
    .await
}
