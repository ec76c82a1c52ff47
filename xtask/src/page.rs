//! What npm builds of `web/`: fetched and built only when it changed.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::{Context, Result};

use crate::{files, install, root, say, sh};

/// The copy of package-lock.json that `node_modules` was made from.
const STAMP: &str = "node_modules/.okno-lock.json";

/// A folder of `web/`.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    pub folder: &'static str,
    /// What its build writes last.
    built: &'static str,
    /// Whether `proto/` is among what it is made of.
    proto: bool,
}

/// The operator's page, which the edge serves.
pub const INBOX: Page = Page { folder: "web/inbox", built: "dist/index.html", proto: true };

/// The chat on a site's pages and the demo shop, which gateway-webchat and the edge serve.
pub const WIDGET: Page = Page { folder: "web/widget", built: "dist/manifest.json", proto: false };

/// All of them.
pub const PAGES: [Page; 2] = [INBOX, WIDGET];

impl Page {
    fn path(self, relative: &str) -> PathBuf {
        root::path(self.folder).join(relative)
    }

    /// Fetches what it is built from, if package-lock.json changed since the last time.
    pub fn fetch(self) -> Result<install::Npm> {
        let npm = install::npm(root::path(self.folder))?;
        let (lock, stamp) = (self.path("package-lock.json"), self.path(STAMP));
        let wanted = fs::read(&lock).with_context(|| lock.display().to_string())?;
        if fs::read(&stamp).is_ok_and(|had| had == wanted) {
            return Ok(npm);
        }
        say::step("npm ci", &format!("package-lock.json of {} is new or changed", self.folder));
        sh::run(&mut npm.command(&["ci", "--no-audit", "--no-fund"]))?;
        fs::write(&stamp, wanted).with_context(|| stamp.display().to_string())?;
        Ok(npm)
    }

    /// Builds `dist/`, which the binary carries, if anything it is made of is newer.
    pub fn build(self) -> Result<()> {
        if self.is_fresh()? {
            say::note(&format!("{}/dist is newer than all it is made of", self.folder));
            return Ok(());
        }
        let npm = self.fetch()?;
        say::step("page", &format!("npm run build makes {}/dist, which the binary carries", self.folder));
        sh::run(&mut npm.command(&["run", "--silent", "build"]))
    }

    fn is_fresh(self) -> Result<bool> {
        let Some(built) = modified(&self.path(self.built)) else { return Ok(false) };
        let made_of = &["ts", "tsx", "css", "html", "json", "mjs", "yaml", "svg", "woff2"];
        let mut sources = files::below(&root::path(self.folder), made_of)?;
        if self.proto {
            sources.extend(files::below(&root::path("proto"), &["proto"])?);
        }
        Ok(sources.iter().filter_map(|source| modified(source)).all(|changed| changed < built))
    }
}

fn modified(file: &Path) -> Option<SystemTime> {
    file.metadata().and_then(|meta| meta.modified()).ok()
}
