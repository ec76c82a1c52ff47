use std::ffi::OsString;
use std::fs::File;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::time::sleep;

use super::{ServerError, program};

/// How long a server may take to answer after its start; recovery after a SIGKILL included.
const READY_WAIT: Duration = Duration::from_secs(30);
/// How long a server may take to end after it was asked to.
const STOP_WAIT: Duration = Duration::from_secs(20);

/// Ends the server, and removes its temporary folder, when the process that started it is gone without having said
/// good-bye: its end of the pipe closes then. Arguments: pid, signal, folder or nothing.
const WATCHER: &str = r#"read -r bye && exit 0
kill -s "$2" "$1" 2>/dev/null
i=0; while [ -e "/proc/$1/exe" ] && [ $i -lt 200 ]; do sleep 0.1; i=$((i+1)); done
[ -z "$3" ] || rm -rf -- "$3""#;

/// Where a server keeps its data: a folder given by the caller, or a temporary one that goes with the handle.
#[derive(Debug)]
pub(super) struct Home {
    path: PathBuf,
    temporary: Option<TempDir>,
}

impl Home {
    /// Takes `folder`, made if missing, or makes a temporary one that other users may pass through.
    pub(super) fn at(folder: Option<PathBuf>, name: &str) -> Result<Self, ServerError> {
        if let Some(path) = folder {
            program::make_folder(&path)?;
            return Ok(Self { path, temporary: None });
        }
        let temporary = tempfile::Builder::new()
            .prefix(&format!("okno-{name}-"))
            .permissions(std::fs::Permissions::from_mode(0o711))
            .tempdir()
            .map_err(|source| ServerError::Folder {
                what: "a temporary folder cannot be made in",
                path: std::env::temp_dir(),
                source,
            })?;
        Ok(Self { path: temporary.path().to_owned(), temporary: Some(temporary) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps the folder when the handle goes.
    pub(super) fn keep(&mut self) {
        if let Some(temporary) = self.temporary.take() {
            self.path = temporary.keep();
        }
    }
}

/// How one server program is started and ended.
#[derive(Debug)]
pub(super) struct Launch {
    pub(super) name: &'static str,
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<OsString>,
    /// What ends it in order.
    pub(super) stop: Signal,
    /// What ends it when its handle is dropped; faster where nobody wants its data.
    pub(super) discard: Signal,
}

/// A running (or stopped) server program; gone with its handle.
#[derive(Debug)]
pub(super) struct ServerProcess {
    launch: Launch,
    log: PathBuf,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    server: Child,
    watcher: Option<Child>,
}

impl ServerProcess {
    /// Starts the program in a process group of its own, so that Ctrl-C reaches us and not it.
    pub(super) fn spawn(launch: Launch, home: &Home) -> Result<Self, ServerError> {
        let log = home.path().join("server.log");
        let mut process = Self { launch, log, running: None };
        process.start(home)?;
        Ok(process)
    }

    pub(super) fn start(&mut self, home: &Home) -> Result<(), ServerError> {
        let log = File::options().create(true).append(true).open(&self.log).map_err(|source| ServerError::Folder {
            what: "the log cannot be written",
            path: self.log.clone(),
            source,
        })?;
        let error = |source| ServerError::Spawn { program: self.launch.program.display().to_string(), source };
        let server = Command::new(&self.launch.program)
            .args(&self.launch.arguments)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(error)?)
            .stderr(log)
            .spawn()
            .map_err(error)?;
        let folder = home.temporary.as_ref().map(|folder| folder.path().to_owned()).unwrap_or_default();
        let watcher = Command::new("/bin/sh")
            .args(["-c", WATCHER, "okno-watcher", &server.id().to_string(), signal_name(self.launch.stop)])
            .arg(folder)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(error)?;
        self.running = Some(Running { server, watcher: Some(watcher) });
        Ok(())
    }

    /// Waits until `ready` says so.
    pub(super) async fn wait_ready(&mut self, mut ready: impl AsyncFnMut() -> bool) -> Result<(), ServerError> {
        let name = self.launch.name;
        let begun = Instant::now();
        while begun.elapsed() < READY_WAIT {
            if self.has_ended() {
                return Err(ServerError::Ended { name, log: self.log_end() });
            }
            if ready().await {
                return Ok(());
            }
            sleep(Duration::from_millis(10)).await;
        }
        Err(ServerError::NotReady { name, waited_ms: begun.elapsed().as_millis(), log: self.log_end() })
    }

    pub(super) fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(|running| running.server.id())
    }

    pub(super) fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid() {
            send(pid, signal);
        }
    }

    /// Asks the server to end and waits for it; kills it when it does not.
    pub(super) async fn stop(&mut self) {
        self.signal(self.launch.stop);
        // A paused one hears nothing until it goes on.
        self.signal(Signal::CONT);
        let begun = Instant::now();
        while !self.has_ended() && begun.elapsed() < STOP_WAIT {
            sleep(Duration::from_millis(5)).await;
        }
        self.end(Signal::KILL);
    }

    /// Sends `signal` and collects the dead process.
    pub(super) fn end(&mut self, signal: Signal) {
        let Some(mut running) = self.running.take() else { return };
        if let Ok(Some(status)) = running.server.try_wait() {
            self.report(status);
        } else {
            send(running.server.id(), signal);
            let _ = running.server.wait();
        }
        if let Some(watcher) = running.watcher.take() {
            dismiss(watcher);
        }
    }

    /// A test that fails because its server ended by itself, or was ended by somebody, shall say so.
    fn report(&self, status: ExitStatus) {
        if std::thread::panicking() {
            eprintln!("{} had ended already with {status}; the end of its log:\n{}", self.launch.name, self.log_end());
        }
    }

    /// Lets the server live on without us.
    pub(super) fn release(&mut self) {
        if let Some(watcher) = self.running.take().and_then(|mut running| running.watcher.take()) {
            dismiss(watcher);
        }
    }

    fn has_ended(&mut self) -> bool {
        match &mut self.running {
            Some(running) => matches!(running.server.try_wait(), Ok(Some(_))),
            None => true,
        }
    }

    fn log_end(&self) -> String {
        let log = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&log);
        let lines: Vec<_> = text.lines().collect();
        // A Go program that breaks says why first, and then where for many lines.
        let breaks = lines.iter().rposition(|line| line.starts_with("panic:") || line.starts_with("fatal error:"));
        let end = &lines[breaks.unwrap_or(lines.len().saturating_sub(15))..];
        end[..end.len().min(40)].join("\n")
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.end(self.launch.discard);
    }
}

/// Tells the watcher that nothing is left to watch.
fn dismiss(mut watcher: Child) {
    use std::io::Write;
    if let Some(mut pipe) = watcher.stdin.take() {
        let _ = pipe.write_all(b"bye\n");
    }
    let _ = watcher.wait();
}

pub(super) fn send(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // The only failure left is that the process is gone already.
        let _ = kill_process(pid, signal);
    }
}

fn signal_name(signal: Signal) -> &'static str {
    if signal == Signal::INT { "INT" } else { "TERM" }
}

/// The children of a process, to be ended with it: PostgreSQL's backends outlive a killed postmaster for a moment.
pub(super) fn children_of(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            // "pid (name) state ppid ...", where the name may hold anything.
            let ppid: u32 = stat.rsplit_once(") ")?.1.split_whitespace().nth(1)?.parse().ok()?;
            (ppid == parent).then_some(pid)
        })
        .collect()
}
