//! One set of servers for all tests of a checkout.
//!
//! nextest runs each test in a process of its own, so a cluster per process would cost more than most tests. The first
//! process that needs the servers starts them under a file lock and writes `target/testkit/servers.json`; later ones find
//! them there. Each process holds a shared lock on `users.lock` while it lives; a watchdog ends the servers when nobody has
//! held it for ten minutes, and `cargo xtask test` ends them at once ([`stop_shared`]).
//! With `OKNO_TEST_SERVERS` set (the JSON of [`SharedServers`]) those servers are used and nothing is started.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::{
    NatsOptions, NatsServer, PostgresOptions, PostgresServer, RedisOptions, RedisServer, ServerError, program,
};

/// Names servers that exist already: `{"postgres":"postgres://...","nats":"nats://...","redis":"redis://..."}`.
pub const SERVERS_VARIABLE: &str = "OKNO_TEST_SERVERS";

/// Where the shared servers listen.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SharedServers {
    /// URL of the cluster's `postgres` database, as a superuser.
    pub postgres: String,
    pub nats: String,
    pub redis: String,
}

impl SharedServers {
    /// The value of `OKNO_TEST_SERVERS` that makes other processes use these servers.
    pub fn to_variable(&self) -> String {
        serde_json::to_string(self).expect("three strings")
    }
}

/// What `servers.json` holds.
#[derive(Serialize, Deserialize)]
struct Record {
    servers: SharedServers,
    /// PostgreSQL, NATS, Redis.
    pids: [u32; 3],
    ports: [u16; 3],
    folders: [PathBuf; 3],
}

/// Ends the servers when they were unused for ten minutes, or when the record is gone (`cargo clean`). Arguments: lock,
/// record, pids of PostgreSQL, NATS and Redis, folders.
const WATCHDOG: &str = r#"lock=$1 record=$2 postgres=$3 nats=$4 redis=$5; shift 5
ours() { grep -q "\"pids\":\[$postgres,$nats,$redis\]" "$record" 2>/dev/null; }
end() { [ "$(cat "/proc/$1/comm" 2>/dev/null)" = "$2" ] && kill -s "$3" "$1"; }
idle=0
while ours && [ $idle -lt 60 ]; do
  sleep 10
  if flock -n -x "$lock" true; then idle=$((idle+1)); else idle=0; fi
done
if ours; then exec 9>"$lock"; flock -x 9; rm -f -- "$record"; fi
end $postgres postgres QUIT; end $nats nats-server TERM; end $redis redis-server TERM
sleep 2; rm -rf -- "$@""#;

static SERVERS: OnceCell<SharedServers> = OnceCell::const_new();
/// The shared lock on `users.lock`, held as long as the process lives.
static USE: Mutex<Option<File>> = Mutex::new(None);

/// The servers that all tests share, started if they are not running. A test takes a database of its own from them
/// ([`super::TestDatabase`]) and never stops them.
///
/// # Errors
/// When a server is not installed or does not get ready.
pub async fn shared() -> Result<&'static SharedServers, ServerError> {
    SERVERS.get_or_try_init(find_or_start).await
}

/// Ends the shared servers, unless other processes use them; then they end by themselves later.
///
/// # Errors
/// When the lock cannot be taken.
pub async fn stop_shared() -> Result<(), ServerError> {
    *USE.lock() = None;
    let place = Place::new()?;
    let users = open_lock(&place.users)?;
    if !nobody_else(&users).await {
        return Ok(());
    }
    if let Some(record) = place.read() {
        end(&record).await;
    }
    let _ = std::fs::remove_file(&place.record);
    Ok(())
}

/// Takes the lock for us alone. A child that has just been started may hold our own descriptor for a moment, until its
/// program is loaded, so one refusal is not an answer.
async fn nobody_else(users: &File) -> bool {
    for _ in 0..20 {
        if users.try_lock().is_ok() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

async fn find_or_start() -> Result<SharedServers, ServerError> {
    if let Ok(text) = std::env::var(SERVERS_VARIABLE) {
        return Ok(serde_json::from_str(&text)?);
    }
    let place = Place::new()?;
    let users = open_lock(&place.users)?;
    lock(&place.users, users.lock_shared())?;
    *USE.lock() = Some(users);
    let start = open_lock(&place.start)?;
    lock(&place.start, start.lock())?;
    if let Some(record) = place.read() {
        if alive(&record).await {
            return Ok(record.servers);
        }
        end(&record).await;
    }
    let record = start_all().await?;
    let text = serde_json::to_string(&record)?;
    std::fs::write(&place.record, text).map_err(|source| ServerError::Folder {
        what: "cannot be written",
        path: place.record.clone(),
        source,
    })?;
    watch(&place, &record)?;
    Ok(record.servers)
}

async fn start_all() -> Result<Record, ServerError> {
    let (postgres, nats, redis) = tokio::join!(
        PostgresServer::start(PostgresOptions::default()),
        NatsServer::start(NatsOptions::default()),
        RedisServer::start(RedisOptions::default()),
    );
    let (mut postgres, mut nats, mut redis) = (postgres?, nats?, redis?);
    let pids = [postgres.pid(), nats.pid(), redis.pid()].map(|pid| pid.expect("it has just been started"));
    Ok(Record {
        servers: SharedServers { postgres: postgres.url("postgres"), nats: nats.url(), redis: redis.url() },
        pids,
        ports: [postgres.port(), nats.port(), redis.port()],
        folders: [postgres.release().to_owned(), nats.release().to_owned(), redis.release().to_owned()],
    })
}

/// Whether all three still listen.
async fn alive(record: &Record) -> bool {
    for port in record.ports {
        let connected = timeout(Duration::from_secs(2), TcpStream::connect(("127.0.0.1", port))).await;
        if !matches!(connected, Ok(Ok(_))) {
            return false;
        }
    }
    true
}

async fn end(record: &Record) {
    use super::process::send;
    use rustix::process::Signal;
    let names = ["postgres", "nats-server", "redis-server"];
    for ((pid, name), signal) in record.pids.iter().zip(names).zip([Signal::QUIT, Signal::TERM, Signal::TERM]) {
        // The number may belong to another program by now.
        if std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm.trim() == name) {
            send(*pid, signal);
        }
    }
    for pid in record.pids {
        let gone = async || (!Path::new(&format!("/proc/{pid}/cwd")).exists()).then_some(());
        let _ = timeout(Duration::from_secs(5), async {
            while gone().await.is_none() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
    }
    for folder in &record.folders {
        // What cannot be removed is a temporary folder that the system removes one day.
        let _ = program::remove_folder(folder);
    }
}

fn watch(place: &Place, record: &Record) -> Result<(), ServerError> {
    use std::os::unix::process::CommandExt;
    Command::new("/bin/sh")
        .args(["-c", WATCHDOG, "okno-watchdog"])
        .args([&place.users, &place.record])
        .args(record.pids.map(|pid| pid.to_string()))
        .args(&record.folders)
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|source| ServerError::Spawn { program: "/bin/sh".into(), source })?;
    Ok(())
}

/// The files in `target/testkit`.
struct Place {
    users: PathBuf,
    start: PathBuf,
    record: PathBuf,
}

impl Place {
    fn new() -> Result<Self, ServerError> {
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"), PathBuf::from);
        let folder = target.join("testkit");
        program::make_folder(&folder)?;
        let at = |name: &str| folder.join(name);
        Ok(Self { users: at("users.lock"), start: at("start.lock"), record: at("servers.json") })
    }

    fn read(&self) -> Option<Record> {
        serde_json::from_slice(&std::fs::read(&self.record).ok()?).ok()
    }
}

fn open_lock(path: &Path) -> Result<File, ServerError> {
    let opened = File::options().create(true).truncate(false).write(true).open(path);
    opened.map_err(|source| ServerError::Folder { what: "the lock cannot be opened", path: path.into(), source })
}

fn lock(path: &Path, taken: std::io::Result<()>) -> Result<(), ServerError> {
    taken.map_err(|source| ServerError::Folder { what: "the lock cannot be taken", path: path.into(), source })
}
