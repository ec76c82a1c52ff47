//! Leads that were silent for months are erased: counted first, then in the background, a stretch per transaction. What is left
//! is a row that says it was done. Leads that became clients stay: they are part of those.

use ::store::{
    Schema, audit, event,
    timer::{self, Timer},
};
use chrono::{DateTime, Months, TimeDelta, Utc};
use contracts::live::{LeadChanged, event::What};
use model::{EmployeeId, LeadId};
use serde_json::json;
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use super::{
    LeadError,
    domain::Lead,
    ops::{facts, find_locked, open, tell},
    settings::{self, months_fit},
    sight, store,
};
use crate::{
    change::{Actor, Db, Revision},
    error::{Fault, violated},
    refusals,
    visits::store as visits,
};

/// The timer that carries a cleaning on; its key is the cleaning.
pub const CLEANING: &str = "lead_cleaning";
/// Leads erased in one stretch.
const STRETCH: i64 = 100;
/// By itself a cleaning begins so often.
const EACH: TimeDelta = TimeDelta::hours(24);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleaning {
    pub id: Uuid,
    pub done: bool,
    pub months: i16,
    pub silent_since: DateTime<Utc>,
    pub leads_total: i64,
    pub erased: i64,
    pub author: Option<EmployeeId>,
    pub started_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// Whoever was last active before this is silent for so many months.
#[must_use]
pub fn silent_since(months: i16, now: DateTime<Utc>) -> DateTime<Utc> {
    let months = Months::new(u32::from(months.unsigned_abs()));
    now.checked_sub_months(months).unwrap_or(DateTime::<Utc>::MIN_UTC)
}

/// How many leads a cleaning would erase, by state.
///
/// # Errors
/// [`Fault::Permission`], [`Fault::Invalid`].
pub async fn preview(db: &Db, by: Actor, months: i16, now: DateTime<Utc>) -> Result<Vec<(i16, i64)>, LeadError> {
    refusals::administrators_only(db, by, "lead_cleaning", Uuid::nil()).await?;
    months_fit(months)?;
    Ok(count(&db.pool, silent_since(months, now)).await?)
}

/// Begins to erase; repeated it returns what is there.
///
/// # Errors
/// [`Fault::Permission`], [`Fault::Invalid`], [`LeadError::CleaningRunning`].
pub async fn start(db: &Db, by: Actor, id: Uuid, months: i16, now: DateTime<Utc>) -> Result<Cleaning, LeadError> {
    refusals::administrators_only(db, by, "lead_cleaning", id).await?;
    months_fit(months)?;
    let mut change = db.begin(by).await?;
    if let Some(there) = newest(change.db(), Some(id)).await? {
        return if there.months == months { Ok(there) } else { Err(Fault::RequestReused.into()) };
    }
    begin(change.db(), id, months, by.employee(), now).await?;
    change.audit("lead_cleaning.start", "lead_cleaning", id, None, Some(json!({ "months": months })));
    let begun = newest(change.db(), Some(id)).await?.ok_or(LeadError::CleaningNotFound)?;
    change.commit().await?;
    Ok(begun)
}

/// One cleaning, or the newest.
///
/// # Errors
/// [`Fault::Permission`], [`LeadError::CleaningNotFound`].
pub async fn get(db: &Db, by: Actor, id: Option<Uuid>) -> Result<Cleaning, LeadError> {
    refusals::administrators_only(db, by, "lead_cleaning", id.unwrap_or_default()).await?;
    newest(&db.pool, id).await?.ok_or(LeadError::CleaningNotFound)
}

/// Begins a cleaning where the settings ask for it and none began within a day.
///
/// # Errors
/// What the database answers.
pub async fn begin_due(pool: &PgPool, now: DateTime<Utc>) -> Result<(), LeadError> {
    let Some(months) = settings::read(pool).await?.erase_after_months else { return Ok(()) };
    let mut tx = pool.begin().await?;
    let recent = sqlx::query_scalar!(
        r#"select exists (select from crm.lead_cleaning
                          where state = 1 or started_at > $1) as "recent!""#,
        now - EACH
    )
    .fetch_one(&mut *tx)
    .await?;
    if recent {
        return Ok(());
    }
    match begin(&mut tx, Uuid::now_v7(), months, None, now).await {
        Err(LeadError::CleaningRunning) => Ok(()), // another process was quicker
        Err(error) => Err(error),
        Ok(()) => Ok(tx.commit().await?),
    }
}

async fn begin(
    db: &mut PgConnection,
    id: Uuid,
    months: i16,
    by: Option<EmployeeId>,
    now: DateTime<Utc>,
) -> Result<(), LeadError> {
    let since = silent_since(months, now);
    let total: i64 = count(&mut *db, since).await?.iter().map(|(_, count)| count).sum();
    let inserted = sqlx::query!(
        "insert into crm.lead_cleaning (cleaning_id, state, months, silent_since, leads_total, employee_id, started_at)
         values ($1, 1, $2, $3, $4, $5, $6)",
        id,
        months,
        since,
        total,
        by.map(Uuid::from),
        now
    )
    .execute(&mut *db)
    .await;
    inserted.map_err(|cause| match violated(&cause) {
        Some("lead_cleaning_running") => LeadError::CleaningRunning,
        _ => cause.into(),
    })?;
    let due_at = crate::clock::now();
    let timer = Timer { kind: CLEANING.to_owned(), key: id.to_string(), due_at, payload: json!({}) };
    Ok(timer::schedule(db, Schema::Crm, &[timer]).await?)
}

/// Erases the next stretch; `false` when it is done, or gone. Who writes meanwhile is not silent any more and stays.
///
/// # Errors
/// What the database answers.
pub async fn step(db: &mut PgConnection, id: Uuid) -> Result<bool, LeadError> {
    let Some((since, cursor)) = running(&mut *db, id).await? else { return Ok(false) };
    let ids = next(&mut *db, since, cursor, STRETCH).await?;
    let Some(last) = ids.last().copied() else {
        finish(&mut *db, id).await?;
        return Ok(false);
    };
    let leads = store::leads(&mut *db, &ids).await?;
    // Read again under the lock: a dialog may have gone on since.
    let silent: Vec<Lead> = leads.into_iter().filter(|lead| lead.active_at < since).collect();
    let (mut entries, mut events) = (Vec::new(), Vec::new());
    for lead in &silent {
        let (action, after) = ("lead.erase", Some(json!({ "cleaning_id": id })));
        let (object_kind, object_id, before) = ("lead", lead.id.0, facts(lead, &[]));
        entries.push(audit::Entry { employee_id: None, action, object_kind, object_id, before, after });
        let changed = LeadChanged { lead_id: lead.id.to_string(), revision: lead.revision.next().0.unsigned_abs() };
        events.push((What::LeadChanged(changed), sight::audience(&mut *db, &[lead]).await?));
    }
    let erased = erase_all(&mut *db, &silent, Some(id), None).await?;
    sqlx::query!(
        "update crm.lead_cleaning set erased = erased + $2, lead_cursor = $3 where cleaning_id = $1",
        id,
        i64::try_from(erased).unwrap_or_default(),
        last
    )
    .execute(&mut *db)
    .await?;
    audit::append(&mut *db, Schema::Crm, &entries).await?;
    event::append(&mut *db, Schema::Crm, &events).await?;
    Ok(true)
}

/// Erases one lead at once, for whoever asks to be forgotten.
///
/// # Errors
/// [`Fault::Permission`], [`LeadError::NotFound`], [`LeadError::State`] of one that became a client, [`Fault::Stale`].
pub async fn erase(db: &Db, by: Actor, id: LeadId, seen: Option<Revision>) -> Result<(), LeadError> {
    refusals::administrators_only(db, by, "lead", id.0).await?;
    open(db, by, id).await?;
    let mut change = db.begin(by).await?;
    let lead = find_locked(&mut change, id, seen).await?;
    if lead.client.is_some() {
        return Err(LeadError::State(lead.state));
    }
    change.audit("lead.erase", "lead", id.0, facts(&lead, &[]), Some(json!({})));
    tell(&mut change, &[&lead]).await?;
    erase_all(change.db(), std::slice::from_ref(&lead), None, by.employee()).await?;
    Ok(change.commit().await?)
}

/// How many are silent, by state.
async fn count(db: impl PgExecutor<'_>, since: DateTime<Utc>) -> sqlx::Result<Vec<(i16, i64)>> {
    let rows = sqlx::query!(
        r#"select l.state, count(*) as "count!" from crm.lead l
           where l.client_id is null and l.touched_at < $1 and not exists (
               select from crm.lead_contact_point p join inbox_read.conversation_activity a using (contact_point_id)
               where p.lead_id = l.lead_id and a.active_at >= $1)
           group by l.state order by l.state"#,
        since
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.state, row.count)).collect())
}

/// The next silent ones by id, locked.
async fn next(
    db: impl PgExecutor<'_>,
    since: DateTime<Utc>,
    after: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select l.lead_id from crm.lead l
         where l.client_id is null and l.touched_at < $1 and ($2::uuid is null or l.lead_id > $2) and not exists (
             select from crm.lead_contact_point p join inbox_read.conversation_activity a using (contact_point_id)
             where p.lead_id = l.lead_id and a.active_at >= $1)
         order by l.lead_id limit $3 for update of l",
        since,
        after,
        limit
    )
    .fetch_all(db)
    .await
}

/// Those of these leads that no client came of, with what was merged into them; they stay as they are until the transaction ends.
async fn with_merged(db: impl PgExecutor<'_>, leads: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "with recursive person(lead_id) as (
             select unnest($1::uuid[])
             union select l.lead_id from crm.lead l join person p on l.merged_into = p.lead_id)
         select l.lead_id from crm.lead l
         where l.lead_id in (select lead_id from person) and l.client_id is null order by l.lead_id for update of l",
        leads
    )
    .fetch_all(db)
    .await
}

/// Takes leads away, with what was merged into them and everything that goes with them, and leaves the proof.
async fn erase_all(
    db: &mut PgConnection,
    leads: &[Lead],
    cleaning: Option<Uuid>,
    by: Option<EmployeeId>,
) -> sqlx::Result<u64> {
    let ids: Vec<Uuid> = leads.iter().map(|lead| lead.id.0).collect();
    let gone = with_merged(&mut *db, &ids).await?;
    visits::erase_of_leads(&mut *db, &gone).await?;
    visits::forget_left(&mut *db, &[], &[], &gone).await?;
    let active: Vec<DateTime<Utc>> = leads.iter().map(|lead| lead.active_at).collect();
    let done = sqlx::query!(
        "with gone as (
             delete from crm.lead where lead_id = any ($5) returning lead_id, state, created_at, touched_at)
         insert into crm.lead_erasure (lead_id, cleaning_id, state, created_at, active_at, employee_id)
         select g.lead_id, $3, g.state, g.created_at, coalesce(a.active_at, g.touched_at), $4
         from gone g left join unnest($1::uuid[], $2::timestamptz[]) as a(lead_id, active_at) using (lead_id)",
        &ids,
        &active,
        cleaning,
        by.map(Uuid::from),
        &gone
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

async fn running(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<(DateTime<Utc>, Option<Uuid>)>> {
    let row = sqlx::query!(
        "select silent_since, lead_cursor from crm.lead_cleaning where cleaning_id = $1 and state = 1 for update",
        id
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.silent_since, row.lead_cursor)))
}

async fn finish(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<()> {
    sqlx::query!("update crm.lead_cleaning set state = 2, ended_at = now() where cleaning_id = $1", id)
        .execute(db)
        .await?;
    Ok(())
}

async fn newest(db: impl PgExecutor<'_>, id: Option<Uuid>) -> sqlx::Result<Option<Cleaning>> {
    let row = sqlx::query!(
        "select cleaning_id, state, months, silent_since, leads_total, erased, employee_id, started_at, ended_at
         from crm.lead_cleaning where $1::uuid is null or cleaning_id = $1 order by started_at desc limit 1",
        id
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Cleaning {
        id: row.cleaning_id,
        done: row.state == 2,
        months: row.months,
        silent_since: row.silent_since,
        leads_total: row.leads_total,
        erased: row.erased,
        author: row.employee_id.map(EmployeeId),
        started_at: row.started_at,
        ended_at: row.ended_at,
    }))
}
