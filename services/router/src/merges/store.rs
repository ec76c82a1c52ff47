//! The SQL of the two conversations themselves.

use chrono::{DateTime, Utc};
use model::{AccountId, ContactPointId, ConversationId, RequestId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::conversations::last_line;

/// One of two conversations that are merged, under its lock.
#[derive(Debug, Clone)]
pub struct Half {
    pub id: ConversationId,
    pub account: AccountId,
    /// Whose it is; the one that stands for it, where it was joined.
    pub point: ContactPointId,
    pub last_seq: i64,
    pub inbound_count: i64,
    created_at: DateTime<Utc>,
}

/// Locks two conversations and the aliases that lead to them in the order of their ids (rule I9), merged ones followed;
/// the older one comes first. `None`: they are one already.
///
/// # Errors
/// [`::store::Conflict`] when one was merged while we waited.
pub async fn lock_pair(
    db: &mut PgConnection,
    one: ConversationId,
    other: ConversationId,
) -> sqlx::Result<Option<(Half, Half)>> {
    let rows = sqlx::query!(
        r#"with root as (
             select coalesce(merged_into, conversation_id) as id from inbox.conversation where conversation_id = any ($1))
         select c.conversation_id, c.account_id, c.last_seq, c.inbound_count, c.created_at, c.merged_into,
             coalesce((select p.joined_into from inbox.contact_point p where p.contact_point_id = c.contact_point_id),
                 c.contact_point_id) as "point!"
         from inbox.conversation c
         where c.conversation_id in (select id from root) or c.merged_into in (select id from root)
         order by c.conversation_id for update of c"#,
        &[one.0, other.0]
    )
    .fetch_all(db)
    .await?;
    let stands = |id: Uuid| rows.iter().any(|row| row.conversation_id == id && row.merged_into.is_none());
    if !rows.iter().filter_map(|row| row.merged_into).all(stands) {
        return Err(::store::Conflict.into());
    }
    let mut halves: Vec<Half> = rows
        .into_iter()
        .filter(|row| row.merged_into.is_none())
        .map(|row| Half {
            id: row.conversation_id.into(),
            account: row.account_id.into(),
            point: row.point.into(),
            last_seq: row.last_seq,
            inbound_count: row.inbound_count,
            created_at: row.created_at,
        })
        .collect();
    halves.sort_by_key(|half| (half.created_at, half.id));
    let mut halves = halves.into_iter();
    Ok(halves.next().zip(halves.next()))
}

/// The list row of the one that stays: what is newest of both, and the request that goes on.
pub async fn unite(
    db: &mut PgConnection,
    older: ConversationId,
    newer: ConversationId,
    request: Option<RequestId>,
) -> sqlx::Result<()> {
    let last = last_line(&mut *db, older).await?;
    sqlx::query!(
        "update inbox.conversation o set
             revision = o.revision + 1,
             last_activity_at = greatest(o.last_activity_at, n.last_activity_at),
             reply_until = greatest(o.reply_until, n.reply_until),
             reply_address = case when n.last_activity_at > o.last_activity_at and n.reply_address <> ''
                 then n.reply_address else o.reply_address end,
             blocked = case when n.last_activity_at > o.last_activity_at then n.blocked else o.blocked end,
             last_group_key = case when n.last_activity_at > o.last_activity_at
                 then n.last_group_key else o.last_group_key end,
             waiting_since = least(o.waiting_since, n.waiting_since),
             request_id = $3,
             request_open = coalesce((select r.state between 1 and 4 from inbox.request r where r.request_id = $3), false),
             assignee_employee_id = (select r.assignee_employee_id from inbox.request r where r.request_id = $3),
             department_id = coalesce((select r.department_id from inbox.request r where r.request_id = $3), o.department_id)
         from inbox.conversation n where o.conversation_id = $1 and n.conversation_id = $2",
        older.0,
        newer.0,
        request.map(|id| id.0)
    )
    .execute(&mut *db)
    .await?;
    sqlx::query_scalar!("select 1 from inbox.settle_not_sent($1)", older.0).fetch_optional(&mut *db).await?;
    let Some(last) = last else { return Ok(()) };
    sqlx::query!(
        "update inbox.conversation set last_message_id = $2, last_direction = $3, last_kind = $4, last_status = $5,
             last_attachment_kind = $6, last_text = $7, last_shown_at = $8
         where conversation_id = $1",
        older.0,
        last.message.map(|id| id.0),
        last.direction,
        last.kind,
        last.status,
        last.attachment_kind,
        last.text,
        last.shown_at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The newer id, and those that led to it, lead to the older one from now on: never more than one step.
pub async fn make_alias(db: &mut PgConnection, older: ConversationId, newer: ConversationId) -> sqlx::Result<()> {
    sqlx::query!(
        "update inbox.conversation set
             merged_into = $1, revision = revision + 1, request_id = null, request_open = false,
             assignee_employee_id = null, waiting_since = null
         where conversation_id = $2 or merged_into = $2",
        older.0,
        newer.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What the events of these conversations name: revision, the current request's assignee.
pub async fn revisions(
    db: &mut PgConnection,
    ids: &[Uuid],
) -> sqlx::Result<std::collections::HashMap<Uuid, (i64, Option<Uuid>)>> {
    let rows = sqlx::query!(
        "select conversation_id, revision, assignee_employee_id from inbox.conversation where conversation_id = any ($1)",
        ids
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.conversation_id, (row.revision, row.assignee_employee_id))).collect())
}
