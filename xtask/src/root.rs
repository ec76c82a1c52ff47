//! Where things are, so that `cargo xtask` works from any folder of the tree.

use std::path::{Path, PathBuf};

/// The workspace's folder: the parent of xtask's own.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// A path below the workspace.
pub fn path(relative: &str) -> PathBuf {
    workspace().join(relative)
}

/// What a start on this machine leaves behind: data, logs, tools. Git ignores it.
pub fn okno() -> PathBuf {
    path(".okno")
}

/// Cargo's target folder, wherever the caller's settings put it.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| path("target"), |dir| workspace().join(dir))
}
