//! The one relay per schema: moves committed outbox rows to `event` with a gapless position, then publishes them.

use std::{future::Future, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use contracts::live::Event;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Row};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;

use crate::{Schema, event};

/// How often the outbox is looked at when nobody wakes the relay.
const FALLBACK_POLL: Duration = Duration::from_millis(100);
/// At most this many rows move in one transaction.
const BATCH: i64 = 1_000;

/// Where the relay publishes. A failure is logged and left: `event` is the truth, readers fill gaps from it.
pub trait Sink: Send + Sync + 'static {
    /// Publishes committed events in order.
    fn publish(&self, events: &[Event]) -> impl Future<Output = Result<(), String>> + Send;
    /// The last event that the fast copy holds for this area; `None`: it is empty.
    fn last(&self, area: &str) -> impl Future<Output = Result<Option<Event>, String>> + Send;
}

/// Runs until `stop`. Several processes may run it: the row lock lets one move rows at a time.
pub async fn run<S: Sink>(pool: PgPool, schema: Schema, sink: Arc<S>, wake: Arc<Notify>, stop: CancellationToken) {
    let mut history = History::default();
    while !stop.is_cancelled() {
        match round(&pool, schema, &*sink, &mut history).await {
            Ok(BATCH) => continue,
            Ok(_) => {}
            Err(error) => warn!(area = schema.name(), %error, "the relay cannot move events; it tries again"),
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = wake.notified() => {}
            () = tokio::time::sleep(FALLBACK_POLL) => {}
        }
    }
}

/// Moves and publishes what is committed; how many events that were.
pub(crate) async fn round<S: Sink>(
    pool: &PgPool,
    schema: Schema,
    sink: &S,
    history: &mut History,
) -> sqlx::Result<i64> {
    let (server, waiting) = look(pool, schema).await?;
    if history.checked != Some(server) {
        check_history(pool, schema, sink, server, history).await?;
    }
    if !waiting {
        return Ok(0);
    }
    let events = move_batch(pool, schema, history).await?;
    if events.is_empty() {
        return Ok(0);
    }
    metrics::counter!("okno_relay_events_total", "area" => schema.name()).increment(events.len() as u64);
    if let Err(error) = sink.publish(&events).await {
        warn!(area = schema.name(), error, "events are committed but not published; readers ask for them");
    }
    Ok(i64::try_from(events.len()).unwrap_or(BATCH))
}

/// What a relay knows of the history that it goes on with. A restored database is behind it: then positions would be
/// given out twice, so a new epoch begins (E1).
#[derive(Default)]
pub(crate) struct History {
    /// When the server was started whose history was compared with the fast copy.
    checked: Option<DateTime<Utc>>,
    /// Behind what this process has moved last; a database may be restored without a restart of its server.
    moved: Option<(Uuid, i64)>,
}

/// When the database server was started, and whether anything waits; tells the metrics for how long it has.
async fn look(pool: &PgPool, schema: Schema) -> sqlx::Result<(DateTime<Utc>, bool)> {
    let sql = format!(
        "select pg_postmaster_start_time(), (
             select extract(epoch from clock_timestamp() - at)::float8 from {schema}.outbox order by outbox_id limit 1)"
    );
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(pool).await?;
    let waits: Option<f64> = row.get(1);
    metrics::gauge!("okno_relay_lag_seconds", "area" => schema.name()).set(waits.unwrap_or_default());
    // A gauge keeps what was last said: that nothing is said any more shows only in when it was.
    metrics::gauge!("okno_relay_looked_timestamp_seconds", "area" => schema.name()).set(Utc::now().timestamp() as f64);
    Ok((row.get(0), waits.is_some()))
}

/// Compares the history with the fast copy, before anything is moved where the copy answers. Where it does not, events go
/// on without it, and the comparison follows.
async fn check_history<S: Sink>(
    pool: &PgPool,
    schema: Schema,
    sink: &S,
    server: DateTime<Utc>,
    history: &mut History,
) -> sqlx::Result<()> {
    history.checked = None;
    // Asked first: what is published meanwhile was moved before.
    let Ok(published) = sink.last(schema.name()).await else { return Ok(()) };
    let mut tx = pool.begin().await?;
    let Some(fence) = take_fence(&mut tx, schema).await?.filter(|fence| fence.server == server) else { return Ok(()) };
    if let Some(event) = published.filter(|event| event.epoch == fence.epoch.to_string())
        && !holds(&mut tx, schema, &event).await?
    {
        let (published, position) = (event.position, fence.position);
        warn!(area = schema.name(), published, position, "the database was restored: a new epoch begins");
        new_epoch(&mut tx, schema).await?;
    }
    tx.commit().await?;
    history.checked = Some(server);
    Ok(())
}

/// Whether the history has this very event at its position.
async fn holds(db: &mut PgConnection, schema: Schema, event: &Event) -> sqlx::Result<bool> {
    let at = event.at.and_then(|at| DateTime::from_timestamp(at.seconds, at.nanos.cast_unsigned()));
    let sql = format!("select exists (select 1 from {schema}.event where position = $1 and at = $2)");
    sqlx::query_scalar(AssertSqlSafe(sql)).bind(event.position.cast_signed()).bind(at).fetch_one(db).await
}

/// Begins a new epoch in the caller's transaction, which holds the fence: every reader reloads what it shows.
async fn new_epoch(db: &mut PgConnection, schema: Schema) -> sqlx::Result<Uuid> {
    let sql = format!("update {schema}.relay set epoch = gen_random_uuid() returning epoch");
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(db).await
}

/// Begins a new epoch because a reader that is trusted holds a place of this epoch above its head: the database was
/// restored. Does nothing when the history has got another epoch or beyond the place meanwhile.
///
/// # Errors
/// What the database answers.
pub async fn begin_anew(pool: &PgPool, schema: Schema, epoch: Uuid, above: u64) -> sqlx::Result<()> {
    let sql = format!("update {schema}.relay set epoch = gen_random_uuid() where epoch = $1 and position < $2");
    let begun = sqlx::query(AssertSqlSafe(sql)).bind(epoch).bind(above.cast_signed()).execute(pool).await?;
    if begun.rows_affected() > 0 {
        warn!(area = schema.name(), above, "a reader is ahead of the database: it was restored, a new epoch begins");
    }
    Ok(())
}

/// One transaction: take the fence, take what is committed, number it, store it.
async fn move_batch(pool: &PgPool, schema: Schema, history: &mut History) -> sqlx::Result<Vec<Event>> {
    let mut tx = pool.begin().await?;
    let Some(Fence { mut epoch, position, server }) = take_fence(&mut tx, schema).await? else {
        return Ok(Vec::new());
    };
    if history.checked.is_some_and(|checked| checked != server) {
        return Ok(Vec::new()); // restarted since we looked
    }
    if history.moved.is_some_and(|(of, moved)| of == epoch && moved > position) {
        warn!(area = schema.name(), position, "the database is behind what was moved: a new epoch begins");
        epoch = new_epoch(&mut tx, schema).await?;
    }
    let moved = sqlx::query(AssertSqlSafe(move_sql(schema))).bind(BATCH).bind(position).bind(epoch);
    let rows = moved.fetch_all(&mut *tx).await?;
    tx.commit().await?;
    if let Some(last) = rows.last() {
        history.moved = Some((epoch, last.get(0)));
    }
    let events = rows
        .iter()
        .filter_map(|row| event::decode(schema, epoch, row.get(0), row.get::<DateTime<Utc>, _>(1), row.get(2)));
    Ok(events.collect())
}

/// Takes at most `$1` rows out of the outbox and stores them as events behind position `$2`, in epoch `$3`.
///
/// It takes what is not above the last row of the batch, instead of the batch's own rows: a planner that believes the outbox
/// empty, as it mostly is when it is counted, would look the whole batch up again for each row, which took seconds under load.
pub(crate) fn move_sql(schema: Schema) -> String {
    format!(
        "with taken as (
             delete from {schema}.outbox where outbox_id <= (
                 select max(outbox_id) from (select outbox_id from {schema}.outbox order by outbox_id limit $1) batch)
             returning outbox_id, payload),
         placed as (
             insert into {schema}.event (position, at, epoch, payload)
             select $2 + row_number() over (order by outbox_id), clock_timestamp(), $3, payload from taken
             returning position, at, payload),
         moved as (
             update {schema}.relay set position = position + (select count(*) from taken))
         select position, at, payload from placed order by position"
    )
}

struct Fence {
    epoch: Uuid,
    position: i64,
    /// When the server was started that holds it.
    server: DateTime<Utc>,
}

async fn take_fence(db: &mut PgConnection, schema: Schema) -> sqlx::Result<Option<Fence>> {
    let sql = format!("select epoch, position, pg_postmaster_start_time() from {schema}.relay for update skip locked");
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_optional(db).await?;
    Ok(row.map(|row| Fence { epoch: row.get(0), position: row.get(1), server: row.get(2) }))
}

/// Makes the partitions of the coming week and drops those older than 30 days. Run daily and at start.
///
/// # Errors
/// What the database answers.
pub async fn keep_partitions(pool: &PgPool, schema: Schema, today: chrono::NaiveDate) -> sqlx::Result<()> {
    for ahead in 0..7 {
        let day = today + chrono::Days::new(ahead);
        let next = day + chrono::Days::new(1);
        let sql = format!(
            "create table if not exists {schema}.event_{} partition of {schema}.event for values from ('{day}') to ('{next}')",
            day.format("%Y%m%d")
        );
        // Fails while the default partition holds rows of that day; they are found there all the same.
        if let Err(error) = sqlx::query(AssertSqlSafe(sql)).execute(pool).await {
            warn!(%error, %day, "event partition not made; the default one serves");
        }
    }
    let old = today - chrono::Days::new(31);
    for partition in old_partitions(pool, schema, old).await? {
        let sql = format!("drop table if exists {schema}.{partition}");
        sqlx::query(AssertSqlSafe(sql)).execute(pool).await?;
    }
    let sql = format!("delete from {schema}.event_default where at < $1");
    sqlx::query(AssertSqlSafe(sql)).bind(old).execute(pool).await?;
    Ok(())
}

/// The partitions of days up to `day`, by the date in their names.
async fn old_partitions(pool: &PgPool, schema: Schema, day: chrono::NaiveDate) -> sqlx::Result<Vec<String>> {
    let sql = format!(
        "select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
         where i.inhparent = '{schema}.event'::regclass and c.relname ~ '^event_[0-9]{{8}}$' and c.relname <= $1"
    );
    sqlx::query_scalar(AssertSqlSafe(sql)).bind(format!("event_{}", day.format("%Y%m%d"))).fetch_all(pool).await
}
