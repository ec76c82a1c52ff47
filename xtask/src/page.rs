//! The operator's page: what it is built from is fetched and built only when it changed.

use std::{fs, path::Path, time::SystemTime};

use anyhow::{Context, Result};

use crate::{files, install, root, say, sh};

/// The copy of package-lock.json that `node_modules` was made from.
const STAMP: &str = "node_modules/.okno-lock.json";

/// Fetches what the page is built from, if package-lock.json changed since the last time.
pub fn fetch() -> Result<install::Npm> {
    let npm = install::npm()?;
    let (lock, stamp) = (root::page().join("package-lock.json"), root::page().join(STAMP));
    let wanted = fs::read(&lock).with_context(|| lock.display().to_string())?;
    if fs::read(&stamp).is_ok_and(|had| had == wanted) {
        return Ok(npm);
    }
    say::step("npm ci", "package-lock.json is new or changed");
    sh::run(&mut npm.command(&["ci", "--no-audit", "--no-fund"]))?;
    fs::write(&stamp, wanted).with_context(|| stamp.display().to_string())?;
    Ok(npm)
}

/// Builds `dist/`, which the binary carries, if anything it is made of is newer.
pub fn build() -> Result<()> {
    if is_fresh()? {
        say::note("web/inbox/dist is newer than all it is made of");
        return Ok(());
    }
    let npm = fetch()?;
    say::step("page", "npm run build makes web/inbox/dist, which the binary carries");
    sh::run(&mut npm.command(&["run", "--silent", "build"]))
}

fn is_fresh() -> Result<bool> {
    let Some(built) = modified(&root::page().join("dist/index.html")) else { return Ok(false) };
    let mut sources = files::below(&root::path("proto"), &["proto"])?;
    sources.extend(files::below(&root::page(), &["ts", "tsx", "css", "html", "json", "mjs", "yaml", "svg", "woff2"])?);
    Ok(sources.iter().filter_map(|source| modified(source)).all(|changed| changed < built))
}

fn modified(file: &Path) -> Option<SystemTime> {
    file.metadata().and_then(|meta| meta.modified()).ok()
}
