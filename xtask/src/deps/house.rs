//! The workspace as `cargo metadata` tells it, cut down to what the rules ask.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::{root, sh};

/// One member of the workspace.
#[derive(Debug, Clone)]
pub struct Member {
    pub name: String,
    pub place: Place,
    pub inherits_lints: bool,
    pub dependencies: Vec<Dependency>,
}

/// One line under `[dependencies]` and its sisters.
#[derive(Debug, Clone)]
pub struct Dependency {
    pub name: String,
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Normal,
    Build,
    Dev,
}

/// The storey of the house where a member lives; decided by its folder, so that it cannot be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Base,
    Kit,
    Testkit,
    Service,
    Binary,
    Tests,
    Bench,
    Xtask,
}

impl Place {
    /// `folder` is relative to the workspace; `None` for a folder that the map of the house does not know.
    pub fn of(folder: &str) -> Option<Self> {
        Some(match folder {
            "crates/contracts" | "crates/model" => Self::Base,
            "crates/testkit" => Self::Testkit,
            "services/okno" => Self::Binary,
            "tests" => Self::Tests,
            "bench" => Self::Bench,
            "xtask" | "xtask/start" => Self::Xtask,
            _ if folder.starts_with("crates/") => Self::Kit,
            _ if folder.starts_with("services/") => Self::Service,
            _ => return None,
        })
    }
}

/// All members of the workspace.
pub fn members() -> Result<Vec<Member>> {
    let mut cargo = sh::cargo();
    cargo.args(["metadata", "--format-version", "1", "--no-deps", "--offline"]);
    let metadata: Metadata =
        serde_json::from_str(&sh::output(&mut cargo)?).context("cargo metadata speaks another JSON")?;
    metadata.packages.into_iter().map(Package::member).collect()
}

/// Whether a manifest says `[lints] workspace = true`; metadata does not tell.
pub fn inherits_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim).skip_while(|line| *line != "[lints]").skip(1);
    lines.by_ref().take_while(|line| !line.starts_with('[')).any(|line| line.replace(' ', "") == "workspace=true")
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<PackageDependency>,
}

#[derive(Deserialize)]
struct PackageDependency {
    name: String,
    kind: Option<String>,
}

impl Package {
    fn member(self) -> Result<Member> {
        let folder = self.manifest_path.parent().unwrap_or(Path::new(""));
        let folder = folder.strip_prefix(root::workspace()).unwrap_or(folder).to_string_lossy().into_owned();
        let place = Place::of(&folder).with_context(|| format!("{folder} is no place of the house: see README.md"))?;
        let manifest = std::fs::read_to_string(&self.manifest_path)?;
        let dependencies = self.dependencies.into_iter().map(PackageDependency::dependency).collect();
        Ok(Member { name: self.name, place, inherits_lints: inherits_lints(&manifest), dependencies })
    }
}

impl PackageDependency {
    fn dependency(self) -> Dependency {
        let kind = match self.kind.as_deref() {
            Some("dev") => Kind::Dev,
            Some("build") => Kind::Build,
            _ => Kind::Normal,
        };
        Dependency { name: self.name, kind }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_tells_the_place() {
        assert_eq!(Place::of("crates/model"), Some(Place::Base));
        assert_eq!(Place::of("crates/bus"), Some(Place::Kit));
        assert_eq!(Place::of("services/gateway-telegram"), Some(Place::Service));
        assert_eq!(Place::of("services/okno"), Some(Place::Binary));
        assert_eq!(Place::of("plugins/any"), None);
    }

    #[test]
    fn lints_count_only_when_inherited() {
        assert!(inherits_lints("[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n\n[dependencies]\n"));
        assert!(!inherits_lints("[package]\nname = \"a\"\n[dependencies]\nworkspace = true\n"));
        assert!(!inherits_lints("[lints]\n[lints.clippy]\nworkspace = true\n"));
    }
}
