//! The part's row: who works, and how far it is read.

use std::time::Duration;

use model::AccountId;
use sqlx::PgConnection;
use uuid::Uuid;

/// Where a part is read up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub sequence: i64,
    /// Of the fact at `sequence`.
    pub key: String,
}

/// Where a part is read up to; `None` for one that nobody has ever read.
pub async fn cursor(db: &mut PgConnection, part: i32) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar!("select sequence from inbox.part where part = $1", part).fetch_optional(db).await
}

/// So long a statement of a worker waits for a lock: well below what an attempt may take, so that whoever holds the lock
/// is met as a conflict, and the facts are not taken for slow ones.
const LOCK_WAIT: Duration = Duration::from_millis(500);

/// Sets the worker's session up: no statement takes longer than `longest`, none waits longer for a lock than
/// [`LOCK_WAIT`], and all are planned for what a batch is.
///
/// A batch looks some hundred rows up by their keys, in tables that hold ten rows or ten million. The planner does not
/// see it so: it plans once for the session, perhaps while the tables are empty, and would read them from end to end with
/// every batch for as long as they have not been analyzed. So it gets no choice but the indexes, and plans only once.
pub async fn set_up(db: &mut PgConnection, longest: Duration) -> sqlx::Result<()> {
    let longest = format!("{}ms", longest.as_millis());
    let lock_wait = format!("{}ms", LOCK_WAIT.as_millis());
    let settings = sqlx::query!(
        "select set_config('statement_timeout', $1, false) as statement, set_config('lock_timeout', $2, false) as lock,
                set_config('plan_cache_mode', 'force_generic_plan', false) as plans,
                set_config('enable_seqscan', 'off', false) as scans,
                set_config('random_page_cost', '1.1', false) as pages, set_config('jit', 'off', false) as jit",
        longest,
        lock_wait
    );
    settings.fetch_one(db).await.map(drop)
}

/// Makes the part's row if it is missing.
pub async fn ensure(db: &mut PgConnection, part: i32) -> sqlx::Result<()> {
    sqlx::query!("insert into inbox.part (part) values ($1) on conflict do nothing", part).execute(db).await?;
    Ok(())
}

/// Ends the session of a worker whose lease has run out, so that it cannot sit on the part's lock (rule I9).
pub async fn end_stalled(db: &mut PgConnection, part: i32) -> sqlx::Result<()> {
    sqlx::query!(
        "select pg_terminate_backend(a.pid) from inbox.part p join pg_stat_activity a on a.pid = p.backend_pid
         where p.part = $1 and p.lease_until < now() and a.application_name = 'okno-router' and a.pid <> pg_backend_pid()",
        part,
    )
    .fetch_optional(db)
    .await?;
    Ok(())
}

/// Takes the part if nobody holds it; 5 s by database time. A holder whose session is gone holds nothing: whatever it was
/// doing is rolled back, and it would have to take the part again itself.
pub async fn take(db: &mut PgConnection, part: i32, owner: Uuid) -> sqlx::Result<Option<Cursor>> {
    sqlx::query_as!(
        Cursor,
        "update inbox.part set owner = $2, backend_pid = pg_backend_pid(), lease_until = now() + interval '5 s'
         where part = $1 and (lease_until < now() or owner = $2
             or not exists (select 1 from pg_stat_activity a where a.pid = backend_pid)) returning sequence, key",
        part,
        owner,
    )
    .fetch_optional(db)
    .await
}

/// Keeps the part while nothing comes; `false`: somebody else has it.
pub async fn keep(db: &mut PgConnection, part: i32, owner: Uuid) -> sqlx::Result<bool> {
    let kept = sqlx::query!(
        "update inbox.part set lease_until = now() + interval '5 s' where part = $1 and owner = $2",
        part,
        owner,
    );
    Ok(kept.execute(db).await?.rows_affected() == 1)
}

/// Gives the part back, so that a successor need not wait.
pub async fn give_back(db: &mut PgConnection, part: i32, owner: Uuid) -> sqlx::Result<()> {
    let given =
        sqlx::query!("update inbox.part set lease_until = '-infinity' where part = $1 and owner = $2", part, owner);
    given.execute(db).await.map(drop)
}

/// Statement 1 of each batch: moves the cursor by compare-and-set; `false`: another worker has moved it.
pub async fn advance(db: &mut PgConnection, part: i32, owner: Uuid, from: i64, to: &Cursor) -> sqlx::Result<bool> {
    let moved = sqlx::query!(
        "update inbox.part set sequence = $4, key = $5, lease_until = now() + interval '5 s'
         where part = $1 and owner = $2 and sequence = $3",
        part,
        owner,
        from,
        to.sequence,
        to.key,
    );
    Ok(moved.execute(db).await?.rows_affected() == 1)
}

/// A fact whose row breaks its batch: kept with its bytes, known as received.
pub async fn bury(
    db: &mut PgConnection,
    fact: &crate::batch::Fact,
    account: AccountId,
    reason: &str,
) -> sqlx::Result<()> {
    let key = fact.inbound.key.replace('\0', "\u{fffd}");
    sqlx::query!(
        "with entered as (
             insert into inbox.received (sent_on, account_id, key, part, stream_sequence)
             values ($1, $2, $3, $4, $5) on conflict do nothing)
         insert into inbox.dead_letter (dead_letter_id, account_id, channel, key, reason, kind, raw, original_object_key)
         values ($6, $2, $7, $3, $8, 'fact', $9, $10) on conflict (account_id, key) do nothing",
        fact.sent_on(chrono::Utc::now()),
        account.0,
        key,
        fact.part,
        fact.sequence,
        Uuid::now_v7(),
        fact.channel.as_str(),
        reason,
        fact.raw.as_ref(),
        fact.original_key().replace('\0', ""),
    )
    .execute(db)
    .await?;
    Ok(())
}
