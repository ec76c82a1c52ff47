//! Workers on real streams: batches that take too long, accounts that move, timers beside batches.

use std::{collections::HashMap, time::Duration};

use bus::{Bus, BusConfig, FactPublisher, names};
use contracts::{
    channel::{Content, Inbound, Message, Peer, inbound::Body},
    inbox::RequestState,
};
use model::{AccountId, Channel};
use prost::Message as _;
use sqlx::PgPool;
use store::{Schema, timer};
use testkit::servers::{NatsOptions, NatsServer};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::database;
use crate::{Directory, Wakes, files::Objects, gateways, moves, part, run::Shared, timers::Timers};

const SOON: Duration = Duration::from_secs(20);

/// Router's loops on servers of their own.
struct Station {
    shared: Shared,
    channel: Channel,
    account: AccountId,
    tasks: TaskTracker,
    stop: CancellationToken,
    _nats: NatsServer,
    _database: testkit::TestDatabase,
}

impl Station {
    async fn start() -> Self {
        let (database, pool) = database().await;
        let nats = NatsServer::start(NatsOptions::default()).await.unwrap();
        let bus = Bus::connect(&BusConfig { url: nats.url(), name: "test".to_owned(), channel: None }).await.unwrap();
        bus::ensure_streams(&bus, 2, 1).await.unwrap();
        sqlx::query("insert into inbox.part (part) values (1)").execute(&pool).await.unwrap();
        let account = AccountId::new();
        add_account(&pool, account).await;
        let directory = Directory::default();
        directory.reload(&pool).await.unwrap();
        let shared = Shared { pool, bus, directory, wakes: Wakes::default() };
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let channel = "test".parse().unwrap();
        Self { shared, channel, account, tasks, stop, _nats: nats, _database: database }
    }

    fn read(&self, part: u32) {
        let Shared { pool, bus, directory, wakes } = self.shared.clone();
        let positions = gateways::keep_positions(pool.clone(), bus.clone(), &self.tasks, self.stop.clone());
        let patience = Duration::from_secs(2);
        let worker = part::Worker { pool, bus, directory, wakes, positions, patience };
        self.tasks.spawn(part::run(worker, part, self.stop.clone()));
    }

    async fn publish(&self, part: u32, account: AccountId, fact: &Inbound) {
        let subject = names::inlet(part, &self.channel, account);
        let sent = self.shared.bus.jetstream.publish(subject, fact.encode_to_vec().into()).await.unwrap();
        sent.await.unwrap();
    }

    async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.shared.pool).await.unwrap()
    }

    async fn until(&self, what: &str, sql: &'static str, count: i64) {
        testkit::eventually(what, SOON, async || (self.count(sql).await == count).then_some(())).await;
    }

    async fn texts(&self) -> Vec<String> {
        let sql = "select text from inbox.message where account_id = $1 order by conversation_id, seq";
        sqlx::query_scalar(sql).bind(self.account.0).fetch_all(&self.shared.pool).await.unwrap()
    }

    async fn end(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn add_account(pool: &PgPool, account: AccountId) {
    let sql =
        "insert into inbox.account (account_id, channel, name, live_since) values ($1, 'test', 'Тест', '2020-01-01')";
    sqlx::query(sql).bind(account.0).execute(pool).await.unwrap();
}

fn says(key: &str, text: &str) -> Inbound {
    let content = Content { text: text.to_owned(), ..Content::default() };
    Inbound {
        key: format!("msg:{key}"),
        message_key: key.to_owned(),
        peer: Some(Peer {
            address: "1".to_owned(), display_name: "Покупатель".to_owned(), ..Peer::default()
        }),
        body: Some(Body::Message(Message { content: Some(content) })),
        ..Inbound::default()
    }
}

#[tokio::test]
async fn a_fact_that_takes_too_long_is_put_aside_and_the_rest_is_committed() {
    let station = Station::start().await;
    let pool = &station.shared.pool;
    let slow = "create function inbox.stall() returns trigger language plpgsql as $$
                begin if new.text = 'медленно' then perform pg_sleep(60); end if; return new; end $$";
    sqlx::query(slow).execute(pool).await.unwrap();
    let slow = "create trigger stall before insert on inbox.message for each row execute function inbox.stall()";
    sqlx::query(slow).execute(pool).await.unwrap();
    for n in 0..6 {
        let text = if n == 2 { "медленно".to_owned() } else { n.to_string() };
        station.publish(0, station.account, &says(&n.to_string(), &text)).await;
    }
    station.read(0);
    station.until("the rest", "select count(*) from inbox.message", 5).await;
    assert_eq!(station.texts().await, ["0", "1", "3", "4", "5"]);
    assert_eq!(station.count("select count(*) from inbox.dead_letter where reason like '%longer%'").await, 1);
    assert_eq!(station.count("select sequence from inbox.part where part = 0").await, 6);
    station.end().await;
}

#[tokio::test]
async fn facts_in_the_new_part_wait_for_those_that_were_left_in_the_old_one() {
    let station = Station::start().await;
    let other = AccountId::new();
    add_account(&station.shared.pool, other).await;
    let moved = "update inbox.account set part = 1, moved_from = 0, moved_at = now()";
    sqlx::query(moved).execute(&station.shared.pool).await.unwrap();
    let settled = "update inbox.account set moved_at = now() - interval '1 hour' where account_id = $1";
    sqlx::query(settled).bind(other.0).execute(&station.shared.pool).await.unwrap();
    for n in 0..50 {
        station.publish(0, station.account, &says(&n.to_string(), &n.to_string())).await;
    }
    station.publish(1, other, &says("x", "давно здесь")).await;
    station.read(1);
    station.until("part 1 to be read", "select sequence from inbox.part where part = 1", 1).await;
    for n in 50..100 {
        station.publish(1, station.account, &says(&n.to_string(), &n.to_string())).await;
    }
    let waiting = "select count(*) from pg_stat_activity where datname = current_database()
                   and query like '%sequence from inbox.part%' and pid = (select backend_pid from inbox.part where part = 1)";
    station.until("part 1 to wait", waiting, 1).await;
    assert!(station.texts().await.is_empty());
    station.read(0);
    let all = "select count(*) from inbox.message where text <> 'давно здесь'";
    station.until("all of them", all, 100).await;
    assert_eq!(station.texts().await, (0..100).map(|n| n.to_string()).collect::<Vec<_>>());
    station.end().await;
}

#[tokio::test]
async fn an_account_moves_with_facts_in_flight_and_none_is_lost_doubled_or_passed() {
    const FACTS: usize = 1_500;
    let station = Station::start().await;
    let Shared { pool, bus, .. } = station.shared.clone();
    gateways::project(&pool, &bus, Some(&station.channel)).await;
    station.read(0);
    station.read(1);
    station.tasks.spawn(moves::run(station.shared.clone(), station.stop.clone()));
    let (channel, stop) = (station.channel.clone(), station.stop.clone());
    let beats = bus::Beats::listen(&bus, &station.tasks, stop.clone()).await.unwrap();
    let publisher =
        FactPublisher::start(bus.clone(), channel.clone(), beats, &station.tasks, stop.clone()).await.unwrap();
    let accounts = bus::accounts::follow(bus, channel, &station.tasks, stop).await.unwrap();
    let known = async || accounts.borrow().entries.get(&station.account).cloned();
    testkit::eventually("the account's entry", SOON, known).await;
    let part_now = || accounts.borrow().entries[&station.account].part;

    let mut by_part: HashMap<u32, usize> = HashMap::new();
    let (mut n, mut sendings) = (0, Vec::new());
    // A gateway: publishes where the entry says, in order, without waiting; and repeats the last one now and then.
    while n < FACTS || by_part.len() < 2 {
        if n == FACTS / 3 {
            moves::ask(&pool, station.account, 1).await.unwrap();
        }
        assert!(n < 200_000, "the account never moved");
        let deadline = tokio::time::Instant::now() + SOON;
        let fact = says(&n.to_string(), &n.to_string());
        for _ in 0..=usize::from(n % 97 == 0) {
            let part = part_now();
            sendings.push(publisher.send(part, station.account, &fact, deadline).await.unwrap());
            *by_part.entry(part).or_default() += 1;
        }
        n += 1;
        if sendings.len() >= 64 {
            let mut oldest = sendings.remove(0);
            assert!(oldest.confirmed(deadline).await.is_some());
        }
    }
    for mut sending in sendings {
        assert!(sending.confirmed(tokio::time::Instant::now() + SOON).await.is_some());
    }
    assert!(by_part.contains_key(&0) && by_part.contains_key(&1), "{by_part:?}");
    assert_eq!(station.texts().await, (0..n).map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!(station.count("select count(distinct part) from inbox.message").await, 2);
    assert_eq!(station.count("select count(*) from inbox.audit where action = 'moved'").await, 1);
    let refused = moves::ask(&pool, station.account, 7).await;
    assert!(matches!(refused, Err(moves::MoveError::NoPart(7))), "{refused:?}");
    station.end().await;
}

#[tokio::test]
async fn two_parts_never_wait_for_each_other() {
    let station = Station::start().await;
    let pool = &station.shared.pool;
    let other = AccountId::new();
    add_account(pool, other).await;
    sqlx::query("update inbox.account set part = 1 where account_id = $1").bind(other.0).execute(pool).await.unwrap();
    for part in [0, 1] {
        station.read(part);
    }
    moves::ask(pool, station.account, 1).await.unwrap();
    moves::ask(pool, other, 0).await.unwrap();
    station.tasks.spawn(moves::run(station.shared.clone(), station.stop.clone()));
    station.until("one to move", "select count(*) from inbox.account where moved_at is not null", 1).await;
    assert_eq!(station.count("select count(*) from inbox.account where moving_to is not null").await, 1);
    sqlx::query("update inbox.account set moved_at = now() - interval '1 hour'").execute(pool).await.unwrap();
    station.until("the other to move", "select count(*) from inbox.account where moving_to is not null", 0).await;
    station.end().await;
}

#[tokio::test]
async fn the_timer_of_a_group_and_a_batch_that_moves_it_do_not_block_each_other() {
    let station = Station::start().await;
    let pool = &station.shared.pool;
    station.publish(0, station.account, &Inbound { group_key: "album".into(), ..says("1", "фото") }).await;
    station.read(0);
    station.until("the first", "select count(*) from inbox.timer where kind = 'assign'", 1).await;
    // A batch has the conversation, and the group's timer fires.
    let mut batch = pool.begin().await.unwrap();
    sqlx::query("select 1 from inbox.conversation for update").execute(&mut *batch).await.unwrap();
    let objects = Objects(std::sync::Arc::new(object_store::memory::InMemory::new()));
    let directory = station.shared.directory.clone();
    let handler = Timers { directory, wakes: Wakes::default(), objects, leaving: None };
    station.tasks.spawn(timer::run(pool.clone(), Schema::Inbox, handler, station.stop.clone()));
    let waiting =
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    station.until("the timer to wait", waiting, 1).await;
    // More of the group comes: within the shortest lock time-out, for nobody holds the timer's row.
    let mine = "set local lock_timeout = '200ms'";
    sqlx::query(mine).execute(&mut *batch).await.unwrap();
    let later = "update inbox.timer set due_at = now() + interval '1 hour' where kind = 'assign'";
    sqlx::query(later).execute(&mut *batch).await.unwrap();
    sqlx::query("update inbox.account set assignment_method = 0").execute(pool).await.unwrap();
    batch.commit().await.unwrap();
    station.until("nobody to wait", waiting, 0).await;
    // What was begun at the old time is undone: the request has no decision yet, and the timer stands where it was put.
    let kept = "select count(*) from inbox.timer where kind = 'assign' and due_at > now() + interval '50 min'";
    assert_eq!(station.count(kept).await, 1);
    let undecided = "select count(*) from inbox.request where decision is null and state = 1";
    assert_eq!(station.count(undecided).await, 1);
    assert_eq!(RequestState::Unassigned as i32, 1);
    station.end().await;
}

#[tokio::test]
async fn a_part_whose_old_part_nobody_reads_lives_and_waits_for_it_once() {
    let station = Station::start().await;
    let pool = &station.shared.pool;
    sqlx::query("update inbox.account set part = 1, moved_from = 0, moved_at = now()").execute(pool).await.unwrap();
    station.publish(0, station.account, &says("0", "оставлено")).await;
    let beats = bus::Beats::listen(&station.shared.bus, &station.tasks, station.stop.clone()).await.unwrap();
    station.publish(1, station.account, &says("1", "раз")).await;
    station.read(1);
    // Alive before anything of it is committed, and while nobody reads part 0.
    testkit::eventually("a heartbeat of part 1", SOON, async || beats.lag(1)).await;
    assert!(station.texts().await.is_empty());
    station.until("the first", "select count(*) from inbox.message", 1).await;
    // More is left in the old part, and it is still nobody's: nothing waits for it another ten seconds.
    station.publish(0, station.account, &says("00", "и ещё")).await;
    let began = std::time::Instant::now();
    for n in 2..5 {
        station.publish(1, station.account, &says(&n.to_string(), "дальше")).await;
        let sql = "select count(*) from inbox.message";
        station.until("the next", sql, n).await;
    }
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    station.end().await;
}

#[tokio::test]
async fn a_worker_that_waits_for_an_old_part_stops_at_once_and_gives_its_part_back() {
    let station = Station::start().await;
    let pool = station.shared.pool.clone();
    sqlx::query("update inbox.account set part = 1, moved_from = 0, moved_at = now()").execute(&pool).await.unwrap();
    station.publish(0, station.account, &says("0", "оставлено")).await;
    station.publish(1, station.account, &says("1", "раз")).await;
    station.read(1);
    let waiting = "select count(*) from pg_stat_activity where datname = current_database()
                   and query like '%sequence from inbox.part%' and pid = (select backend_pid from inbox.part where part = 1)";
    station.until("part 1 to wait", waiting, 1).await;
    let began = std::time::Instant::now();
    station.stop.cancel();
    station.tasks.close();
    station.tasks.wait().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let free = "select count(*) from inbox.part where part = 1 and lease_until = '-infinity' and sequence = 0";
    assert_eq!(station.count(free).await, 1);
}

#[tokio::test]
async fn whoever_holds_a_lock_for_long_makes_no_fact_a_dead_letter() {
    let station = Station::start().await;
    let pool = &station.shared.pool;
    station.publish(0, station.account, &says("1", "раз")).await;
    station.read(0);
    station.until("the first", "select count(*) from inbox.message", 1).await;
    let session = async || {
        let sql = "select backend_pid from inbox.part where part = 0";
        sqlx::query_scalar::<_, i32>(sql).fetch_one(pool).await.unwrap()
    };
    let before = session().await;
    let mut holder = pool.begin().await.unwrap();
    let kept = "set local idle_in_transaction_session_timeout = '60s'";
    sqlx::query(kept).execute(&mut *holder).await.unwrap();
    sqlx::query("select 1 from inbox.conversation for update").execute(&mut *holder).await.unwrap();
    station.publish(0, station.account, &says("2", "два")).await;
    // It is tried until the worker begins a session anew: longer than an attempt may take.
    testkit::eventually("a new session", SOON, async || (session().await != before).then_some(())).await;
    holder.commit().await.unwrap();
    station.until("the second", "select count(*) from inbox.message", 2).await;
    assert_eq!(station.count("select count(*) from inbox.dead_letter").await, 0);
    station.end().await;
}

#[tokio::test]
async fn what_is_committed_of_a_slow_batch_is_told_before_the_rest_is_tried() {
    let station = Station::start().await;
    let pool = &station.shared.pool;
    let slow = "create function inbox.stall() returns trigger language plpgsql as $$
                begin if new.text = 'медленно' then perform pg_sleep(60); end if; return new; end $$";
    sqlx::query(slow).execute(pool).await.unwrap();
    let slow = "create trigger stall before insert on inbox.message for each row execute function inbox.stall()";
    sqlx::query(slow).execute(pool).await.unwrap();
    let (channel, stop) = (station.channel.clone(), station.stop.clone());
    let beats = bus::Beats::listen(&station.shared.bus, &station.tasks, stop.clone()).await.unwrap();
    let publisher =
        FactPublisher::start(station.shared.bus.clone(), channel, beats, &station.tasks, stop).await.unwrap();
    let deadline = tokio::time::Instant::now() + 2 * SOON;
    let mut sendings = Vec::new();
    for (key, text) in [("1", "раз"), ("2", "два"), ("3", "медленно"), ("4", "четыре")] {
        sendings.push(publisher.send(0, station.account, &says(key, text), deadline).await.unwrap());
    }
    station.read(0);
    assert!(sendings[0].confirmed(deadline).await.is_some());
    assert_eq!(station.count("select count(*) from inbox.dead_letter").await, 0, "the slow one is not decided yet");
    for sending in &mut sendings[1..] {
        assert!(sending.confirmed(deadline).await.is_some());
    }
    assert_eq!(station.texts().await, ["раз", "два", "четыре"]);
    station.end().await;
}

#[tokio::test]
async fn an_account_that_cannot_move_yet_holds_up_no_other() {
    let station = Station::start().await;
    let pool = &station.shared.pool;
    let other = AccountId::new();
    assert!(station.account < other);
    add_account(pool, other).await;
    sqlx::query("update inbox.account set part = 1 where account_id = $1").bind(other.0).execute(pool).await.unwrap();
    bus::ensure_streams(&station.shared.bus, 3, 1).await.unwrap();
    sqlx::query("insert into inbox.part (part) values (2)").execute(pool).await.unwrap();
    station.publish(0, station.account, &says("1", "никто не читает")).await;
    moves::ask(pool, station.account, 2).await.unwrap();
    moves::ask(pool, other, 2).await.unwrap();
    station.tasks.spawn(moves::run(station.shared.clone(), station.stop.clone()));
    station.until("the other to move", "select count(*) from inbox.account where part = 2", 1).await;
    assert_eq!(station.count("select count(*) from inbox.account where moving_to is not null").await, 1);
    station.end().await;
}
