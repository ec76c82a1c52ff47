use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::process::{Home, Launch, ServerProcess};
use super::{ServerError, decay, free_port, program};

/// How a NATS server is started; the default is a fresh one on a free port.
#[derive(Debug, Default, Clone)]
pub struct NatsOptions {
    /// More lines of nats-server's configuration, for example an `authorization { users = [...] }` block.
    pub config_extra: Option<String>,
    /// Where its store and log lie; a temporary folder if `None`.
    pub data_dir: Option<PathBuf>,
    /// Its port on 127.0.0.1; a free one if `None`.
    pub port: Option<u16>,
}

/// A nats-server with JetStream on 127.0.0.1. Dropping it ends it.
#[derive(Debug)]
pub struct NatsServer {
    port: u16,
    monitor: u16,
    process: ServerProcess,
    // After the process: the folder goes when the server is gone.
    home: Home,
}

impl NatsServer {
    /// Starts nats-server and waits until JetStream is there (0.06 s).
    ///
    /// # Errors
    /// When it is not installed, its configuration is wrong or it does not get ready.
    pub async fn start(options: NatsOptions) -> Result<Self, ServerError> {
        let mut tries = if options.port.is_some() { 1 } else { 3 };
        loop {
            tries -= 1;
            match Self::try_start(&options).await {
                Err(ServerError::Ended { log, .. }) if tries > 0 && log.contains("address already in use") => {}
                done => return done,
            }
        }
    }

    async fn try_start(options: &NatsOptions) -> Result<Self, ServerError> {
        let program = program::find("nats-server", "nats-server")?;
        let home = Home::at(options.data_dir.clone(), "nats")?;
        let (port, monitor) = (options.port.unwrap_or_else(free_port), free_port());
        let config = home.path().join("nats.conf");
        write_config(&config, port, monitor, &home.path().join("store"), options.config_extra.as_deref())?;
        let launch = Launch {
            name: "nats-server",
            program,
            arguments: vec!["-c".into(), config.into()],
            stop: Signal::TERM,
            discard: if options.data_dir.is_some() { Signal::TERM } else { Signal::KILL },
        };
        let process = ServerProcess::spawn(launch, &home)?;
        let mut server = Self { port, monitor, process, home };
        server.wait_ready().await?;
        Ok(server)
    }

    /// `nats://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// The URL with a user of the `authorization` block.
    pub fn url_as(&self, user: &str, password: &str) -> String {
        format!("nats://{user}:{password}@127.0.0.1:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn pid(&self) -> Option<u32> {
        self.process.pid()
    }

    /// Kills it with SIGKILL.
    pub fn kill(&mut self) {
        self.process.end(Signal::KILL);
    }

    /// Stops it in order with SIGTERM.
    pub async fn stop(&mut self) {
        self.process.stop().await;
    }

    /// Holds it without closing its connections, like a stalled machine; [`Self::resume`] lets it go on.
    pub fn pause(&self) {
        self.process.signal(Signal::STOP);
    }

    pub fn resume(&self) {
        self.process.signal(Signal::CONT);
    }

    /// Starts it again on the same port with the same data; a running one is stopped first.
    ///
    /// # Errors
    /// When it does not get ready.
    pub async fn restart(&mut self) -> Result<(), ServerError> {
        self.process.stop().await;
        self.process.start(&self.home)?;
        self.wait_ready().await
    }

    /// Stops it, deletes everything JetStream has stored, starts it.
    ///
    /// # Errors
    /// When the store cannot be deleted or the server does not get ready.
    pub async fn wipe_store(&mut self) -> Result<(), ServerError> {
        self.process.stop().await;
        program::remove_folder(&self.store())?;
        self.restart().await
    }

    /// Copies the store to `to`, for [`Self::restore_store`]. The server is down for a moment, so that the copy is whole.
    ///
    /// # Errors
    /// When the copy fails or the server does not get ready.
    pub async fn snapshot_store(&mut self, to: impl AsRef<Path>) -> Result<(), ServerError> {
        self.process.stop().await;
        program::copy_folder(&self.store(), to.as_ref())?;
        self.restart().await
    }

    /// Puts a snapshot in the place of the store and starts the server on it.
    ///
    /// # Errors
    /// When the copy fails or the server does not get ready.
    pub async fn restore_store(&mut self, from: impl AsRef<Path>) -> Result<(), ServerError> {
        self.process.stop().await;
        program::copy_folder(from.as_ref(), &self.store())?;
        self.restart().await
    }

    /// Flips one bit of a file of the store, as a failing disk does: `file` below the store's folder, byte number `at`.
    ///
    /// # Errors
    /// There is no such byte.
    pub fn flip_bit_at(&self, file: &str, at: u64) -> std::io::Result<()> {
        decay::flip(&self.store().join(file), at, 0)
    }

    /// Flips one bit in the store, whether the server runs or not; `draw` decides where. Returns the file and the number of
    /// the byte; `None` when nothing is stored.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn flip_bit(&self, draw: u64) -> std::io::Result<Option<(PathBuf, u64)>> {
        let store = self.store();
        let flipped = decay::flip_bit(&store, draw)?;
        Ok(flipped.map(|(file, at)| (file.strip_prefix(&store).map_or(file.clone(), Path::to_owned), at)))
    }

    fn store(&self) -> PathBuf {
        self.home.path().join("store")
    }

    async fn wait_ready(&mut self) -> Result<(), ServerError> {
        let monitor = self.monitor;
        self.process.wait_ready(async || healthy(monitor).await).await
    }

    pub(super) fn release(&mut self) -> &Path {
        self.process.release();
        self.home.keep();
        self.home.path()
    }
}

fn write_config(path: &Path, port: u16, monitor: u16, store: &Path, extra: Option<&str>) -> Result<(), ServerError> {
    let extra = extra.unwrap_or_default();
    // The bound of the store is stated: by default it is a share of the free disk, and streams reserve their own bounds.
    let config = format!(
        "listen: \"127.0.0.1:{port}\"\nhttp: \"127.0.0.1:{monitor}\"\n\
         jetstream {{ store_dir: {store:?}, max_memory_store: 1GB, max_file_store: 200GB }}\n{extra}\n"
    );
    std::fs::write(path, config).map_err(|source| ServerError::Folder {
        what: "the configuration cannot be written",
        path: path.into(),
        source,
    })
}

/// Whether nats-server's monitor says that all of it, JetStream included, is up.
async fn healthy(monitor: u16) -> bool {
    let ask = async {
        let mut stream = TcpStream::connect(("127.0.0.1", monitor)).await.ok()?;
        stream.write_all(b"GET /healthz HTTP/1.0\r\n\r\n").await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        Some(answer.starts_with("HTTP/1.0 200") || answer.starts_with("HTTP/1.1 200"))
    };
    timeout(Duration::from_secs(1), ask).await.ok().flatten().unwrap_or(false)
}
