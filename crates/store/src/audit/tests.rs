//! The chain against a real PostgreSQL: transactions of every length, and what was tampered with.

use sqlx::{AssertSqlSafe, PgConnection, PgPool, migrate::Migrator};
use testkit::TestDatabase;
use uuid::Uuid;

use super::{ChainError, Entry, append, seal, verify, verify_noted};
use crate::Schema;

const AREA: Schema = Schema::Crm;

async fn database() -> (TestDatabase, PgPool) {
    let none = Migrator::with_migrations(Vec::new());
    let database =
        TestDatabase::new("audit-2", async |url: String| crate::migrate(&url, AREA, &none).await).await.unwrap();
    let pool = PgPool::connect(database.url()).await.unwrap();
    (database, pool)
}

async fn record(db: &mut PgConnection, action: &str) {
    let entry =
        Entry { employee_id: None, action, object_kind: "test", object_id: Uuid::nil(), before: None, after: None };
    append(db, AREA, &[entry]).await.unwrap();
}

async fn run(pool: &PgPool, sql: &str) {
    let sql = sql.replace("{audit}", &format!("{AREA}.audit"));
    sqlx::query(AssertSqlSafe(sql)).execute(pool).await.unwrap();
}

/// A sealed chain of three rows.
async fn three() -> (TestDatabase, PgPool) {
    let (database, pool) = database().await;
    for action in ["one", "two", "three"] {
        record(&mut pool.acquire().await.unwrap(), action).await;
    }
    assert_eq!(seal(&pool, AREA).await.unwrap(), 3);
    (database, pool)
}

#[tokio::test]
async fn a_slow_transaction_breaks_no_chain_and_is_sealed_as_soon_as_it_is_there() {
    let (_database, pool) = database().await;
    let mut slow = pool.begin().await.unwrap();
    record(&mut slow, "slow").await;
    record(&mut pool.acquire().await.unwrap(), "quick").await;
    assert_eq!(seal(&pool, AREA).await.unwrap(), 1);
    slow.commit().await.unwrap();
    assert_eq!(verify(&pool, AREA).await.unwrap().waiting, 1);
    assert_eq!(seal(&pool, AREA).await.unwrap(), 1);
    let chain = verify(&pool, AREA).await.unwrap();
    assert_eq!((chain.sealed, chain.waiting), (2, 0));
}

#[tokio::test]
async fn a_changed_row_a_changed_seal_and_a_missing_row_are_found() {
    for (tampering, place) in [
        ("update {audit} set action = 'other' where place = 2", Some(2)),
        ("update {audit} set at = at - interval '1 s' where place = 3", Some(3)),
        ("update {audit} set seal = null where place = 1", Some(1)),
        ("delete from {audit} where place = 2", None),
    ] {
        let (_database, pool) = three().await;
        run(&pool, tampering).await;
        match verify(&pool, AREA).await.unwrap_err() {
            ChainError::Changed { place: found, .. } => assert_eq!(Some(found), place, "{tampering}"),
            ChainError::Missing { place: 2, .. } => assert_eq!(place, None, "{tampering}"),
            other => panic!("{tampering}: {other}"),
        }
    }
}

#[tokio::test]
async fn a_chain_that_was_cut_off_or_made_anew_is_not_the_one_that_was_noted() {
    let (_database, pool) = three().await;
    let noted = verify(&pool, AREA).await.unwrap();
    verify_noted(&pool, AREA, noted.sealed, &noted.seal).await.unwrap();
    for tampering in [
        "update {audit} set place = null, seal = null where place = 3",
        "update {audit} set action = 'other' where place is null",
    ] {
        run(&pool, tampering).await;
        assert!(verify(&pool, AREA).await.is_ok(), "the chain itself holds: {tampering}");
        let error = verify_noted(&pool, AREA, noted.sealed, &noted.seal).await.unwrap_err();
        assert!(matches!(error, ChainError::Another { place: 3, .. }), "{error}");
    }
    assert_eq!(seal(&pool, AREA).await.unwrap(), 1);
    assert!(verify(&pool, AREA).await.is_ok());
    assert!(verify_noted(&pool, AREA, noted.sealed, &noted.seal).await.is_err());
}

#[tokio::test]
async fn rows_sealed_before_there_were_places_get_theirs() {
    let (_database, pool) = three().await;
    run(&pool, "update {audit} set place = null").await;
    assert_eq!(seal(&pool, AREA).await.unwrap(), 3);
    assert_eq!(verify(&pool, AREA).await.unwrap().sealed, 3);
}
