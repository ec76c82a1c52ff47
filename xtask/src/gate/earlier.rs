//! The version before this one, for the upgrade test of `cargo xtask test --long`.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::{root, say, sh};

/// What `okno` is made of: a commit that leaves it alone is no upgrade.
const CODE: [&str; 3] = ["crates", "services", "proto"];

/// Builds `okno` as it was before the last commit that changed it (another one by `OKNO_UPGRADE_FROM_COMMIT`), in a tree and a target folder below our own. Returns the binary.
pub fn okno() -> Result<PathBuf> {
    let commit = match std::env::var("OKNO_UPGRADE_FROM_COMMIT") {
        Ok(commit) => commit,
        Err(_) => format!("{}~1", last_change()?),
    };
    say::step("cargo build", &format!("okno of {commit}, which the upgrade test starts from"));
    let folder = root::target().join("earlier");
    let tree = folder.join("tree");
    if tree.join(".git").exists() {
        sh::run(
            sh::command("git")
                .arg("-C")
                .arg(&tree)
                .args(["checkout", "--quiet", "--force", "--detach"])
                .arg(commit_id(&commit)?),
        )?;
    } else {
        std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        sh::run(sh::command("git").args(["worktree", "prune"]))?;
        sh::run(
            sh::command("git")
                .args(["worktree", "add", "--quiet", "--force", "--detach"])
                .arg(&tree)
                .arg(commit_id(&commit)?),
        )?;
    }
    let target = folder.join("target");
    sh::run(
        sh::cargo()
            .current_dir(&tree)
            .args(["build", "--locked", "-p", "okno"])
            .env("CARGO_TARGET_DIR", &target)
            .env("SQLX_OFFLINE", "true"),
    )?;
    Ok(target.join("debug/okno"))
}

/// The last commit that changed what `okno` is made of.
fn last_change() -> Result<String> {
    let log = sh::command("git").args(["log", "-1", "--format=%h", "--"]).args(CODE).output()?;
    anyhow::ensure!(log.status.success(), "git does not tell what changed last; set OKNO_UPGRADE_FROM_COMMIT");
    Ok(String::from_utf8(log.stdout)?.trim().to_owned())
}

/// The commit as this tree names it: in the other one `HEAD` is something else.
fn commit_id(commit: &str) -> Result<String> {
    let asked = sh::command("git").args(["rev-parse", "--verify", &format!("{commit}^{{commit}}")]).output()?;
    anyhow::ensure!(
        asked.status.success(),
        "there is no commit {commit} here; a shallow clone needs `git fetch --deepen=1`, or set OKNO_UPGRADE_FROM_COMMIT"
    );
    Ok(String::from_utf8(asked.stdout)?.trim().to_owned())
}
