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
    /// The position and epoch of the last event that the fast copy holds for this area; `None`: it is empty.
    fn last(&self, area: &str) -> impl Future<Output = Result<Option<(String, u64)>, String>> + Send;
}

/// Runs until `stop`. Several processes may run it: the row lock lets one move rows at a time.
pub async fn run<S: Sink>(pool: PgPool, schema: Schema, sink: Arc<S>, wake: Arc<Notify>, stop: CancellationToken) {
    let mut fenced = false;
    loop {
        if !fenced {
            fenced = check_epoch(&pool, schema, &*sink).await;
        }
        match move_batch(&pool, schema).await {
            Ok(events) if !events.is_empty() => {
                metrics::counter!("okno_relay_events_total", "area" => schema.name()).increment(events.len() as u64);
                if let Err(error) = sink.publish(&events).await {
                    warn!(area = schema.name(), error, "events are committed but not published; readers ask for them");
                }
                if events.len() == BATCH as usize {
                    continue;
                }
            }
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

/// A restored database is behind the fast copy: then positions would be given out twice, so a new epoch begins (E1).
async fn check_epoch<S: Sink>(pool: &PgPool, schema: Schema, sink: &S) -> bool {
    let Ok(last) = sink.last(schema.name()).await else { return false };
    let Ok((epoch, position)) = event::head(pool, schema).await else { return false };
    match last {
        Some((published_epoch, published)) if published_epoch == epoch.to_string() && published > position => {
            warn!(area = schema.name(), published, position, "the database was restored: a new epoch begins");
            new_epoch(pool, schema).await.is_ok()
        }
        _ => true,
    }
}

/// Begins a new epoch: every reader reloads what it shows.
///
/// # Errors
/// What the database answers.
pub async fn new_epoch(pool: &PgPool, schema: Schema) -> sqlx::Result<()> {
    let sql = format!("update {schema}.relay set epoch = gen_random_uuid()");
    sqlx::query(AssertSqlSafe(sql)).execute(pool).await?;
    Ok(())
}

/// One transaction: take the fence, take what is committed, number it, store it.
async fn move_batch(pool: &PgPool, schema: Schema) -> sqlx::Result<Vec<Event>> {
    if !any_waiting(pool, schema).await? {
        return Ok(Vec::new());
    }
    let mut tx = pool.begin().await?;
    let Some((epoch, position)) = take_fence(&mut tx, schema).await? else { return Ok(Vec::new()) };
    let sql = format!(
        "with taken as (
             delete from {schema}.outbox where outbox_id in (
                 select outbox_id from {schema}.outbox order by outbox_id limit $1)
             returning outbox_id, payload),
         placed as (
             insert into {schema}.event (position, at, epoch, payload)
             select $2 + row_number() over (order by outbox_id), clock_timestamp(), $3, payload from taken
             returning position, at, payload),
         moved as (
             update {schema}.relay set position = position + (select count(*) from taken))
         select position, at, payload from placed order by position"
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(BATCH).bind(position).bind(epoch).fetch_all(&mut *tx).await?;
    tx.commit().await?;
    let events = rows
        .iter()
        .filter_map(|row| event::decode(schema, epoch, row.get(0), row.get::<DateTime<Utc>, _>(1), row.get(2)));
    Ok(events.collect())
}

async fn any_waiting(pool: &PgPool, schema: Schema) -> sqlx::Result<bool> {
    let sql = format!("select exists (select 1 from {schema}.outbox)");
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await
}

async fn take_fence(db: &mut PgConnection, schema: Schema) -> sqlx::Result<Option<(Uuid, i64)>> {
    let sql = format!("select epoch, position from {schema}.relay for update skip locked");
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_optional(db).await?;
    Ok(row.map(|row| (row.get(0), row.get(1))))
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
    let sql = format!("drop table if exists {schema}.event_{}", old.format("%Y%m%d"));
    sqlx::query(AssertSqlSafe(sql)).execute(pool).await?;
    let sql = format!("delete from {schema}.event_default where at < $1");
    sqlx::query(AssertSqlSafe(sql)).bind(old).execute(pool).await?;
    Ok(())
}
