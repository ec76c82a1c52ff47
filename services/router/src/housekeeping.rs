//! What has to be done now and then: partitions, the audit's seal, accounts that fell silent, uploads nobody finished.

use std::time::Duration;

use chrono::Datelike;
use contracts::live::{Audience, ChannelAccountChanged, event::What};
use sqlx::{AssertSqlSafe, PgPool};
use store::Schema;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::Wakes;

/// Runs each minute until `stop`. Several processes may run it: every step can be repeated.
pub async fn run(pool: PgPool, wakes: Wakes, stop: CancellationToken) {
    loop {
        if let Err(cause) = round(&pool, &wakes).await {
            warn!(%cause, "housekeeping failed; again in a minute");
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(Duration::from_secs(60)) => {}
        }
    }
}

async fn round(pool: &PgPool, wakes: &Wakes) -> sqlx::Result<()> {
    let today = chrono::Utc::now().date_naive();
    store::relay::keep_partitions(pool, Schema::Inbox, today).await?;
    received_partitions(pool, today).await?;
    while store::audit::seal(pool, Schema::Inbox).await? == 1_000 {}
    if notice_silence(pool).await? > 0 {
        wakes.relay.notify_one();
    }
    drop_unfinished_files(pool).await
}

/// `received` has a partition per month of the provider's date: this month, the one before, and the next.
async fn received_partitions(pool: &PgPool, today: chrono::NaiveDate) -> sqlx::Result<()> {
    let Some(this) = today.with_day(1) else { return Ok(()) };
    for first in [this - chrono::Months::new(1), this, this + chrono::Months::new(1)] {
        let next = first + chrono::Months::new(1);
        let sql = format!(
            "create table if not exists inbox.received_{} partition of inbox.received for values from ('{first}') to ('{next}')",
            first.format("%Y%m")
        );
        if let Err(cause) = sqlx::query(AssertSqlSafe(sql)).execute(pool).await {
            warn!(%cause, %first, "partition of received not made; the default one serves");
        }
    }
    Ok(())
}

/// Accounts from which nothing came for ten times their usual gap, and at least ten minutes (the watchdog of XC-9).
async fn notice_silence(pool: &PgPool) -> sqlx::Result<usize> {
    let mut tx = pool.begin().await?;
    let silent = sqlx::query_scalar!(
        "update inbox.account_state s set silent = true from inbox.account a
         where a.account_id = s.account_id and a.enabled and a.deleted_at is null and not s.silent and s.usual_gap_s > 0
             and s.last_event_at < now() - greatest(interval '10 min', make_interval(secs => s.usual_gap_s * 10))
         returning s.account_id"
    )
    .fetch_all(&mut *tx)
    .await?;
    let everyone = Audience { everyone: true, ..Audience::default() };
    let events: Vec<_> = silent
        .iter()
        .map(|id| ChannelAccountChanged { account_id: id.to_string(), revision: 0 })
        .map(|what| (What::ChannelAccountChanged(what), everyone.clone()))
        .collect();
    store::event::append(&mut tx, Schema::Inbox, &events).await?;
    tx.commit().await?;
    Ok(silent.len())
}

async fn drop_unfinished_files(pool: &PgPool) -> sqlx::Result<()> {
    sqlx::query!("delete from inbox.file where state = 1 and created_at < now() - interval '1 day'")
        .execute(pool)
        .await?;
    sqlx::query!("delete from inbox.done_call where at < now() - interval '2 days'").execute(pool).await?;
    Ok(())
}
