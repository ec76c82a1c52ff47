//! Registering, completing and finding files.

use sqlx::PgPool;

use model::{EmployeeId, FileId};

use super::{
    domain::{FileError, LIMIT_BYTES, Upload},
    store::{self, Attachment, Completed, Row},
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

/// What somebody may see.
#[derive(Debug)]
pub enum Seen {
    /// An own upload.
    Own(Row),
    /// An attachment of a conversation in sight.
    Of(Attachment),
}

/// # Errors
/// [`FileError::NotFound`] for everything that is neither.
pub async fn get(pool: &PgPool, viewer: &Viewer, id: FileId) -> Result<Seen, FileError> {
    if let Some(own) = store::own(pool, viewer.employee, id).await? {
        return Ok(Seen::Own(own));
    }
    store::attachment(pool, viewer, id).await?.map(Seen::Of).ok_or(FileError::NotFound(id))
}
