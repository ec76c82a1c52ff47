//! What happened, to be read and kept.

use std::{fmt::Write, path::PathBuf, time::Duration};

use super::{
    settings::Settings,
    verdict::{Kind, Violation},
};

/// Figures by name, in the order in which they were found.
#[derive(Debug, Default, Clone)]
pub struct Counts(Vec<(String, u64)>);

impl Counts {
    pub fn add(&mut self, what: &str, count: u64) {
        self.0.push((what.to_owned(), count));
    }
}

/// So many violations are told; the rest is counted.
const TOLD: usize = 50;

pub struct Report {
    pub settings: Settings,
    /// Since the beginning, in words.
    pub timeline: Vec<(Duration, String)>,
    pub notes: Vec<String>,
    pub counts: Counts,
    pub violations: Vec<Violation>,
    /// From the last fault's end until every queue was empty.
    pub rested_after: Duration,
}

impl Report {
    pub fn new(settings: Settings, notes: Vec<String>) -> Self {
        let (timeline, counts, violations) = (Vec::new(), Counts::default(), Vec::new());
        Self { settings, timeline, notes, counts, violations, rested_after: Duration::ZERO }
    }

    /// Notes what happens now, and says it.
    pub fn tell(&mut self, since: Duration, what: String) {
        println!("{:>7.1} s  {what}", since.as_secs_f64());
        self.timeline.push((since, what));
    }

    /// How many violations of this kind there are.
    fn count(&self, kind: Kind) -> usize {
        self.violations.iter().filter(|one| one.kind == kind).count()
    }

    /// As Markdown.
    pub fn render(&self) -> String {
        let mut text = String::from("# A run of chaos\n\n");
        let Settings { faults_for, seed, faults, .. } = &self.settings;
        let names: Vec<_> = faults.iter().map(|fault| fault.name()).collect();
        let mut line = |what: &str, value: String| writeln!(text, "- {what}: {value}").expect("a string grows");
        line("seed", seed.to_string());
        line("when", chrono::Utc::now().format("%F %T UTC").to_string());
        line("machine", machine());
        line("faults went on for", format!("{} s", faults_for.as_secs()));
        line("what could happen", names.join(", "));
        line("at rest after", format!("{:.1} s", self.rested_after.as_secs_f64()));
        self.notes.iter().for_each(|note| line("note", note.clone()));
        text.push_str("\n| what | how many |\n|---|---|\n");
        let laws = [
            ("lost", Kind::Lost),
            ("doubled", Kind::Doubled),
            ("out of order", Kind::OutOfOrder),
            ("otherwise wrong", Kind::Wrong),
        ];
        let laws = laws.map(|(name, kind)| (format!("**{name}**"), self.count(kind) as u64));
        for (what, count) in laws.iter().chain(&self.counts.0) {
            writeln!(text, "| {what} | {count} |").expect("a string grows");
        }
        if !self.violations.is_empty() {
            text.push_str("\n## What is wrong\n\n");
            self.violations.iter().take(TOLD).for_each(|one| writeln!(text, "- {one}").expect("a string grows"));
            writeln!(text, "\nLogs of the processes: {}", self.settings.folder.join("logs").display())
                .expect("a string grows");
        }
        text.push_str("\n## What happened\n\n| s | what |\n|---|---|\n");
        for (at, what) in &self.timeline {
            writeln!(text, "| {:.1} | {} |", at.as_secs_f64(), what.replace('|', "/")).expect("a string grows");
        }
        text
    }

    /// Keeps it and shows it.
    ///
    /// # Panics
    /// When something is wrong: with the seed, which makes the run again.
    pub fn judge(self) {
        let kept = self.keep();
        println!("\n{}\nkept as {}", self.render(), kept.display());
        let seed = self.settings.seed;
        assert!(self.violations.is_empty(), "{} violations with seed {seed}", self.violations.len());
    }

    /// Keeps it as `report.md` in the run's folder. Returns where.
    fn keep(&self) -> PathBuf {
        let path = self.settings.folder.join("report.md");
        std::fs::write(&path, self.render()).expect("the report is written");
        path
    }
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total =
        memory.lines().find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    format!("{cores} cores, {} GiB, {}", total.unwrap_or_default() >> 20, std::env::consts::ARCH)
}
