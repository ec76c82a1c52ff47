//! Scores as lists are ordered by: counted anew when the rules change, and each hour where they look at days.

use ::store::{
    Schema,
    timer::{self, Timer},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use super::{LeadError, domain::Lead, score::score, settings, store, visits};
use crate::clock::now;

/// The timer that counts; its key says nothing.
pub const RECOUNT: &str = "lead_score";
/// Leads counted in one stretch.
const STRETCH: i64 = 500;
const EACH: TimeDelta = TimeDelta::hours(1);

/// Counts in a moment, in the caller's transaction.
///
/// # Errors
/// What the database answers.
pub async fn schedule(db: &mut PgConnection) -> sqlx::Result<()> {
    let timer = Timer { kind: RECOUNT.to_owned(), key: "all".to_owned(), due_at: now(), payload: json!({}) };
    timer::schedule(db, Schema::Crm, &[timer]).await
}

/// Counts where time alone has changed scores.
///
/// # Errors
/// What the database answers.
pub async fn begin_due(pool: &PgPool, now: DateTime<Utc>) -> Result<(), LeadError> {
    let settings = settings::read(pool).await?;
    // Also those that were stored under rules that changed meanwhile.
    let aging = settings.rules.iter().any(|rule| rule.looks.ages()).then(|| now - EACH);
    if next(pool, settings.revision.0, aging, 1).await?.is_empty() {
        return Ok(());
    }
    let mut connection = pool.acquire().await?;
    Ok(schedule(&mut connection).await?)
}

/// Counts the next stretch; `false` when none is left.
///
/// # Errors
/// What the database answers.
pub async fn step(db: &mut PgConnection, now: DateTime<Utc>) -> Result<bool, LeadError> {
    let settings = settings::read(&mut *db).await?;
    let aging = settings.rules.iter().any(|rule| rule.looks.ages()).then(|| now - EACH);
    let ids = next(&mut *db, settings.revision.0, aging, STRETCH).await?;
    if ids.is_empty() {
        return Ok(false);
    }
    let mut leads = store::leads(&mut *db, &ids).await?;
    visits::count(&mut *db, &mut leads, &settings.rules, now).await?;
    let scores: Vec<i32> = leads.iter().map(|lead: &Lead| score(lead, &settings.rules, now)).collect();
    let counted: Vec<Uuid> = leads.iter().map(|lead| lead.id.0).collect();
    sqlx::query!(
        "update crm.lead l set score = c.score, scored_revision = $3, scored_at = $4
         from unnest($1::uuid[], $2::int[]) as c(lead_id, score) where l.lead_id = c.lead_id",
        &counted,
        &scores,
        settings.revision.0,
        now
    )
    .execute(db)
    .await?;
    Ok(true)
}

/// How many wait.
///
/// # Errors
/// What the database answers.
pub async fn left(db: impl PgExecutor<'_>) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from crm.lead
           where scored_revision < (select revision from crm.lead_settings)"#
    )
    .fetch_one(db)
    .await
}

/// Those that were counted under older settings, and open ones that were counted before `aging`; locked.
async fn next(
    db: impl PgExecutor<'_>,
    revision: i64,
    aging: Option<DateTime<Utc>>,
    limit: i64,
) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select lead_id from crm.lead
         where scored_revision < $1 or (state in (1, 2) and scored_at < $2)
         order by lead_id limit $3 for no key update",
        revision,
        aging,
        limit
    )
    .fetch_all(db)
    .await
}
