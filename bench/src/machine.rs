//! What is measured on: the machine, its disk, and how durable the servers are.

use std::{
    fs,
    io::Write,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use serde::Serialize;
use sqlx::PgPool;

use crate::load::Latency;

/// The machine.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    pub cpu: String,
    pub cores: usize,
    pub memory_gib: f64,
    pub kernel: String,
    /// Device and file system that the data lies on.
    pub disk: String,
    /// Half of 200 writes of 8 KiB, each flushed (fdatasync), took no longer.
    pub flush_ms: f64,
    /// Runnable tasks of the minute before the first run: of others, since nothing of ours ran.
    pub load_before: f64,
}

impl Machine {
    /// Looks at this machine and tries its disk below `folder`.
    pub fn look(folder: &Path) -> Result<Self> {
        let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
        let cpuinfo = read("/proc/cpuinfo");
        let value = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
            line.split_once(':').map_or_else(String::new, |(_, value)| value.trim().to_owned())
        };
        let memory_kib = value(&read("/proc/meminfo"), "MemTotal");
        let memory_kib: f64 = memory_kib.split_whitespace().next().and_then(|kib| kib.parse().ok()).unwrap_or_default();
        Ok(Self {
            cpu: value(&cpuinfo, "model name"),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gib: memory_kib / f64::from(1 << 20),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            disk: disk(&read("/proc/self/mounts"), folder),
            flush_ms: flush_ms(folder)?,
            load_before: read("/proc/loadavg").split(' ').next().and_then(|load| load.parse().ok()).unwrap_or_default(),
        })
    }
}

/// The mount with the longest path that `folder` lies below.
fn disk(mounts: &str, folder: &Path) -> String {
    let fields = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>()).filter(|fields| fields.len() > 3);
    let below = fields.filter(|fields| folder.starts_with(fields[1]));
    let found = below.max_by_key(|fields| fields[1].len());
    found.map_or_else(String::new, |fields| format!("{} ({}) on {}", fields[0], fields[2], fields[1]))
}

fn flush_ms(folder: &Path) -> Result<f64> {
    let path = folder.join("flush");
    let mut file = fs::File::create(&path).with_context(|| path.display().to_string())?;
    let mut latency = Latency::default();
    for _ in 0..200 {
        let began = Instant::now();
        file.write_all(&[7; 8 * 1024])?;
        file.sync_data()?;
        latency.record(began.elapsed().max(Duration::from_micros(1)));
    }
    fs::remove_file(&path)?;
    Ok(latency.quantiles().p50)
}

/// The commit in the current folder, and whether something was changed since; nothing is known outside a working copy.
pub fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short", "HEAD"]) else { return "of no known commit".to_owned() };
    let changed = git(&["status", "--porcelain", "--untracked-files=no"]).is_none_or(|changed| !changed.is_empty());
    format!("commit {commit}{}", if changed { " with changes" } else { "" })
}

/// How durable what is measured is, as the servers themselves tell.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Durability {
    /// PostgreSQL's version and settings, as name and value.
    pub postgres: Vec<(String, String)>,
    pub nats: String,
    pub redis: String,
}

const SETTINGS: [&str; 12] = [
    "server_version",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_sync_method",
    "wal_level",
    "wal_compression",
    "max_wal_size",
    "checkpoint_timeout",
    "shared_buffers",
    "commit_delay",
    "autovacuum",
];

impl Durability {
    pub async fn look(pool: &PgPool) -> Result<Self> {
        let names: Vec<String> = SETTINGS.map(str::to_owned).into();
        let sql =
            "select name, current_setting(name) from unnest($1::text[]) with ordinality n(name, place) order by place";
        let postgres = sqlx::query_as(sql).bind(names).fetch_all(pool).await?;
        Ok(Self {
            postgres,
            nats: format!(
                "{}, JetStream, file storage, 1 replica, sync_interval 2 min (its default; correctness rests on PostgreSQL)",
                nats_version()
            ),
            redis: "nothing is saved".to_owned(),
        })
    }
}

/// `nats-server: v2.9.10` or nothing.
fn nats_version() -> String {
    let output = Command::new("nats-server").arg("--version").output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_is_the_nearest_mount() {
        let mounts = "/dev/vda / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/vdb /tmp/data xfs rw 0 0\n";
        assert_eq!(disk(mounts, Path::new("/tmp/data/run")), "/dev/vdb (xfs) on /tmp/data");
        assert_eq!(disk(mounts, Path::new("/home")), "/dev/vda (ext4) on /");
    }
}
