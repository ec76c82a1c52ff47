//! Counting all clients anew in the background: a stretch per transaction, so a crash costs a stretch.

use ::store::{
    Schema,
    timer::{self, Timer},
};
use chrono::{DateTime, Utc};
use model::EmployeeId;
use serde_json::json;
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use super::{PotentialError, count, settings};
use crate::{
    change::{Actor, Change, Db, Revision},
    clients::sight::Sight,
    clock::now,
    refusals,
};

/// The timer that carries a recount on; its key is the recount.
pub const RECOUNT: &str = "potential_recount";

/// Clients counted in one stretch. They are locked meanwhile, so it is short.
const STRETCH: i64 = 2_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Running = 1,
    Stopped = 2,
    Done = 3,
}

impl State {
    const fn of(number: i16) -> Self {
        match number {
            1 => Self::Running,
            2 => Self::Stopped,
            _ => Self::Done,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recount {
    pub id: Uuid,
    pub state: State,
    pub settings: Revision,
    pub clients_total: i64,
    pub clients: i64,
    pub author: Option<EmployeeId>,
    pub started_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    cursor: Option<Uuid>,
}

impl Recount {
    #[must_use]
    pub fn percent(&self) -> u32 {
        let share = self.clients.saturating_mul(100) / self.clients_total.max(1);
        if self.state == State::Done { 100 } else { u32::try_from(share.clamp(0, 99)).unwrap_or(99) }
    }
}

/// Begins to count everybody. Repeated it returns what is there.
///
/// # Errors
/// Permission, [`PotentialError::RecountRunning`].
pub async fn start(db: &Db, by: Actor, id: Uuid) -> Result<Recount, PotentialError> {
    refusals::administrators_only(db, by, "potential_recount", id).await?;
    if let Some(there) = find(&db.pool, Some(id)).await? {
        return Ok(there);
    }
    let mut change = db.begin(by).await?;
    let settings = settings::head(change.db()).await?;
    let begun = begin(&mut change, id, settings.revision).await?;
    change.commit().await?;
    Ok(begun)
}

/// Begins anew under new settings, in the place of one that goes on.
///
/// # Errors
/// What the database answers.
pub async fn replace(change: &mut Change<'_>, settings: Revision) -> Result<Recount, PotentialError> {
    sqlx::query!("update crm.potential_recount set state = 2, ended_at = now() where state = 1")
        .execute(change.db())
        .await?;
    begin(change, Uuid::now_v7(), settings).await
}

async fn begin(change: &mut Change<'_>, id: Uuid, settings: Revision) -> Result<Recount, PotentialError> {
    let by = change.by().employee();
    insert(change.db(), id, settings, by).await?;
    change.audit("potential_recount.start", "potential_recount", id, None, Some(json!({})));
    find(change.db(), Some(id)).await?.ok_or(PotentialError::RecountNotFound)
}

async fn insert(
    db: &mut PgConnection,
    id: Uuid,
    settings: Revision,
    by: Option<EmployeeId>,
) -> Result<(), PotentialError> {
    sqlx::query!(
        "insert into crm.potential_recount (recount_id, state, settings_revision, clients_total, employee_id)
         select $1, 1, $2, count(*), $3 from crm.client where merged_into is null",
        id,
        settings.0,
        by.map(Uuid::from)
    )
    .execute(&mut *db)
    .await?;
    Ok(wake(db, id).await?)
}

async fn wake(db: &mut PgConnection, id: Uuid) -> sqlx::Result<()> {
    let timer = Timer { kind: RECOUNT.to_owned(), key: id.to_string(), due_at: now(), payload: json!({}) };
    timer::schedule(db, Schema::Crm, &[timer]).await
}

/// Ends one that goes on; what is counted stays. Repeating it changes nothing.
///
/// # Errors
/// Permission, [`PotentialError::RecountNotFound`].
pub async fn stop(db: &Db, by: Actor, id: Uuid) -> Result<Recount, PotentialError> {
    refusals::administrators_only(db, by, "potential_recount", id).await?;
    let mut change = db.begin(by).await?;
    let done = sqlx::query!(
        "update crm.potential_recount set state = 2, ended_at = now() where recount_id = $1 and state = 1",
        id
    )
    .execute(change.db())
    .await?;
    if done.rows_affected() > 0 {
        change.audit("potential_recount.stop", "potential_recount", id, None, Some(json!({})));
    }
    change.commit().await?;
    find(&db.pool, Some(id)).await?.ok_or(PotentialError::RecountNotFound)
}

/// Goes on where one was stopped. Repeating it changes nothing.
///
/// # Errors
/// Permission, [`PotentialError::RecountNotFound`], [`PotentialError::RecountRunning`], [`PotentialError::RecountOver`].
pub async fn resume(db: &Db, by: Actor, id: Uuid) -> Result<Recount, PotentialError> {
    refusals::administrators_only(db, by, "potential_recount", id).await?;
    let mut change = db.begin(by).await?;
    let found = for_update(change.db(), id).await?.ok_or(PotentialError::RecountNotFound)?;
    match found.state {
        State::Running => return Ok(found),
        State::Done => return Err(PotentialError::RecountOver),
        State::Stopped if found.settings != settings::head(change.db()).await?.revision => {
            return Err(PotentialError::RecountOver);
        }
        State::Stopped => {}
    }
    sqlx::query!("update crm.potential_recount set state = 1, ended_at = null where recount_id = $1", id)
        .execute(change.db())
        .await?;
    wake(change.db(), id).await?;
    change.audit("potential_recount.resume", "potential_recount", id, None, Some(json!({})));
    change.commit().await?;
    find(&db.pool, Some(id)).await?.ok_or(PotentialError::RecountNotFound)
}

/// One recount, or the newest; and whether the caller may know how many clients there are: whoever sees all of them.
///
/// # Errors
/// What the database answers.
pub async fn get(db: &Db, by: Actor, id: Option<Uuid>) -> Result<(Option<Recount>, bool), PotentialError> {
    Ok((find(&db.pool, id).await?, Sight::of(&db.pool, by).await?.all))
}

/// Begins a recount once in each UTC day, where it was ever set up: people and departments move without a client being changed.
///
/// # Errors
/// What the database answers.
pub async fn daily(pool: &PgPool) -> Result<(), PotentialError> {
    let due = sqlx::query_scalar!(
        r#"select revision from crm.potential_settings
           where not exists (select from crm.potential_recount
                             where state = 1 or started_at >= date_trunc('day', now(), 'UTC'))"#
    )
    .fetch_optional(pool)
    .await?;
    let Some(revision) = due else { return Ok(()) };
    let mut tx = pool.begin().await?;
    match insert(&mut tx, Uuid::now_v7(), Revision(revision), None).await {
        Ok(()) => Ok(tx.commit().await?),
        Err(PotentialError::RecountRunning) => Ok(()), // another process was faster
        Err(error) => Err(error),
    }
}

/// Forgets recounts that ended 30 days ago.
///
/// # Errors
/// What the database answers.
pub async fn forget_old(pool: &PgPool) -> sqlx::Result<()> {
    sqlx::query!("delete from crm.potential_recount where ended_at < now() - interval '30 days'").execute(pool).await?;
    Ok(())
}

/// One recount, or the newest.
///
/// # Errors
/// What the database answers.
pub async fn find(db: impl PgExecutor<'_>, id: Option<Uuid>) -> sqlx::Result<Option<Recount>> {
    let row = sqlx::query_as!(
        Row,
        "select recount_id, state, settings_revision, clients_total, clients, client_cursor, employee_id, started_at, ended_at
         from crm.potential_recount where $1::uuid is null or recount_id = $1
         order by started_at desc, recount_id desc limit 1",
        id
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Recount::from))
}

async fn for_update(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<Recount>> {
    let row = sqlx::query_as!(
        Row,
        "select recount_id, state, settings_revision, clients_total, clients, client_cursor, employee_id, started_at, ended_at
         from crm.potential_recount where recount_id = $1 for update",
        id
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Recount::from))
}

/// Carries a recount on; `false` when it is done, stopped, or gone.
///
/// # Errors
/// What the database answers.
pub async fn step(db: &mut PgConnection, id: Uuid) -> Result<bool, PotentialError> {
    let Some(recount) = for_update(&mut *db, id).await? else { return Ok(false) };
    if recount.state != State::Running {
        return Ok(false);
    }
    let ids = next_clients(&mut *db, recount.cursor, STRETCH).await?;
    let Some(last) = ids.last() else {
        sqlx::query!("update crm.potential_recount set state = 3, ended_at = now() where recount_id = $1", id)
            .execute(db)
            .await?;
        return Ok(false);
    };
    let settings = settings::head(&mut *db).await?;
    count::whole(&mut *db, &settings, &ids).await?;
    sqlx::query!(
        "update crm.potential_recount set client_cursor = $2, clients = clients + $3 where recount_id = $1",
        id,
        last,
        i64::try_from(ids.len()).unwrap_or(STRETCH)
    )
    .execute(db)
    .await?;
    Ok(true)
}

/// Archived ones too: who is put back into the lists was counted.
async fn next_clients(db: impl PgExecutor<'_>, after: Option<Uuid>, limit: i64) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select client_id from crm.client
         where client_id > coalesce($1, '00000000-0000-0000-0000-000000000000'::uuid) and merged_into is null
         order by client_id limit $2",
        after,
        limit
    )
    .fetch_all(db)
    .await
}

struct Row {
    recount_id: Uuid,
    state: i16,
    settings_revision: i64,
    clients_total: i64,
    clients: i64,
    client_cursor: Option<Uuid>,
    employee_id: Option<Uuid>,
    started_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl From<Row> for Recount {
    fn from(row: Row) -> Self {
        Self {
            id: row.recount_id,
            state: State::of(row.state),
            settings: Revision(row.settings_revision),
            clients_total: row.clients_total,
            clients: row.clients,
            author: row.employee_id.map(EmployeeId),
            started_at: row.started_at,
            ended_at: row.ended_at,
            cursor: row.client_cursor,
        }
    }
}
