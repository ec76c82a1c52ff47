//! Where the bytes of files lie, as far as router touches them: it removes some, and shows what could not be read.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use object_store::{ObjectStore, ObjectStoreExt as _, path::Path as Key};
use tokio::time::timeout;

/// For one call to the store.
pub const WAIT: Duration = Duration::from_secs(10);

/// The object store, shared with gateways and edge.
#[derive(Clone)]
pub struct Objects(pub Arc<dyn ObjectStore>);

/// The store did not do what was asked; a removal is tried again.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    #[error("the object store failed")]
    Store(#[from] object_store::Error),
    #[error("the object store did not answer within 10 s")]
    Slow(#[from] tokio::time::error::Elapsed),
}

impl Objects {
    /// Opens a folder, as a path or a `file://` URL, and makes it if there is none.
    #[must_use]
    pub fn open(text: &str) -> Option<Self> {
        Some(Self(objects::open(&objects::folder(text)?).ok()?))
    }

    /// At most `limit` bytes from `offset` on, and the size of the whole; `None`: there is no such file.
    ///
    /// # Errors
    /// [`ObjectError`].
    pub async fn stretch(&self, key: &str, offset: u64, limit: usize) -> Result<Option<(Bytes, u64)>, ObjectError> {
        let path = Key::from(key);
        let size = match timeout(WAIT, self.0.head(&path)).await? {
            Ok(there) => there.size,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let end = size.min(offset.saturating_add(limit as u64));
        if offset >= end {
            return Ok(Some((Bytes::new(), size)));
        }
        Ok(Some((timeout(WAIT, self.0.get_range(&path, offset..end)).await??, size)))
    }

    /// Removes these; what is not there is removed already.
    ///
    /// # Errors
    /// [`ObjectError`] for the first that stays; those before it are gone.
    pub async fn remove(&self, keys: &[String]) -> Result<(), ObjectError> {
        for key in keys {
            match timeout(WAIT, self.0.delete(&Key::from(key.as_str()))).await? {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
