//! Who read personal data, and when: one record for each who, what and ten minutes of a process, written before the answer goes out.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use parking_lot::Mutex;
use runtime::Env;
use sqlx::{AssertSqlSafe, PgPool};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::Schema;

mod list;
#[cfg(test)]
mod tests;

pub use list::{Filter, Place, Row, list};

/// The same reading again within this time is counted, not recorded anew.
const SAME: Duration = Duration::from_mins(10);
/// So many are remembered for that; of what comes beyond, each is recorded.
const MANY: usize = 50_000;
/// Deleted at once.
const PIECE: i64 = 5_000;

/// Who read what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reading {
    pub employee_id: Uuid,
    /// By a program, with a key that acts for the employee.
    pub by_key: bool,
    /// Of `okno.org.v1.AccessKind`.
    pub kind: i16,
    pub object_id: Uuid,
}

/// Where it belongs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Of {
    /// Whose data: of crm a client or a lead, of inbox a contact point.
    pub subject: Option<Uuid>,
    /// Of a channel.
    pub account: Option<Uuid>,
}

/// Whether a reading counts as one more time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Opens,
    /// More of what is open, or should be.
    ReadsOn,
}

/// The log of a schema, with what was recorded a moment ago. Clones are the same log.
#[derive(Debug, Clone)]
pub struct Log {
    schema: Schema,
    same: Duration,
    memory: Arc<Mutex<Memory>>,
}

#[derive(Debug, Default)]
struct Memory {
    lately: HashMap<Reading, Arc<Record>>,
    /// No longer lately, but read again before that was over.
    ended: Vec<Arc<Record>>,
}

#[derive(Debug)]
struct Record {
    since: Instant,
    /// Once it is on record; whoever reads meanwhile waits for that.
    id: OnceCell<Uuid>,
    /// What came again and is not on record: how often it was opened, and when it was read last.
    again: Mutex<Option<(u32, DateTime<Utc>)>>,
}

impl Log {
    #[must_use]
    pub fn of(schema: Schema) -> Self {
        Self::with_span(schema, SAME)
    }

    /// One that takes what is read again within `same` for one reading.
    #[must_use]
    pub fn with_span(schema: Schema, same: Duration) -> Self {
        Self { schema, same, memory: Arc::default() }
    }

    /// Puts a reading on record before its answer goes out. `of` is asked only when it is no repeat.
    ///
    /// # Errors
    /// What the database answers: then it is not on record, and what was read must not go out.
    pub async fn note(
        &self,
        pool: &PgPool,
        reading: Reading,
        turn: Turn,
        of: impl Future<Output = sqlx::Result<Of>>,
    ) -> sqlx::Result<()> {
        let record = self.record(reading);
        let mut is_new = false;
        let put = async {
            is_new = true;
            self.insert(pool, reading, turn, of.await?).await
        };
        record.id.get_or_try_init(|| put).await?;
        if !is_new {
            record.came_again(u32::from(turn == Turn::Opens), now());
        }
        Ok(())
    }

    fn record(&self, reading: Reading) -> Arc<Record> {
        let mut memory = self.memory.lock();
        let known = memory.lately.get(&reading);
        if let Some(record) = known.filter(|record| record.since.elapsed() < self.same) {
            return Arc::clone(record);
        }
        let record = Arc::new(Record { since: Instant::now(), id: OnceCell::new(), again: Mutex::default() });
        if known.is_some() || memory.lately.len() < MANY {
            let before = memory.lately.insert(reading, Arc::clone(&record));
            memory.ended.extend(before);
        }
        record
    }

    async fn insert(&self, pool: &PgPool, reading: Reading, turn: Turn, of: Of) -> sqlx::Result<Uuid> {
        let id = Uuid::now_v7();
        let sql = format!(
            "insert into {}.access
                 (access_id, at, last_at, times, kind, object_id, employee_id, by_key, subject_id, account_id)
             values ($1, $2, $2, $3, $4, $5, $6, $7, $8, $9)",
            self.schema
        );
        sqlx::query(AssertSqlSafe(sql))
            .bind(id)
            .bind(now())
            .bind(i32::from(turn == Turn::Opens))
            .bind(reading.kind)
            .bind(reading.object_id)
            .bind(reading.employee_id)
            .bind(reading.by_key)
            .bind(of.subject)
            .bind(of.account)
            .execute(pool)
            .await?;
        Ok(id)
    }

    /// Writes down what came again; for whoever keeps the house, and for the end of a process.
    ///
    /// # Errors
    /// What the database answers: then it is written the next time.
    pub async fn write_repeats(&self, pool: &PgPool) -> sqlx::Result<()> {
        let due = self.due();
        if due.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "update {}.access a set times = a.times + d.times, last_at = greatest(a.last_at, d.last_at)
             from unnest($1::uuid[], $2::int[], $3::timestamptz[]) d(access_id, times, last_at)
             where a.access_id = d.access_id",
            self.schema
        );
        let done = sqlx::query(AssertSqlSafe(sql))
            .bind(due.iter().map(|(_, id, ..)| *id).collect::<Vec<_>>())
            .bind(due.iter().map(|(_, _, times, _)| times.cast_signed()).collect::<Vec<_>>())
            .bind(due.iter().map(|(.., at)| *at).collect::<Vec<_>>())
            .execute(pool)
            .await;
        if let Err(cause) = done {
            let mut memory = self.memory.lock();
            for (record, _, times, at) in due {
                record.came_again(times, at);
                memory.ended.push(record);
            }
            return Err(cause);
        }
        Ok(())
    }

    /// Takes what came again of those that are on record, and forgets whatever is no longer lately.
    fn due(&self) -> Vec<(Arc<Record>, Uuid, u32, DateTime<Utc>)> {
        let mut memory = self.memory.lock();
        let mut all = std::mem::take(&mut memory.ended);
        all.extend(memory.lately.extract_if(|_, one| one.since.elapsed() >= self.same).map(|(_, one)| one));
        // Somebody may be about to count one more.
        memory.ended.extend(all.iter().filter(|one| Arc::strong_count(one) > 1).cloned());
        all.extend(memory.lately.values().cloned());
        drop(memory);
        let taken = all.into_iter().filter_map(|record| {
            let id = *record.id.get()?;
            let (times, at) = record.again.lock().take()?;
            Some((record, id, times, at))
        });
        taken.collect()
    }
}

impl Record {
    fn came_again(&self, times: u32, at: DateTime<Utc>) {
        let mut again = self.again.lock();
        let (before, last) = again.unwrap_or((0, at));
        *again = Some((before.saturating_add(times), last.max(at)));
    }
}

/// As exact as PostgreSQL stores it.
fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// For how long the log is kept: `OKNO_ACCESS_LOG_DAYS`, 365 by default. It must be longer than it may take until somebody asks.
#[must_use]
pub fn kept(env: &Env) -> TimeDelta {
    let days = |text: &str| text.parse().ok().filter(|days| (1..=3_650).contains(days));
    TimeDelta::days(env.optional_with("OKNO_ACCESS_LOG_DAYS", "1 to 3650 days", false, days).unwrap_or(365))
}

/// Deletes what was read before `before`, piece by piece.
///
/// # Errors
/// What the database answers; what is deleted by then stays so.
pub async fn forget(pool: &PgPool, schema: Schema, before: DateTime<Utc>) -> sqlx::Result<()> {
    let sql = format!(
        "delete from {schema}.access where access_id in (
             select access_id from {schema}.access where at < $1 order by at limit {PIECE})"
    );
    loop {
        let done = sqlx::query(AssertSqlSafe(sql.clone())).bind(before).execute(pool).await?;
        if done.rows_affected() < PIECE.unsigned_abs() {
            return Ok(());
        }
    }
}
