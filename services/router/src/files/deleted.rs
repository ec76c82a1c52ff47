//! The bytes of a deleted message's files go at once: whoever holds a link to one gets 404.

use model::MessageId;
use sqlx::PgConnection;

use super::objects::{ObjectError, Objects};

/// The timer that the database sets when a message is deleted; its key is the message.
pub const FILES_OF_DELETED: &str = "files_of_deleted";

/// Why a file is still there.
#[derive(Debug, thiserror::Error)]
pub enum DropError {
    #[error(transparent)]
    Objects(#[from] ObjectError),
    #[error("the database did not do it")]
    Store(#[from] sqlx::Error),
}

/// Removes the bytes that only deleted messages name; what another message still shows stays.
///
/// # Errors
/// [`DropError`]; it may be repeated.
pub async fn drop_files(db: &mut PgConnection, objects: &Objects, message: MessageId) -> Result<(), DropError> {
    let keys = sqlx::query_scalar!(
        r#"select k.key as "key!" from inbox.attachment a
           cross join lateral (values (a.object_key), (a.thumbnail_object_key)) k(key)
           where a.message_id = $1 and k.key <> '' and not exists (
               select from inbox.attachment b join inbox.message m using (message_id, conversation_id)
               where (b.object_key = k.key and b.object_key <> ''
                      or b.thumbnail_object_key = k.key and b.thumbnail_object_key <> '')
                   and m.deleted_at is null)"#,
        message.0
    )
    .fetch_all(&mut *db)
    .await?;
    objects.remove(&keys).await?;
    metrics::counter!("okno_router_files_removed_total", "why" => "deleted").increment(keys.len() as u64);
    sqlx::query!(
        "with uploads as (delete from inbox.file where object_key = any ($2))
         update inbox.attachment set object_key = '', thumbnail_object_key = ''
         where message_id = $1 and (object_key = any ($2) or thumbnail_object_key = any ($2))",
        message.0,
        &keys
    )
    .execute(db)
    .await?;
    Ok(())
}
