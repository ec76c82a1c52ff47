//! The timers of merges and joins as router runs them, and one that is killed in the middle.

use std::{
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use chrono::Utc;
use model::{ContactPointId, ConversationId};
use sqlx::PgPool;
use store::{Schema, timer};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use super::office::{Office, says};
use crate::{Directory, Wakes, files::Objects, merges, timers::Timers};

const SOON: Duration = Duration::from_secs(60);
/// Names the database to the process that is to be killed.
const DATABASE: &str = "OKNO_TEST_MERGE_DATABASE";
/// Messages of the conversation that goes: five stretches, the last one short.
const MANY: i64 = 9_000;
/// The merge is held where it comes to this one, in its third stretch.
const HELD_AT: i64 = 5_000;

async fn run_timers(pool: &PgPool, stop: CancellationToken) {
    let directory = Directory::default();
    directory.reload(pool).await.unwrap();
    let objects = Objects(Arc::new(object_store::memory::InMemory::new()));
    let handler = Timers { directory, wakes: Wakes::default(), objects, leaving: None };
    timer::run(pool.clone(), Schema::Inbox, handler, stop).await;
}

impl Office {
    async fn number(&self, sql: &str) -> i64 {
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).fetch_one(&self.pool).await.unwrap()
    }

    async fn until(&self, what: &str, sql: &str, wanted: i64) {
        testkit::eventually(what, SOON, async || (self.number(sql).await == wanted).then_some(())).await;
    }

    /// Router's own loop in this process, until no timer is left.
    async fn timers_end(&self) {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let (pool, until) = (self.pool.clone(), stop.clone());
        tasks.spawn(async move { run_timers(&pool, until).await });
        self.until("the timers to be done", "select count(*) from inbox.timer where kind in ('merge', 'join')", 0)
            .await;
        stop.cancel();
        tasks.close();
        tasks.wait().await;
    }

    /// One person with two conversations of one account: the older with ten messages, the newer with thousands.
    async fn two_long_conversations(&self) -> (Uuid, Uuid) {
        let older: Uuid = self.writes("customer", "первое").await.id.parse().unwrap();
        let newer = Uuid::now_v7();
        let sql = "insert into inbox.conversation (conversation_id, account_id, contact_point_id, thread_key, last_seq, inbound_count)
                   select $2, account_id, contact_point_id, 'long', $3, $3 from inbox.conversation where conversation_id = $1";
        sqlx::query(sql).bind(older).bind(newer).bind(MANY).execute(&self.pool).await.unwrap();
        let sql = "with made as (
                       insert into inbox.message (conversation_id, seq, message_id, account_id, shown_at, direction, kind, text, inbound_no)
                       select $1, n, gen_random_uuid(), $2, now() + n * interval '1 ms', 1, 1, n::text, n
                       from generate_series(1, $3) n returning message_id, text)
                   insert into inbox.reference (account_id, key, conversation_id, message_id)
                   select $2, 'long|' || text, $1, message_id from made";
        sqlx::query(sql).bind(newer).bind(self.account.0).bind(MANY).execute(&self.pool).await.unwrap();
        (older, newer)
    }

    async fn set_timer(&self, timer: store::timer::Timer) {
        let mut db = self.pool.acquire().await.unwrap();
        store::timer::schedule(&mut db, Schema::Inbox, &[timer]).await.unwrap();
    }
}

#[tokio::test]
async fn the_timers_of_a_join_and_of_the_merge_that_follows_do_their_work() {
    let office = Office::open().await;
    office.writes("one", "раз").await;
    office.facts(vec![says("other", "два")]).await;
    let point = async |address: &str| {
        let sql = "select contact_point_id from inbox.contact_address where address = $1";
        sqlx::query_scalar::<_, Uuid>(sql).bind(address).fetch_one(&office.pool).await.unwrap()
    };
    let (one, other) = (ContactPointId(point("one").await), ContactPointId(point("other").await));
    office.set_timer(merges::join_timer(one, other, Utc::now())).await;
    office.timers_end().await;
    assert_eq!(office.number("select count(*) from inbox.contact_point where joined_into is not null").await, 1);
    assert_eq!(office.number("select count(*) from inbox.conversation where merged_into is null").await, 1);
    let together = "select count(*) from inbox.message m join inbox.conversation c using (conversation_id)
                    where m.kind = 1 and c.merged_into is null";
    assert_eq!(office.number(together).await, 2);
}

#[tokio::test]
async fn a_merge_of_thousands_that_is_killed_in_the_middle_is_gone_on_with() {
    let office = Office::open().await;
    let (older, newer) = office.two_long_conversations().await;
    let before = office.number("select count(*) from inbox.message where kind = 1").await;
    let mut gate = office.pool.acquire().await.unwrap();
    hold_merge(&mut gate).await;
    office.set_timer(merges::merge_timer(ConversationId(older), ConversationId(newer), Utc::now())).await;
    let mut process = merging_process(&office);
    let held = "select count(*) from pg_stat_activity where datname = current_database()
                and wait_event_type = 'Lock' and wait_event = 'advisory'";
    office.until("the third stretch to be held", held, 1).await;
    process.kill().unwrap();
    process.wait().unwrap();
    let moved = format!("select count(*) from inbox.message where conversation_id = '{older}' and kind = 1");
    assert_eq!(office.number(&moved).await, 1 + 4_000, "two stretches were committed");
    // What it had begun goes on in its session until that notices, and then is undone.
    sqlx::query("select pg_advisory_unlock(7)").execute(&mut *gate).await.unwrap();
    office
        .until("its session to end", "select count(*) from pg_stat_activity where application_name = 'okno-killed'", 0)
        .await;
    assert_eq!(office.number(&moved).await, 1 + 4_000, "the third stretch was undone");
    // Its lease ends.
    sqlx::query("update inbox.timer set due_at = now() where kind = 'merge'").execute(&office.pool).await.unwrap();
    office.timers_end().await;

    assert_eq!(office.number(&moved).await, before, "complete");
    for (what, sql) in [
        ("nothing is lost", "select count(*) from (select 1 from inbox.message where kind = 1 group by message_id) n"),
        ("nor doubled", "select count(distinct (conversation_id, seq)) from inbox.message where kind = 1"),
        ("numbered through", "select max(inbound_no) from inbox.message"),
        ("as the conversation says", "select inbound_count from inbox.conversation where merged_into is null"),
    ] {
        assert_eq!(office.number(sql).await, before, "{what}");
    }
    let in_order = "select count(*) from (select text::int as n, lag(text::int) over (order by seq) as last
                    from inbox.message where text ~ '^[0-9]+$') t where n < last";
    assert_eq!(office.number(in_order).await, 0, "in their order");
    let strays =
        format!("select count(*) from inbox.reference where key like 'long|%' and conversation_id <> '{older}'");
    assert_eq!(office.number(&strays).await, 0, "the provider's names came along");
    let alias = format!(
        "select count(*) from inbox.conversation where conversation_id = '{newer}' and merged_into = '{older}'"
    );
    assert_eq!(office.number(&alias).await, 1);
}

/// Whoever moves a certain message waits for `gate`.
async fn hold_merge(gate: &mut sqlx::PgConnection) {
    let sql = format!(
        "create function public.held() returns trigger language plpgsql as $$
             begin if old.seq = {HELD_AT} then perform pg_advisory_xact_lock(7); end if; return new; end $$;
         create trigger held before update of conversation_id on inbox.message
             for each row when (old.conversation_id <> new.conversation_id) execute function public.held();
         select pg_advisory_lock(7)"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(gate).await.unwrap();
}

/// This very program as a process of its own that does nothing but run the timers.
fn merging_process(office: &Office) -> Child {
    let own = std::env::current_exe().unwrap();
    let test = "tests::merge_timers::the_process_that_is_killed";
    Command::new(own)
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env(DATABASE, office.database_url())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test]
#[ignore = "no test: the process that another test starts and kills"]
async fn the_process_that_is_killed() {
    let Ok(url) = std::env::var(DATABASE) else { return };
    let config = store::PoolConfig { url, application: "okno-killed", max_connections: 4 };
    let pool = store::connect(&config).await.unwrap();
    run_timers(&pool, CancellationToken::new()).await;
}
