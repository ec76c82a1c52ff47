//! The SQL of messages that staff write or change, under the lock of their conversation.

use chrono::{DateTime, Utc};
use contracts::{
    channel::Content,
    inbox::{Direction, MessageKind, MessageStatus},
};
use model::{ConversationId, EmployeeId, MessageId};
use prost::Message as _;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::orders::SEND;

/// A message under the lock of its conversation.
#[derive(Debug, Clone)]
pub struct Held {
    pub id: MessageId,
    pub direction: i16,
    pub kind: i16,
    pub status: MessageStatus,
    pub text: String,
    /// Without text and attachments.
    pub content: Content,
    pub group_key: String,
    pub author: Option<EmployeeId>,
    pub reply_to: Option<MessageId>,
    pub shown_at: DateTime<Utc>,
    pub deleted_at: Option<DateTime<Utc>>,
    pub sent_again_as: Option<MessageId>,
    pub not_after: Option<DateTime<Utc>>,
    pub files: i64,
}

impl Held {
    pub fn is(&self, kind: MessageKind) -> bool {
        self.kind == kind as i16
    }

    pub fn is_ours(&self) -> bool {
        self.direction == Direction::Out as i16
    }

    /// At the provider, as far as we know.
    pub fn is_sent(&self) -> bool {
        matches!(self.status, MessageStatus::Sent | MessageStatus::Delivered | MessageStatus::Read)
    }
}

/// Where a message is.
pub async fn conversation_of(db: impl PgExecutor<'_>, id: MessageId) -> sqlx::Result<Option<ConversationId>> {
    let found = sqlx::query_scalar!("select conversation_id from inbox.message where message_id = $1", id.0);
    Ok(found.fetch_optional(db).await?.map(ConversationId))
}

pub async fn held(db: impl PgExecutor<'_>, conversation: ConversationId, id: MessageId) -> sqlx::Result<Option<Held>> {
    let row = sqlx::query!(
        r#"select direction, kind, status, text, content, group_key, author_employee_id, reply_to_message_id, shown_at,
                  deleted_at, sent_again_as, not_after,
                  (select count(*) from inbox.attachment a where a.message_id = m.message_id) as "files!"
           from inbox.message m where m.message_id = $1 and m.conversation_id = $2"#,
        id.0,
        conversation.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Held {
        id,
        direction: row.direction,
        kind: row.kind,
        status: MessageStatus::try_from(i32::from(row.status)).unwrap_or_default(),
        text: row.text,
        content: Content::decode(row.content.as_slice()).unwrap_or_default(),
        group_key: row.group_key,
        author: row.author_employee_id.map(Into::into),
        reply_to: row.reply_to_message_id.map(Into::into),
        shown_at: row.shown_at,
        deleted_at: row.deleted_at,
        sent_again_as: row.sent_again_as.map(Into::into),
        not_after: row.not_after,
        files: row.files,
    }))
}

/// The parts of a reply that was split, in order; itself when it was not.
pub async fn parts(
    db: impl PgExecutor<'_>,
    conversation: ConversationId,
    message: &Held,
) -> sqlx::Result<Vec<MessageId>> {
    if message.group_key.is_empty() || !message.is_ours() {
        return Ok(vec![message.id]);
    }
    let ids = sqlx::query_scalar!(
        "select message_id from inbox.message
         where conversation_id = $1 and group_key = $2 and direction = $3 order by seq",
        conversation.0,
        message.group_key,
        Direction::Out as i16
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().map(MessageId).collect())
}

/// The provider's names of a message.
pub async fn provider_keys(db: impl PgExecutor<'_>, id: MessageId) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!("select key from inbox.reference where message_id = $1 order by key", id.0).fetch_all(db).await
}

/// Keeps the text of a message as an earlier version and sets the new one.
pub async fn replace_text(
    db: &mut PgConnection,
    conversation: ConversationId,
    id: MessageId,
    text: &str,
    content: &Content,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into inbox.message_version (message_id, until, text, content)
         select message_id, $3, text, content from inbox.message where conversation_id = $1 and message_id = $2
         on conflict (message_id, until) do nothing",
        conversation.0,
        id.0,
        now
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update inbox.message set text = $3, content = $4, edited_at = $5
         where conversation_id = $1 and message_id = $2",
        conversation.0,
        id.0,
        text,
        content.encode_to_vec(),
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn mark_deleted(
    db: impl PgExecutor<'_>,
    conversation: ConversationId,
    id: MessageId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update inbox.message set deleted_at = $3 where conversation_id = $1 and message_id = $2 and deleted_at is null",
        conversation.0,
        id.0,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn set_own_reaction(
    db: impl PgExecutor<'_>,
    conversation: ConversationId,
    id: MessageId,
    emoji: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update inbox.message set own_reaction = $3 where conversation_id = $1 and message_id = $2",
        conversation.0,
        id.0,
        emoji
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes back what is still queued of these, with the orders; returns which.
pub async fn cancel(
    db: &mut PgConnection,
    conversation: ConversationId,
    ids: &[MessageId],
) -> sqlx::Result<Vec<MessageId>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let cancelled = sqlx::query_scalar!(
        "update inbox.message set status = $3, retry_at = null
         where conversation_id = $1 and message_id = any ($2) and status = $4 returning message_id",
        conversation.0,
        &ids,
        MessageStatus::Cancelled as i16,
        MessageStatus::Queued as i16
    )
    .fetch_all(&mut *db)
    .await?;
    sqlx::query!("delete from inbox.outgoing where message_id = any ($1) and kind = $2", &cancelled, SEND)
        .execute(db)
        .await?;
    Ok(cancelled.into_iter().map(MessageId).collect())
}

/// A message of ours that has a latest time.
pub struct Waiting {
    pub status: MessageStatus,
    pub not_after: Option<DateTime<Utc>>,
}

impl Waiting {
    /// It has gone, may have gone, or will not go.
    pub fn is_over(&self) -> bool {
        !matches!(self.status, MessageStatus::Queued | MessageStatus::Sending)
    }
}

/// Under the lock of its conversation.
pub async fn waiting(
    db: impl PgExecutor<'_>,
    conversation: ConversationId,
    id: MessageId,
) -> sqlx::Result<Option<Waiting>> {
    let row = sqlx::query!(
        "select status, not_after from inbox.message where conversation_id = $1 and message_id = $2",
        conversation.0,
        id.0
    );
    Ok(row.fetch_optional(db).await?.map(|row| Waiting {
        status: MessageStatus::try_from(i32::from(row.status)).unwrap_or_default(),
        not_after: row.not_after,
    }))
}

/// Ends a queued message unsent, with its order. The attempt goes on, so that an order that is on its way is not granted.
pub async fn call_off(
    db: &mut PgConnection,
    conversation: ConversationId,
    id: MessageId,
    failure: &[u8],
) -> sqlx::Result<()> {
    sqlx::query!(
        "update inbox.message set status = $3, failure = $5, retry_at = null, attempt = attempt + 1
         where conversation_id = $1 and message_id = $2 and status = $4",
        conversation.0,
        id.0,
        MessageStatus::Failed as i16,
        MessageStatus::Queued as i16,
        failure
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!("delete from inbox.outgoing where message_id = $1 and kind = $2", id.0, SEND).execute(db).await?;
    Ok(())
}

/// Moves the time of what is still queued of these; returns which. The attempt goes on, so that an order that was
/// published for the old time is no longer granted.
pub async fn reschedule(
    db: &mut PgConnection,
    conversation: ConversationId,
    ids: &[MessageId],
    not_before: Option<DateTime<Utc>>,
) -> sqlx::Result<Vec<MessageId>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let moved = sqlx::query_scalar!(
        "update inbox.message set not_before = $3, attempt = attempt + 1
         where conversation_id = $1 and message_id = any ($2) and status = $4 returning message_id",
        conversation.0,
        &ids,
        not_before,
        MessageStatus::Queued as i16
    )
    .fetch_all(&mut *db)
    .await?;
    sqlx::query!(
        "update inbox.outgoing set not_before = coalesce($2::timestamptz, '-infinity'), next_at = now()
         where message_id = any ($1) and kind = $3",
        &moved,
        not_before,
        SEND
    )
    .execute(db)
    .await?;
    Ok(moved.into_iter().map(MessageId).collect())
}

/// "It arrived": an unknown outcome becomes sent, by hand; `false` when it is not unknown.
pub async fn settle(db: &mut PgConnection, conversation: ConversationId, id: MessageId) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update inbox.message set status = $3, retry_at = null, shown_at = coalesce(claimed_at, shown_at)
         where conversation_id = $1 and message_id = $2 and status = $4",
        conversation.0,
        id.0,
        MessageStatus::Sent as i16,
        MessageStatus::Unknown as i16
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!("delete from inbox.outgoing where message_id = $1 and kind = $2", id.0, SEND).execute(db).await?;
    Ok(done.rows_affected() > 0)
}

pub async fn link_again(
    db: impl PgExecutor<'_>,
    conversation: ConversationId,
    old: MessageId,
    new: MessageId,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update inbox.message set sent_again_as = $3 where conversation_id = $1 and message_id = $2",
        conversation.0,
        old.0,
        new.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Of these employees, those who work here.
pub async fn active(db: impl PgExecutor<'_>, employees: &[EmployeeId]) -> sqlx::Result<Vec<EmployeeId>> {
    let ids: Vec<Uuid> = employees.iter().map(|id| id.0).collect();
    let active = sqlx::query_scalar!(
        r#"select employee_id as "id!" from crm_read.employee where employee_id = any ($1) and active"#,
        &ids
    )
    .fetch_all(db)
    .await?;
    Ok(active.into_iter().map(EmployeeId).collect())
}

/// Remembers a client-made id; `false` when its call was done before.
pub async fn first_call(db: impl PgExecutor<'_>, request_id: Option<Uuid>) -> sqlx::Result<bool> {
    let Some(id) = request_id else { return Ok(true) };
    let done = sqlx::query!("insert into inbox.done_call (request_id) values ($1) on conflict do nothing", id);
    Ok(done.execute(db).await?.rows_affected() > 0)
}
