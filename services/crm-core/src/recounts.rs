//! Counting all clients anew in the background: a stretch per transaction, so a crash costs a stretch. What is counted is a [`Kind`].

use ::store::{
    Schema,
    timer::{self, Timer},
};
use chrono::{DateTime, Utc};
use model::EmployeeId;
use serde_json::json;
use sqlx::{AssertSqlSafe, PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use crate::{
    change::{Actor, Change, Db, Revision},
    clients::sight::Sight,
    clock::now,
    error::{Fault, violated},
    refusals,
};

/// What is counted.
pub trait Kind {
    /// Of its table in schema `crm`, of the timer that carries it on (the key is the recount), and in the audit.
    const NAME: &'static str;
    /// What the audit calls it to begin one, to stop it, and to go on with it.
    const ACTIONS: [&'static str; 3];
    /// The table in schema `crm` whose one row says by what is counted, with `revision`.
    const SETTINGS: &'static str;
    /// Clients counted in one stretch. They are locked meanwhile, so it is short.
    const STRETCH: i64;

    /// The revision of the settings as they are now; there may be none yet.
    fn revision(db: &mut PgConnection) -> impl Future<Output = sqlx::Result<Revision>> + Send;

    /// Counts these clients under their locks.
    fn count(db: &mut PgConnection, clients: &[Uuid]) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// What is done once all are counted.
    fn end(_: &mut PgConnection) -> impl Future<Output = sqlx::Result<()>> + Send {
        async { Ok(()) }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum RecountError {
    #[error("there is no such recount")]
    NotFound,
    #[error("another recount goes on")]
    Running,
    #[error("the recount is done, or the settings are others by now; begin a new one")]
    Over,
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<sqlx::Error> for RecountError {
    fn from(cause: sqlx::Error) -> Self {
        match violated(&cause) {
            Some(constraint) if constraint.ends_with("_recount_running") => Self::Running,
            _ => Self::Fault(cause.into()),
        }
    }
}

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
/// Permission, [`RecountError::Running`].
pub async fn start<K: Kind>(db: &Db, by: Actor, id: Uuid) -> Result<Recount, RecountError> {
    refusals::administrators_only(db, by, K::NAME, id).await?;
    if let Some(there) = find::<K>(&db.pool, Some(id)).await? {
        return Ok(there);
    }
    let mut change = db.begin(by).await?;
    let settings = K::revision(change.db()).await?;
    let begun = begin::<K>(&mut change, id, settings).await?;
    change.commit().await?;
    Ok(begun)
}

/// Begins anew under new settings, in the place of one that goes on.
///
/// # Errors
/// What the database answers.
pub async fn replace<K: Kind>(change: &mut Change<'_>, settings: Revision) -> Result<Recount, RecountError> {
    let sql = format!("update crm.{} set state = 2, ended_at = now() where state = 1", K::NAME);
    sqlx::query(AssertSqlSafe(sql)).execute(change.db()).await?;
    begin::<K>(change, Uuid::now_v7(), settings).await
}

async fn begin<K: Kind>(change: &mut Change<'_>, id: Uuid, settings: Revision) -> Result<Recount, RecountError> {
    let by = change.by().employee();
    insert::<K>(change.db(), id, settings, by).await?;
    note::<K>(change, K::ACTIONS[0], id);
    find::<K>(change.db(), Some(id)).await?.ok_or(RecountError::NotFound)
}

fn note<K: Kind>(change: &mut Change<'_>, action: &'static str, id: Uuid) {
    change.audit(action, K::NAME, id, None, Some(json!({})));
}

async fn insert<K: Kind>(
    db: &mut PgConnection,
    id: Uuid,
    settings: Revision,
    by: Option<EmployeeId>,
) -> Result<(), RecountError> {
    let sql = format!(
        "insert into crm.{} (recount_id, state, settings_revision, clients_total, employee_id)
         select $1, 1, $2, count(*), $3 from crm.client where merged_into is null",
        K::NAME
    );
    let insert = sqlx::query(AssertSqlSafe(sql)).bind(id).bind(settings.0).bind(by.map(Uuid::from));
    insert.execute(&mut *db).await?;
    Ok(wake::<K>(db, id).await?)
}

async fn wake<K: Kind>(db: &mut PgConnection, id: Uuid) -> sqlx::Result<()> {
    let timer = Timer { kind: K::NAME.to_owned(), key: id.to_string(), due_at: now(), payload: json!({}) };
    timer::schedule(db, Schema::Crm, &[timer]).await
}

/// Ends one that goes on; what is counted stays. Repeating it changes nothing.
///
/// # Errors
/// Permission, [`RecountError::NotFound`].
pub async fn stop<K: Kind>(db: &Db, by: Actor, id: Uuid) -> Result<Recount, RecountError> {
    refusals::administrators_only(db, by, K::NAME, id).await?;
    let mut change = db.begin(by).await?;
    let sql = format!("update crm.{} set state = 2, ended_at = now() where recount_id = $1 and state = 1", K::NAME);
    let done = sqlx::query(AssertSqlSafe(sql)).bind(id).execute(change.db()).await?;
    if done.rows_affected() > 0 {
        note::<K>(&mut change, K::ACTIONS[1], id);
    }
    change.commit().await?;
    find::<K>(&db.pool, Some(id)).await?.ok_or(RecountError::NotFound)
}

/// Goes on where one was stopped. Repeating it changes nothing.
///
/// # Errors
/// Permission, [`RecountError::NotFound`], [`RecountError::Running`], [`RecountError::Over`].
pub async fn resume<K: Kind>(db: &Db, by: Actor, id: Uuid) -> Result<Recount, RecountError> {
    refusals::administrators_only(db, by, K::NAME, id).await?;
    let mut change = db.begin(by).await?;
    let found = for_update::<K>(change.db(), id).await?.ok_or(RecountError::NotFound)?;
    match found.state {
        State::Running => return Ok(found),
        State::Done => return Err(RecountError::Over),
        State::Stopped if found.settings != K::revision(change.db()).await? => return Err(RecountError::Over),
        State::Stopped => {}
    }
    let sql = format!("update crm.{} set state = 1, ended_at = null where recount_id = $1", K::NAME);
    sqlx::query(AssertSqlSafe(sql)).bind(id).execute(change.db()).await?;
    wake::<K>(change.db(), id).await?;
    note::<K>(&mut change, K::ACTIONS[2], id);
    change.commit().await?;
    find::<K>(&db.pool, Some(id)).await?.ok_or(RecountError::NotFound)
}

/// One recount, or the newest; and whether the caller may know how many clients there are: whoever sees all of them.
///
/// # Errors
/// [`RecountError::NotFound`] when the one that was asked for is not there.
pub async fn get<K: Kind>(db: &Db, by: Actor, id: Option<Uuid>) -> Result<(Option<Recount>, bool), RecountError> {
    let found = find::<K>(&db.pool, id).await?;
    if id.is_some() && found.is_none() {
        return Err(RecountError::NotFound);
    }
    Ok((found, Sight::of(&db.pool, by).await?.all))
}

/// Begins a recount once in each UTC day, where it was ever set up: what time alone changes, people and departments that move.
///
/// # Errors
/// What the database answers.
pub async fn daily<K: Kind>(pool: &PgPool) -> Result<(), RecountError> {
    let sql = format!(
        "select revision from crm.{} where not exists (
             select from crm.{} where state = 1 or started_at >= date_trunc('day', now(), 'UTC'))",
        K::SETTINGS,
        K::NAME
    );
    let due: Option<i64> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_optional(pool).await?;
    let Some(revision) = due else { return Ok(()) };
    let mut tx = pool.begin().await?;
    match insert::<K>(&mut tx, Uuid::now_v7(), Revision(revision), None).await {
        Ok(()) => Ok(tx.commit().await?),
        Err(RecountError::Running) => Ok(()), // another process was faster
        Err(error) => Err(error),
    }
}

/// Forgets recounts that ended 30 days ago.
///
/// # Errors
/// What the database answers.
pub async fn forget_old<K: Kind>(pool: &PgPool) -> sqlx::Result<()> {
    let sql = format!("delete from crm.{} where ended_at < now() - interval '30 days'", K::NAME);
    sqlx::query(AssertSqlSafe(sql)).execute(pool).await?;
    Ok(())
}

const COLUMNS: &str =
    "recount_id, state, settings_revision, clients_total, clients, client_cursor, employee_id, started_at, ended_at";

/// One recount, or the newest.
async fn find<K: Kind>(db: impl PgExecutor<'_>, id: Option<Uuid>) -> sqlx::Result<Option<Recount>> {
    let sql = format!(
        "select {COLUMNS} from crm.{} where $1::uuid is null or recount_id = $1
         order by started_at desc, recount_id desc limit 1",
        K::NAME
    );
    let row: Option<Row> = sqlx::query_as(AssertSqlSafe(sql)).bind(id).fetch_optional(db).await?;
    Ok(row.map(Recount::from))
}

async fn for_update<K: Kind>(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<Recount>> {
    let sql = format!("select {COLUMNS} from crm.{} where recount_id = $1 for update", K::NAME);
    let row: Option<Row> = sqlx::query_as(AssertSqlSafe(sql)).bind(id).fetch_optional(db).await?;
    Ok(row.map(Recount::from))
}

/// Carries a recount on; `false` when it is done, stopped, or gone.
///
/// # Errors
/// What the database answers.
pub async fn step<K: Kind>(db: &mut PgConnection, id: Uuid) -> sqlx::Result<bool> {
    let Some(recount) = for_update::<K>(&mut *db, id).await? else { return Ok(false) };
    if recount.state != State::Running {
        return Ok(false);
    }
    let ids = next_clients(&mut *db, recount.cursor, K::STRETCH).await?;
    let Some(last) = ids.last() else {
        K::end(&mut *db).await?;
        let sql = format!("update crm.{} set state = 3, ended_at = now() where recount_id = $1", K::NAME);
        sqlx::query(AssertSqlSafe(sql)).bind(id).execute(db).await?;
        return Ok(false);
    };
    K::count(&mut *db, &ids).await?;
    let counted = i64::try_from(ids.len()).unwrap_or(K::STRETCH);
    let sql = format!("update crm.{} set client_cursor = $2, clients = clients + $3 where recount_id = $1", K::NAME);
    sqlx::query(AssertSqlSafe(sql)).bind(id).bind(last).bind(counted).execute(db).await?;
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

#[derive(sqlx::FromRow)]
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
