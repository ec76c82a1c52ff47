//! The chain against a real PostgreSQL: transactions of every length, and what was tampered with.

use sqlx::{AssertSqlSafe, PgConnection, PgPool, migrate::Migrator};
use testkit::TestDatabase;
use uuid::Uuid;

use super::{ChainError, Entry, append, erase, seal, verify, verify_noted};
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

/// A row about somebody.
async fn tell_of(db: &mut PgConnection, object_id: Uuid) {
    let (before, after) = (None, Some(serde_json::json!({ "name": "Покупатель" })));
    append(db, AREA, &[Entry { employee_id: None, action: "made", object_kind: "client", object_id, before, after }])
        .await
        .unwrap();
}

#[tokio::test]
async fn what_was_erased_keeps_its_seal_and_the_chain_holds() {
    let (_database, pool) = database().await;
    let (gone, stays) = (Uuid::now_v7(), Uuid::now_v7());
    let mut db = pool.acquire().await.unwrap();
    tell_of(&mut db, gone).await;
    tell_of(&mut db, stays).await;
    assert_eq!(seal(&pool, AREA).await.unwrap(), 2);
    tell_of(&mut db, gone).await; // not sealed yet
    let mut tx = pool.begin().await.unwrap();
    assert_eq!(erase(&mut tx, AREA, &["client"], &[gone]).await.unwrap(), 2);
    tx.commit().await.unwrap();
    verify(&pool, AREA).await.unwrap();
    assert_eq!(seal(&pool, AREA).await.unwrap(), 2, "the erased one, and the record");
    assert_eq!(verify(&pool, AREA).await.unwrap().sealed, 4);
    let left = format!("select object_id from {AREA}.audit where after ->> 'name' = 'Покупатель'");
    let left: Vec<Uuid> = sqlx::query_scalar(AssertSqlSafe(left)).fetch_all(&pool).await.unwrap();
    assert_eq!(left, [stays]);
    // Whoever passes a change off as an erasure has no record of it.
    run(&pool, "update {audit} set after = null, erasure_id = gen_random_uuid() where place = 2").await;
    assert!(matches!(verify(&pool, AREA).await, Err(ChainError::Erased { .. })));
}
