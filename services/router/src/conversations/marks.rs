//! How far each reader has read.

use ::store::{Schema, event};
use contracts::live::{Audience, ReadMarkChanged, event::What};
use model::ConversationId;
use sqlx::{PgConnection, PgExecutor};

use super::{change::Db, domain::ConversationError, read_receipts, store};
use crate::{access::Viewer, requests};

/// Moves the reader's mark to `seq`, forward only; with `unread` to just before `seq`, also back. Returns what is
/// unread then. The first reading by its assignee brings the request into work.
///
/// # Errors
/// [`ConversationError`].
pub async fn mark(
    db: &Db,
    viewer: &Viewer,
    id: ConversationId,
    seq: i64,
    unread: bool,
) -> Result<u32, ConversationError> {
    let id = *store::visible(&db.pool, viewer, &[id]).await?.first().ok_or(ConversationError::NotFound(id))?;
    if !unread && requests::waits_for_opening(&db.pool, viewer.employee, id).await? {
        let mut change = db.change(viewer, id).await?;
        requests::open(&mut change).await?;
        let marked = set(change.db(), viewer, id, seq, unread).await?;
        marked.event.into_iter().for_each(|what| change.tell_self(what));
        if marked.has_order {
            change.has_orders();
        }
        change.commit().await?;
        return Ok(marked.unread);
    }
    let mut tx = db.pool.begin().await?;
    let marked = set(&mut tx, viewer, id, seq, unread).await?;
    let audience = Audience { employee_ids: vec![viewer.employee.to_string()], ..Audience::default() };
    let events: Vec<_> = marked.event.into_iter().map(|what| (what, audience.clone())).collect();
    event::append(&mut tx, Schema::Inbox, &events).await?;
    tx.commit().await?;
    db.wakes.relay.notify_one();
    if marked.has_order {
        db.wakes.dispatch.notify_one();
    }
    Ok(marked.unread)
}

/// What moving a mark led to.
struct Marked {
    /// For the reader's other windows; `None` when nothing moved.
    event: Option<What>,
    unread: u32,
    has_order: bool,
}

async fn set(
    db: &mut PgConnection,
    viewer: &Viewer,
    id: ConversationId,
    seq: i64,
    unread: bool,
) -> sqlx::Result<Marked> {
    let wanted = if unread { seq.saturating_sub(1) } else { seq };
    lock_shared(&mut *db, id).await?;
    let (_, before) = left(&mut *db, viewer, id).await?;
    let moved = move_mark(&mut *db, viewer, id, wanted, unread).await?;
    let seen = if unread { 0 } else { see_mentions(&mut *db, viewer, id, wanted).await? };
    let (left, at) = left(&mut *db, viewer, id).await?;
    let has_order = moved && !unread && read_receipts::order(db, viewer, id, before, at).await?;
    let conversation_id = id.to_string();
    let event = (moved || seen > 0)
        .then(|| What::ReadMarkChanged(ReadMarkChanged { conversation_id, seq: at.cast_unsigned() }));
    Ok(Marked { event, unread: u32::try_from(left).unwrap_or(u32::MAX), has_order })
}

/// So that nothing arrives between what is counted here and the commit, and no merge waits for us while we wait for it.
async fn lock_shared(db: impl PgExecutor<'_>, id: ConversationId) -> sqlx::Result<()> {
    let locked = sqlx::query_scalar!("select 1 from inbox.conversation where conversation_id = $1 for share", id.0);
    locked.fetch_optional(db).await.map(drop)
}

async fn move_mark(
    db: impl PgExecutor<'_>,
    viewer: &Viewer,
    id: ConversationId,
    seq: i64,
    back: bool,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into inbox.read_mark (conversation_id, employee_id, seq, inbound_no)
         select c.conversation_id, $2, least($3, c.last_seq), coalesce((
             select m.inbound_no from inbox.message m
             where m.conversation_id = c.conversation_id and m.seq <= $3 and m.inbound_no is not null
             order by m.seq desc limit 1), 0)
         from inbox.conversation c where c.conversation_id = $1
         on conflict (conversation_id, employee_id) do update set seq = excluded.seq, inbound_no = excluded.inbound_no
         where $4 or inbox.read_mark.seq < excluded.seq",
        id.0,
        viewer.employee.0,
        seq,
        back
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

async fn see_mentions(db: impl PgExecutor<'_>, viewer: &Viewer, id: ConversationId, seq: i64) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "update inbox.mention n set seen_at = now() from inbox.message m
         where n.employee_id = $1 and n.conversation_id = $2 and n.seen_at is null
           and m.conversation_id = $2 and m.message_id = n.message_id and m.seq <= $3",
        viewer.employee.0,
        id.0,
        seq
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// What is unread, and where the mark stands.
async fn left(db: impl PgExecutor<'_>, viewer: &Viewer, id: ConversationId) -> sqlx::Result<(i64, i64)> {
    let row = sqlx::query!(
        r#"select greatest(c.inbound_count - coalesce(r.inbound_no, 0), 0) as "left!", coalesce(r.seq, 0) as "seq!"
           from inbox.conversation c
           left join inbox.read_mark r on r.conversation_id = c.conversation_id and r.employee_id = $2
           where c.conversation_id = $1"#,
        id.0,
        viewer.employee.0
    )
    .fetch_one(db)
    .await?;
    Ok((row.left, row.seq))
}
