//! The Rust parts. One build profile, and one build for tests and binary, since two cores pay for each twice.

use std::process::Command;

use anyhow::{Context, Result};

use super::{Options, earlier};
use crate::{block_on, install, say, sh};

/// `cargo fmt --check`.
pub fn format() -> Result<()> {
    say::step("cargo fmt", "one form, no discussion");
    sh::run(sh::cargo().args(["fmt", "--all", "--check"]))
}

/// Crates, licences and sources by deny.toml. Advisories need a list from the network, so they are left out.
pub fn deny() -> Result<()> {
    let mut deny = install::cargo_deny()?;
    say::step("cargo deny", "no C build, no foreign source, no licence that binds our users");
    let quiet = ["--log-level", "error", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"];
    sh::run(deny.args(quiet))
}

/// Every target, warnings as errors.
pub fn clippy() -> Result<()> {
    say::step("cargo clippy", "warnings are errors here");
    sh::run(offline(sh::cargo().args(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])))
}

/// Binaries, tests and the examples of the API in one go, so that all share what they are made of.
pub fn build() -> Result<()> {
    say::step("cargo build", "the tests, the binary and the examples, from the same parts");
    sh::run(offline(sh::cargo().args(["build", "--workspace", "--bins", "--tests", "--examples", "--locked"])))
}

/// All tests on servers of their own; `long` ones on demand.
pub fn test(options: Options) -> Result<()> {
    install::servers()?;
    install::mail()?;
    let mut nextest = install::nextest()?;
    let python = install::python_of_examples()?;
    say::step("cargo nextest", "every Rust test, on real servers that all of them share");
    nextest.args(["run", "--workspace", "--locked"]).env("OKNO_TEST_PYTHON", python);
    if options.long {
        nextest.args(["--profile", "long"]).env("OKNO_UPGRADE_FROM", earlier::okno()?);
    }
    block_on(async {
        // Held while the tests run, so that they find them and nobody stops them in between.
        testkit::servers::shared().await.context("the test servers did not start")?;
        let done = sh::run(offline(&mut nextest));
        testkit::servers::stop_shared().await.context("the test servers did not stop")?;
        done
    })
}

/// Queries are checked against `.sqlx/`, as on a machine without a database.
fn offline(command: &mut Command) -> &mut Command {
    command.env("SQLX_OFFLINE", "true")
}
