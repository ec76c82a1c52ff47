//! What came, byte for byte, for who looks why it could not be read.

use ::store::{Schema, audit};
use bytes::Bytes;
use model::EmployeeId;
use sqlx::PgPool;
use uuid::Uuid;

use super::store::DeadLetter;
use crate::files::{ObjectError, Objects};

/// The longest stretch of one call.
pub const MOST_BYTES: usize = 1024 * 1024;
/// What a fact is named that was too large for the bus: it is our own encoding, and nothing that came.
const ENCODED: &str = ".inbound";

/// A stretch of what came.
#[derive(Debug)]
pub struct Original {
    pub data: Bytes,
    /// Of the whole.
    pub size_bytes: u64,
}

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum OriginalError {
    #[error("nothing is kept of dead letter {0}")]
    Gone(Uuid),
    #[error(transparent)]
    Objects(#[from] ObjectError),
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl DeadLetter {
    /// Whether there is anything of what came. A fact is our own encoding of it, and nothing that came.
    #[must_use]
    pub fn has_original(&self) -> bool {
        self.is_in_objects() || self.kind == "raw" && self.raw_bytes > 0
    }

    /// Whether what came lies in the object store.
    #[must_use]
    pub fn is_in_objects(&self) -> bool {
        self.object().is_some()
    }

    /// Never outside the account's own folder, whatever a fact says.
    fn object(&self) -> Option<&str> {
        let known = [&self.original_object_key, &self.object_key];
        let key = known.into_iter().find(|key| !key.is_empty() && !key.ends_with(ENCODED))?;
        key.starts_with(&format!("in/{}/", self.account_id)).then_some(key)
    }
}

/// A stretch of what came, at most [`MOST_BYTES`], noted in the audit.
///
/// # Errors
/// [`OriginalError`].
pub async fn original(
    pool: &PgPool,
    objects: &Objects,
    letter: &DeadLetter,
    (offset, limit): (u64, usize),
    by: EmployeeId,
) -> Result<Original, OriginalError> {
    let limit = limit.min(MOST_BYTES);
    let stored = match letter.object() {
        Some(key) => objects.stretch(key, offset, limit).await?,
        None => None,
    };
    let found = match stored {
        Some((data, size_bytes)) => Original { data, size_bytes },
        None if letter.kind != "raw" || letter.raw.is_empty() => {
            return Err(OriginalError::Gone(letter.dead_letter_id));
        }
        None => inline(&letter.raw, offset, limit),
    };
    let entry = audit::Entry {
        employee_id: Some(by.0),
        action: "read_original",
        object_kind: "dead_letter",
        object_id: letter.dead_letter_id,
        before: None,
        after: None,
    };
    let mut tx = pool.begin().await?;
    audit::append(&mut tx, Schema::Inbox, &[entry]).await?;
    tx.commit().await?;
    Ok(found)
}

fn inline(raw: &[u8], offset: u64, limit: usize) -> Original {
    let from = usize::try_from(offset).unwrap_or(usize::MAX).min(raw.len());
    let data = Bytes::copy_from_slice(&raw[from..raw.len().min(from.saturating_add(limit))]);
    Original { data, size_bytes: raw.len() as u64 }
}
