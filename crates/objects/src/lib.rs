//! The object store that router, the edge and gateways share: a folder, and in it packs, each of which holds many small
//! objects in one file.

mod pack;
mod packed;

use std::{
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

#[cfg(test)]
mod tests;
