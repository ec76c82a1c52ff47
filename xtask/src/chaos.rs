//! `cargo xtask chaos`: the chaos test of `tests/e2e/chaos`, for as long and with as much as one likes.

use anyhow::Result;
use clap::Args;

use crate::{install, root, say, sh};

/// The test in the binary of tests/e2e.
const TEST: &str = "chaos::whatever_fails_nothing_is_lost_doubled_or_out_of_order";

/// Where it puts its report and the processes' logs, below the target folder.
const FOLDER: &str = "chaos";

#[derive(Args)]
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
    /// What may happen, with commas between; all of it if not said. `nats` stands for every nats-..., `none` for nothing:
    /// kill, kill-all, stall, nats-kill, nats-wipe, nats-restore, nats-flip, postgres-stop, postgres-kill, redis-flush,
    /// redis-gone, provider-slow, provider-hole, provider-error, disk-broker, disk-database.
    #[arg(long, value_name = "A,B")]
    faults: Option<String>,
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
    if let Some(faults) = &options.faults {
        test.env("OKNO_CHAOS_FAULTS", faults);
    }
    sh::run(&mut test)
}
