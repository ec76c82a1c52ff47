//! `cargo xtask chaos`: the chaos test of `tests/e2e/chaos`, for as long and with as much as one likes.

use anyhow::Result;
use clap::Args;

use crate::{install, root, say, sh};

/// The test in the binary of tests/e2e.
const TEST: &str = "chaos::whatever_fails_nothing_is_lost_doubled_or_out_of_order";

/// Where it puts its report and the processes' logs, below the target folder.
const FOLDER: &str = "chaos";

/// The faults of tests/e2e/chaos/faults.rs, which docs/chaos.md explains.
const FAULTS: [&str; 17] = [
    "kill",
    "kill-all",
    "stall",
    "nats-kill",
    "nats-stall",
    "nats-wipe",
    "nats-restore",
    "nats-flip",
    "postgres-stop",
    "postgres-kill",
    "redis-flush",
    "redis-gone",
    "provider-slow",
    "provider-hole",
    "provider-error",
    "disk-broker",
    "disk-database",
];

#[derive(Args)]
#[command(after_help = after_help())]
pub struct Options {
    /// How long faults go on.
    #[arg(long, value_name = "N", default_value_t = 180)]
    seconds: u64,
    /// The same in minutes; a report to keep takes 20.
    #[arg(long, value_name = "N", conflicts_with = "seconds")]
    minutes: Option<u64>,
    /// Decides who is struck and when; every run prints its own.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// What may happen, with commas between; all of it if not said. What is impossible here is an error: a full disk needs
    /// the right to mount one.
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = fault)]
    faults: Vec<String>,
}

fn after_help() -> String {
    format!(
        "Faults: {}. `nats` stands for every `nats-...`, `none` for nothing at all.\n\
         The report and the processes' logs: target/chaos. What is proven, and how: docs/chaos.md.",
        FAULTS.join(", ")
    )
}

/// A fault, all of a kind, or `none`.
fn fault(name: &str) -> Result<String, String> {
    let stands_for =
        |fault: &&str| fault.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    if name == "none" || FAULTS.iter().any(stands_for) {
        return Ok(name.to_owned());
    }
    Err(format!("there are {}", FAULTS.join(", ")))
}

/// Builds Okno and the test, and runs it; a broken promise is an error.
pub fn run(options: &Options) -> Result<()> {
    install::servers()?;
    say::step("cargo build", "okno, and the test that strikes it");
    sh::run(
        sh::cargo()
            .args(["build", "--workspace", "--bin", "okno", "--test", "e2e", "--locked"])
            .env("SQLX_OFFLINE", "true"),
    )?;
    let seconds = options.minutes.map_or(options.seconds, |minutes| minutes * 60);
    say::step("chaos", &format!("{seconds} s of faults, then everything is compared"));
    let mut test = sh::cargo();
    test.args(["test", "--quiet", "--workspace", "--test", "e2e", "--locked", "--", TEST, "--exact", "--nocapture"]);
    test.env("SQLX_OFFLINE", "true").env("OKNO_CHAOS_SECONDS", seconds.to_string());
    test.env("OKNO_CHAOS_FOLDER", root::target().join(FOLDER));
    if let Some(seed) = options.seed {
        test.env("OKNO_CHAOS_SEED", seed.to_string());
    }
    test.env("OKNO_CHAOS_FAULTS", named(&options.faults));
    sh::run(&mut test)
}

/// What may happen, by name: what is named must be possible.
fn named(faults: &[String]) -> String {
    if faults.is_empty() { FAULTS.join(",") } else { faults.join(",") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_named_unless_somebody_says_less() {
        assert!(named(&[]).ends_with("disk-broker,disk-database"));
        assert_eq!(named(&["kill".to_owned(), "nats".to_owned()]), "kill,nats");
    }

    #[test]
    fn a_fault_is_named_alone_or_by_what_it_strikes() {
        assert!(["kill", "nats", "nats-wipe", "none"].iter().all(|name| fault(name).is_ok()));
        assert!(fault("fire").is_err() && fault("nat").is_err());
    }
}
