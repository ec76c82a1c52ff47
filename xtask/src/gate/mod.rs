//! `cargo xtask test`: the gate. Every part runs, whatever failed before it; the end says what and how long.

mod contracts;
mod earlier;
mod page;
mod power;
mod report;
mod rust;
mod table;

use std::time::Instant;

use anyhow::{Result, bail};

use crate::{acceptance, deps, docs, install, say, sqlx};
use table::Row;

/// One part of the gate.
#[derive(Clone, Copy)]
struct Part {
    name: &'static str,
    run: fn(Options) -> Result<()>,
}

/// What the caller asked for.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Adds what is slow.
    pub long: bool,
}

/// In this order: what is quick and needs nothing built comes first.
const PARTS: &[Part] = &[
    Part { name: "install", run: |_| everything() },
    Part { name: "format", run: |_| rust::format() },
    Part { name: "deps", run: |_| deps::check() },
    Part { name: "acceptance", run: |_| acceptance::check() },
    Part { name: "docs", run: |_| docs::check() },
    Part { name: "contracts", run: |_| contracts::check() },
    Part { name: "page", run: |_| page::check() },
    Part { name: "crates", run: |_| rust::deny() },
    Part { name: "clippy", run: |_| rust::clippy() },
    Part { name: "build", run: |_| rust::build() },
    Part { name: "rust", run: rust::test },
    Part { name: "sqlx", run: |_| sqlx::prepare(true) },
    Part { name: "screens", run: page::screens },
    Part { name: "browser", run: |_| page::browser() },
];

/// The names that `--only` knows.
pub fn names() -> Vec<&'static str> {
    PARTS.iter().map(|part| part.name).collect()
}

/// Runs all parts, or those named.
pub fn run(options: Options, only: &[String]) -> Result<()> {
    let begun = Instant::now();
    let wanted = |part: &&Part| only.is_empty() || only.iter().any(|name| name == part.name);
    let rows: Vec<Row> = PARTS.iter().filter(wanted).map(|part| run_part(part, options)).collect();
    println!("\n{}", table::render(&rows, begun.elapsed()));
    let failed: Vec<_> = rows.iter().filter(|row| row.problem.is_some()).map(|row| row.name).collect();
    if !failed.is_empty() {
        // The end of a long log is what is kept of it.
        for row in &rows {
            row.problem
                .iter()
                .flat_map(|problem| problem.lines().skip(1))
                .for_each(|line| println!("{}: {line}", row.name));
        }
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

fn run_part(part: &Part, options: Options) -> Row {
    println!("\n── {} ──", part.name);
    let begun = Instant::now();
    let problem = (part.run)(options).err().map(|error| format!("{error:#}"));
    if let Some(problem) = &problem {
        say::warn(&format!("{} failed: {problem}", part.name));
    }
    Row { name: part.name, took: begun.elapsed(), problem }
}

fn everything() -> Result<()> {
    install::servers()?;
    install::mail()?;
    install::page_tools()?;
    install::browser()?;
    install::nextest()?;
    install::cargo_deny()?;
    Ok(())
}
