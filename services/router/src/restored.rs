//! What a restored database says of messages, for `okno lost`.

use std::collections::HashSet;

use contracts::inbox::{Direction, MessageStatus};
use model::{AccountId, Channel, ConversationId, MessageId};
use sqlx::PgPool;
use uuid::Uuid;

/// A reply that waits to be sent.
#[derive(Debug, Clone)]
pub struct Waiting {
    pub message_id: MessageId,
    pub conversation_id: ConversationId,
    pub account_id: AccountId,
    pub channel: Channel,
    pub part: u32,
    /// The claim that may be granted next.
    pub attempt: u32,
}

/// Those of the messages that wait to be sent.
///
/// # Errors
/// What the database answers.
pub async fn waiting(pool: &PgPool, ids: &HashSet<MessageId>) -> sqlx::Result<Vec<Waiting>> {
    let rows = sqlx::query!(
        "select m.message_id, m.conversation_id, m.attempt, a.account_id, a.channel, a.part
         from inbox.message m join inbox.account a on a.account_id = m.account_id
         where m.message_id = any($1) and m.direction = $2 and m.status = $3 order by m.message_id",
        &uuids(ids),
        Direction::Out as i16,
        MessageStatus::Queued as i16
    )
    .fetch_all(pool)
    .await?;
    let waiting = rows.into_iter().filter_map(|row| {
        Some(Waiting {
            message_id: row.message_id.into(),
            conversation_id: row.conversation_id.into(),
            account_id: row.account_id.into(),
            channel: row.channel.parse().ok()?,
            part: row.part.cast_unsigned(),
            attempt: row.attempt.cast_unsigned(),
        })
    });
    Ok(waiting.collect())
}

/// Those of the messages that exist.
///
/// # Errors
/// What the database answers.
pub async fn known(pool: &PgPool, ids: &HashSet<MessageId>) -> sqlx::Result<HashSet<MessageId>> {
    let found = sqlx::query_scalar!("select message_id from inbox.message where message_id = any($1)", &uuids(ids));
    Ok(found.fetch_all(pool).await?.into_iter().map(MessageId::from).collect())
}

fn uuids(ids: &HashSet<MessageId>) -> Vec<Uuid> {
    ids.iter().map(|id| id.0).collect()
}
