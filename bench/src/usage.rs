//! CPU and memory of our own processes, as /proc tells.

use std::{collections::BTreeMap, fs};

use serde::Serialize;

/// Clock ticks a second in /proc: the same on every Linux that we run on (`getconf CLK_TCK`).
const TICKS: f64 = 100.0;

/// A process of this run.
#[derive(Debug, Clone)]
pub struct Process {
    name: &'static str,
    pid: u32,
    with_children: bool,
}

impl Process {
    pub fn alone(name: &'static str, pid: u32) -> Self {
        Self { name, pid, with_children: false }
    }

    /// Sums its children up with it: PostgreSQL's backends.
    pub fn with_children(name: &'static str, pid: u32) -> Self {
        Self { name, pid, with_children: true }
    }
}

/// CPU seconds by process, at one moment.
pub struct Snapshot(BTreeMap<&'static str, f64>);

/// What a run cost.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Usage {
    /// CPU seconds by process.
    pub cpu_s: BTreeMap<&'static str, f64>,
    /// Resident MiB by process at the end; PostgreSQL's shared memory is counted once.
    pub memory_mib: BTreeMap<&'static str, f64>,
}

impl Snapshot {
    pub fn take(processes: &[Process]) -> Self {
        Self(processes.iter().map(|process| (process.name, cpu(process))).collect())
    }

    /// What was used since.
    pub fn until_now(&self, processes: &[Process]) -> Usage {
        let now = Self::take(processes);
        let used = |(name, seconds): (&&'static str, &f64)| (*name, seconds - self.0.get(name).copied().unwrap_or(0.0));
        Usage {
            cpu_s: now.0.iter().map(used).collect(),
            memory_mib: processes.iter().map(|process| (process.name, memory_mib(process))).collect(),
        }
    }
}

/// The process's own time; with children: theirs too, of those that have ended as well.
fn cpu(process: &Process) -> f64 {
    let Some(own) = Stat::read(process.pid) else { return 0.0 };
    if !process.with_children {
        return own.used;
    }
    let living: f64 = children(process.pid).into_iter().filter_map(Stat::read).map(|stat| stat.used).sum();
    own.used + own.of_ended_children + living
}

/// Resident memory, where shared pages are divided among those who share them, as far as the kernel lets us look.
fn memory_mib(process: &Process) -> f64 {
    let all = if process.with_children { children(process.pid) } else { Vec::new() };
    all.into_iter().chain([process.pid]).filter_map(proportional_kib).sum::<f64>() / 1024.0
}

fn proportional_kib(pid: u32) -> Option<f64> {
    let field = |file: &str, name: &str| {
        let text = fs::read_to_string(format!("/proc/{pid}/{file}")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    field("smaps_rollup", "Pss:").or_else(|| field("status", "VmRSS:"))
}

/// Resident memory of one process in MiB, without dividing anything.
pub fn resident_mib(processes: &[Process], name: &str) -> f64 {
    let pid = processes.iter().find(|process| process.name == name).map(|process| process.pid);
    let text = pid.and_then(|pid| fs::read_to_string(format!("/proc/{pid}/status")).ok()).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or_default() / 1024.0
}

struct Stat {
    parent: u32,
    used: f64,
    of_ended_children: f64,
}

impl Stat {
    fn read(pid: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// `pid (name) state ppid ...`, where the name may hold anything.
    fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.rsplit_once(") ")?.1.split_whitespace().collect();
        let seconds = |n: usize| Some(fields.get(n)?.parse::<f64>().ok()? / TICKS);
        Some(Self {
            parent: fields.get(1)?.parse().ok()?,
            used: seconds(11)? + seconds(12)?,
            of_ended_children: seconds(13)? + seconds(14)?,
        })
    }
}

fn children(parent: u32) -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| Stat::read(*pid).is_some_and(|stat| stat.parent == parent)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_stand_behind_a_name_that_may_hold_anything() {
        let text = "42 (a) b (c)) S 7 42 42 0 -1 4194304 1 2 3 4 150 50 30 20 20 0 1 0 1 2 3";
        let stat = Stat::parse(text).unwrap();
        assert_eq!((stat.parent, stat.used, stat.of_ended_children), (7, 2.0, 0.5));
    }

    #[test]
    fn our_own_process_is_seen() {
        let me = [Process::alone("me", std::process::id())];
        let usage = Snapshot::take(&me).until_now(&me);
        assert!(usage.memory_mib["me"] > 1.0 && usage.cpu_s["me"] >= 0.0);
    }
}
