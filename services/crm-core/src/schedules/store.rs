//! The SQL of schedules. One statement per function; the caller owns the transaction.

use std::ops::Bound;

use chrono::NaiveDate;
use model::ScheduleId;
use sqlx::{PgExecutor, postgres::types::PgRange};
use uuid::Uuid;

use super::domain::{Interval, Schedule};
use crate::{
    change::{RequestHash, Revision},
    text::search_form,
};

struct Row {
    schedule_id: Uuid,
    revision: i64,
    name: String,
    time_zone: String,
    intervals: Vec<PgRange<i32>>,
    days_off: Vec<NaiveDate>,
}

/// Schedules in order of their names, after this name and id.
pub async fn schedules(
    db: impl PgExecutor<'_>,
    after: Option<(String, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<Schedule>> {
    let (after_name, after_id) = after.unzip();
    let rows = sqlx::query_as!(
        Row,
        "select schedule_id, revision, name, time_zone, intervals, days_off from crm.schedule
         where $1::text is null or (search_name, schedule_id) > ($1, $2::uuid)
         order by search_name, schedule_id limit $3",
        after_name,
        after_id,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Schedule::from).collect())
}

pub async fn schedule(db: impl PgExecutor<'_>, id: ScheduleId) -> sqlx::Result<Option<Schedule>> {
    let row = sqlx::query_as!(
        Row,
        "select schedule_id, revision, name, time_zone, intervals, days_off from crm.schedule where schedule_id = $1",
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Schedule::from))
}

/// The hash of the request that made this schedule.
pub async fn request_of(db: impl PgExecutor<'_>, id: ScheduleId) -> sqlx::Result<Option<Vec<u8>>> {
    sqlx::query_scalar!("select request_sha256 from crm.schedule where schedule_id = $1", id.0).fetch_optional(db).await
}

/// Fails when this PostgreSQL does not know the time zone: the published views must never meet one that it does not.
pub async fn check_time_zone(db: impl PgExecutor<'_>, time_zone: &str) -> sqlx::Result<()> {
    sqlx::query!("select now() at time zone $1 as local", time_zone).fetch_one(db).await?;
    Ok(())
}

pub async fn insert(db: impl PgExecutor<'_>, schedule: &Schedule, request: &RequestHash) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into crm.schedule (schedule_id, revision, name, search_name, time_zone, intervals, days_off,
                                   request_sha256)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        schedule.id.0,
        schedule.revision.0,
        schedule.name,
        search_form(&schedule.name),
        schedule.time_zone,
        &ranges(&schedule.intervals),
        &schedule.days_off,
        request.bytes(),
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn update(db: impl PgExecutor<'_>, schedule: &Schedule) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.schedule
         set revision = $2, name = $3, search_name = $4, time_zone = $5, intervals = $6, days_off = $7
         where schedule_id = $1",
        schedule.id.0,
        schedule.revision.0,
        schedule.name,
        search_form(&schedule.name),
        schedule.time_zone,
        &ranges(&schedule.intervals),
        &schedule.days_off,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether people who work here go by it, or channel accounts of router's do.
pub async fn in_use(db: impl PgExecutor<'_>, id: ScheduleId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from crm.employee where schedule_id = $1 and not dismissed)
               or exists (select from inbox_read.account where schedule_id = $1) as "used!""#,
        id.0
    )
    .fetch_one(db)
    .await
}

/// Takes it from people who were dismissed.
pub async fn forget(db: impl PgExecutor<'_>, id: ScheduleId) -> sqlx::Result<()> {
    sqlx::query!("update crm.employee set schedule_id = null where schedule_id = $1", id.0).execute(db).await?;
    Ok(())
}

pub async fn delete(db: impl PgExecutor<'_>, id: ScheduleId) -> sqlx::Result<()> {
    sqlx::query!("delete from crm.schedule where schedule_id = $1", id.0).execute(db).await?;
    Ok(())
}

fn ranges(intervals: &[Interval]) -> Vec<PgRange<i32>> {
    let range = |interval: &Interval| {
        let (from, to) = interval.of_week();
        PgRange { start: Bound::Included(from), end: Bound::Excluded(to) }
    };
    intervals.iter().map(range).collect()
}

/// PostgreSQL gives ranges of integers back as `[from, to)`.
fn interval(range: &PgRange<i32>) -> Option<Interval> {
    match (range.start, range.end) {
        (Bound::Included(from), Bound::Excluded(to)) => Interval::from_week(from, to),
        _ => None,
    }
}

impl From<Row> for Schedule {
    fn from(row: Row) -> Self {
        Self {
            id: row.schedule_id.into(),
            revision: Revision(row.revision),
            name: row.name,
            time_zone: row.time_zone,
            intervals: row.intervals.iter().filter_map(interval).collect(),
            days_off: row.days_off,
        }
    }
}
