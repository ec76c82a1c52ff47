use std::ffi::OsString;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::time::timeout;

use super::process::{Home, Launch, ServerProcess, children_of, send};
use super::{ServerError, free_port, program};

/// How a PostgreSQL cluster is started; the default is a fresh one for tests on a free port.
#[derive(Debug, Default, Clone)]
pub struct PostgresOptions {
    /// Where its data and log lie; a temporary folder if `None`. An existing cluster there is used as it is.
    pub data_dir: Option<PathBuf>,
    /// Its port on 127.0.0.1; a free one if `None`.
    pub port: Option<u16>,
    /// Flushes to disk, as real data needs. Tests go without: a killed process loses nothing, only a power cut would.
    pub durable: bool,
    /// More settings, as `name=value`.
    pub settings: Vec<String>,
}

/// A PostgreSQL cluster on 127.0.0.1 with the superuser `okno`, no password. Dropping it ends it.
#[derive(Debug)]
pub struct PostgresServer {
    port: u16,
    process: ServerProcess,
    user: Prefix,
    home: Home,
}

impl PostgresServer {
    /// Makes the cluster if there is none (1 s), starts it and waits until it answers (0.25 s).
    ///
    /// # Errors
    /// When it is not installed, its folder cannot be used or it does not get ready.
    pub async fn start(options: PostgresOptions) -> Result<Self, ServerError> {
        let programs = program::postgres_folder()?;
        let home = Home::at(options.data_dir.clone(), "postgres")?;
        let user = Prefix::choose(home.path())?;
        let data = home.path().join("data");
        if !data.join("PG_VERSION").exists() {
            init_cluster(&user, &programs, &data)?;
        }
        let mut tries = if options.port.is_some() { 1 } else { 3 };
        loop {
            tries -= 1;
            let port = options.port.unwrap_or_else(free_port);
            let launch = launch(&user, &programs, &data, port, &options);
            let mut process = ServerProcess::spawn(launch, &home)?;
            match wait_ready(&mut process, port).await {
                Ok(()) => return Ok(Self { port, process, user, home }),
                Err(ServerError::Ended { log, .. }) if tries > 0 && log.contains("Address already in use") => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// `postgres://okno@127.0.0.1:<port>/<database>`; `postgres` is a database that always exists.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://okno@127.0.0.1:{}/{database}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn pid(&self) -> Option<u32> {
        self.process.pid()
    }

    /// Kills the server and the processes of its sessions with SIGKILL.
    pub fn kill(&mut self) {
        // First, and while their parent cannot collect them: a number that is free belongs to another process soon.
        self.process.signal(Signal::STOP);
        for pid in self.process.pid().map(children_of).unwrap_or_default() {
            send(pid, Signal::KILL);
        }
        self.process.end(Signal::KILL);
    }

    /// Stops it in order (SIGINT, fast shutdown): open sessions are cut, open transactions rolled back.
    pub async fn stop(&mut self) {
        self.process.stop().await;
    }

    /// Stops it with SIGQUIT (immediate shutdown): no session ends in order, the next start recovers.
    pub fn stop_at_once(&mut self) {
        self.process.end(Signal::QUIT);
    }

    /// Starts it again on the same port with the same data; a running one is stopped first. After [`Self::kill`] it
    /// recovers, which may take seconds.
    ///
    /// # Errors
    /// When it does not get ready.
    pub async fn restart(&mut self) -> Result<(), ServerError> {
        self.process.stop().await;
        let mut tries = 20;
        loop {
            tries -= 1;
            self.process.start(&self.home)?;
            match wait_ready(&mut self.process, self.port).await {
                // Processes of the killed server still hold its shared memory; they are ending.
                Err(ServerError::Ended { log, .. }) if tries > 0 && log.contains("still in use") => {
                    self.process.end(Signal::KILL);
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                done => return done,
            }
        }
    }

    /// Copies all databases to `to`, for [`Self::restore_data`]. The server is down for a moment.
    ///
    /// # Errors
    /// When the copy fails or the server does not get ready.
    pub async fn snapshot_data(&mut self, to: impl AsRef<Path>) -> Result<(), ServerError> {
        self.process.stop().await;
        program::copy_folder(&self.data(), to.as_ref())?;
        self.restart().await
    }

    /// Puts a snapshot in the place of all databases and starts the server on it.
    ///
    /// # Errors
    /// When the copy fails or the server does not get ready.
    pub async fn restore_data(&mut self, from: impl AsRef<Path>) -> Result<(), ServerError> {
        self.process.stop().await;
        program::copy_folder(from.as_ref(), &self.data())?;
        self.user.own(&self.data())?;
        self.restart().await
    }

    /// Makes a database, as a copy of `template` if one is named, and returns its URL.
    ///
    /// # Errors
    /// When it exists, the template does not, or somebody is connected to the template.
    pub async fn create_database(&self, name: &str, template: Option<&str>) -> Result<String, ServerError> {
        create_database(&self.url("postgres"), name, template).await?;
        Ok(self.url(name))
    }

    /// Drops a database and cuts its sessions; one that does not exist is fine.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn drop_database(&self, name: &str) -> Result<(), ServerError> {
        let mut admin = PgConnection::connect(&self.url("postgres")).await?;
        Ok(drop_database(&mut admin, name).await?)
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    pub(super) fn release(&mut self) -> &Path {
        self.process.release();
        self.home.keep();
        self.home.path()
    }
}

pub(super) async fn create_database(admin_url: &str, name: &str, template: Option<&str>) -> Result<(), ServerError> {
    let mut admin = PgConnection::connect(admin_url).await?;
    let template = template.map(|template| format!(" template {}", quoted(template))).unwrap_or_default();
    let statement = format!("create database {}{template}", quoted(name));
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut admin).await?;
    Ok(())
}

pub(super) async fn drop_database(admin: &mut PgConnection, name: &str) -> sqlx::Result<()> {
    let statement = format!("drop database if exists {} with (force)", quoted(name));
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(admin).await?;
    Ok(())
}

/// A name as an SQL identifier.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn launch(user: &Prefix, programs: &Path, data: &Path, port: u16, options: &PostgresOptions) -> Launch {
    let mut settings: Vec<String> = vec![
        "listen_addresses=127.0.0.1".into(),
        "unix_socket_directories=".into(),
        "max_connections=300".into(),
        // With the default of 1 GB checkpoints gave spikes of 200 ms at 5,000 rows/s.
        "max_wal_size=4GB".into(),
    ];
    if !options.durable {
        settings.extend(["fsync=off".into(), "full_page_writes=off".into()]);
    }
    settings.extend(options.settings.iter().cloned());
    let server = [programs.join("postgres").into(), "-D".into(), data.into(), "-p".into(), port.to_string().into()];
    let mut words = user.words();
    words.extend::<[OsString; 5]>(server);
    words.extend(settings.into_iter().flat_map(|setting| ["-c".into(), OsString::from(setting)]));
    let program = PathBuf::from(words.remove(0));
    let discard = if options.data_dir.is_some() { Signal::INT } else { Signal::QUIT };
    Launch { name: "postgres", program, arguments: words, stop: Signal::INT, discard }
}

fn init_cluster(user: &Prefix, programs: &Path, data: &Path) -> Result<(), ServerError> {
    program::make_folder(data)?;
    user.own(data)?;
    let mut words = user.words();
    words.push(programs.join("initdb").into());
    let options = ["-U", "okno", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "-D"];
    words.extend(options.map(OsString::from));
    words.push(data.into());
    program::run(Command::new(&words[0]).args(&words[1..]))
}

async fn wait_ready(process: &mut ServerProcess, port: u16) -> Result<(), ServerError> {
    let url = format!("postgres://okno@127.0.0.1:{port}/postgres");
    let answers = async || {
        let connection = timeout(Duration::from_secs(1), PgConnection::connect(&url)).await;
        match connection {
            Ok(Ok(connection)) => connection.close().await.is_ok(),
            _ => false,
        }
    };
    process.wait_ready(answers).await
}

/// PostgreSQL refuses to run as root: then its programs run as the user that Debian's package made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prefix {
    Ourselves,
    Postgres,
    /// As `postgres`, but allowed to pass a parent folder that only root may enter, such as /root.
    PostgresThroughClosedFolders,
}

impl Prefix {
    fn choose(home: &Path) -> Result<Self, ServerError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Ourselves);
        }
        let reaches = |prefix: Self| {
            let words = prefix.words();
            // Not `test -x`: access(2) asks as if without capabilities.
            let stat = [OsString::from("stat"), home.join(".").into()];
            program::run(Command::new(&words[0]).args(&words[1..]).args(stat))
        };
        match reaches(Self::Postgres) {
            Ok(()) => Ok(Self::Postgres),
            Err(_) => reaches(Self::PostgresThroughClosedFolders).map(|()| Self::PostgresThroughClosedFolders),
        }
    }

    /// The beginning of the command line.
    fn words(self) -> Vec<OsString> {
        let user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"].as_slice();
        let through = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"].as_slice();
        let words = match self {
            Self::Ourselves => Vec::new(),
            Self::Postgres => user.to_vec(),
            Self::PostgresThroughClosedFolders => [user, through].concat(),
        };
        words.into_iter().map(OsString::from).collect()
    }

    /// Gives a folder to the user the server runs as.
    fn own(self, folder: &Path) -> Result<(), ServerError> {
        if self == Self::Ourselves || std::fs::metadata(folder).is_ok_and(|folder| folder.uid() != 0) {
            return Ok(());
        }
        program::run(Command::new("chown").args(["-R", "postgres:postgres", "--"]).arg(folder))
    }
}
