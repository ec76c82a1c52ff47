//! Node, new enough for Vite, from Debian or from the npm package of that name.

use std::{ffi::OsString, path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};

use crate::{root, say, sh};

/// Starts npm with a Node that is new enough.
#[derive(Debug)]
pub struct Npm {
    path: Option<OsString>,
    folder: PathBuf,
}

impl Npm {
    /// `npm <arguments>` in its folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.program("npm", arguments)
    }

    /// A program that npm has installed there, such as `buf`.
    pub fn installed(&self, name: &str, arguments: &[&str]) -> Command {
        self.program(&self.folder.join("node_modules/.bin").join(name).to_string_lossy(), arguments)
    }

    fn program(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = sh::command(program);
        command.args(arguments).current_dir(&self.folder);
        command
            .env("npm_config_fund", "false")
            .env("npm_config_audit", "false")
            .env("npm_config_update_notifier", "false");
        if let Some(path) = &self.path {
            command.env("PATH", path);
        }
        command
    }
}

/// Finds Node for a folder of `web/`, or fetches Node 22 into `.okno/node` where the machine's is older than Vite needs.
pub fn npm(page: PathBuf) -> Result<Npm> {
    if system_node().is_some_and(fits) {
        return Ok(Npm { path: None, folder: page });
    }
    let folder = own_folder();
    let program = folder.join("node_modules/.bin/node");
    if !program.exists() {
        fetch(&folder)?;
    }
    let version = version_of(&program.to_string_lossy());
    if !version.is_some_and(fits) {
        bail!("{} does not run; remove {} and start again", program.display(), folder.display());
    }
    let path = sh::path_with(program.parent().context("a program lies in a folder")?)?;
    Ok(Npm { path: Some(path), folder: page })
}

fn fetch(folder: &std::path::Path) -> Result<()> {
    say::step("node", "the machine's Node is older than Vite needs; Node 22 comes as the npm package of that name");
    std::fs::create_dir_all(folder)?;
    let mut npm = sh::command("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--prefix"]).arg(folder).arg("node@22");
    sh::run(npm.current_dir(folder))
}

/// What [`npm`] would do, in words.
pub fn plan() -> Option<String> {
    match system_node() {
        Some(version) if fits(version) => None,
        _ if own_folder().join("node_modules/.bin/node").exists() => None,
        _ => Some("node 22: from the npm package `node`, into .okno/node (Vite needs ^20.19 or >=22.12)".to_owned()),
    }
}

fn own_folder() -> PathBuf {
    root::okno().join("node")
}

fn system_node() -> Option<(u32, u32)> {
    version_of("node")
}

fn version_of(program: &str) -> Option<(u32, u32)> {
    parse(&sh::output(sh::command(program).arg("--version")).ok()?)
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim().trim_start_matches('v').split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

/// What Vite 8 asks for: ^20.19 || >=22.12.
fn fits((major, minor): (u32, u32)) -> bool {
    match major {
        20 => minor >= 19,
        22 => minor >= 12,
        _ => major > 22,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vite_wants_20_19_or_22_12() {
        let fitting = |text| parse(text).is_some_and(fits);
        assert!(fitting("v20.20.2\n") && fitting("v22.12.0") && fitting("v24.0.1"));
        assert!(!fitting("v18.19.0") && !fitting("v20.18.9") && !fitting("v21.7.0") && !fitting("v22.11.0"));
        assert!(!fitting("node") && !fitting(""));
    }
}
