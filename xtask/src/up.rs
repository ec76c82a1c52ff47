//! `cargo xtask up`: from a fresh checkout to a page one can work in.

use std::{
    fs::{self, File},
    io::{Read, Seek, Write},
    path::Path,
};

use anyhow::{Context, Result, bail};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    block_on,
    house::{Given, House, Plan, Ports},
    install,
    page::PAGES,
    root, say, sh,
};

/// What the caller asked for.
#[derive(Debug, Clone)]
pub struct Options {
    pub fresh: bool,
    pub release: bool,
    /// Whom a new API key acts for.
    pub api_key: Option<String>,
}

/// Installs, builds, starts, and stays until Ctrl-C.
pub fn run(options: Options) -> Result<()> {
    let folder = root::okno();
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let mut lock = Lock::take(&folder)?;
    let given = Given::from_environment();
    if options.fresh {
        start_over(&folder, &given)?;
    }
    if !given.is_all() {
        install::servers()?;
    }
    install::page_tools()?;
    for page in PAGES {
        page.build()?;
    }
    let binary = build(options.release)?;
    let ports = Ports::keep(&folder.join("ports.json"))?;
    lock.say(ports.edge)?;
    block_on(live(Plan { folder, binary, ports, given, durable: true }, options.api_key.as_deref()))
}

fn start_over(folder: &Path, given: &Given) -> Result<()> {
    if given.is_any() {
        bail!("--fresh removes data of our own only: unset OKNO_DATABASE_URL, OKNO_NATS_URL and OKNO_REDIS_URL first");
    }
    let data = folder.join("data");
    say::step("--fresh", "the data and keys of earlier starts are removed");
    say::note(&format!("removing {}", data.display()));
    if data.exists() {
        fs::remove_dir_all(&data).with_context(|| data.display().to_string())?;
    }
    let keys = folder.join("keys.env");
    if keys.exists() {
        fs::remove_file(&keys)?;
    }
    Ok(())
}

fn build(release: bool) -> Result<std::path::PathBuf> {
    say::step("okno", "cargo builds the one binary");
    let mut cargo = sh::cargo();
    cargo.args(["build", "-p", "okno"]).env("SQLX_OFFLINE", "true");
    if release {
        cargo.arg("--release");
    }
    sh::run(&mut cargo)?;
    Ok(root::target().join(if release { "release" } else { "debug" }).join("okno"))
}

/// Runs the house between the signals.
async fn live(plan: Plan, api_key_for: Option<&str>) -> Result<()> {
    let mut signals = Signals::new()?;
    let mut house = tokio::select! {
        house = House::open(plan) => house?,
        () = signals.next() => return Ok(()),
    };
    let outcome = tokio::select! {
        outcome = stand(&mut house, api_key_for) => outcome,
        () = signals.next() => Ok(()),
    };
    say::step("stopping", "okno drains, then the servers end; Ctrl-C once more ends okno at once");
    tokio::select! {
        () = house.close() => say::note("stopped; the data is kept for the next start"),
        () = signals.next() => {
            house.kill();
            house.close().await;
        }
    }
    outcome
}

async fn stand(house: &mut House, api_key_for: Option<&str>) -> Result<()> {
    house.start().await?;
    let mut lines = welcome(house);
    if let Some(login) = api_key_for {
        lines.insert(1, format!("API key of {login}, shown this once:  {}", house.api_key(login).await?));
    }
    println!("\n{}\n", say::frame(&lines));
    Err(house.broken().await)
}

fn welcome(house: &House) -> Vec<String> {
    let mut lines = vec![format!("Okno is up:  {}", house.address()), String::new()];
    if !house.sign_ins().is_empty() {
        lines.push("Sign in as".to_owned());
        let wide = house.sign_ins().iter().map(|one| one.login.chars().count()).max().unwrap_or_default();
        lines
            .extend(house.sign_ins().iter().map(|one| format!("  {:wide$}  {}  {}", one.login, one.password, one.who)));
        lines.push(String::new());
    }
    lines.push("Write as a visitor of the demo shop's site at".to_owned());
    lines.push(format!("  {}/demo/", house.address()));
    lines.push("Connect the demo Telegram on the channels page, then write as a customer at".to_owned());
    lines.push(format!("  {}/demo", house.telegram()));
    lines.push(String::new());
    lines.push(format!("Log: {}", house.log().display()));
    lines.push("Ctrl-C stops everything and keeps the data; `cargo xtask up --fresh` starts over.".to_owned());
    lines
}

/// Whatever asks us to stop.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    fn new() -> Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}

/// One `up` per checkout; the system gives the lock back when its holder ends, however it ends.
struct Lock {
    file: File,
}

impl Lock {
    fn take(folder: &Path) -> Result<Self> {
        let path = folder.join("up.lock");
        let file = File::options().create(true).truncate(false).read(true).write(true).open(&path);
        let mut file = file.with_context(|| path.display().to_string())?;
        if file.try_lock().is_err() {
            let mut who = String::new();
            file.read_to_string(&mut who)?;
            bail!("an earlier `cargo xtask up` still runs here{who}; stop it there with Ctrl-C, or by that pid");
        }
        let mut lock = Self { file };
        lock.write(&format!(" (pid {}, still starting)", std::process::id()))?;
        Ok(lock)
    }

    fn say(&mut self, port: u16) -> Result<()> {
        self.write(&format!(" (pid {}, page at http://127.0.0.1:{port})", std::process::id()))
    }

    fn write(&mut self, text: &str) -> Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        Ok(self.file.write_all(text.as_bytes())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_up_is_told_who_runs() {
        let folder = std::env::temp_dir().join(format!("okno-lock-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a temporary folder");
        let mut first = Lock::take(&folder).expect("nobody else");
        first.say(8080).expect("a file of ours");
        let refused = Lock::take(&folder).err().expect("taken").to_string();
        assert!(refused.contains(&format!("pid {}, page at http://127.0.0.1:8080", std::process::id())), "{refused}");
        drop(first);
        Lock::take(&folder).expect("free again");
        fs::remove_dir_all(&folder).expect("our own folder");
    }
}
