//! A client's photo: small, and kept beside the card.

use model::ClientId;
use sqlx::PgExecutor;

use crate::error::Fault;

const MOST_BYTES: usize = 256 * 1024;

/// What a picture is, by its first bytes.
///
/// # Errors
/// [`Fault::Invalid`] when it is no JPEG, PNG or WebP, or larger than 256 KiB.
pub fn content_type(bytes: &[u8]) -> Result<&'static str, Fault> {
    if bytes.len() > MOST_BYTES {
        return Err(Fault::invalid("photo", "must be at most 256 KiB; make the picture smaller"));
    }
    match bytes {
        [0xFF, 0xD8, 0xFF, ..] => Ok("image/jpeg"),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Ok("image/png"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok("image/webp"),
        _ => Err(Fault::invalid("photo", "must be a JPEG, PNG or WebP picture")),
    }
}

pub async fn read(db: impl PgExecutor<'_>, id: ClientId) -> sqlx::Result<Option<(String, Vec<u8>)>> {
    let row = sqlx::query!("select content_type, bytes from crm.photo where object_id = $1", id.0);
    Ok(row.fetch_optional(db).await?.map(|row| (row.content_type, row.bytes)))
}

pub async fn write(db: impl PgExecutor<'_>, id: ClientId, content_type: &str, bytes: &[u8]) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into crm.photo (object_id, content_type, bytes) values ($1, $2, $3)
         on conflict (object_id) do update set content_type = excluded.content_type, bytes = excluded.bytes",
        id.0,
        content_type,
        bytes
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn remove(db: impl PgExecutor<'_>, id: ClientId) -> sqlx::Result<()> {
    sqlx::query!("delete from crm.photo where object_id = $1", id.0).execute(db).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_photo_is_known_by_its_first_bytes() {
        assert_eq!(content_type(b"\x89PNG\r\n\x1a\n....").unwrap(), "image/png");
        assert_eq!(content_type(b"RIFF....WEBPVP8 ").unwrap(), "image/webp");
        assert!(content_type(b"<svg>").is_err());
        assert!(content_type(&[0xFF; MOST_BYTES + 1]).is_err());
    }
}
