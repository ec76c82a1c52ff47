//! `proto/`: linted, and compatible with what was committed before.

use std::{fs, path::PathBuf};

use anyhow::Result;

use crate::{page::INBOX, root, say, sh};

/// `buf lint`, and `buf breaking` against the commit before, where there is one.
pub fn check() -> Result<()> {
    let npm = INBOX.fetch()?;
    let buf = |arguments: &[&str]| {
        let mut buf = npm.installed("buf", arguments);
        buf.current_dir(root::workspace());
        sh::run(&mut buf)
    };
    say::step("buf lint", "one style for every contract");
    buf(&["lint"])?;
    let Some(before) = commit_before() else {
        say::note("no earlier commit with proto/ is known here: nothing to compare with");
        return Ok(());
    };
    say::step("buf breaking", &format!("what {before} promised still holds"));
    let old = unpack(&before)?;
    buf(&["breaking", "--against", &old.to_string_lossy()])
}

/// On a branch the last commit it shares with main, on main the one before.
fn commit_before() -> Option<String> {
    let git =
        |arguments: &[&str]| sh::output(sh::command("git").args(arguments)).ok().map(|text| text.trim().to_owned());
    let head = git(&["rev-parse", "HEAD"])?;
    let shared = ["origin/main", "main"].iter().find_map(|main| git(&["merge-base", "HEAD", main]));
    let before = shared.filter(|commit| *commit != head).or_else(|| git(&["rev-parse", "--verify", "-q", "HEAD~1"]))?;
    git(&["cat-file", "-e", &format!("{before}:proto")])?;
    git(&["rev-parse", "--short=12", &before])
}

/// The contracts of a commit in a folder of their own.
fn unpack(commit: &str) -> Result<PathBuf> {
    let folder = root::target().join("contracts-before");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let archive = folder.join("before.tar");
    sh::output(sh::command("git").args(["archive", "--output"]).arg(&archive).args([commit, "proto", "buf.yaml"]))?;
    sh::output(sh::command("tar").arg("-xf").arg(&archive).arg("-C").arg(&folder))?;
    fs::remove_file(&archive)?;
    Ok(folder)
}
