//! The relay and the retries against a real PostgreSQL.

use std::time::Duration;

use contracts::live::{Audience, DraftChanged, Event, event::What};
use parking_lot::Mutex;
use sqlx::{AssertSqlSafe, PgPool, migrate::Migrator};
use testkit::TestDatabase;
use uuid::Uuid;

use crate::{
    Schema, event, is_conflict, is_outage,
    relay::{self, History, Sink},
};

const AREA: Schema = Schema::Inbox;

async fn database() -> (TestDatabase, PgPool) {
    let none = Migrator::with_migrations(Vec::new());
    let database =
        TestDatabase::new("store-1", async |url: String| crate::migrate(&url, AREA, &none).await).await.unwrap();
    let pool = PgPool::connect(database.url()).await.unwrap();
    (database, pool)
}

/// What EVENTS holds; `None`: NATS is away.
struct Copy(Mutex<Option<Vec<Event>>>);

impl Copy {
    fn empty() -> Self {
        Self(Mutex::new(Some(Vec::new())))
    }

    fn away() -> Self {
        Self(Mutex::new(None))
    }

    fn events(&self) -> Vec<Event> {
        self.0.lock().clone().unwrap_or_default()
    }
}

impl Sink for Copy {
    async fn publish(&self, events: &[Event]) -> Result<(), String> {
        self.0.lock().as_mut().ok_or("away")?.extend_from_slice(events);
        Ok(())
    }

    async fn last(&self, _area: &str) -> Result<Option<Event>, String> {
        Ok(self.0.lock().as_ref().ok_or("away")?.last().cloned())
    }
}

async fn change(pool: &PgPool, count: usize) {
    let what = What::DraftChanged(DraftChanged::default());
    let events: Vec<_> = (0..count).map(|_| (what.clone(), Audience::default())).collect();
    event::append(&mut pool.acquire().await.unwrap(), AREA, &events).await.unwrap();
}

async fn round(pool: &PgPool, copy: &Copy, history: &mut History) -> i64 {
    relay::round(pool, AREA, copy, history).await.unwrap()
}

async fn epoch(pool: &PgPool) -> Uuid {
    event::head(pool, AREA).await.unwrap().0
}

/// Puts the tables back to what they were before position `to`, as a restore does.
async fn restore(pool: &PgPool, to: i64) {
    for sql in [
        format!("delete from {AREA}.event where position > {to}"),
        format!("update {AREA}.relay set position = {to}"),
        format!("delete from {AREA}.outbox"),
    ] {
        sqlx::query(AssertSqlSafe(sql)).execute(pool).await.unwrap();
    }
}

#[tokio::test]
async fn events_get_positions_without_gaps_and_reach_the_copy_in_order() {
    let (_database, pool) = database().await;
    let (copy, mut history) = (Copy::empty(), History::default());
    change(&pool, 3).await;
    assert_eq!(round(&pool, &copy, &mut history).await, 3);
    change(&pool, 2).await;
    assert_eq!(round(&pool, &copy, &mut history).await, 2);
    assert_eq!(round(&pool, &copy, &mut history).await, 0);
    let positions: Vec<u64> = copy.events().iter().map(|event| event.position).collect();
    assert_eq!(positions, [1, 2, 3, 4, 5]);
    let page = event::list(&pool, AREA, Some(epoch(&pool).await), 2, 10).await.unwrap();
    assert_eq!(page.events, copy.events()[2..]);
}

#[tokio::test]
async fn a_batch_is_read_once_even_where_the_outbox_was_counted_empty() {
    let (_database, pool) = database().await;
    change(&pool, 3_000).await;
    for counted_empty in ["delete from inbox.outbox", "vacuum (truncate off, analyze) inbox.outbox"] {
        sqlx::query(counted_empty).execute(&pool).await.unwrap();
    }
    change(&pool, 3_000).await;
    let mut tx = pool.begin().await.unwrap();
    let batch = sqlx::query(AssertSqlSafe(relay::move_sql(AREA))).bind(1_000_i64).bind(0_i64).bind(Uuid::nil());
    assert_eq!(batch.fetch_all(&mut *tx).await.unwrap().len(), 1_000);
    let read: i64 = sqlx::query_scalar(
        "select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) from pg_stat_xact_user_tables
         where schemaname = 'inbox' and relname = 'outbox'",
    )
    .fetch_one(&mut *tx)
    .await
    .unwrap();
    assert!(read <= 6_000, "{read} rows were read to take 1,000 of 3,000");
}

#[tokio::test]
async fn an_open_transaction_holds_up_nobody_elses_events() {
    let (_database, pool) = database().await;
    let (copy, mut history) = (Copy::empty(), History::default());
    let mut open = pool.begin().await.unwrap();
    let what = What::DraftChanged(DraftChanged::default());
    event::append(&mut open, AREA, &[(what, Audience::default())]).await.unwrap();
    change(&pool, 1).await;
    assert_eq!(round(&pool, &copy, &mut history).await, 1);
    open.commit().await.unwrap();
    assert_eq!(round(&pool, &copy, &mut history).await, 1);
    assert_eq!(copy.events().last().unwrap().position, 2);
}

#[tokio::test]
async fn a_relay_that_starts_on_a_restored_database_begins_a_new_epoch() {
    let (_database, pool) = database().await;
    let copy = Copy::empty();
    change(&pool, 3).await;
    round(&pool, &copy, &mut History::default()).await;
    let before = epoch(&pool).await;
    round(&pool, &copy, &mut History::default()).await;
    assert_eq!(epoch(&pool).await, before, "a start alone changes nothing");
    restore(&pool, 1).await;
    round(&pool, &copy, &mut History::default()).await;
    assert_ne!(epoch(&pool).await, before);
}

#[tokio::test]
async fn a_relay_whose_database_is_restored_below_it_begins_a_new_epoch() {
    let (_database, pool) = database().await;
    let (copy, mut history) = (Copy::empty(), History::default());
    change(&pool, 3).await;
    round(&pool, &copy, &mut history).await;
    let before = epoch(&pool).await;
    restore(&pool, 1).await;
    change(&pool, 1).await;
    round(&pool, &copy, &mut history).await;
    let last = copy.events().pop().unwrap();
    assert_eq!(last.position, 2, "given out a second time");
    assert_ne!(last.epoch, before.to_string(), "but in another epoch");
}

#[tokio::test]
async fn what_was_moved_while_nats_was_away_is_compared_afterwards() {
    let (_database, pool) = database().await;
    let copy = Copy::empty();
    change(&pool, 2).await;
    round(&pool, &copy, &mut History::default()).await;
    let (before, published) = (epoch(&pool).await, copy.events());
    restore(&pool, 1).await;

    let (away, mut history) = (Copy::away(), History::default());
    change(&pool, 3).await;
    assert_eq!(round(&pool, &away, &mut history).await, 3, "events go on without NATS");
    assert_eq!(epoch(&pool).await, before);
    *away.0.lock() = Some(published);
    round(&pool, &away, &mut history).await;
    assert_ne!(epoch(&pool).await, before, "position 2 is another event than the one that was published");
}

#[tokio::test]
async fn events_moved_by_others_before_nats_is_reached_are_no_restore() {
    let (_database, pool) = database().await;
    let (copy, away) = (Copy::empty(), Copy::away());
    let (mut other, mut late) = (History::default(), History::default());
    let before = epoch(&pool).await;
    round(&pool, &away, &mut late).await;
    change(&pool, 2).await;
    round(&pool, &copy, &mut other).await;
    *away.0.lock() = Some(copy.events());
    round(&pool, &away, &mut late).await;
    assert_eq!(epoch(&pool).await, before);
}

#[tokio::test]
async fn a_reader_ahead_of_the_head_begins_a_new_epoch_once() {
    let (_database, pool) = database().await;
    change(&pool, 2).await;
    round(&pool, &Copy::empty(), &mut History::default()).await;
    let before = epoch(&pool).await;
    relay::begin_anew(&pool, AREA, before, 2).await.unwrap();
    assert_eq!(epoch(&pool).await, before, "2 is the head");
    relay::begin_anew(&pool, AREA, before, 3).await.unwrap();
    let after = epoch(&pool).await;
    assert_ne!(after, before);
    relay::begin_anew(&pool, AREA, before, 3).await.unwrap();
    assert_eq!(epoch(&pool).await, after, "its epoch is over");
}

#[tokio::test]
async fn a_lock_that_is_not_had_in_time_is_a_conflict_and_a_cut_session_an_outage() {
    let (_database, pool) = database().await;
    let mut holder = pool.begin().await.unwrap();
    let relay = format!("select 1 from {AREA}.relay for update");
    sqlx::query(AssertSqlSafe(relay.clone())).execute(&mut *holder).await.unwrap();
    let mut other = pool.begin().await.unwrap();
    sqlx::query("set local lock_timeout = '10ms'").execute(&mut *other).await.unwrap();
    let refused = sqlx::query(AssertSqlSafe(relay)).execute(&mut *other).await.unwrap_err();
    assert!(is_conflict(&refused) && !is_outage(&refused), "{refused}");

    let pid: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut *holder).await.unwrap();
    sqlx::query("select pg_terminate_backend($1, 5000)").bind(pid).execute(&pool).await.unwrap();
    let cut = sqlx::query("select 1").execute(&mut *holder).await.unwrap_err();
    assert!(is_outage(&cut) && !is_conflict(&cut), "{cut}");
}

#[tokio::test]
async fn a_conflict_is_tried_again_and_another_error_is_not() {
    let (_database, pool) = database().await;
    let mut tries = 0;
    let started = tokio::time::Instant::now();
    let done = crate::retry_conflicts(|| {
        tries += 1;
        let (pool, first) = (pool.clone(), tries == 1);
        async move {
            let code = if first { "40001" } else { "23505" };
            let sql = format!("do $$ begin raise exception 'no' using errcode = '{code}'; end $$");
            sqlx::query(AssertSqlSafe(sql)).execute(&pool).await.map(drop)
        }
    })
    .await;
    assert!(done.is_err() && tries == 2, "{done:?} after {tries}");
    assert!(started.elapsed() < Duration::from_secs(5));
}
