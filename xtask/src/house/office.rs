//! `okno` as a child: its short commands, and `okno all`.

use std::{
    fs::{self, File},
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Error, Result, anyhow, bail};
use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};

use super::{Plan, http, variables::Variables};
use crate::{say, sh};

/// How long `okno all` may take until it is ready.
const READY_WAIT: Duration = Duration::from_secs(60);
/// Its drain, and a little more.
const STOP_WAIT: Duration = Duration::from_secs(30);

/// Ends `okno` when xtask is gone without a word: its end of the pipe closes then. Argument: pid.
const WATCHER: &str = r#"read -r bye && exit 0; kill -s TERM "$1" 2>/dev/null"#;

/// Someone who may sign in to the demo company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    pub login: String,
    pub password: String,
    pub who: String,
}

/// Runs a short command of `okno` to its end and returns what it printed.
pub async fn command(plan: &Plan, variables: &Variables, arguments: &[&str]) -> Result<String> {
    let mut okno = okno(plan, variables);
    let output = okno.args(arguments).kill_on_drop(true).stderr(Stdio::piped()).output();
    let output = output.await.with_context(|| format!("cannot start {}", plan.binary.display()))?;
    if !output.status.success() {
        bail!(
            "`okno {}` ended with {}:\n{}",
            arguments.join(" "),
            output.status,
            sh::tail(&String::from_utf8_lossy(&output.stderr), 20)
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Fills in the demo company.
pub async fn seed(plan: &Plan, variables: &Variables) -> Result<Vec<SignIn>> {
    Ok(command(plan, variables, &["seed-demo"]).await?.lines().filter_map(sign_in).collect())
}

/// `okno seed-demo` prints a sign-in as login, password and who it is, with tabs between.
fn sign_in(line: &str) -> Option<SignIn> {
    let mut fields = line.split('\t').map(|field| field.trim().to_owned());
    Some(SignIn { login: fields.next()?, password: fields.next()?, who: fields.next()? })
}

/// A running `okno all`.
pub struct Office {
    child: Child,
    watcher: std::process::Child,
    log: PathBuf,
}

impl Office {
    /// Starts it in a process group of its own, so that Ctrl-C reaches xtask alone, which then stops it in order.
    pub fn start(plan: &Plan, variables: &Variables) -> Result<Self> {
        let log = plan.log("okno");
        // What it said before it was ended and started again stays.
        let file = File::options().create(true).append(true).open(&log).with_context(|| log.display().to_string())?;
        let mut okno = okno(plan, variables);
        okno.arg("all").process_group(0).stdout(file.try_clone()?).stderr(file);
        let child = okno.spawn().with_context(|| format!("cannot start {}", plan.binary.display()))?;
        let watcher = watch(child.id().context("okno ended at once")?)?;
        Ok(Self { child, watcher, log })
    }

    /// Waits until every target is ready.
    pub async fn ready(&mut self, ops: u16) -> Result<()> {
        let begun = Instant::now();
        let mut waiting_for = "nothing answers on its health port".to_owned();
        while begun.elapsed() < READY_WAIT {
            match http::get(ops, "/healthz/ready").await {
                Some((200, _)) => return Ok(()),
                Some((_, reasons)) => waiting_for = reasons,
                None => {}
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(self.obituary(&status.to_string()));
            }
            sleep(Duration::from_millis(50)).await;
        }
        bail!(
            "`okno all` is not ready after {} s, it waits for:\n{waiting_for}\nits log: {}",
            READY_WAIT.as_secs(),
            self.log.display()
        )
    }

    /// Waits for an end that nobody asked for.
    pub async fn ended(&mut self) -> Error {
        match self.child.wait().await {
            Ok(status) => self.obituary(&status.to_string()),
            Err(error) => anyhow!(error).context("cannot wait for `okno all`"),
        }
    }

    /// SIGTERM, its drain, and SIGKILL if it does not end.
    pub async fn stop(&mut self) {
        if let Some(pid) = self.child.id() {
            signal(pid, "TERM");
            if timeout(STOP_WAIT, self.child.wait()).await.is_err() {
                say::warn(&format!("okno did not end within {} s; it is killed", STOP_WAIT.as_secs()));
            }
        }
        self.kill();
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        // Both may have ended before.
        let _ = self.child.start_kill();
        dismiss(&mut self.watcher);
    }

    /// Waits until it has let go of its ports.
    pub async fn gone(&mut self) {
        // It was killed: how it ended is known.
        let _ = self.child.wait().await;
    }

    fn obituary(&self, status: &str) -> Error {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        anyhow!("`okno all` ended with {status}; the end of {}:\n{}", self.log.display(), sh::tail(&log, 20))
    }
}

fn okno(plan: &Plan, variables: &Variables) -> Command {
    let mut command = Command::new(&plan.binary);
    command.envs(variables).current_dir(&plan.folder).stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

fn watch(pid: u32) -> Result<std::process::Child> {
    use std::os::unix::process::CommandExt;
    let mut shell = sh::command("/bin/sh");
    shell.args(["-c", WATCHER, "okno-watcher", &pid.to_string()]).process_group(0);
    let shell = shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    shell.context("cannot start /bin/sh")
}

/// Tells the watcher that nothing is left to watch.
fn dismiss(watcher: &mut std::process::Child) {
    use std::io::Write;
    if let Some(mut pipe) = watcher.stdin.take() {
        let _ = pipe.write_all(b"bye\n");
    }
    let _ = watcher.wait();
}

fn signal(pid: u32, name: &str) {
    // It may have ended just now.
    let _ = sh::succeeds(sh::command("/bin/sh").args(["-c", "kill -s \"$1\" \"$2\"", "sh", name, &pid.to_string()]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_is_three_fields_and_other_lines_are_talk() {
        let line = "anna@example.com\tsecret words\tAnna, operator";
        let expected = SignIn {
            login: "anna@example.com".to_owned(),
            password: "secret words".to_owned(),
            who: "Anna, operator".to_owned(),
        };
        assert_eq!(sign_in(line), Some(expected));
        assert_eq!(sign_in("The demo company is there."), None);
    }
}
