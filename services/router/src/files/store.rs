//! The SQL of files.

use ::store::access::Of;
use chrono::{DateTime, Utc};
use contracts::{
    channel::{AttachmentKind, AttachmentState, Content},
    file::FileState,
};
use model::{ConversationId, EmployeeId, FileId};
use prost::Message as _;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::domain::Upload;
use crate::access::Viewer;

/// As `file.kind` and `attachment.kind` hold it.
pub const VOICE: i16 = AttachmentKind::Voice as i16;

/// A file as whoever may see it is told of it.
#[derive(Debug, Clone)]
pub struct Row {
    pub file_id: Uuid,
    pub name: String,
    pub mime_type: String,
    pub size_bytes: i64,
    pub width: i32,
    pub height: i32,
    pub duration_ms: i32,
    /// Of [`FileState`].
    pub state: i16,
    pub object_key: String,
    pub created_at: DateTime<Utc>,
}

/// Registers an upload; nothing happens when the id is known.
pub async fn create(db: impl PgExecutor<'_>, owner: EmployeeId, upload: &Upload) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into inbox.file (file_id, employee_id, name, mime_type, size_bytes, duration_ms, object_key, kind)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (file_id) do nothing",
        upload.id.0,
        owner.0,
        upload.name,
        upload.mime_type,
        upload.size_bytes,
        upload.duration_ms,
        upload.object_key,
        if upload.voice { VOICE } else { 0 }
    )
    .execute(db)
    .await?;
    Ok(())
}

/// An upload of this employee.
pub async fn own(db: impl PgExecutor<'_>, owner: EmployeeId, id: FileId) -> sqlx::Result<Option<Row>> {
    sqlx::query_as!(
        Row,
        "select file_id, name, mime_type, size_bytes, width, height, duration_ms, state, object_key, created_at
         from inbox.file where file_id = $1 and employee_id = $2 and dropped_at is null",
        id.0,
        owner.0
    )
    .fetch_optional(db)
    .await
}

/// An upload of anyone.
pub async fn any(db: impl PgExecutor<'_>, id: FileId) -> sqlx::Result<Option<Row>> {
    sqlx::query_as!(
        Row,
        "select file_id, name, mime_type, size_bytes, width, height, duration_ms, state, object_key, created_at
         from inbox.file where file_id = $1 and dropped_at is null",
        id.0
    )
    .fetch_optional(db)
    .await
}

/// A file of a dialog, and where it belongs.
#[derive(Debug, Clone)]
pub struct Attachment {
    pub file: Row,
    pub conversation: ConversationId,
    pub of: Of,
    /// A letter as it came.
    pub is_original: bool,
}

/// An attachment of a conversation that the viewer sees, unless its message was deleted.
pub async fn attachment(db: impl PgExecutor<'_>, viewer: &Viewer, id: FileId) -> sqlx::Result<Option<Attachment>> {
    let found = sqlx::query!(
        r#"select a.attachment_id as file_id, a.name, a.mime_type, a.size_bytes, a.width, a.height, a.duration_ms,
                  case a.state when $6 then $7::smallint else $8::smallint end as "state!", a.object_key, m.created_at,
                  c.conversation_id as "conversation_id!", c.contact_point_id as "contact_point_id!", c.account_id as "account_id!",
                  case a.mime_type when 'message/rfc822' then m.content end as content
           from inbox.attachment a
           join inbox.visible($2, $3, $4, $5, $9) c on c.conversation_id = a.conversation_id
           join inbox.message m on m.message_id = a.message_id and m.conversation_id = a.conversation_id
           where a.attachment_id = $1 and m.deleted_at is null"#,
        id.0,
        viewer.employee.0,
        viewer.administrator,
        &viewer.own,
        &viewer.headed,
        AttachmentState::Stored as i16,
        FileState::Stored as i16,
        FileState::Uploading as i16,
        viewer.personal
    )
    .fetch_optional(db)
    .await?;
    Ok(found.map(|row| Attachment {
        conversation: row.conversation_id.into(),
        of: Of { subject: Some(row.contact_point_id), account: Some(row.account_id) },
        is_original: row.content.is_some_and(|content| is_original(&content, row.file_id)),
        file: Row {
            file_id: row.file_id,
            name: row.name,
            mime_type: row.mime_type,
            size_bytes: row.size_bytes,
            width: row.width,
            height: row.height,
            duration_ms: row.duration_ms,
            state: row.state,
            object_key: row.object_key,
            created_at: row.created_at,
        },
    }))
}

/// A letter that somebody attached has the same type.
fn is_original(content: &[u8], file_id: Uuid) -> bool {
    let letter = Content::decode(content).unwrap_or_default().letter;
    letter.is_some_and(|letter| letter.raw_file_id.parse::<Uuid>().is_ok_and(|id| id == file_id))
}

/// What the edge learnt from the bytes.
#[derive(Debug, Clone)]
pub struct Completed {
    pub id: FileId,
    pub size_bytes: i64,
    pub mime_type: String,
    pub width: i32,
    pub height: i32,
    pub sha256: Vec<u8>,
}

/// Says that the bytes are stored; nothing happens when that was said before.
pub async fn complete(db: impl PgExecutor<'_>, done: &Completed) -> sqlx::Result<()> {
    sqlx::query!(
        "update inbox.file set state = $2, size_bytes = $3, mime_type = $4, width = $5, height = $6, sha256 = $7
         where file_id = $1 and state <> $2 and dropped_at is null",
        done.id.0,
        FileState::Stored as i16,
        done.size_bytes,
        done.mime_type,
        done.width,
        done.height,
        done.sha256
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Uploads of this employee by their ids, in the order of the ids, each with whether its bytes are there. They are not
/// swept before the caller's transaction ends.
pub async fn uploads(db: impl PgExecutor<'_>, owner: EmployeeId, ids: &[FileId]) -> sqlx::Result<Vec<(Upload, bool)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        "select f.* from unnest($1::uuid[]) with ordinality as wanted(file_id, place)
         join inbox.file f using (file_id) where f.employee_id = $2 and f.dropped_at is null
         order by wanted.place for share of f",
        &ids,
        owner.0
    )
    .fetch_all(db)
    .await?;
    let stored = FileState::Stored as i16;
    Ok(rows
        .into_iter()
        .map(|row| {
            let there = row.state == stored;
            let upload = Upload {
                id: row.file_id.into(),
                name: row.name,
                mime_type: row.mime_type,
                size_bytes: row.size_bytes,
                width: row.width,
                height: row.height,
                duration_ms: row.duration_ms,
                object_key: row.object_key,
                voice: row.kind == VOICE,
            };
            (upload, there)
        })
        .collect())
}
