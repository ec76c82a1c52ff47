//! The web chat's widget: fetched and built only when it changed.

use std::{fs, path::Path, time::SystemTime};

use anyhow::{Context, Result};

use crate::{files, install, root, say, sh};

/// The copy of package-lock.json that `node_modules` was made from.
const STAMP: &str = "node_modules/.okno-lock.json";

/// Builds `dist/`, which the binary carries, if anything it is made of is newer.
pub fn build() -> Result<()> {
    let folder = root::path("web/widget");
    if is_fresh(&folder)? {
        say::note("web/widget/dist is newer than all it is made of");
        return Ok(());
    }
    let npm = install::npm()?;
    let (lock, stamp) = (folder.join("package-lock.json"), folder.join(STAMP));
    let wanted = fs::read(&lock).with_context(|| lock.display().to_string())?;
    if !fs::read(&stamp).is_ok_and(|had| had == wanted) {
        say::step("npm ci", "the widget's package-lock.json is new or changed");
        sh::run(npm.command(&["ci", "--no-audit", "--no-fund"]).current_dir(&folder))?;
        fs::write(&stamp, wanted).with_context(|| stamp.display().to_string())?;
    }
    say::step("widget", "npm run build makes web/widget/dist, which the binary carries");
    sh::run(npm.command(&["run", "--silent", "build"]).current_dir(&folder))
}

fn is_fresh(folder: &Path) -> Result<bool> {
    let Some(built) = modified(&folder.join("dist/manifest.json")) else { return Ok(false) };
    let mut sources = files::below(&folder.join("src"), &["ts", "tsx", "css", "html", "json", "svg"])?;
    sources.extend(["package-lock.json", "package.json"].map(|name| folder.join(name)));
    sources.extend(files::below(&folder.join("scripts"), &["mjs"])?);
    Ok(sources.iter().filter_map(|source| modified(source)).all(|changed| changed < built))
}

fn modified(file: &Path) -> Option<SystemTime> {
    file.metadata().and_then(|meta| meta.modified()).ok()
}
