//! The `okno` binary as a child process.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use testkit::servers::free_port;

/// Everyone's password in the seeded company.
pub const PASSWORD: &str = "okno-demo-2026";

/// A running process of Okno; ended with the handle.
pub struct Process {
    child: Child,
    pub ops: u16,
}

impl Process {
    /// Starts it and waits until it is ready.
    pub async fn start(targets: &[&str], environment: &HashMap<String, String>) -> Self {
        let mut process = Self::spawn(targets, environment);
        process.ready(targets).await;
        process
    }

    /// Starts it.
    pub fn spawn(targets: &[&str], environment: &HashMap<String, String>) -> Self {
        let log = std::env::var_os("OKNO_TEST_LOG").map_or_else(Stdio::null, |_| Stdio::inherit());
        Self::spawn_of(&binary(), targets, environment, log)
    }

    /// Starts targets of this binary; what it says goes to `log`.
    pub fn spawn_of(program: &Path, targets: &[&str], environment: &HashMap<String, String>, log: Stdio) -> Self {
        let ops = free_port();
        let child = Command::new(program)
            .args(targets)
            .envs(environment)
            .env("OKNO_OPS_LISTEN", format!("127.0.0.1:{ops}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("okno starts");
        Self { child, ops }
    }

    /// Waits until it is ready.
    pub async fn ready(&mut self, targets: &[&str]) {
        let started = Instant::now();
        let mut last = String::new();
        while started.elapsed() < Duration::from_secs(60) {
            if let Some(status) = self.child.try_wait().expect("a child") {
                panic!("okno {} ended with {status}; set OKNO_TEST_LOG=1 to see why", targets.join(" "));
            }
            if let Ok(answer) = reqwest::get(format!("http://127.0.0.1:{}/healthz/ready", self.ops)).await {
                if answer.status().is_success() {
                    return;
                }
                last = answer.text().await.unwrap_or_default();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("okno {} does not get ready: {last}", targets.join(" "));
    }

    /// What it measures, in Prometheus' form.
    pub async fn metrics(&self) -> String {
        let answer = reqwest::get(format!("http://127.0.0.1:{}/metrics", self.ops)).await.expect("metrics");
        answer.text().await.expect("metrics")
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child")
    }

    /// SIGKILL.
    pub fn kill(mut self) {
        self.end();
    }

    /// Any signal, by its name.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", name, &pid]).status().expect("kill");
        assert!(status.success(), "SIG{name} was not delivered");
    }

    /// SIGTERM; waits until it has drained and ended.
    pub async fn stop(mut self) -> ExitStatus {
        self.signal("TERM");
        let ended = async {
            loop {
                match self.ended() {
                    Some(status) => return status,
                    None => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(60), ended).await.expect("a process ends when it is asked to")
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// The binary beside this test's own.
pub fn binary() -> PathBuf {
    let mut path = std::env::current_exe().expect("our own path");
    path.pop(); // deps
    path.pop(); // debug
    path.push("okno");
    assert!(path.exists(), "{} is missing: run `cargo build -p okno` first (`cargo xtask test` does)", path.display());
    path
}

/// A database is made again from its template when the binary is another one.
pub fn template_key() -> String {
    let file = std::fs::metadata(binary()).expect("the binary");
    let mut hasher = DefaultHasher::new();
    (file.len(), file.modified().expect("a time")).hash(&mut hasher);
    format!("e2e-{:x}", hasher.finish())
}

/// Migrates and seeds the database at `url`.
pub async fn migrate(url: String) -> Result<(), String> {
    migrate_by(&binary(), url).await
}

/// The same by the binary of another version.
pub async fn migrate_by(program: &Path, url: String) -> Result<(), String> {
    for command in ["migrate", "seed-demo"] {
        let output = tokio::process::Command::new(program)
            .arg(command)
            .env("OKNO_DATABASE_URL", &url)
            .env_remove("OKNO_NATS_URL")
            .output()
            .await
            .map_err(|e| e.to_string())?;
        if !output.status.success() {
            return Err(format!("okno {command}: {}", String::from_utf8_lossy(&output.stderr)));
        }
    }
    Ok(())
}

/// Makes streams and buckets as `okno migrate` does where NATS is named.
pub async fn make_streams(environment: &HashMap<String, String>) {
    let migrated = tokio::process::Command::new(binary()).arg("migrate").envs(environment).output().await;
    let output = migrated.expect("okno migrate");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Runs a chore of the binary, such as `okno dead list`, and gives what it prints; an error, its code and what it complains
/// of: "(1) okno: ...".
pub async fn chore(environment: &HashMap<String, String>, arguments: &[&str]) -> Result<String, String> {
    let done = tokio::process::Command::new(binary()).args(arguments).envs(environment).output().await;
    let output = done.expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let code = output.status.code().unwrap_or_default();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(format!("({code}) {}", text(output.stderr))) }
}

/// One set of keys for all tests of this process.
pub fn keys() -> HashMap<String, String> {
    static KEYS: OnceLock<HashMap<String, String>> = OnceLock::new();
    let make = || {
        let output = Command::new(binary()).arg("keys").output().expect("okno keys");
        let lines = String::from_utf8(output.stdout).expect("text");
        lines.lines().filter_map(|l| l.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
    };
    KEYS.get_or_init(make).clone()
}
