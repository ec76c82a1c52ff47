use std::borrow::Cow;

use sqlx::{PgPool, SqlSafeStr, migrate::MigrationType};
use testkit::TestDatabase;

use super::*;

fn migration(version: i64, sql: &'static str) -> Migration {
    let no_tx = sql.starts_with("-- no-transaction");
    Migration::new(version, Cow::Borrowed("a step"), MigrationType::Simple, sql.into_sql_str(), no_tx)
}

fn steps() -> Migrator {
    Migrator::with_migrations(vec![
        migration(20_300_101_000_001, "set lock_timeout = '1ms'; create table inbox.thing (one int, other int)"),
        migration(
            20_300_101_000_002,
            "-- no-transaction\ncreate index concurrently if not exists thing_one on inbox.thing (one)",
        ),
        migration(20_300_101_000_003, "set lock_timeout = '1ms'; alter table inbox.thing add column third int"),
    ])
}

async fn database() -> (TestDatabase, PgPool) {
    let none = Migrator::with_migrations(Vec::new());
    let key = "store-1";
    let made = TestDatabase::new(key, async |url: String| migrate(&url, Schema::Inbox, &none).await).await.unwrap();
    let pool = PgPool::connect(made.url()).await.unwrap();
    (made, pool)
}

async fn valid(pool: &PgPool) -> Option<bool> {
    let sql = "select indisvalid from pg_index where indexrelid = to_regclass('inbox.thing_one')";
    sqlx::query_scalar(sql).fetch_optional(pool).await.unwrap()
}

#[tokio::test]
async fn several_processes_make_an_index_concurrently_without_waiting_for_each_other() {
    let (database, pool) = database().await;
    let (one, other, third) = (steps(), steps(), steps());
    let run = |steps| migrate(database.url(), Schema::Inbox, steps);
    tokio::try_join!(run(&one), run(&other), run(&third)).unwrap();
    assert_eq!(valid(&pool).await, Some(true));
}

#[tokio::test]
async fn an_index_that_was_left_half_done_is_made_anew() {
    let (database, pool) = database().await;
    let half = Migrator::with_migrations(steps().migrations[..1].to_vec());
    migrate(database.url(), Schema::Inbox, &half).await.unwrap();
    // As a killed process leaves it.
    let left =
        ["insert into inbox.thing values (1), (1)", "create unique index concurrently thing_one on inbox.thing (one)"];
    sqlx::query(left[0]).execute(&pool).await.unwrap();
    sqlx::raw_sql(left[1]).execute(&pool).await.unwrap_err();
    assert_eq!(valid(&pool).await, Some(false));
    migrate(database.url(), Schema::Inbox, &steps()).await.unwrap();
    assert_eq!(valid(&pool).await, Some(true));
}

/// The lock_timeout of the migrations around it is not the index's: it waits until whoever writes is done.
#[tokio::test]
async fn an_index_waits_for_whoever_is_writing() {
    let (database, pool) = database().await;
    let half = Migrator::with_migrations(steps().migrations[..1].to_vec());
    migrate(database.url(), Schema::Inbox, &half).await.unwrap();
    let mut writes = pool.begin().await.unwrap();
    sqlx::query("insert into inbox.thing values (1)").execute(&mut *writes).await.unwrap();
    let written = async {
        testkit::eventually("the index to wait", Duration::from_secs(20), async || {
            let waits = "select count(*) from pg_stat_activity where datname = current_database()
                         and query like '%concurrently%thing_one%' and wait_event_type = 'Lock'";
            (sqlx::query_scalar::<_, i64>(waits).fetch_one(&pool).await.unwrap() == 1).then_some(())
        })
        .await;
        sqlx::query("insert into inbox.thing values (2)").execute(&pool).await.unwrap();
        writes.commit().await.unwrap();
    };
    let steps = steps();
    let (done, ()) = tokio::join!(migrate(database.url(), Schema::Inbox, &steps), written);
    done.unwrap();
    assert_eq!(valid(&pool).await, Some(true));
}
