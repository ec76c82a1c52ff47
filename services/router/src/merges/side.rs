//! What hangs on a conversation beside messages and requests: drafts, read marks, orders about no message.

use ::store::{Schema, event};
use contracts::live::{Audience, DraftChanged, event::What};
use model::ConversationId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::orders;

/// Files of one draft, and characters of its texts, at most: what a draft may hold when it is saved.
const FILES: i32 = 20;
const TEXT: i32 = 100_000;
const NOTE: i32 = 20_000;

/// Moves it from the newer conversation to the older.
pub async fn follow(db: &mut PgConnection, older: ConversationId, newer: ConversationId) -> sqlx::Result<()> {
    drafts(&mut *db, older, newer).await?;
    // They were carried over with the messages.
    sqlx::query!("delete from inbox.read_mark where conversation_id = $1", newer.0).execute(&mut *db).await?;
    sqlx::query!(
        "update inbox.outgoing set conversation_id = $1 where conversation_id = $2 and kind = $3",
        older.0,
        newer.0,
        orders::MARK_READ,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Somebody who has begun to write in both finds both texts in one draft.
async fn drafts(db: &mut PgConnection, older: ConversationId, newer: ConversationId) -> sqlx::Result<()> {
    let moved = sqlx::query!(
        "with gone as (delete from inbox.draft where conversation_id = $2 returning *)
         insert into inbox.draft as d (employee_id, conversation_id, revision, text, note_text, file_ids,
             reply_to_message_id)
         select employee_id, $1, (extract(epoch from clock_timestamp()) * 1000000)::bigint, text, note_text, file_ids,
             reply_to_message_id
         from gone
         on conflict (employee_id, conversation_id) do update set
             revision = greatest(d.revision + 1, excluded.revision),
             text = left(concat_ws(chr(10), nullif(d.text, ''), nullif(excluded.text, '')), $3),
             note_text = left(concat_ws(chr(10), nullif(d.note_text, ''), nullif(excluded.note_text, '')), $4),
             file_ids = (d.file_ids || excluded.file_ids)[1:$5],
             reply_to_message_id = coalesce(d.reply_to_message_id, excluded.reply_to_message_id),
             updated_at = now()
         returning employee_id, revision",
        older.0,
        newer.0,
        TEXT,
        NOTE,
        FILES,
    )
    .fetch_all(&mut *db)
    .await?;
    let events: Vec<_> = moved
        .iter()
        .flat_map(|row| {
            let own = own(row.employee_id);
            [(changed(older, rpc::etag(row.revision)), own.clone()), (changed(newer, String::new()), own)]
        })
        .collect();
    event::append(db, Schema::Inbox, &events).await
}

fn changed(conversation: ConversationId, etag: String) -> What {
    What::DraftChanged(DraftChanged { conversation_id: conversation.to_string(), etag })
}

fn own(employee: Uuid) -> Audience {
    Audience { employee_ids: vec![employee.to_string()], ..Audience::default() }
}
