//! What has to be done now and then: partitions, the audit's seal, accounts that fell silent.

use std::time::Duration;

use chrono::{Datelike, TimeDelta, Utc};
use contracts::{
    channel::Inbound,
    live::{Audience, ChannelAccountChanged, event::What},
};
use prost::Message;
use sqlx::{AssertSqlSafe, PgPool};
use store::{Schema, access};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;

use crate::{
    Wakes, accounts,
    batch::UNKNOWN_KIND,
    conversations::{self, Db},
    dead_letters,
    directory::Directory,
    folders, merges,
};

/// What is looked after.
pub struct House {
    pub db: Db,
    pub directory: Directory,
    pub accesses_kept: TimeDelta,
}

/// Runs each minute until `stop`. Several processes may run it: every step can be repeated.
pub async fn run(house: House, stop: CancellationToken) {
    let House { db, directory, accesses_kept } = house;
    let Db { pool, wakes, accesses } = &db;
    let mut looked_at = None;
    loop {
        let done = match round(pool, wakes).await {
            Ok(()) => replay_understood(pool, &directory, wakes, &mut looked_at).await,
            Err(cause) => Err(cause),
        };
        if let Err(cause) = done {
            warn!(%cause, "housekeeping failed; again in a minute");
        }
        if let Err(cause) = accesses.write_repeats(pool).await {
            warn!(%cause, "how often things were read is not on record; again in a minute");
        }
        if let Err(cause) = access::forget(pool, Schema::Inbox, Utc::now() - accesses_kept).await {
            warn!(%cause, "the old part of the log of access stays; again in a minute");
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            () = tokio::time::sleep(Duration::from_secs(60)) => {}
        }
    }
    if let Err(cause) = accesses.write_repeats(pool).await {
        warn!(%cause, "how often things were read at last is not on record");
    }
}

async fn round(pool: &PgPool, wakes: &Wakes) -> sqlx::Result<()> {
    partitions(pool).await?;
    while store::audit::seal(pool, Schema::Inbox).await? == 1_000 {}
    if notice_silence(pool).await? > 0 {
        wakes.relay.notify_one();
    }
    merges::look_for(pool).await?;
    conversations::flags::follow(pool).await?;
    accounts::history::forget(pool).await?;
    accounts::forget_consents(pool).await?;
    folders::forget(pool).await?;
    forget_done_calls(pool).await
}

/// Makes the partitions that facts and events of these days go to; before the first of them comes.
///
/// # Errors
/// What the database answers.
pub async fn partitions(pool: &PgPool) -> sqlx::Result<()> {
    let today = chrono::Utc::now().date_naive();
    store::relay::keep_partitions(pool, Schema::Inbox, today).await?;
    received_partitions(pool, today).await
}

/// Takes the facts again that were of an unknown kind before an upgrade, at most 100 a round. `looked_at` is how far the
/// rounds have come: those that stay unknown must not keep later ones waiting.
async fn replay_understood(
    pool: &PgPool,
    directory: &Directory,
    wakes: &Wakes,
    looked_at: &mut Option<Uuid>,
) -> sqlx::Result<()> {
    let letters = sqlx::query!(
        "select dead_letter_id, raw from inbox.dead_letter
         where replayed_at is null and kind = 'fact' and reason = $1 and dead_letter_id > $2
         order by dead_letter_id limit 100",
        UNKNOWN_KIND,
        looked_at.unwrap_or_default(),
    )
    .fetch_all(pool)
    .await?;
    *looked_at = letters.last().map(|letter| letter.dead_letter_id);
    let known = |raw: &[u8]| Inbound::decode(raw).is_ok_and(|fact| fact.body.is_some());
    for letter in letters.iter().filter(|letter| known(&letter.raw)) {
        match Box::pin(dead_letters::replay(pool, directory, letter.dead_letter_id, None)).await {
            Ok(_) => wakes.relay.notify_one(),
            Err(cause) => warn!(%cause, "a dead letter that is understood by now stays; `okno dead` shows it"),
        }
    }
    Ok(())
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

/// Tells of accounts that fell silent, and of those that are heard again (the watchdog of XC-9). Returns of how many.
///
/// Silent is from whom nothing came for ten times its usual gap, and at least ten minutes; the gap is known after ten. An
/// account with a schedule is waited for while it is open only: at night nobody writes.
///
/// # Errors
/// What the database answers.
pub async fn notice_silence(pool: &PgPool) -> sqlx::Result<usize> {
    let mut tx = pool.begin().await?;
    let turned = sqlx::query_scalar!(
        "with usual as (
             select s.account_id, s.last_event_at, s.silent, a.schedule_id, a.enabled and a.deleted_at is null as watched,
                 greatest(interval '10 min', make_interval(secs => s.usual_gap_s * 10)) as longest
             from inbox.account_state s join inbox.account a using (account_id)
             where s.gap_count >= 10 or s.silent),
         found as (
             select u.account_id, u.silent, u.watched and u.last_event_at < now() - u.longest and (
                 u.schedule_id is null
                 or not exists (select from crm_read.schedule s where s.schedule_id = u.schedule_id)
                 -- Looked at ten times in the longest gap, back to a hundred times: enough of them were open.
                 or (select count(*) >= 10 from generate_series(0, 99) n
                     cross join lateral crm_read.schedule_at(u.schedule_id, now() - n * u.longest / 10) t
                     where t.open and now() - n * u.longest / 10 > u.last_event_at)) as is_silent
             from usual u)
         update inbox.account_state s set silent = f.is_silent from found f
         where f.account_id = s.account_id and f.silent <> f.is_silent returning s.account_id"
    )
    .fetch_all(&mut *tx)
    .await?;
    let everyone = Audience { everyone: true, ..Audience::default() };
    let events: Vec<_> = turned
        .iter()
        .map(|id| ChannelAccountChanged { account_id: id.to_string(), revision: 0 })
        .map(|what| (What::ChannelAccountChanged(what), everyone.clone()))
        .collect();
    store::event::append(&mut tx, Schema::Inbox, &events).await?;
    tx.commit().await?;
    Ok(turned.len())
}

async fn forget_done_calls(pool: &PgPool) -> sqlx::Result<()> {
    sqlx::query!("delete from inbox.done_call where at < now() - interval '2 days'").execute(pool).await?;
    Ok(())
}
