//! `cargo xtask <what>`: everything that a person or CI does with this tree.

mod acceptance;
mod bench;
mod chaos;
mod deps;
mod docs;
mod files;
mod gate;
mod house;
mod install;
mod page;
mod root;
mod say;
mod sh;
mod sqlx;
mod up;

use std::{ffi::OsString, process::ExitCode};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand, builder::PossibleValuesParser};

/// Starts, tests and checks Okno. `up` shows it running, `test` is the gate.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Installs what is missing, starts servers and Okno with a demo company, and stays until Ctrl-C.
    Up {
        /// Removes the data of earlier starts first.
        #[arg(long)]
        fresh: bool,
        /// Builds with optimizations.
        #[arg(long)]
        release: bool,
        /// Makes an API key that acts for this employee and prints it; docs/api says what for.
        #[arg(long, value_name = "LOGIN")]
        api_key: Option<String>,
    },
    /// The gate: everything that CI runs.
    Test {
        /// Adds the slow tests.
        #[arg(long)]
        long: bool,
        /// Runs this part only; may be repeated.
        #[arg(long, value_name = "PART", value_parser = PossibleValuesParser::new(gate::names()))]
        only: Vec<String>,
    },
    /// Lets everything fail at random while people write and operators answer, then compares ledgers: nothing may be
    /// lost, doubled or out of order. Ends with 1 when a promise was broken.
    Chaos(chaos::Options),
    /// Measures this machine and Okno on it; `cargo xtask bench --help` tells what can be asked for.
    #[command(disable_help_flag = true)]
    Bench {
        /// For the program that measures.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Proves the directions of dependencies and that every member inherits the lints.
    CheckDeps,
    /// Compares docs/acceptance.md with the tests that name its points.
    Acceptance,
    /// Checks that every link in the documents resolves and every variable is explained.
    Docs,
    /// Writes .sqlx/, what the query macros learn from a database.
    Sqlx {
        /// Changes nothing; fails when .sqlx/ is out of date.
        #[arg(long)]
        check: bool,
    },
    /// Says what this machine lacks and where it would come from; installs nothing.
    Lacking,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Up { fresh, release, api_key } => up::run(up::Options { fresh, release, api_key }),
        Command::Test { long, only } => gate::run(gate::Options { long }, &only),
        Command::Chaos(options) => chaos::run(&options),
        Command::Bench { arguments } => bench::run(&arguments),
        Command::CheckDeps => deps::check(),
        Command::Acceptance => acceptance::check(),
        Command::Docs => docs::check(),
        Command::Sqlx { check } => sqlx::prepare(check),
        Command::Lacking => lacking(),
    }
}

fn lacking() -> Result<()> {
    say::step("lacking", "what `up` and `test` would install here");
    let plan = install::plan();
    if plan.is_empty() {
        say::note("nothing: everything is there");
    }
    plan.iter().for_each(|line| say::note(line));
    Ok(())
}

/// Runs what has to wait for servers and children. One thread more than this one, for the fake Telegram.
fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.context("no runtime")?.block_on(work)
}
