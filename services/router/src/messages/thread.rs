//! A stretch of the thread: by (`shown_at`, `position`, `seq`), what is not sent yet last (rule I3).

use chrono::{DateTime, Utc};
use contracts::inbox::{Message, MessageVersion};
use model::{ConversationId, MessageId};
use serde::{Deserialize, Serialize};
use sqlx::{PgExecutor, PgPool};

use super::{domain::MessageError, rows};
use crate::{
    access::Viewer,
    conversations::{ConversationError, visible},
};

/// The place of a message in its thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    unsent: bool,
    shown_at: DateTime<Utc>,
    position: i64,
    seq: i64,
}

/// From where a stretch is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Start {
    /// Up to the end.
    End,
    /// Around the message with this seq, or the next older one.
    Around(i64),
    Before(Place),
    After(Place),
}

/// A stretch, oldest first.
#[derive(Debug)]
pub struct Stretch {
    /// Of a merged one the one that stayed.
    pub conversation: ConversationId,
    pub messages: Vec<Message>,
    /// Its ends where there is more.
    pub before: Option<Place>,
    pub after: Option<Place>,
    pub read_seq: i64,
}

struct Key {
    id: MessageId,
    place: Place,
}

impl Place {
    /// Behind everything.
    const END: Self = Self { unsent: true, shown_at: DateTime::<Utc>::MAX_UTC, position: i64::MAX, seq: i64::MAX };

    /// Just behind this message.
    const fn and_itself(self) -> Self {
        Self { seq: self.seq.saturating_add(1), ..self }
    }
}

/// Reads `size` messages of a conversation in sight.
///
/// # Errors
/// [`MessageError`].
pub async fn read(
    pool: &PgPool,
    viewer: &Viewer,
    id: ConversationId,
    from: Start,
    size: u16,
) -> Result<Stretch, MessageError> {
    let seen = visible(pool, viewer, &[id]).await?;
    let id = *seen.first().ok_or(ConversationError::NotFound(id))?;
    let size = usize::from(size);
    let (keys, older, newer) = match from {
        Start::End => up_to(pool, id, Place::END, size).await.map(|(keys, older)| (keys, older, false))?,
        Start::Before(place) => up_to(pool, id, place, size).await.map(|(keys, older)| (keys, older, true))?,
        Start::After(place) => onwards(pool, id, place, size).await.map(|(keys, newer)| (keys, true, newer))?,
        Start::Around(seq) => around(pool, id, seq, size).await?,
    };
    let ids: Vec<MessageId> = keys.iter().map(|key| key.id).collect();
    Ok(Stretch {
        conversation: id,
        messages: rows::in_order(pool, viewer, &ids).await?,
        before: keys.first().filter(|_| older).map(|key| key.place),
        after: keys.last().filter(|_| newer).map(|key| key.place),
        read_seq: read_seq(pool, viewer, id).await?,
    })
}

async fn around(pool: &PgPool, id: ConversationId, seq: i64, size: usize) -> sqlx::Result<(Vec<Key>, bool, bool)> {
    let Some(place) = place_of(pool, id, seq).await? else {
        return up_to(pool, id, Place::END, size).await.map(|(keys, older)| (keys, older, false));
    };
    let half = size / 2;
    let (mut keys, older) = up_to(pool, id, place.and_itself(), half.max(1)).await?;
    let (newer_keys, newer) = onwards(pool, id, place, size.saturating_sub(half).max(1)).await?;
    keys.extend(newer_keys);
    Ok((keys, older, newer))
}

/// The last `size` before a place, and whether there are more.
async fn up_to(pool: &PgPool, id: ConversationId, end: Place, size: usize) -> sqlx::Result<(Vec<Key>, bool)> {
    let mut keys = older_than(pool, id, end, limit(size)).await?;
    let more = keys.len() > size;
    keys.truncate(size);
    keys.reverse();
    Ok((keys, more))
}

/// The first `size` after a place, and whether there are more.
async fn onwards(pool: &PgPool, id: ConversationId, start: Place, size: usize) -> sqlx::Result<(Vec<Key>, bool)> {
    let mut keys = newer_than(pool, id, start, limit(size)).await?;
    let more = keys.len() > size;
    keys.truncate(size);
    Ok((keys, more))
}

fn limit(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX).saturating_add(1)
}

async fn older_than(db: impl PgExecutor<'_>, id: ConversationId, place: Place, limit: i64) -> sqlx::Result<Vec<Key>> {
    let rows = sqlx::query!(
        r#"select message_id, unsent as "unsent!", shown_at, position, seq from inbox.message
           where conversation_id = $1 and (unsent, shown_at, position, seq) < ($2, $3, $4, $5)
           order by unsent desc, shown_at desc, position desc, seq desc limit $6"#,
        id.0,
        place.unsent,
        place.shown_at,
        place.position,
        place.seq,
        limit
    )
    .fetch_all(db)
    .await?;
    let key = |id, unsent, shown_at, position, seq| Key { id, place: Place { unsent, shown_at, position, seq } };
    Ok(rows.into_iter().map(|r| key(r.message_id.into(), r.unsent, r.shown_at, r.position, r.seq)).collect())
}

async fn newer_than(db: impl PgExecutor<'_>, id: ConversationId, place: Place, limit: i64) -> sqlx::Result<Vec<Key>> {
    let rows = sqlx::query!(
        r#"select message_id, unsent as "unsent!", shown_at, position, seq from inbox.message
           where conversation_id = $1 and (unsent, shown_at, position, seq) > ($2, $3, $4, $5)
           order by unsent, shown_at, position, seq limit $6"#,
        id.0,
        place.unsent,
        place.shown_at,
        place.position,
        place.seq,
        limit
    )
    .fetch_all(db)
    .await?;
    let key = |id, unsent, shown_at, position, seq| Key { id, place: Place { unsent, shown_at, position, seq } };
    Ok(rows.into_iter().map(|r| key(r.message_id.into(), r.unsent, r.shown_at, r.position, r.seq)).collect())
}

/// Of the message with this seq, or of the next older one.
async fn place_of(db: impl PgExecutor<'_>, id: ConversationId, seq: i64) -> sqlx::Result<Option<Place>> {
    sqlx::query_as!(
        Place,
        r#"select unsent as "unsent!", shown_at, position, seq from inbox.message
           where conversation_id = $1 and seq <= $2 order by seq desc limit 1"#,
        id.0,
        seq
    )
    .fetch_optional(db)
    .await
}

async fn read_seq(db: impl PgExecutor<'_>, viewer: &Viewer, id: ConversationId) -> sqlx::Result<i64> {
    let seq = sqlx::query_scalar!(
        "select seq from inbox.read_mark where conversation_id = $1 and employee_id = $2",
        id.0,
        viewer.employee.0
    );
    Ok(seq.fetch_optional(db).await?.unwrap_or_default())
}

/// A message in sight with its earlier texts, newest first; of a deleted one also the last. The caller cuts the page.
///
/// # Errors
/// [`MessageError::NotFound`] when the message is not in sight.
pub async fn versions(
    pool: &PgPool,
    viewer: &Viewer,
    id: MessageId,
    before: Option<DateTime<Utc>>,
    limit: i64,
) -> Result<(Message, Vec<(DateTime<Utc>, MessageVersion)>), MessageError> {
    let message = rows::in_order(pool, viewer, &[id]).await?.pop().ok_or(MessageError::NotFound(id))?;
    let rows = sqlx::query!(
        r#"select v.until as "until!", v.text as "text!", v.content as "content!" from (
               select until, text, content from inbox.message_version where message_id = $1
               union all
               select deleted_at, text, content from inbox.message where message_id = $1 and deleted_at is not null) v
           where $2::timestamptz is null or v.until < $2 order by v.until desc limit $3"#,
        id.0,
        before,
        limit
    )
    .fetch_all(pool)
    .await?;
    let version = |text, content: Vec<u8>, until| MessageVersion {
        content: Some(rows::content(text, &content, Vec::new())),
        until: Some(rpc::timestamp(until)),
    };
    let versions = rows.into_iter().map(|row| (row.until, version(row.text, row.content, row.until)));
    Ok((message, versions.collect()))
}
