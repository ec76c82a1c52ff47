//! `okno` as a child: its short commands, and `okno all`.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::{Child, Command},
    time::{sleep, timeout},
};

use super::Variables;

/// How long `okno all` may take until it is ready.
const READY_WAIT: Duration = Duration::from_secs(60);
/// Its drain, and a little more.
const STOP_WAIT: Duration = Duration::from_secs(20);

/// A running `okno all`; it ends with the handle.
pub struct Okno {
    child: Child,
    pid: u32,
    log: PathBuf,
}

impl Okno {
    /// Starts it and waits until every target is ready; also tells how long that took.
    pub async fn start(program: &Path, variables: &Variables, log: &Path, ops: u16) -> Result<(Self, Duration)> {
        let file = File::create(log).with_context(|| log.display().to_string())?;
        let began = Instant::now();
        // It ends with us, also when we are killed.
        let child = command_of(Path::new("setpriv"), variables)
            .args(["--pdeathsig", "TERM", "--"])
            .arg(program)
            .arg("all")
            .stdout(file.try_clone()?)
            .stderr(file)
            .kill_on_drop(true)
            .process_group(0) // Ctrl-C is for us, who stop it in order
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let pid = child.id().context("okno ended at once")?;
        let mut okno = Self { child, pid, log: log.to_owned() };
        while !matches!(get(ops, "/healthz/ready").await, Some((200, _))) {
            okno.must_live(began)?;
            sleep(Duration::from_millis(5)).await;
        }
        Ok((okno, began.elapsed()))
    }

    fn must_live(&mut self, began: Instant) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("`okno all` ended with {status}; the end of its log:\n{}", self.log_end());
        }
        if began.elapsed() > READY_WAIT {
            bail!("`okno all` is not ready after {READY_WAIT:?}; the end of its log:\n{}", self.log_end());
        }
        Ok(())
    }

    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// SIGTERM, its drain, and SIGKILL when it does not end.
    pub async fn stop(&mut self) {
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        if let (Some(pid), Ok(None)) = (pid, self.child.try_wait()) {
            // It may have ended just now.
            let _ = kill_process(pid, Signal::TERM);
        }
        if timeout(STOP_WAIT, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }

    fn log_end(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}

/// Runs a short command to its end; gives what it printed.
pub async fn command(program: &Path, variables: &Variables, name: &str) -> Result<String> {
    let output = command_of(program, variables).arg(name).kill_on_drop(true).output().await;
    let output = output.with_context(|| format!("cannot start {}", program.display()))?;
    if !output.status.success() {
        bail!("`okno {name}` ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Fresh keys, as variables.
pub async fn keys(program: &Path) -> Result<Variables> {
    let printed = command(program, &Variables::new(), "keys").await?;
    let pair = |line: &str| line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok(printed.lines().filter_map(pair).collect())
}

fn command_of(program: &Path, variables: &Variables) -> Command {
    let mut command = Command::new(program);
    let ours = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("OKNO_"));
    for (name, _) in ours {
        command.env_remove(name);
    }
    command.envs(variables).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Status and body of `GET path`; `None` when nobody answers within a second.
pub async fn get(port: u16, path: &str) -> Option<(u16, String)> {
    let ask = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
        let request = format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        let status = answer.split_whitespace().nth(1)?.parse().ok()?;
        Some((status, answer.split_once("\r\n\r\n").map_or("", |parts| parts.1).to_owned()))
    };
    timeout(Duration::from_secs(1), ask).await.ok().flatten()
}
