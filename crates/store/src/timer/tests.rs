//! Timers against a real PostgreSQL.

use parking_lot::Mutex;
use serde_json::json;
use testkit::TestDatabase;
use tokio::sync::Barrier;
use tokio_util::task::TaskTracker;

use super::*;

const AREA: Schema = Schema::Inbox;
const SOON: Duration = Duration::from_secs(20);

async fn database() -> (TestDatabase, PgPool) {
    let none = sqlx::migrate::Migrator::with_migrations(Vec::new());
    let database =
        TestDatabase::new("store-1", async |url: String| crate::migrate(&url, AREA, &none).await).await.unwrap();
    let pool = PgPool::connect(database.url()).await.unwrap();
    (database, pool)
}

fn due(key: &str) -> Timer {
    Timer { kind: "test".to_owned(), key: key.to_owned(), due_at: Utc::now(), payload: json!({}) }
}

async fn put(pool: &PgPool, timers: &[Timer]) {
    schedule(&mut pool.acquire().await.unwrap(), AREA, timers).await.unwrap();
}

async fn count(pool: &PgPool, wanted: &'static str) -> i64 {
    let sql = format!("select count(*) from {AREA}.timer where {wanted}");
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await.unwrap()
}

/// As if a lease, or a pause, had run out.
async fn time_passes(pool: &PgPool) {
    sqlx::query(AssertSqlSafe(format!("update {AREA}.timer set due_at = now()"))).execute(pool).await.unwrap();
}

async fn take_one(pool: &PgPool) -> Option<Taken> {
    take(pool, AREA, 1).await.unwrap().pop()
}

async fn ends(pool: &PgPool, taken: &Taken, next: Option<Timer>) -> bool {
    end(&mut pool.acquire().await.unwrap(), AREA, taken, next).await.unwrap()
}

#[tokio::test]
async fn a_timer_is_one_processs_until_its_lease_ends_and_then_the_next_ones() {
    let (_database, pool) = database().await;
    put(&pool, &[due("a")]).await;
    let first = take_one(&pool).await.unwrap();
    assert!(take_one(&pool).await.is_none(), "it is taken");
    assert_eq!(count(&pool, "due_at between now() + interval '50 s' and now() + interval '60 s'").await, 1);
    time_passes(&pool).await;
    let second = take_one(&pool).await.unwrap();
    assert_eq!((second.id, second.timer.key.as_str()), (first.id, "a"));
    assert!(!ends(&pool, &first, None).await, "whoever was thought gone ends nothing");
    assert!(!ends(&pool, &first, Some(due("a"))).await);
    postpone(&pool, AREA, &first).await.unwrap();
    assert_eq!(count(&pool, "attempts = 0").await, 1, "nor puts it off");
    assert!(ends(&pool, &second, None).await);
    assert_eq!(count(&pool, "true").await, 0);
}

#[tokio::test]
async fn a_timer_that_is_moved_while_its_work_is_done_stays() {
    let (_database, pool) = database().await;
    put(&pool, &[due("a")]).await;
    let taken = take_one(&pool).await.unwrap();
    put(&pool, &[Timer { due_at: Utc::now() + chrono::TimeDelta::hours(1), ..due("a") }]).await;
    assert!(!ends(&pool, &taken, None).await);
    assert_eq!(count(&pool, "due_at > now() + interval '50 min'").await, 1);
}

#[tokio::test]
async fn the_pause_after_a_failure_doubles_up_to_an_hour() {
    let (_database, pool) = database().await;
    put(&pool, &[due("a")]).await;
    for expected in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 2_048] {
        let taken = take_one(&pool).await.unwrap();
        postpone(&pool, AREA, &taken).await.unwrap();
        let sql = format!("select round(extract(epoch from due_at - now()))::bigint from {AREA}.timer");
        let pause: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&pool).await.unwrap();
        assert!((expected - 1..=expected).contains(&pause), "{pause} s where {expected} were due");
        time_passes(&pool).await;
    }
    let taken = take_one(&pool).await.unwrap();
    assert!(ends(&pool, &taken, Some(due("a"))).await);
    assert_eq!(count(&pool, "attempts = 0").await, 1, "what went well begins anew");
}

/// Each piece of work waits until there are four; one of a timer called "bad" fails.
struct Together(Arc<Barrier>);

impl Handler for Together {
    async fn fire(
        &self,
        _db: &mut PgConnection,
        timer: &Timer,
    ) -> Result<Option<Timer>, Box<dyn std::error::Error + Send + Sync>> {
        self.0.wait().await;
        if timer.key == "bad" { Err("it does not work".into()) } else { Ok(None) }
    }
}

#[tokio::test]
async fn four_are_done_at_once_and_the_one_that_fails_comes_again() {
    let (_database, pool) = database().await;
    put(&pool, &["a", "b", "c", "bad"].map(due)).await;
    let stop = CancellationToken::new();
    let handler = Together(Arc::new(Barrier::new(AT_ONCE)));
    let running = TaskTracker::new().spawn(run(pool.clone(), AREA, handler, stop.clone()));
    let left = "key = 'bad' and attempts = 1";
    testkit::eventually("the work of all four", SOON, async || {
        (count(&pool, "true").await == 1 && count(&pool, left).await == 1).then_some(())
    })
    .await;
    stop.cancel();
    running.await.unwrap();
}

/// Does its work, and breaks what follows: the session is gone when the timer is to be ended.
struct Cut(Mutex<u32>);

impl Handler for Cut {
    async fn fire(
        &self,
        db: &mut PgConnection,
        _timer: &Timer,
    ) -> Result<Option<Timer>, Box<dyn std::error::Error + Send + Sync>> {
        *self.0.lock() += 1;
        let _ = sqlx::query("select pg_terminate_backend(pg_backend_pid())").execute(db).await;
        Ok(None)
    }
}

#[tokio::test]
async fn one_whose_end_fails_is_put_off_like_one_whose_work_failed() {
    let (_database, pool) = database().await;
    put(&pool, &[due("a")]).await;
    let taken = take_one(&pool).await.unwrap();
    let handler = Arc::new(Cut(Mutex::new(0)));
    fire(pool.clone(), AREA, handler.clone(), taken).await;
    assert_eq!(*handler.0.lock(), 1);
    assert_eq!(count(&pool, "attempts = 1 and due_at < now() + interval '5 s'").await, 1);
}
