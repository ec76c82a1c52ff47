//! The object store that router, the edge and gateways share: a folder, and in it packs, each of which holds many small
//! objects in one file.

mod pack;
mod packed;

use std::{
    fmt::Display,
    path::{Path, PathBuf},
    sync::Arc,
};

use object_store::{ObjectStore, Result, local::LocalFileSystem};
pub use pack::Pack;
use packed::Packed;

/// The folder that `OKNO_OBJECTS` names, as a path or a `file://` URL; `None`: it is another kind of store.
#[must_use]
pub fn folder(text: &str) -> Option<PathBuf> {
    match text.split_once("://") {
        None => Some(text.into()),
        Some(("file", path)) if path.starts_with('/') => Some(path.into()),
        Some(_) => None,
    }
}

/// Opens a folder, and makes it if there is none. What is put is on disk when the call ends.
///
/// # Errors
/// When the folder cannot be made or read.
pub fn open(folder: &Path) -> Result<Arc<dyn ObjectStore>> {
    let broken = |source| object_store::Error::Generic { store: "folder", source };
    std::fs::create_dir_all(folder).map_err(|error| broken(error.into()))?;
    Ok(Arc::new(Packed::over(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true))))
}

/// Where packed exports of personal data lie. Router puts them there and alone removes them.
pub const EXPORTS: &str = "exports";

/// The key of a piece of an export.
#[must_use]
pub fn export_piece(export: impl Display, piece: impl Display) -> String {
    format!("{EXPORTS}/{export}/{piece}")
}

#[cfg(test)]
mod tests;
