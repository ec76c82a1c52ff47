//! Business time: one table of what is due when. No task sleeps for it.

use std::{collections::HashMap, future::Future, time::Duration};

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Row};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::Schema;

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

/// Does what is due. The work shares the transaction that takes the timer, so it happens once.
pub trait Handler: Send + Sync + 'static {
    /// Does one timer's work. An error rolls it back; it comes again after a pause that grows to an hour.
    fn fire(
        &self,
        db: &mut PgConnection,
        timer: &Timer,
    ) -> impl Future<Output = Result<(), Box<dyn std::error::Error + Send + Sync>>> + Send;
}

/// Looks each 200 ms for due timers until `stop`. Any number of processes may run it.
pub async fn run<H: Handler>(pool: PgPool, schema: Schema, handler: H, stop: CancellationToken) {
    loop {
        let fired = fire_next(&pool, schema, &handler).await;
        let pause = match fired {
            Ok(true) => continue,
            Ok(false) => Duration::from_millis(200),
            Err(cause) => {
                warn!(%cause, area = schema.name(), "timers cannot be read; trying again");
                Duration::from_secs(1)
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Takes and does one due timer; `false` when none is due.
async fn fire_next<H: Handler>(pool: &PgPool, schema: Schema, handler: &H) -> sqlx::Result<bool> {
    let mut tx = pool.begin().await?;
    let sql = format!(
        "delete from {schema}.timer where timer_id = (
             select timer_id from {schema}.timer where due_at <= now() order by due_at limit 1 for update skip locked)
         returning kind, key, due_at, payload, attempts"
    );
    let Some(row) = sqlx::query(AssertSqlSafe(sql)).fetch_optional(&mut *tx).await? else { return Ok(false) };
    let timer = Timer { kind: row.get(0), key: row.get(1), due_at: row.get(2), payload: row.get(3) };
    match handler.fire(&mut tx, &timer).await {
        Ok(()) => tx.commit().await?,
        Err(cause) => {
            error!(kind = timer.kind, %cause, "a timer's work failed; it comes again");
            tx.rollback().await?;
            postpone(pool, schema, &timer, row.get(4)).await?;
        }
    }
    Ok(true)
}

async fn postpone(pool: &PgPool, schema: Schema, timer: &Timer, attempts: i32) -> sqlx::Result<()> {
    let seconds = f64::from(2_u32.saturating_pow(attempts.clamp(0, 11).cast_unsigned()).min(3_600));
    let sql = format!(
        "update {schema}.timer set attempts = attempts + 1, due_at = now() + make_interval(secs => $3)
         where kind = $1 and key = $2"
    );
    sqlx::query(AssertSqlSafe(sql)).bind(&timer.kind).bind(&timer.key).bind(seconds).execute(pool).await?;
    Ok(())
}
