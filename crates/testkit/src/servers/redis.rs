use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::process::{Home, Launch, ServerProcess};
use super::{ServerError, free_port, program};

/// How a Redis server is started; the default is a fresh one on a free port.
#[derive(Debug, Default, Clone)]
pub struct RedisOptions {
    /// Where its log lies; it never saves its data.
    pub data_dir: Option<PathBuf>,
    /// Its port on 127.0.0.1; a free one if `None`.
    pub port: Option<u16>,
}

/// A redis-server on 127.0.0.1 that saves nothing. Dropping it ends it.
#[derive(Debug)]
pub struct RedisServer {
    port: u16,
    process: ServerProcess,
    home: Home,
}

impl RedisServer {
    /// Starts redis-server and waits until it answers (0.09 s).
    ///
    /// # Errors
    /// When it is not installed or does not get ready.
    pub async fn start(options: RedisOptions) -> Result<Self, ServerError> {
        let mut tries = if options.port.is_some() { 1 } else { 3 };
        loop {
            tries -= 1;
            match Self::try_start(&options).await {
                Err(ServerError::Ended { log, .. }) if tries > 0 && log.contains("Address already in use") => {}
                done => return done,
            }
        }
    }

    async fn try_start(options: &RedisOptions) -> Result<Self, ServerError> {
        let program = program::find("redis-server", "redis-server")?;
        let home = Home::at(options.data_dir.clone(), "redis")?;
        let port = options.port.unwrap_or_else(free_port);
        let numbers = ["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--appendonly", "no"];
        let mut arguments: Vec<_> = numbers.map(Into::into).into();
        arguments.extend(["--dir".into(), home.path().into()]);
        let launch = Launch { name: "redis-server", program, arguments, stop: Signal::TERM, discard: Signal::KILL };
        let process = ServerProcess::spawn(launch, &home)?;
        let mut server = Self { port, process, home };
        server.wait_ready().await?;
        Ok(server)
    }

    /// `redis://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
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

    /// Starts it again on the same port, empty; a running one is stopped first.
    ///
    /// # Errors
    /// When it does not get ready.
    pub async fn restart(&mut self) -> Result<(), ServerError> {
        self.process.stop().await;
        self.process.start(&self.home)?;
        self.wait_ready().await
    }

    /// Forgets all keys while it runs. Returns whether the server said so.
    pub async fn flush(&self) -> bool {
        command(self.port, "FLUSHALL").await.is_some_and(|answer| answer == "+OK")
    }

    async fn wait_ready(&mut self) -> Result<(), ServerError> {
        let port = self.port;
        self.process.wait_ready(async || command(port, "PING").await.is_some_and(|answer| answer == "+PONG")).await
    }

    pub(super) fn release(&mut self) -> &Path {
        self.process.release();
        self.home.keep();
        self.home.path()
    }
}

/// Sends one inline command and returns its one-line answer.
async fn command(port: u16, command: &str) -> Option<String> {
    let ask = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
        stream.write_all(format!("{command}\r\n").as_bytes()).await.ok()?;
        let mut answer = [0; 64];
        let length = stream.read(&mut answer).await.ok()?;
        Some(String::from_utf8_lossy(&answer[..length]).trim_end().to_owned())
    };
    timeout(Duration::from_secs(1), ask).await.ok().flatten()
}
