//! The servers start, die, come back with their data and are gone with their handles.

use std::path::Path;
use std::time::Duration;

use sqlx::{Connection, PgConnection};
use testkit::servers::{
    NatsOptions, NatsServer, PostgresOptions, PostgresServer, RedisOptions, RedisServer, SERVERS_VARIABLE,
    SharedServers, shared, stop_shared,
};
use testkit::{TestDatabase, eventually};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn hello_of_nats(nats: &NatsServer) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", nats.port())).await.expect("a living server");
    let mut hello = [0; 512];
    let length = stream.read(&mut hello).await.expect("a living server");
    String::from_utf8_lossy(&hello[..length]).into_owned()
}

/// Asks for a stream over the bare protocol, so that testkit needs no client of NATS.
async fn jetstream(nats: &NatsServer, subject: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", nats.port())).await.expect("a living server");
    let ask = format!(
        "CONNECT {{\"verbose\":false}}\r\nSUB inbox 1\r\nPUB $JS.API.{subject} inbox {}\r\n{body}\r\n",
        body.len()
    );
    stream.write_all(ask.as_bytes()).await.expect("a living server");
    let mut seen = String::new();
    let mut part = [0; 4096];
    while !seen.contains("MSG inbox") || !seen.ends_with("}\r\n") {
        let length = stream.read(&mut part).await.expect("a living server");
        seen.push_str(&String::from_utf8_lossy(&part[..length]));
    }
    seen
}

#[tokio::test]
async fn nats_keeps_its_port_and_its_streams_over_a_kill_and_loses_them_only_by_a_wipe() {
    let mut nats = NatsServer::start(NatsOptions::default()).await.unwrap();
    let url = nats.url();
    let made = jetstream(&nats, "STREAM.CREATE.T", r#"{"name":"T","subjects":["t"],"storage":"file"}"#).await;
    assert!(made.contains("\"name\":\"T\""), "{made}");

    nats.pause();
    nats.stop().await;
    nats.restart().await.unwrap();
    nats.kill();
    assert!(TcpStream::connect(("127.0.0.1", nats.port())).await.is_err());
    nats.restart().await.unwrap();
    assert_eq!(nats.url(), url);
    assert!(!jetstream(&nats, "STREAM.INFO.T", "").await.contains("stream not found"));

    let copies = tempfile::tempdir().unwrap();
    nats.snapshot_store(copies.path().join("store")).await.unwrap();
    nats.wipe_store().await.unwrap();
    assert!(jetstream(&nats, "STREAM.INFO.T", "").await.contains("stream not found"));
    nats.restore_store(copies.path().join("store")).await.unwrap();
    assert!(!jetstream(&nats, "STREAM.INFO.T", "").await.contains("stream not found"));
}

#[tokio::test]
async fn nats_takes_more_configuration_and_says_what_is_wrong_with_it() {
    let config_extra = Some("authorization { users = [{ user: a, password: b }] }".to_owned());
    let nats = NatsServer::start(NatsOptions { config_extra, ..NatsOptions::default() }).await.unwrap();
    assert!(hello_of_nats(&nats).await.contains("\"auth_required\":true"));
    assert!(nats.url_as("a", "b").starts_with("nats://a:b@127.0.0.1:"));

    let config_extra = Some("no_such_setting: 1".to_owned());
    let error = NatsServer::start(NatsOptions { config_extra, ..NatsOptions::default() }).await.unwrap_err();
    assert!(error.to_string().contains("no_such_setting"), "{error}");
}

#[tokio::test]
async fn a_dropped_server_is_gone_with_its_data() {
    let nats = NatsServer::start(NatsOptions::default()).await.unwrap();
    let pid = nats.pid().unwrap();
    assert!(Path::new(&format!("/proc/{pid}")).exists());
    drop(nats);
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
}

#[tokio::test]
async fn redis_forgets_on_command_and_comes_back_empty() {
    let mut redis = RedisServer::start(RedisOptions::default()).await.unwrap();
    assert!(redis.flush().await);
    redis.kill();
    assert!(!redis.flush().await);
    redis.restart().await.unwrap();
    assert!(redis.flush().await);
    redis.stop().await;
}

#[tokio::test]
async fn postgres_keeps_what_was_committed_over_a_kill_and_returns_to_a_snapshot() {
    // The folder is closed to others, as /root is: PostgreSQL runs as another user when we are root.
    let closed = tempfile::tempdir().unwrap();
    let options = PostgresOptions { data_dir: Some(closed.path().to_owned()), ..PostgresOptions::default() };
    let mut postgres = PostgresServer::start(options).await.unwrap();
    let url = postgres.create_database("kept", None).await.unwrap();
    let run = async |statement: &'static str| -> sqlx::Result<i64> {
        let mut connection = PgConnection::connect(&url).await?;
        sqlx::query_scalar(statement).fetch_one(&mut connection).await
    };
    run("with made as (select 1) select count(*) from made").await.unwrap();
    let mut open = PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("create table note (n int); insert into note values (1)").execute(&mut open).await.unwrap();

    postgres.kill();
    assert!(run("select 1::bigint").await.is_err());
    postgres.restart().await.unwrap();
    assert_eq!(run("select count(*) from note").await.unwrap(), 1);

    let copies = tempfile::tempdir().unwrap();
    postgres.snapshot_data(copies.path().join("data")).await.unwrap();
    let added = "with more as (insert into note values (2) returning 1) select count(*) from more";
    assert_eq!(run(added).await.unwrap(), 1);
    assert_eq!(run("select count(*) from note").await.unwrap(), 2);
    postgres.restore_data(copies.path().join("data")).await.unwrap();
    assert_eq!(run("select count(*) from note").await.unwrap(), 1);
}

async fn make_note(url: String) -> sqlx::Result<()> {
    let mut connection = PgConnection::connect(&url).await?;
    sqlx::raw_sql("create table note (n int)").execute(&mut connection).await?;
    connection.close().await
}

#[tokio::test]
async fn each_test_has_a_migrated_database_of_its_own_that_goes_with_it() {
    let key = format!("testkit {}", std::process::id());
    let first = TestDatabase::new(&key, make_note).await.unwrap();
    let second = TestDatabase::new(&key, async |_| Err("the template is there already")).await.unwrap();
    assert_ne!(first.name(), second.name());

    let mut one = PgConnection::connect(first.url()).await.unwrap();
    sqlx::query("insert into note values (1)").execute(&mut one).await.unwrap();
    let mut other = PgConnection::connect(second.url()).await.unwrap();
    let notes: i64 = sqlx::query_scalar("select count(*) from note").fetch_one(&mut other).await.unwrap();
    assert_eq!(notes, 0);

    let gone = first.url().to_owned();
    drop(first);
    eventually("the database to be dropped", Duration::from_secs(5), async || {
        PgConnection::connect(&gone).await.is_err().then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_migration_that_fails_is_reported_and_leaves_no_template() {
    let key = format!("testkit failing {}", std::process::id());
    let error = TestDatabase::new(&key, async |_| Err("no such column")).await.unwrap_err();
    assert!(error.to_string().contains("no such column"), "{error}");
    TestDatabase::new(&key, make_note).await.unwrap();
}

#[tokio::test]
async fn the_shared_servers_are_one_set_for_all() {
    let first: SharedServers = shared().await.unwrap().clone();
    let second = shared().await.unwrap();
    assert_eq!(first.postgres, second.postgres);
    let variable: SharedServers = serde_json::from_str(&second.to_variable()).unwrap();
    assert_eq!(variable.nats, first.nats);
}

/// Names what [`as_another_process`] does; unset in an ordinary run.
const ROLE: &str = "OKNO_TESTKIT_ROLE";

/// No test by itself: the tests below run it again in a process of its own.
#[tokio::test]
async fn as_another_process() {
    match std::env::var(ROLE).as_deref() {
        Ok("own a server") => {
            let nats = NatsServer::start(NatsOptions::default()).await.unwrap();
            println!("pid={}", nats.pid().unwrap());
            std::future::pending::<()>().await;
        }
        Ok("start and stop the shared ones") => {
            let servers = shared().await.unwrap().clone();
            stop_shared().await.unwrap();
            let error = PgConnection::connect(&servers.postgres).await.unwrap_err();
            assert!(matches!(error, sqlx::Error::Io(_)), "{error}");
        }
        Ok("use the shared ones") => {
            println!("postgres={}", shared().await.unwrap().postgres);
            std::future::pending::<()>().await;
        }
        _ => {}
    }
}

fn run_as(role: &str) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", "as_another_process", "--nocapture"]).env(ROLE, role).kill_on_drop(true);
    command
}

/// Waits until a process has said `name=value`.
async fn said(process: &mut tokio::process::Child, name: &str) -> String {
    let (mut seen, name) = (String::new(), format!("{name}="));
    let output = process.stdout.as_mut().expect("a pipe");
    loop {
        let mut part = [0; 256];
        let length = output.read(&mut part).await.expect("what it says");
        assert_ne!(length, 0, "{seen}");
        seen.push_str(&String::from_utf8_lossy(&part[..length]));
        if let Some((value, _)) = seen.split_once(&name).and_then(|(_, rest)| rest.split_once('\n')) {
            return value.trim().to_owned();
        }
    }
}

#[tokio::test]
async fn a_server_ends_when_the_process_that_started_it_is_killed() {
    let mut owner = run_as("own a server").stdout(std::process::Stdio::piped()).spawn().unwrap();
    let server: u32 = said(&mut owner, "pid").await.parse().unwrap();
    assert!(Path::new(&format!("/proc/{server}/exe")).exists());
    owner.kill().await.unwrap();
    eventually("the orphan to end", Duration::from_secs(10), async || {
        (!Path::new(&format!("/proc/{server}/exe")).exists()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_shared_servers_can_be_stopped_by_the_last_who_uses_them() {
    let target = tempfile::tempdir().unwrap();
    let run = run_as("start and stop the shared ones").env("CARGO_TARGET_DIR", target.path()).output().await.unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
    assert!(!target.path().join("testkit/shared.json").exists());
}

/// As another checkout would: servers, locks and record of their own.
fn use_shared_at(target: &Path) -> tokio::process::Child {
    let mut process = run_as("use the shared ones");
    process.env("CARGO_TARGET_DIR", target).env_remove(SERVERS_VARIABLE).stdout(std::process::Stdio::piped());
    process.spawn().expect("this program")
}

fn pids_in(target: &Path) -> Vec<u64> {
    let record = std::fs::read(target.join("testkit/shared.json")).expect("a record");
    let record: serde_json::Value = serde_json::from_slice(&record).expect("a record");
    record["processes"]
        .as_array()
        .expect("processes")
        .iter()
        .map(|known| known["pid"].as_u64().expect("a number"))
        .collect()
}

#[tokio::test]
async fn who_finds_one_shared_server_gone_leaves_the_others_to_those_who_use_them() {
    let target = tempfile::tempdir().unwrap();
    let mut first = use_shared_at(target.path());
    let postgres = said(&mut first, "postgres").await;
    let old = pids_in(target.path());
    let gone = |pid: &u64| !Path::new(&format!("/proc/{pid}/exe")).exists();
    let redis = rustix::process::Pid::from_raw(i32::try_from(old[2]).unwrap()).unwrap();
    rustix::process::kill_process(redis, rustix::process::Signal::KILL).unwrap();
    eventually("Redis to be gone", Duration::from_secs(10), async || gone(&old[2]).then_some(())).await;
    let mut second = use_shared_at(target.path());
    assert_ne!(said(&mut second, "postgres").await, postgres, "a set of its own");
    PgConnection::connect(&postgres).await.expect("the first one's is still there");

    let new = pids_in(target.path());
    for mut process in [first, second] {
        process.kill().await.unwrap();
    }
    eventually("the old ones end, for nobody uses any", Duration::from_secs(40), async || {
        old.iter().all(gone).then_some(())
    })
    .await;
    drop(target);
    eventually("the new ones end, for their record is gone", Duration::from_secs(40), async || {
        new.iter().all(gone).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_copied_target_folder_does_not_use_the_servers_of_another_checkout() {
    let (target, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut first = use_shared_at(target.path());
    let postgres = said(&mut first, "postgres").await;
    std::fs::create_dir(copy.path().join("testkit")).unwrap();
    let record = Path::new("testkit/shared.json");
    std::fs::copy(target.path().join(record), copy.path().join(record)).unwrap();
    let mut second = use_shared_at(copy.path());
    assert_ne!(said(&mut second, "postgres").await, postgres);
    PgConnection::connect(&postgres).await.expect("the first one's is still there");
}
