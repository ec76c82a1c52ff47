use std::collections::HashMap;

use chrono::{DateTime, Utc};
use contracts::channel::Sealed;
use sqlx::PgExecutor;
use uuid::Uuid;

/// An account with its state.
#[derive(Debug, Clone)]
pub struct AccountRow {
    pub account_id: Uuid,
    pub channel: String,
    pub name: String,
    pub revision: i64,
    pub enabled: bool,
    pub is_request_source: bool,
    pub settings: serde_json::Value,
    pub secrets_key_id: String,
    pub secrets: Vec<u8>,
    pub secret_hints: serde_json::Value,
    pub assignment_method: i16,
    pub assignment_employees: Vec<Uuid>,
    pub department_id: Option<Uuid>,
    pub owner_employee_id: Option<Uuid>,
    pub reopen_window_hours: i32,
    pub schedule_id: Option<Uuid>,
    pub out_of_hours_text: String,
    pub signature: String,
    pub live_since: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub health: i16,
    pub problem: String,
    /// Empty: there are only the provider's own words.
    pub problem_ru: String,
    pub remedy_key: String,
    pub identity: String,
    pub last_event_at: Option<DateTime<Utc>>,
    pub last_error_at: Option<DateTime<Utc>>,
    pub silent: bool,
    pub dead_letters: i64,
    pub description: Option<Vec<u8>>,
    pub gateway_seen_at: Option<DateTime<Utc>>,
}

/// One page of accounts that are not deleted, by name; or the one named. `viewer` leaves out the personal ones of others.
pub async fn accounts(
    db: impl PgExecutor<'_>,
    only: Option<Uuid>,
    viewer: Option<Uuid>,
    after: Option<(String, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<AccountRow>> {
    let (after_name, after_id) = after.unzip();
    sqlx::query_as!(
        AccountRow,
        r#"select a.account_id as "account_id!", a.channel as "channel!", a.name as "name!", a.revision as "revision!",
                  a.enabled as "enabled!", a.is_request_source as "is_request_source!", a.settings as "settings!",
                  a.secrets_key_id as "secrets_key_id!", a.secrets as "secrets!", a.secret_hints as "secret_hints!",
                  a.assignment_method as "assignment_method!", a.assignment_employees as "assignment_employees!",
                  a.department_id, a.owner_employee_id, a.reopen_window_hours as "reopen_window_hours!", a.schedule_id,
                  a.out_of_hours_text as "out_of_hours_text!", a.signature as "signature!",
                  a.live_since as "live_since!", a.created_at as "created_at!",
                  coalesce(s.health, 0::smallint) as "health!", coalesce(s.problem, '') as "problem!",
                  coalesce(s.problem_ru, '') as "problem_ru!",
                  coalesce(s.remedy_key, '') as "remedy_key!", coalesce(s.identity, '') as "identity!",
                  s.last_event_at as "last_event_at?", s.last_error_at as "last_error_at?", coalesce(s.silent, false) as "silent!",
                  (select count(*) from inbox.dead_letter d
                   where d.account_id = a.account_id and d.replayed_at is null) as "dead_letters!",
                  g.description as "description?", g.last_seen_at as "gateway_seen_at?"
           from inbox.account a
               left join inbox.account_state s on s.account_id = a.account_id
               left join inbox.gateway g on g.channel = a.channel
           where a.deleted_at is null and ($1::uuid is null or a.account_id = $1)
               and ($2::text is null or (a.name, a.account_id) > ($2, $3))
               and ($5::uuid is null or a.owner_employee_id is null or a.owner_employee_id = $5)
           order by a.name, a.account_id limit $4"#,
        only,
        after_name,
        after_id,
        limit,
        viewer,
    )
    .fetch_all(db)
    .await
}

/// Of these accounts, those that are somebody's own, with whose.
pub async fn personal(db: impl PgExecutor<'_>, accounts: &[Uuid]) -> sqlx::Result<HashMap<Uuid, Uuid>> {
    let rows = sqlx::query!(
        r#"select account_id, owner_employee_id as "owner!" from inbox.account
           where account_id = any ($1) and owner_employee_id is not null"#,
        accounts
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(|row| (row.account_id, row.owner)).collect())
}

/// What is written of an account.
#[derive(Debug, Clone)]
pub struct Saved {
    pub account_id: Uuid,
    pub channel: String,
    pub name: String,
    pub part: i32,
    pub enabled: bool,
    pub is_request_source: bool,
    pub settings: HashMap<String, String>,
    pub secrets_key_id: String,
    pub secrets: Vec<u8>,
    pub secret_hints: HashMap<String, String>,
    pub assignment_method: i16,
    pub assignment_employees: Vec<Uuid>,
    pub department_id: Option<Uuid>,
    /// Written when it is made, and never again.
    pub owner_employee_id: Option<Uuid>,
    pub reopen_window_hours: i32,
    pub schedule_id: Option<Uuid>,
    pub out_of_hours_text: String,
    pub signature: String,
}

/// Creates an account with its rotation and state; `false`: the id is known already.
pub async fn insert(db: impl PgExecutor<'_>, account: &Saved) -> sqlx::Result<bool> {
    let inserted = sqlx::query!(
        "with made as (
             insert into inbox.account (account_id, channel, name, part, enabled, is_request_source, settings,
                 secrets_key_id, secrets, secret_hints, assignment_method, assignment_employees, department_id,
                 reopen_window_hours, schedule_id, out_of_hours_text, owner_employee_id, signature)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
             on conflict do nothing returning account_id),
         turn as (
             insert into inbox.rotation (account_id) select account_id from made on conflict do nothing)
         insert into inbox.account_state (account_id) select account_id from made on conflict do nothing",
        account.account_id,
        account.channel,
        account.name,
        account.part,
        account.enabled,
        account.is_request_source,
        serde_json::json!(account.settings),
        account.secrets_key_id,
        account.secrets,
        serde_json::json!(account.secret_hints),
        account.assignment_method,
        &account.assignment_employees,
        account.department_id,
        account.reopen_window_hours,
        account.schedule_id,
        account.out_of_hours_text,
        account.owner_employee_id,
        account.signature,
    )
    .execute(db)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Overwrites an account if it still has this revision.
pub async fn update(db: impl PgExecutor<'_>, account: &Saved, revision: i64) -> sqlx::Result<bool> {
    let updated = sqlx::query!(
        "update inbox.account set revision = revision + 1, name = $2, enabled = $3, is_request_source = $4, settings = $5,
             secrets_key_id = $6, secrets = $7, secret_hints = $8, assignment_method = $9, assignment_employees = $10,
             department_id = $11, reopen_window_hours = $12, schedule_id = $13, out_of_hours_text = $15,
             signature = $16
         where account_id = $1 and revision = $14 and deleted_at is null",
        account.account_id,
        account.name,
        account.enabled,
        account.is_request_source,
        serde_json::json!(account.settings),
        account.secrets_key_id,
        account.secrets,
        serde_json::json!(account.secret_hints),
        account.assignment_method,
        &account.assignment_employees,
        account.department_id,
        account.reopen_window_hours,
        account.schedule_id,
        revision,
        account.out_of_hours_text,
        account.signature,
    )
    .execute(db)
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// Switches an account off for good and forgets its secrets; its conversations stay.
pub async fn delete(db: impl PgExecutor<'_>, account: Uuid, revision: i64) -> sqlx::Result<bool> {
    let deleted = sqlx::query!(
        "update inbox.account set revision = revision + 1, enabled = false, deleted_at = now(), secrets = '',
             secrets_key_id = '', secret_hints = '{}'
         where account_id = $1 and revision = $2 and deleted_at is null",
        account,
        revision,
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected() == 1)
}

/// Whether crm-core has this schedule.
pub async fn is_schedule(db: impl PgExecutor<'_>, schedule: Uuid) -> sqlx::Result<bool> {
    let there = sqlx::query_scalar!(
        r#"select exists (select from crm_read.schedule where schedule_id = $1) as "there!""#,
        schedule
    );
    there.fetch_one(db).await
}

/// Remembers where to write as the customer of the demo account.
pub async fn put_demo(db: impl PgExecutor<'_>, account: Uuid, customer_url: &str) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into inbox.demo (account_id, customer_url) values ($1, $2)
         on conflict (account_id) do update set customer_url = excluded.customer_url",
        account,
        customer_url
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Where to write as the customer of the demo account, while it is connected.
pub async fn demo_customer_url(db: impl PgExecutor<'_>) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        "select d.customer_url from inbox.demo d join inbox.account a using (account_id)
         where a.deleted_at is null and a.enabled order by a.created_at desc limit 1"
    )
    .fetch_optional(db)
    .await
}

/// A gateway as it last announced itself.
pub struct GatewayRow {
    pub description: Vec<u8>,
    pub last_seen_at: DateTime<Utc>,
}

pub async fn gateways(db: impl PgExecutor<'_>, only: Option<&str>) -> sqlx::Result<Vec<GatewayRow>> {
    sqlx::query_as!(
        GatewayRow,
        "select description, last_seen_at from inbox.gateway where $1::text is null or channel = $1 order by channel",
        only,
    )
    .fetch_all(db)
    .await
}

/// The department with most people: where a demo's requests wait when nobody said otherwise.
pub async fn largest_department(db: impl PgExecutor<'_>) -> sqlx::Result<Option<Uuid>> {
    let row = sqlx::query_scalar!(
        "select department_id from crm_read.employee_department group by 1 order by count(*) desc, 1 limit 1"
    );
    Ok(row.fetch_optional(db).await?.flatten())
}

/// A consent that is asked of a provider's page.
#[derive(Debug, Clone)]
pub struct Asked {
    pub state_sha256: Vec<u8>,
    pub employee_id: Uuid,
    pub channel: String,
    pub settings: HashMap<String, String>,
    pub redirect_uri: String,
    pub secrets: Sealed,
}

pub async fn insert_consent(db: impl PgExecutor<'_>, asked: &Asked) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into inbox.consent (state_sha256, employee_id, channel, settings, redirect_uri, secrets_key_id, secrets)
         values ($1, $2, $3, $4, $5, $6, $7)",
        asked.state_sha256,
        asked.employee_id,
        asked.channel,
        serde_json::json!(asked.settings),
        asked.redirect_uri,
        asked.secrets.key_id,
        asked.secrets.r#box,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes a consent that this employee has asked for, once, within ten minutes.
pub async fn take_consent(db: impl PgExecutor<'_>, state: &[u8], by: Uuid) -> sqlx::Result<Option<Asked>> {
    let row = sqlx::query!(
        "delete from inbox.consent
         where state_sha256 = $1 and employee_id = $2 and given = '' and created_at > now() - interval '10 minutes'
         returning state_sha256, employee_id, channel, settings, redirect_uri, secrets_key_id, secrets",
        state,
        by,
    );
    Ok(row.fetch_optional(db).await?.map(|row| Asked {
        state_sha256: row.state_sha256,
        employee_id: row.employee_id,
        channel: row.channel,
        settings: serde_json::from_value(row.settings).unwrap_or_default(),
        redirect_uri: row.redirect_uri,
        secrets: Sealed { key_id: row.secrets_key_id, r#box: row.secrets },
    }))
}

/// Keeps what the provider gave until it is saved with an account; the secrets of the asking are forgotten.
pub async fn keep_consent(db: impl PgExecutor<'_>, asked: &Asked, given: &Sealed) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into inbox.consent (state_sha256, employee_id, channel, settings, redirect_uri, secrets_key_id, secrets,
             given_key_id, given)
         values ($1, $2, $3, '{}', '', '', '', $4, $5)",
        asked.state_sha256,
        asked.employee_id,
        asked.channel,
        given.key_id,
        given.r#box,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What the provider gave for this state, to whom it was given, for an hour.
pub async fn given_consent(
    db: impl PgExecutor<'_>,
    state: &[u8],
    by: Uuid,
    channel: &str,
) -> sqlx::Result<Option<Sealed>> {
    let row = sqlx::query!(
        "select given_key_id, given from inbox.consent
         where state_sha256 = $1 and employee_id = $2 and channel = $3 and given <> ''
             and created_at > now() - interval '1 hour'",
        state,
        by,
        channel,
    );
    Ok(row.fetch_optional(db).await?.map(|row| Sealed { key_id: row.given_key_id, r#box: row.given }))
}

/// Consents that nobody came back for, and those that are saved by now.
pub async fn forget_consents(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!("delete from inbox.consent where created_at < now() - interval '1 hour'").execute(db).await?;
    Ok(())
}
