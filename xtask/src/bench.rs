//! `cargo xtask bench`: builds with optimizations, and hands over to the program that measures (`bench/`).

use std::{ffi::OsString, os::unix::process::CommandExt};

use anyhow::{Context, Result};

use crate::{install, page::PAGES, root, say, sh};

/// Never returns when all goes well: the measuring program takes the place of this one, so that Ctrl-C finds only it.
pub fn run(arguments: &[OsString]) -> Result<()> {
    let program = root::target().join("release/okno-bench");
    let asks_for_help = arguments.iter().any(|argument| argument == "--help" || argument == "-h");
    if !asks_for_help {
        install::servers()?;
        install::page_tools()?;
        for page in PAGES {
            page.build()?;
        }
        build(&["okno", "okno-bench"])?;
    } else if !program.exists() {
        build(&["okno-bench"])?;
    }
    let error = sh::command(&program).args(arguments).exec();
    Err(error).with_context(|| format!("cannot start {}", program.display()))
}

fn build(packages: &[&str]) -> Result<()> {
    say::step("cargo build", &format!("{} with optimizations", packages.join(" and ")));
    let packages = packages.iter().flat_map(|package| ["-p", package]);
    sh::run(sh::cargo().args(["build", "--release"]).args(packages).env("SQLX_OFFLINE", "true"))
}
