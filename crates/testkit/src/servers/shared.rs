//! One set of servers for all tests of a checkout.
//!
//! nextest runs each test in a process of its own, so a cluster per process would cost more than most tests. The first
//! process that needs the servers starts them under a file lock and writes `target/testkit/shared.json`; later ones find
//! them there. Each process holds a shared lock on `users.lock` while it lives, and whoever holds it keeps his servers: a
//! watchdog ends them when nobody has held it for ten minutes, and `cargo xtask test` ends them at once ([`stop_shared`]). A
//! process that finds one of them gone starts a new set beside them; the old one ends when nobody uses any.
//! With `OKNO_TEST_SERVERS` set (the JSON of [`SharedServers`]) those servers are used and nothing is started.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use parking_lot::Mutex;
use rustix::process::Signal;
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::process::send;
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

/// What `shared.json` holds.
#[derive(Serialize, Deserialize)]
struct Record {
    servers: SharedServers,
    /// Where this was written: a copied target folder names the servers of another checkout.
    place: PathBuf,
    /// PostgreSQL, NATS, Redis.
    processes: [Known; 3],
    ports: [u16; 3],
    folders: [PathBuf; 3],
}

/// A process that can be known again: its number alone may belong to another by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    pid: u32,
    /// In clock ticks since the machine started.
    started: u64,
}

impl Known {
    /// `None`: there is no such process, or it has ended.
    fn of(pid: u32) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // "pid (name) state ppid ...", where the name may hold anything; the 22nd is the start.
        let mut rest = stat.rsplit_once(") ")?.1.split_whitespace();
        let state = rest.next()?;
        let started = rest.nth(18)?.parse().ok()?;
        (state != "Z").then_some(Self { pid, started })
    }

    fn runs(&self) -> bool {
        Self::of(self.pid) == Some(*self)
    }
}

/// Ends the servers when nobody has used any for ten minutes, or at all once the record names others or is gone
/// (`cargo clean`). Arguments: lock, record, what names our servers in it, number and start of PostgreSQL, of NATS and of
/// Redis, folders.
const WATCHDOG: &str = r#"lock=$1 record=$2 name=$3; shift 3
ours() { grep -qF "$name" "$record" 2>/dev/null; }
free() { [ ! -e "$lock" ] || flock -n -x "$lock" true; }
end() { [ "$(cut -d' ' -f22 "/proc/$2/stat" 2>/dev/null)" = "$3" ] && kill -s "$1" "$2"; }
idle=0 enough=60
while [ $idle -lt $enough ]; do
  sleep 10
  ours || enough=1
  if free; then idle=$((idle+1)); else idle=0; fi
done
if ours; then exec 9>"$lock"; flock -x 9; rm -f -- "$record"; fi
end QUIT $1 $2; end TERM $3 $4; end TERM $5 $6; shift 6
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
    if let Some(record) = place.read()
        && is_alive(&record).await
    {
        return Ok(record.servers);
    }
    // What is left of servers of which one has died may be in use; their watchdog ends them later.
    let record = start_all(&place).await?;
    let text = serde_json::to_string(&record)?;
    std::fs::write(&place.record, text).map_err(|source| ServerError::Folder {
        what: "cannot be written",
        path: place.record.clone(),
        source,
    })?;
    watch(&place, &record)?;
    Ok(record.servers)
}

async fn start_all(place: &Place) -> Result<Record, ServerError> {
    let (postgres, nats, redis) = tokio::join!(
        PostgresServer::start(PostgresOptions::default()),
        NatsServer::start(NatsOptions::default()),
        RedisServer::start(RedisOptions::default()),
    );
    let (mut postgres, mut nats, mut redis) = (postgres?, nats?, redis?);
    let known = |pid: Option<u32>| pid.and_then(Known::of).expect("it has just been started");
    let processes = [known(postgres.pid()), known(nats.pid()), known(redis.pid())];
    Ok(Record {
        servers: SharedServers { postgres: postgres.url("postgres"), nats: nats.url(), redis: redis.url() },
        place: place.record.clone(),
        processes,
        ports: [postgres.port(), nats.port(), redis.port()],
        folders: [postgres.release().to_owned(), nats.release().to_owned(), redis.release().to_owned()],
    })
}

/// Whether all three still run. One that does not answer in time only has much to do: it is in use.
async fn is_alive(record: &Record) -> bool {
    for (known, port) in record.processes.iter().zip(record.ports) {
        let connected = timeout(Duration::from_secs(2), TcpStream::connect(("127.0.0.1", port))).await;
        if !known.runs() || matches!(connected, Ok(Err(_))) {
            return false;
        }
    }
    true
}

async fn end(record: &Record) {
    for (known, signal) in record.processes.iter().zip([Signal::QUIT, Signal::TERM, Signal::TERM]) {
        if known.runs() {
            send(known.pid, signal);
        }
    }
    for known in record.processes {
        let gone = timeout(Duration::from_secs(5), async {
            while known.runs() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        let _ = gone.await;
    }
    for folder in &record.folders {
        // What cannot be removed is a temporary folder that the system removes one day.
        let _ = program::remove_folder(folder);
    }
}

fn watch(place: &Place, record: &Record) -> Result<(), ServerError> {
    use std::os::unix::process::CommandExt;
    let name = serde_json::to_string(&record.processes)?;
    Command::new("/bin/sh")
        .args(["-c", WATCHDOG, "okno-watchdog"])
        .args([&place.users, &place.record])
        .arg(name)
        .args(record.processes.iter().flat_map(|known| [known.pid.to_string(), known.started.to_string()]))
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
        let folder = folder.canonicalize().unwrap_or(folder);
        let at = |name: &str| folder.join(name);
        Ok(Self { users: at("users.lock"), start: at("start.lock"), record: at("shared.json") })
    }

    fn read(&self) -> Option<Record> {
        let record: Record = serde_json::from_slice(&std::fs::read(&self.record).ok()?).ok()?;
        (record.place == self.record).then_some(record)
    }
}

fn open_lock(path: &Path) -> Result<File, ServerError> {
    let opened = File::options().create(true).truncate(false).write(true).open(path);
    opened.map_err(|source| ServerError::Folder { what: "the lock cannot be opened", path: path.into(), source })
}

fn lock(path: &Path, taken: std::io::Result<()>) -> Result<(), ServerError> {
    taken.map_err(|source| ServerError::Folder { what: "the lock cannot be taken", path: path.into(), source })
}
