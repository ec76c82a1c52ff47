//! What time alone makes due: partitions, seals of the audit, ended sessions, forgotten failures.

use std::{fmt::Display, time::Duration};

use chrono::{TimeDelta, Utc};
use runtime::Stop;
use sqlx::PgPool;
use store::{Schema, access, audit, relay};
use tokio::time::{MissedTickBehavior, interval};
use tracing::warn;

use crate::{
    change::Db,
    clients,
    duplicates::{merge, search},
    imports,
    leads::{cleaning, recount as scores},
    personal::step as erasures,
    potential::{recount::PotentialCount, store as potential},
    quality::{days, recount::QualityCount},
    recounts,
    sessions::{attempts, store as sessions},
    visits::store as visits,
};

const ROUND: Duration = Duration::from_secs(60);
/// Partitions are made a week ahead, so looking each hour is plenty.
const ROUNDS_PER_HOUR: u32 = 60;

/// Keeps the house until `stop`. Any number of processes may do it at once.
pub async fn run(db: Db, accesses_kept: TimeDelta, stop: Stop) {
    let pool = &db.pool;
    let mut tick = interval(ROUND);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for round in 0_u32.. {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            _ = tick.tick() => {}
        }
        if round.is_multiple_of(ROUNDS_PER_HOUR) {
            note("partitions", relay::keep_partitions(pool, Schema::Crm, Utc::now().date_naive()).await);
            note("joined visitors", visits::follow_joined(pool).await);
            note("old accesses", access::forget(pool, Schema::Crm, Utc::now() - accesses_kept).await);
        }
        note("accesses", db.accesses.write_repeats(pool).await);
        once(pool).await;
    }
    note("accesses", db.accesses.write_repeats(pool).await);
}

/// One round, but for the partitions.
pub async fn once(pool: &PgPool) {
    note("audit", seal(pool).await);
    note("sessions", sessions::delete_expired_sessions(pool).await);
    note("failures", attempts::forget_old(pool).await);
    note("released", clients::forget_released(pool).await);
    note("merges", merge::forget_journals(pool).await);
    note("searches", search::forget_old(pool).await);
    note("leads", cleaning::begin_due(pool, Utc::now()).await);
    note("scores", scores::begin_due(pool, Utc::now()).await);
    note("quality", recounts::daily::<QualityCount>(pool).await);
    note("erasures", erasures::replay(pool).await);
    note("recounts", recounts::forget_old::<QualityCount>(pool).await);
    note("days of quality", days::forget_old(pool).await);
    note("potentials set by hand", potential::end_overrides(pool).await);
    note("potential", recounts::daily::<PotentialCount>(pool).await);
    note("recounts of potential", recounts::forget_old::<PotentialCount>(pool).await);
    note("imports", imports::forget_old(pool).await);
    note("visitors", visits::find_points(pool).await);
    note("visits", visits::forget_old(pool, Utc::now()).await);
}

/// Seals everything that waits, in parts.
async fn seal(pool: &PgPool) -> sqlx::Result<()> {
    while audit::seal(pool, Schema::Crm).await? > 0 {}
    Ok(())
}

fn note<T, E: Display>(what: &str, done: Result<T, E>) {
    if let Err(error) = done {
        warn!(what, %error, "housekeeping of {what} failed; it comes again");
    }
}
