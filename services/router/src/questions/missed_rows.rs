//! Messages as the person may see them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use contracts::{
    channel::{Attachment, Content, PeerMessage},
    inbox::{Direction, MessageStatus},
};
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use super::missed::{Found, Keys, Place};
use crate::messages;

struct Row {
    message_id: Uuid,
    message_key: String,
    direction: i16,
    status: i16,
    author_name: String,
    text: String,
    content: Vec<u8>,
    shown_at: DateTime<Utc>,
    position: i64,
    seq: i64,
    edited_at: Option<DateTime<Utc>>,
    deleted_at: Option<DateTime<Utc>>,
    group_key: String,
    reply_to_key: String,
    read_seq: i64,
}

/// The messages with these keys, in no order; two statements.
pub async fn messages(pool: &PgPool, conversations: &[Uuid], keys: &Keys) -> sqlx::Result<Vec<Found>> {
    let ids: Vec<Uuid> = keys.stretch.iter().chain(&keys.beside).copied().collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut files = files(pool, &ids).await?;
    let rows = read(pool, conversations, &ids).await?;
    Ok(rows.into_iter().map(|row| (files.remove(&row.message_id).unwrap_or_default(), row)).map(Row::found).collect())
}

/// What staff has read: up to the mark of whoever answers there, and everything before a reply.
async fn read(db: impl PgExecutor<'_>, conversations: &[Uuid], ids: &[Uuid]) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as!(
        Row,
        r#"with read as (
               select c.conversation_id, greatest(
                   coalesce((select max(r.seq) from inbox.read_mark r where r.conversation_id = c.conversation_id
                             and (r.employee_id = c.assignee_employee_id
                                  or c.assignee_employee_id is null and not c.request_open)), 0),
                   coalesce((select m.seq from inbox.message m where m.conversation_id = c.conversation_id
                             and m.direction = 2 and m.kind = 1 and m.status in (4, 5, 6)
                             order by m.seq desc limit 1), 0)) as seq
               from inbox.conversation c where c.conversation_id = any ($1))
           select m.message_id, m.direction, m.status, m.text, m.content, m.shown_at, m.position, m.seq, m.edited_at,
                  m.deleted_at, m.group_key, read.seq as "read_seq!", coalesce(e.name, m.author_name) as "author_name!",
                  coalesce(nullif(m.message_key, ''), (
                      select min(r.key) from inbox.reference r
                      where r.message_id = m.message_id and r.account_id = m.account_id), '') as "message_key!",
                  coalesce((select min(r.key) from inbox.reference r
                            where r.message_id = m.reply_to_message_id and r.account_id = m.account_id), '') as "reply_to_key!"
           from inbox.message m
           join read using (conversation_id)
           left join crm_read.employee e on e.employee_id = m.author_employee_id
           where m.message_id = any ($2)"#,
        conversations,
        ids
    )
    .fetch_all(db)
    .await
}

/// Where the provider has a file, and what a fetch needs, is nothing for the person.
async fn files(db: impl PgExecutor<'_>, messages: &[Uuid]) -> sqlx::Result<HashMap<Uuid, Vec<Attachment>>> {
    let rows = sqlx::query!(
        "select message_id, attachment_id, kind, name, mime_type, size_bytes, width, height, duration_ms, state,
                object_key, thumbnail_object_key
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
            state: row.state.into(),
            object_key: row.object_key,
            thumbnail_object_key: row.thumbnail_object_key,
            ..Attachment::default()
        });
    }
    Ok(files)
}

impl Row {
    fn found((files, row): (Vec<Attachment>, Self)) -> Found {
        let own = row.direction == Direction::Out as i16;
        let content = match row.deleted_at {
            Some(_) => Content::default(),
            None => messages::content(row.text, &row.content, files),
        };
        let message = PeerMessage {
            message_id: row.message_id.to_string(),
            message_key: row.message_key,
            own,
            author_name: if own { row.author_name } else { String::new() },
            content: Some(content),
            shown_at: Some(rpc::timestamp(row.shown_at)),
            position: row.position,
            edited_at: row.edited_at.map(rpc::timestamp),
            deleted: row.deleted_at.is_some(),
            read: if own { row.status == MessageStatus::Read as i16 } else { row.seq <= row.read_seq },
            group_key: row.group_key,
            reply_to_key: row.reply_to_key,
        };
        Found { place: Place { shown_at: row.shown_at, position: row.position, seq: row.seq }, message }
    }
}
