//! Accounts that move to another part of IN (rule I8): asked for by `okno part move`, done by router.
//!
//! The part stands in the account's KV entry, which gateways follow at their own pace. So the order of facts is kept in
//! two steps: router changes the entry when the old part is committed as far as it went, and for [`SETTLES`] the worker of
//! the new part waits, before each batch with facts of the account, for what was left in the old one.

use std::{collections::BTreeSet, time::Duration};

use ::store::{Schema, audit, event};
use chrono::TimeDelta;
use contracts::live::{Audience, ChannelAccountChanged, event::What};
use model::{AccountId, Channel};
use serde_json::json;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;

use crate::{gateways, part, run::Shared};

/// For how long a gateway may still publish to the old part: it reads its accounts each minute whatever happens.
pub const SETTLES: TimeDelta = TimeDelta::minutes(5);
/// How often router looks for accounts that shall move.
const LOOK: Duration = Duration::from_secs(1);

/// Why an account does not move.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    #[error("no channel account {0}")]
    NotFound(AccountId),
    #[error("router has no part {0} yet: raise OKNO_PARTS and restart it first")]
    NoPart(u32),
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

/// Where an account is, for people.
#[derive(Debug, Clone)]
pub struct Whereabouts {
    pub account: AccountId,
    pub channel: String,
    pub name: String,
    pub part: i32,
    pub moving_to: Option<i32>,
}

/// Every account that is not deleted, by part and name.
///
/// # Errors
/// What the database answers.
pub async fn list(pool: &PgPool) -> sqlx::Result<Vec<Whereabouts>> {
    sqlx::query_as!(
        Whereabouts,
        "select account_id as account, channel, name, part, moving_to from inbox.account
         where deleted_at is null order by part, name, account_id"
    )
    .fetch_all(pool)
    .await
}

/// Asks for an account to be moved; router does it within seconds, or five minutes after a move before. Asking for the part
/// that it is in takes the question back.
///
/// # Errors
/// [`MoveError`].
pub async fn ask(pool: &PgPool, account: AccountId, part: u32) -> Result<(), MoveError> {
    let number = i32::try_from(part).map_err(|_| MoveError::NoPart(part))?;
    let known = sqlx::query_scalar!(r#"select exists (select from inbox.part where part = $1) as "known!""#, number);
    if !known.fetch_one(pool).await? {
        return Err(MoveError::NoPart(part));
    }
    let asked = sqlx::query!(
        "update inbox.account set moving_to = nullif($2, part) where account_id = $1 and deleted_at is null",
        account.0,
        number
    );
    if asked.execute(pool).await?.rows_affected() == 0 {
        return Err(MoveError::NotFound(account));
    }
    Ok(())
}

/// Moves what shall move, until `stop`. Any number of processes may run it.
pub async fn run(shared: Shared, stop: CancellationToken) {
    loop {
        if let Err(cause) = round(&shared).await {
            warn!(%cause, "accounts cannot be moved to other parts; trying again");
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// A move that was asked for.
struct Asked {
    account: Uuid,
    channel: String,
    part: i32,
    to: i32,
}

/// One account that cannot move yet holds up no other.
async fn round(shared: &Shared) -> sqlx::Result<()> {
    let mut behind = BTreeSet::new();
    for asked in due(&shared.pool).await? {
        if behind.contains(&asked.part) {
            continue;
        }
        if !is_read_through(shared, asked.part).await? {
            behind.insert(asked.part);
            continue;
        }
        if !change(&shared.pool, &asked).await? {
            continue;
        }
        info!(account.id = %asked.account, from = asked.part, to = asked.to, "account {} is in part {} now", asked.account, asked.to);
        shared.directory.reload(&shared.pool).await?;
        if let Ok(channel) = asked.channel.parse::<Channel>() {
            gateways::project(&shared.pool, &shared.bus, Some(&channel)).await;
        }
        shared.wakes.relay.notify_one();
    }
    Ok(())
}

/// Moves that nothing stands against. While a move settles, the new part waits for the old one; so that two parts never
/// wait for each other, nobody leaves a part that somebody is settling in, nor goes to one that somebody has just left.
async fn due(pool: &PgPool) -> sqlx::Result<Vec<Asked>> {
    sqlx::query_as!(
        Asked,
        r#"with settling as (
               select account_id, part, moved_from from inbox.account where moved_at > now() - make_interval(secs => $1))
           select a.account_id as account, a.channel, a.part, a.moving_to as "to!" from inbox.account a
           where a.moving_to is not null and a.deleted_at is null and not exists (
               select from settling s
               where s.account_id = a.account_id or s.part = a.part or s.moved_from = a.moving_to)
           order by a.account_id limit 100"#,
        SETTLES.as_seconds_f64(),
    )
    .fetch_all(pool)
    .await
}

/// Whether a part is committed up to what it holds now; waits a little for it.
async fn is_read_through(shared: &Shared, part: i32) -> sqlx::Result<bool> {
    let Ok(end) = bus::inlet_state(&shared.bus, part.cast_unsigned()).await else { return Ok(false) };
    for _ in 0..100 {
        let mut db = shared.pool.acquire().await?;
        if part::is_read(&mut db, &shared.bus, part.cast_unsigned(), end.last).await? {
            return Ok(true);
        }
        drop(db);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(false)
}

/// `false`: another process was faster, somebody has changed their mind, or a move since [`due`] stands against it. One
/// move at a time, whoever makes it: two that do not see each other could let two parts wait for each other.
async fn change(pool: &PgPool, asked: &Asked) -> sqlx::Result<bool> {
    let mut tx = pool.begin().await?;
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('okno account moves', 0))").execute(&mut *tx).await?;
    let revision = sqlx::query_scalar!(
        "with settling as (
             select account_id, part, moved_from from inbox.account where moved_at > now() - make_interval(secs => $4))
         update inbox.account a set
             part = $3, moved_from = $2, moved_at = now(), moving_to = null, revision = a.revision + 1
         where a.account_id = $1 and a.part = $2 and a.moving_to = $3 and a.deleted_at is null and not exists (
             select from settling s where s.account_id = a.account_id or s.part = a.part or s.moved_from = a.moving_to)
         returning a.revision",
        asked.account,
        asked.part,
        asked.to,
        SETTLES.as_seconds_f64()
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(revision) = revision else { return Ok(false) };
    let entry = audit::Entry {
        employee_id: None,
        action: "moved",
        object_kind: "channel_account",
        object_id: asked.account,
        before: Some(json!({ "part": asked.part })),
        after: Some(json!({ "part": asked.to })),
    };
    audit::append(&mut tx, Schema::Inbox, &[entry]).await?;
    let account_id = asked.account.to_string();
    let what = What::ChannelAccountChanged(ChannelAccountChanged { account_id, revision: revision.cast_unsigned() });
    event::append(&mut tx, Schema::Inbox, &[(what, Audience { everyone: true, ..Audience::default() })]).await?;
    tx.commit().await?;
    Ok(true)
}
