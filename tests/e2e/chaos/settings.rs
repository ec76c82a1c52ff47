//! What is asked of one run: `cargo xtask chaos` says it in the environment.

use std::{env, path::PathBuf, time::Duration};

use super::faults::Fault;

/// How long faults go on when nobody says: what the gate has time for.
const USUAL_SECONDS: u64 = 180;

#[derive(Debug, Clone)]
pub struct Settings {
    /// How long faults go on. `OKNO_CHAOS_SECONDS`, 180 by default.
    pub faults_for: Duration,
    /// Decides who is struck, when, and what is written. `OKNO_CHAOS_SEED`, of the clock by default.
    pub seed: u64,
    /// What may happen. `OKNO_CHAOS_FAULTS`, names with commas between; all by default.
    pub faults: Vec<Fault>,
    /// Whether what may happen was named: then it must be possible here. What is there by default may be left out with a note.
    pub named: bool,
    /// Where the report and the processes' logs go. `OKNO_CHAOS_FOLDER`, `target/chaos` by default.
    pub folder: PathBuf,
}

impl Settings {
    /// # Panics
    /// When a variable is not understood.
    pub fn of_environment() -> Self {
        let seconds = read("OKNO_CHAOS_SECONDS").unwrap_or(USUAL_SECONDS);
        let faults = env::var("OKNO_CHAOS_FAULTS").unwrap_or_default();
        Self {
            faults_for: Duration::from_secs(seconds),
            seed: read("OKNO_CHAOS_SEED").unwrap_or_else(of_the_clock),
            named: !faults.is_empty(),
            faults: Fault::named(&faults).expect("OKNO_CHAOS_FAULTS"),
            folder: env::var_os("OKNO_CHAOS_FOLDER").map_or_else(usual_folder, PathBuf::from),
        }
    }
}

fn read(name: &str) -> Option<u64> {
    let value = env::var(name).ok().filter(|value| !value.is_empty())?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is no number: {value}")))
}

/// Six digits that a person can type again.
fn of_the_clock() -> u64 {
    chrono::Utc::now().timestamp_micros().unsigned_abs() % 1_000_000
}

/// `target/chaos`, beside the folder of this test's own binary.
fn usual_folder() -> PathBuf {
    let own = env::current_exe().expect("our own path");
    own.ancestors().nth(3).expect("target/debug/deps/<binary>").join("chaos")
}
