//! Failed attempts per login, and the growing pauses they earn.
//!
//! An attempt is counted *before* its password is checked and taken back when it was good: so any number of parallel
//! guesses gets no further than five.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, PgPool};

use super::domain::sha256;

/// A counted attempt, while its password is being checked.
#[derive(Debug)]
pub struct Attempt {
    login_sha256: Vec<u8>,
    /// The pause that this attempt began.
    locked_until: Option<DateTime<Utc>>,
}

/// Counts an attempt; `Err` with the rest of the pause when the login is locked out.
///
/// The fifth failure begins a pause of 30 s, each further one doubles it, up to an hour. A day without failures
/// forgets them.
pub async fn count(db: &PgPool, login: &str) -> sqlx::Result<Result<Attempt, Duration>> {
    let login_sha256 = sha256(login);
    if let Some(locked_until) = charge(db, &login_sha256).await? {
        return Ok(Ok(Attempt { login_sha256, locked_until }));
    }
    let until = locked_until(db, &login_sha256).await?;
    let rest = until.and_then(|until| (until - Utc::now()).to_std().ok()).unwrap_or_default();
    Ok(Err(rest.max(Duration::from_secs(1))))
}

/// `Some` with the pause it begins, if any; `None` when a pause lasts.
async fn charge(db: impl PgExecutor<'_>, login_sha256: &[u8]) -> sqlx::Result<Option<Option<DateTime<Utc>>>> {
    sqlx::query_scalar!(
        "insert into crm.sign_in_failure as f (login_sha256, failures, last_failed_at)
         values ($1, 1, now())
         on conflict (login_sha256) do update
         set failures = case when f.last_failed_at < now() - interval '1 day' then 1 else f.failures + 1 end,
             last_failed_at = now(),
             locked_until = case
                 when f.last_failed_at >= now() - interval '1 day' and f.failures + 1 >= 5
                 then now() + make_interval(secs => least(30 * power(2, least(f.failures + 1, 20) - 5), 3600)) end
         where f.locked_until is null or f.locked_until <= now()
         returning locked_until",
        login_sha256
    )
    .fetch_optional(db)
    .await
}

async fn locked_until(db: impl PgExecutor<'_>, login_sha256: &[u8]) -> sqlx::Result<Option<DateTime<Utc>>> {
    let found =
        sqlx::query_scalar!("select locked_until from crm.sign_in_failure where login_sha256 = $1", login_sha256)
            .fetch_optional(db)
            .await?;
    Ok(found.flatten())
}

/// Takes an attempt back that was no failure and no success either: the code was not given yet, or we broke.
///
/// Earlier failures stay counted, so that asking for the code does not buy more guesses at it.
pub async fn take_back(db: impl PgExecutor<'_>, attempt: &Attempt) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.sign_in_failure
         set failures = greatest(failures - 1, 0),
             locked_until = case when locked_until is distinct from $2 then locked_until end
         where login_sha256 = $1",
        attempt.login_sha256,
        attempt.locked_until
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets all failures: the right person was there.
pub async fn forget(db: impl PgExecutor<'_>, attempt: &Attempt) -> sqlx::Result<()> {
    forget_hash(db, &attempt.login_sha256).await
}

/// Forgets all failures of a login: somebody who may has set a new password.
pub async fn forget_login(db: impl PgExecutor<'_>, login: &str) -> sqlx::Result<()> {
    forget_hash(db, &sha256(login)).await
}

async fn forget_hash(db: impl PgExecutor<'_>, login_sha256: &[u8]) -> sqlx::Result<()> {
    sqlx::query!("delete from crm.sign_in_failure where login_sha256 = $1", login_sha256).execute(db).await?;
    Ok(())
}

/// Removes what no longer counts.
pub async fn forget_old(db: impl PgExecutor<'_>) -> sqlx::Result<u64> {
    let done = sqlx::query!("delete from crm.sign_in_failure where last_failed_at < now() - interval '1 day'")
        .execute(db)
        .await?;
    Ok(done.rows_affected())
}
