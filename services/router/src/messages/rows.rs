//! A message as the page is told of it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use contracts::{
    channel::{Attachment, AttachmentState, Content, Failure},
    inbox::{Message, MessageEvent},
};
use model::MessageId;
use prost::Message as _;
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use crate::{access::Viewer, mailings::hidden_exit};

struct Row {
    message_id: Uuid,
    conversation_id: Uuid,
    seq: i64,
    shown_at: DateTime<Utc>,
    position: i64,
    direction: i16,
    kind: i16,
    status: i16,
    text: String,
    content: Vec<u8>,
    group_key: String,
    author_employee_id: Option<Uuid>,
    author_name: String,
    reply_to_message_id: Option<Uuid>,
    failure: Option<Vec<u8>>,
    not_before: Option<DateTime<Utc>>,
    not_after: Option<DateTime<Utc>>,
    retry_at: Option<DateTime<Utc>>,
    edited_at: Option<DateTime<Utc>>,
    deleted_at: Option<DateTime<Utc>>,
    mentions: Vec<Uuid>,
    reactions: Vec<String>,
    own_reaction: String,
    sent_again_as: Option<Uuid>,
    created_at: DateTime<Utc>,
    event: Option<Vec<u8>>,
    original_unknown: bool,
    automatic: i16,
}

/// Messages in the order of the ids; those out of sight are left out. Two statements.
///
/// # Errors
/// What the database answers.
pub async fn in_order(pool: &PgPool, viewer: &Viewer, ids: &[MessageId]) -> sqlx::Result<Vec<Message>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let raw: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = read(pool, viewer, &raw).await?;
    let mut files = files(pool, &raw).await?;
    let mut messages: HashMap<Uuid, Message> = rows
        .into_iter()
        .map(|row| (row.message_id, files.remove(&row.message_id).unwrap_or_default(), row))
        .map(|(id, files, row)| (id, row.into_contract(files)))
        .collect();
    Ok(raw.iter().filter_map(|id| messages.remove(id)).collect())
}

async fn read(db: impl PgExecutor<'_>, viewer: &Viewer, ids: &[Uuid]) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as!(
        Row,
        r#"select m.message_id, m.conversation_id, m.seq, m.shown_at, m.position, m.direction, m.kind, m.status, m.text,
                  m.content, m.group_key, m.author_employee_id, coalesce(e.name, m.author_name) as "author_name!",
                  m.reply_to_message_id, m.failure, m.not_before, m.not_after, m.retry_at, m.edited_at,
                  m.deleted_at, m.mentions,
                  m.reactions, m.own_reaction, m.sent_again_as, m.created_at, m.event, m.original_unknown, m.automatic
           from inbox.message m
           join inbox.visible($1, $2, $3, $4, $6) c on c.conversation_id = m.conversation_id
           left join crm_read.employee e on e.employee_id = m.author_employee_id
           where m.message_id = any ($5)"#,
        viewer.employee.0,
        viewer.administrator,
        &viewer.own,
        &viewer.headed,
        ids,
        viewer.personal
    )
    .fetch_all(db)
    .await
}

async fn files(db: impl PgExecutor<'_>, messages: &[Uuid]) -> sqlx::Result<HashMap<Uuid, Vec<Attachment>>> {
    let rows = sqlx::query!(
        "select message_id, attachment_id, kind, name, mime_type, size_bytes, width, height, duration_ms, state, problem,
                thumbnail_object_key
         from inbox.attachment where message_id = any ($1) order by message_id, ordinal",
        messages
    )
    .fetch_all(db)
    .await?;
    let mut files: HashMap<Uuid, Vec<Attachment>> = HashMap::new();
    for row in rows {
        files.entry(row.message_id).or_default().push(Attachment {
            attachment_id: row.attachment_id.to_string(),
            kind: row.kind.into(),
            name: row.name,
            mime_type: row.mime_type,
            size_bytes: row.size_bytes,
            width: row.width.cast_unsigned(),
            height: row.height.cast_unsigned(),
            duration_ms: row.duration_ms.cast_unsigned(),
            state: AttachmentState::try_from(i32::from(row.state)).unwrap_or_default().into(),
            problem: row.problem,
            thumbnail_object_key: row.thumbnail_object_key,
            ..Attachment::default() // where it lies and how it is fetched is nothing for the page
        });
    }
    Ok(files)
}

/// The files of a message as an adapter needs them.
///
/// # Errors
/// What the database answers.
pub async fn files_for_order(db: impl PgExecutor<'_>, id: MessageId) -> sqlx::Result<Vec<Attachment>> {
    let rows = sqlx::query!(
        "select attachment_id, kind, name, mime_type, size_bytes, width, height, duration_ms, object_key, state
         from inbox.attachment where message_id = $1 order by ordinal",
        id.0
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Attachment {
            attachment_id: row.attachment_id.to_string(),
            kind: row.kind.into(),
            name: row.name,
            mime_type: row.mime_type,
            size_bytes: row.size_bytes,
            width: row.width.cast_unsigned(),
            height: row.height.cast_unsigned(),
            duration_ms: row.duration_ms.cast_unsigned(),
            object_key: row.object_key,
            state: row.state.into(),
            ..Attachment::default()
        })
        .collect())
}

/// What a message shows, from its columns.
#[must_use]
pub fn content(text: String, stored: &[u8], attachments: Vec<Attachment>) -> Content {
    without_token(Content { text, attachments, ..Content::decode(stored).unwrap_or_default() })
}

impl Row {
    fn into_contract(self, files: Vec<Attachment>) -> Message {
        // What was deleted is struck; its text stands among the earlier versions.
        let content = match self.deleted_at {
            Some(_) => Content::default(),
            None => content(self.text, &self.content, files),
        };
        Message {
            message_id: self.message_id.to_string(),
            conversation_id: self.conversation_id.to_string(),
            seq: self.seq.cast_unsigned(),
            shown_at: Some(rpc::timestamp(self.shown_at)),
            position: self.position,
            direction: self.direction.into(),
            kind: self.kind.into(),
            status: self.status.into(),
            content: Some(content),
            group_key: self.group_key,
            author_employee_id: text(self.author_employee_id),
            author_name: self.author_name,
            reply_to_message_id: text(self.reply_to_message_id),
            failure: self.failure.and_then(|bytes| Failure::decode(bytes.as_slice()).ok()),
            not_before: self.not_before.map(rpc::timestamp),
            not_after: self.not_after.map(rpc::timestamp),
            retry_at: self.retry_at.map(rpc::timestamp),
            edited_at: self.edited_at.map(rpc::timestamp),
            deleted_at: self.deleted_at.map(rpc::timestamp),
            mention_employee_ids: self.mentions.iter().map(Uuid::to_string).collect(),
            reactions: self.reactions,
            own_reaction: self.own_reaction,
            sent_again_as_message_id: text(self.sent_again_as),
            created_at: Some(rpc::timestamp(self.created_at)),
            event: self.event.and_then(|bytes| MessageEvent::decode(bytes.as_slice()).ok()),
            edited_original_unknown: self.original_unknown,
            automatic: self.automatic.into(),
        }
    }
}

/// How one leaves a mailing is between its letter and whom that is for.
fn without_token(mut content: Content) -> Content {
    let exit = content.letter.as_mut().and_then(|letter| letter.unsubscribe.take());
    if exit.is_some() {
        content.text = hidden_exit(&content.text);
    }
    content
}

fn text(id: Option<Uuid>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}
