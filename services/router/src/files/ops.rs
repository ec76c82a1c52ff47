//! Registering, completing and finding files.

use sqlx::PgPool;

use model::{EmployeeId, FileId};

use super::{
    domain::{FileError, LIMIT_BYTES, Upload},
    store::{self, Completed, Row},
};
use crate::access::Viewer;

/// Registers an upload. Repeating it returns what is registered.
///
/// # Errors
/// [`FileError`].
pub async fn create(pool: &PgPool, owner: EmployeeId, upload: &Upload) -> Result<Row, FileError> {
    store::create(pool, owner, upload).await?;
    store::own(pool, owner, upload.id).await?.ok_or(FileError::IdInUse)
}

/// Says that the bytes are stored. Repeating it changes nothing.
///
/// # Errors
/// [`FileError`].
pub async fn complete(pool: &PgPool, done: &Completed) -> Result<Row, FileError> {
    if done.size_bytes > LIMIT_BYTES {
        return Err(FileError::TooLarge { file: done.id });
    }
    store::complete(pool, done).await?;
    store::any(pool, done.id).await?.ok_or(FileError::NotFound(done.id))
}

/// An own upload, or an attachment of a conversation in sight.
///
/// # Errors
/// [`FileError::NotFound`] for everything else.
pub async fn get(pool: &PgPool, viewer: &Viewer, id: FileId) -> Result<Row, FileError> {
    if let Some(own) = store::own(pool, viewer.employee, id).await? {
        return Ok(own);
    }
    store::attachment(pool, viewer, id).await?.ok_or(FileError::NotFound(id))
}
