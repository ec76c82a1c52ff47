//! What came, byte for byte, for who looks why it could not be read.

use ::store::{Schema, audit};
use bytes::Bytes;
use contracts::channel::{Content, Inbound, inbound::Body};
use model::EmployeeId;
use prost::Message;
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
    /// Whether there is anything of what came.
    #[must_use]
    pub fn has_original(&self) -> bool {
        !self.raw.is_empty() || self.object().is_some()
    }

    /// Where what came lies in the object store, if it does; never outside the account's own folder, whatever a fact says.
    fn object(&self) -> Option<String> {
        let known = [&self.original_object_key, &self.object_key];
        let known = known.into_iter().find(|key| !key.is_empty() && !key.ends_with(ENCODED)).cloned();
        let key = known.or_else(|| self.letter_key())?;
        key.starts_with(&format!("in/{}/", self.account_id)).then_some(key)
    }

    /// Where a letter lies that was read, but whose fact was refused.
    fn letter_key(&self) -> Option<String> {
        let fact = (self.kind == "fact").then(|| Inbound::decode(self.raw.as_slice()).ok())??;
        let content: Content = match fact.body? {
            Body::Message(said) => said.content?,
            Body::OwnEcho(echo) => echo.content?,
            _ => return None,
        };
        Some(content.letter?.raw_object_key).filter(|key| !key.is_empty())
    }
}

/// A stretch of what came, at most [`MOST_BYTES`]. The first one is noted in the audit.
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
        Some(key) => objects.stretch(&key, offset, limit).await?,
        None => None,
    };
    let found = match stored {
        Some((data, size_bytes)) => Original { data, size_bytes },
        None if letter.raw.is_empty() => return Err(OriginalError::Gone(letter.dead_letter_id)),
        None => inline(&letter.raw, offset, limit),
    };
    if offset == 0 {
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
    }
    Ok(found)
}

fn inline(raw: &[u8], offset: u64, limit: usize) -> Original {
    let from = usize::try_from(offset).unwrap_or(usize::MAX).min(raw.len());
    let data = Bytes::copy_from_slice(&raw[from..raw.len().min(from.saturating_add(limit))]);
    Original { data, size_bytes: raw.len() as u64 }
}
