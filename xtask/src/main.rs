//! `cargo xtask <what>`: everything that a person or CI does with this tree.

mod acceptance;
mod deps;
mod files;
mod links;
mod root;
mod say;
mod sh;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Starts, tests and checks Okno. `up` shows it running, `test` is the gate.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Proves the directions of dependencies and that every member inherits the lints.
    CheckDeps,
    /// Compares docs/acceptance.md with the tests that name its points.
    Acceptance,
    /// Checks that every relative link in the documents resolves.
    Docs,
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
        Command::CheckDeps => deps::check(),
        Command::Acceptance => acceptance::check(),
        Command::Docs => links::check(),
    }
}
