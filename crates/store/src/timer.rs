//! Business time: one table of what is due when. No task sleeps for it.

use std::{collections::HashMap, future::Future, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Row, postgres::PgRow};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, warn};

use crate::{Schema, is_conflict};

/// Something to do at a time. Scheduling the same (kind, key) again moves it.
#[derive(Debug, Clone)]
pub struct Timer {
    pub kind: String,
    pub key: String,
    pub due_at: DateTime<Utc>,
    pub payload: Value,
}

/// Schedules timers in the caller's transaction; one statement for all of them.
///
/// # Errors
/// What the database answers.
pub async fn schedule(db: &mut PgConnection, schema: Schema, timers: &[Timer]) -> sqlx::Result<()> {
    // `on conflict` may touch a row once per statement: the last of a key wins.
    let unique: HashMap<_, _> = timers.iter().map(|t| ((t.kind.as_str(), t.key.as_str()), t)).collect();
    if unique.is_empty() {
        return Ok(());
    }
    let mut timers: Vec<&Timer> = unique.into_values().collect();
    timers.sort_by(|a, b| (&a.kind, &a.key).cmp(&(&b.kind, &b.key)));
    let sql = format!(
        "insert into {schema}.timer (kind, key, due_at, payload)
         select * from unnest($1::text[], $2::text[], $3::timestamptz[], $4::jsonb[])
         on conflict (kind, key) do update set due_at = excluded.due_at, payload = excluded.payload, attempts = 0"
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(timers.iter().map(|t| t.kind.clone()).collect::<Vec<_>>())
        .bind(timers.iter().map(|t| t.key.clone()).collect::<Vec<_>>())
        .bind(timers.iter().map(|t| t.due_at).collect::<Vec<_>>())
        .bind(timers.iter().map(|t| t.payload.clone()).collect::<Vec<_>>())
        .execute(db)
        .await?;
    Ok(())
}

/// Removes a timer in the caller's transaction, if it is there.
///
/// # Errors
/// What the database answers.
pub async fn cancel(db: &mut PgConnection, schema: Schema, kind: &str, key: &str) -> sqlx::Result<()> {
    let sql = format!("delete from {schema}.timer where kind = $1 and key = $2");
    sqlx::query(AssertSqlSafe(sql)).bind(kind).bind(key).execute(db).await?;
    Ok(())
}

/// A timer that was taken and not done is taken again after this: its process is gone.
const LEASE_SECONDS: f64 = 60.0;

/// Does what is due. The work and the end of the timer are one transaction, so it happens once.
pub trait Handler: Send + Sync + 'static {
    /// Does one timer's work. `Some`: the same timer comes once more, as returned. An error rolls the work back; it comes
    /// again after a pause that grows to an hour.
    ///
    /// The timer's row is not locked meanwhile: whoever schedules it anew while holding what the work waits for is not
    /// held up, and the work is done again at the new time.
    fn fire(
        &self,
        db: &mut PgConnection,
        timer: &Timer,
    ) -> impl Future<Output = Result<Option<Timer>, Box<dyn std::error::Error + Send + Sync>>> + Send;
}

/// Timers whose work one process does at the same time: a slow one holds up none of the others.
const AT_ONCE: usize = 4;
/// How often it looks for due ones.
const LOOK: Duration = Duration::from_millis(200);

/// Looks each 200 ms for due timers until `stop`, and does the work of up to four at once. Any number of processes may run
/// it.
pub async fn run<H: Handler>(pool: PgPool, schema: Schema, handler: H, stop: CancellationToken) {
    let handler = Arc::new(handler);
    let mut works = JoinSet::new();
    while !stop.is_cancelled() {
        let pause = match take(&pool, schema, AT_ONCE - works.len()).await {
            Ok(taken) => {
                for one in taken {
                    works.spawn(fire(pool.clone(), schema, handler.clone(), one));
                }
                LOOK
            }
            Err(cause) => {
                warn!(%cause, area = schema.name(), "timers cannot be read; trying again");
                Duration::from_secs(1)
            }
        };
        let full = works.len() >= AT_ONCE;
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            // One that is done makes room for the next at once.
            Some(_) = works.join_next() => {}
            () = tokio::time::sleep(pause), if !full => {}
        }
    }
    // Work that was begun is ended.
    while works.join_next().await.is_some() {}
}

/// A due timer, ours until its lease ends.
struct Taken {
    id: i64,
    /// What `due_at` says meanwhile: whoever changes it has moved the timer, or taken it over.
    lease: DateTime<Utc>,
    timer: Timer,
    attempts: i32,
}

/// Does the work of one timer; one whose work fails, or cannot even begin or end, comes again later.
async fn fire<H: Handler>(pool: PgPool, schema: Schema, handler: Arc<H>, taken: Taken) {
    let kind = taken.timer.kind.as_str();
    let Err(cause) = attempt(&pool, schema, &*handler, &taken).await else { return };
    if is_conflict(&*cause) {
        debug!(kind, %cause, "a timer's work met another transaction; it comes again");
    } else {
        error!(kind, cause = runtime::chain(&*cause), "a timer's work failed; it comes again");
    }
    if let Err(cause) = postpone(&pool, schema, &taken).await {
        warn!(kind, %cause, "a timer cannot be put off; it comes again when its lease ends");
    }
}

async fn attempt<H: Handler>(
    pool: &PgPool,
    schema: Schema,
    handler: &H,
    taken: &Taken,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut tx = pool.begin().await?;
    let next = handler.fire(&mut tx, &taken.timer).await?;
    if end(&mut tx, schema, taken, next).await? {
        tx.commit().await?;
    } else {
        debug!(kind = taken.timer.kind, "a timer was moved while its work was done; it is done at the new time");
        tx.rollback().await?;
    }
    Ok(())
}

/// Takes the timers that have been due longest, at most `most`.
async fn take(pool: &PgPool, schema: Schema, most: usize) -> sqlx::Result<Vec<Taken>> {
    let sql = format!(
        "with due as (
             select timer_id, due_at from {schema}.timer where due_at <= now() order by due_at limit $2
             for update skip locked)
         update {schema}.timer t set due_at = clock_timestamp() + make_interval(secs => $1) from due d
         where t.timer_id = d.timer_id
         returning t.timer_id, t.due_at, t.kind, t.key, d.due_at, t.payload, t.attempts"
    );
    let most = i64::try_from(most).unwrap_or_default();
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(LEASE_SECONDS).bind(most).fetch_all(pool).await?;
    let taken = |row: &PgRow| Taken {
        id: row.get(0),
        lease: row.get(1),
        timer: Timer { kind: row.get(2), key: row.get(3), due_at: row.get(4), payload: row.get(5) },
        attempts: row.get(6),
    };
    Ok(rows.iter().map(taken).collect())
}

/// Ends a timer whose work is done, or sets it to its next time; `false`: it is no longer ours.
async fn end(db: &mut PgConnection, schema: Schema, taken: &Taken, next: Option<Timer>) -> sqlx::Result<bool> {
    let done = match next {
        None => {
            let sql = format!("delete from {schema}.timer where timer_id = $1 and due_at = $2");
            sqlx::query(AssertSqlSafe(sql)).bind(taken.id).bind(taken.lease).execute(db).await?
        }
        Some(next) => {
            let sql = format!(
                "update {schema}.timer set due_at = $3, payload = $4, attempts = 0 where timer_id = $1 and due_at = $2"
            );
            let query = sqlx::query(AssertSqlSafe(sql)).bind(taken.id).bind(taken.lease);
            query.bind(next.due_at).bind(next.payload).execute(db).await?
        }
    };
    Ok(done.rows_affected() == 1)
}

async fn postpone(pool: &PgPool, schema: Schema, taken: &Taken) -> sqlx::Result<()> {
    let seconds = f64::from(2_u32.saturating_pow(taken.attempts.clamp(0, 11).cast_unsigned()).min(3_600));
    let sql = format!(
        "update {schema}.timer set attempts = attempts + 1, due_at = now() + make_interval(secs => $3)
         where timer_id = $1 and due_at = $2"
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(taken.id).bind(taken.lease).bind(seconds);
    query.execute(pool).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
