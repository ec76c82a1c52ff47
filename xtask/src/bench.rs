//! `cargo xtask bench`: builds with optimizations, and hands over to the program that measures (`bench/`).

use std::{ffi::OsString, os::unix::process::CommandExt};

use anyhow::{Context, Result};

use crate::{install, page::PAGES, root, say, sh};

/// Never returns when all goes well: the measuring program takes the place of this one, so that Ctrl-C finds only it.
pub fn run(arguments: &[OsString]) -> Result<()> {
    install::servers()?;
    install::page_tools()?;
    for page in PAGES {
        page.build()?;
    }
    say::step("cargo build", "okno and the generator, with optimizations");
    let mut cargo = sh::cargo();
    sh::run(cargo.args(["build", "--release", "-p", "okno", "-p", "okno-bench"]).env("SQLX_OFFLINE", "true"))?;
    let program = root::target().join("release/okno-bench");
    let error = sh::command(&program).args(arguments).exec();
    Err(error).with_context(|| format!("cannot start {}", program.display()))
}
