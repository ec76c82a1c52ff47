//! What an employee has begun to write, one draft per conversation.

use ::store::{Schema, event};
use chrono::{DateTime, Utc};
use contracts::{
    inbox::Draft,
    live::{Audience, DraftChanged, event::What},
};
use model::{ConversationId, MessageId};
use sqlx::{PgConnection, PgExecutor};
use tonic::Status;
use uuid::Uuid;

use super::{change::Db, domain::ConversationError, store};
use crate::access::Viewer;

const TEXT: usize = 100_000;
const NOTE: usize = 20_000;
const FILES: usize = 20;

/// A draft as it is to be stored, checked.
#[derive(Debug, Clone)]
pub struct Wanted {
    text: String,
    note_text: String,
    files: Vec<Uuid>,
    reply_to: Option<MessageId>,
    /// `None`: whatever it is now.
    seen: Option<i64>,
}

struct Row {
    revision: i64,
    text: String,
    note_text: String,
    file_ids: Vec<Uuid>,
    reply_to_message_id: Option<Uuid>,
    updated_at: DateTime<Utc>,
}

impl Wanted {
    /// # Errors
    /// INVALID_ARGUMENT, naming the field.
    pub fn read(draft: &Draft) -> Result<Self, Status> {
        for (field, text, most) in [("text", &draft.text, TEXT), ("note_text", &draft.note_text, NOTE)] {
            if text.chars().count() > most {
                return Err(rpc::invalid_field(field, "is too long"));
            }
        }
        let files: Vec<model::FileId> = rpc::parse_ids("file_ids", &draft.file_ids, FILES)?;
        Ok(Self {
            text: draft.text.replace('\0', ""),
            note_text: draft.note_text.replace('\0', ""),
            files: files.into_iter().map(|id| id.0).collect(),
            reply_to: rpc::parse_optional_id("reply_to_message_id", &draft.reply_to_message_id)?,
            seen: rpc::parse_etag(&draft.etag)?,
        })
    }

    fn is_empty(&self) -> bool {
        self.text.is_empty() && self.note_text.is_empty() && self.files.is_empty() && self.reply_to.is_none()
    }
}

/// The viewer's draft there, if there is one.
///
/// # Errors
/// [`ConversationError`].
pub async fn get(db: &Db, viewer: &Viewer, id: ConversationId) -> Result<Option<Draft>, ConversationError> {
    let id = seen(db, viewer, id).await?;
    Ok(read(&db.pool, viewer, id).await?)
}

/// Stores the draft, or removes it when it is empty.
///
/// # Errors
/// [`ConversationError::StaleDraft`] when it was changed since the caller read it.
pub async fn save(
    db: &Db,
    viewer: &Viewer,
    id: ConversationId,
    wanted: &Wanted,
) -> Result<Option<Draft>, ConversationError> {
    let id = seen(db, viewer, id).await?;
    let mut tx = db.pool.begin().await?;
    let stored = match (wanted.is_empty(), wanted.seen) {
        (true, _) => remove(&mut *tx, viewer, id, wanted.seen).await? || read(&mut *tx, viewer, id).await?.is_none(),
        (false, None) => overwrite(&mut *tx, viewer, id, wanted).await?,
        (false, Some(revision)) => update(&mut *tx, viewer, id, wanted, revision).await?,
    };
    if !stored {
        return Err(ConversationError::StaleDraft);
    }
    let draft = read(&mut *tx, viewer, id).await?;
    let audience = Audience { employee_ids: vec![viewer.employee.to_string()], ..Audience::default() };
    event::append(&mut tx, Schema::Inbox, &[(changed(id, draft.as_ref()), audience)]).await?;
    tx.commit().await?;
    db.wakes.relay.notify_one();
    Ok(draft)
}

/// A part of the viewer's draft was sent: it leaves the draft, and the draft leaves when nothing is left.
///
/// # Errors
/// What the database answers.
pub async fn sent(
    db: &mut PgConnection,
    viewer: &Viewer,
    id: ConversationId,
    as_note: bool,
) -> sqlx::Result<Option<What>> {
    let touched = take_out(&mut *db, viewer, id, as_note).await?;
    if touched == 0 {
        return Ok(None);
    }
    let left = read(&mut *db, viewer, id).await?;
    Ok(Some(changed(id, left.as_ref())))
}

fn changed(id: ConversationId, draft: Option<&Draft>) -> What {
    let etag = draft.map(|draft| draft.etag.clone()).unwrap_or_default();
    What::DraftChanged(DraftChanged { conversation_id: id.to_string(), etag })
}

async fn seen(db: &Db, viewer: &Viewer, id: ConversationId) -> Result<ConversationId, ConversationError> {
    let seen = store::visible(&db.pool, viewer, &[id]).await?;
    seen.first().copied().ok_or(ConversationError::NotFound(id))
}

async fn read(db: impl PgExecutor<'_>, viewer: &Viewer, id: ConversationId) -> sqlx::Result<Option<Draft>> {
    let row = sqlx::query_as!(
        Row,
        "select revision, text, note_text, file_ids, reply_to_message_id, updated_at
         from inbox.draft where employee_id = $1 and conversation_id = $2",
        viewer.employee.0,
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Draft {
        conversation_id: id.to_string(),
        text: row.text,
        note_text: row.note_text,
        file_ids: row.file_ids.iter().map(Uuid::to_string).collect(),
        reply_to_message_id: row.reply_to_message_id.map(|id| id.to_string()).unwrap_or_default(),
        etag: rpc::etag(row.revision),
        updated_at: Some(rpc::timestamp(row.updated_at)),
    }))
}

/// Revisions are instants, so that a draft made anew never has the etag of one that is gone.
async fn overwrite(
    db: impl PgExecutor<'_>,
    viewer: &Viewer,
    id: ConversationId,
    wanted: &Wanted,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into inbox.draft (employee_id, conversation_id, revision, text, note_text, file_ids, reply_to_message_id)
         values ($1, $2, (extract(epoch from clock_timestamp()) * 1000000)::bigint, $3, $4, $5, $6)
         on conflict (employee_id, conversation_id) do update set
             revision = greatest(inbox.draft.revision + 1, excluded.revision), text = excluded.text,
             note_text = excluded.note_text, file_ids = excluded.file_ids,
             reply_to_message_id = excluded.reply_to_message_id, updated_at = now()",
        viewer.employee.0,
        id.0,
        wanted.text,
        wanted.note_text,
        &wanted.files,
        wanted.reply_to.map(|id| id.0)
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

async fn update(
    db: impl PgExecutor<'_>,
    viewer: &Viewer,
    id: ConversationId,
    wanted: &Wanted,
    revision: i64,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update inbox.draft set revision = revision + 1, text = $3, note_text = $4, file_ids = $5,
             reply_to_message_id = $6, updated_at = now()
         where employee_id = $1 and conversation_id = $2 and revision = $7",
        viewer.employee.0,
        id.0,
        wanted.text,
        wanted.note_text,
        &wanted.files,
        wanted.reply_to.map(|id| id.0),
        revision
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

async fn remove(
    db: impl PgExecutor<'_>,
    viewer: &Viewer,
    id: ConversationId,
    revision: Option<i64>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "delete from inbox.draft where employee_id = $1 and conversation_id = $2 and coalesce(revision = $3, true)",
        viewer.employee.0,
        id.0,
        revision
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

async fn take_out(db: &mut PgConnection, viewer: &Viewer, id: ConversationId, as_note: bool) -> sqlx::Result<u64> {
    let gone = sqlx::query!(
        "delete from inbox.draft where employee_id = $1 and conversation_id = $2
           and case when $3 then text = '' and file_ids = '{}' and reply_to_message_id is null else note_text = '' end",
        viewer.employee.0,
        id.0,
        as_note
    )
    .execute(&mut *db)
    .await?;
    let emptied = sqlx::query!(
        "update inbox.draft set revision = revision + 1, updated_at = now(),
             note_text = case when $3 then '' else note_text end,
             text = case when $3 then text else '' end,
             file_ids = case when $3 then file_ids else '{}' end,
             reply_to_message_id = case when $3 then reply_to_message_id end
         where employee_id = $1 and conversation_id = $2
           and case when $3 then note_text <> '' else true end",
        viewer.employee.0,
        id.0,
        as_note
    )
    .execute(db)
    .await?;
    Ok(gone.rows_affected() + emptied.rows_affected())
}
