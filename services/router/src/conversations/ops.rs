//! Reading lists of conversations and counting them.

use std::collections::HashMap;

use contracts::inbox::{Conversation, CountConversationsResponse};
use model::ConversationId;
use sqlx::PgPool;

use super::{domain::ConversationError, list, rows, store};
use crate::access::Viewer;

/// Rows in the order of the ids; those out of sight are left out.
///
/// # Errors
/// What the database answers.
pub async fn in_order(
    pool: &PgPool,
    viewer: &Viewer,
    ids: &[ConversationId],
) -> Result<Vec<Conversation>, ConversationError> {
    let rows = rows::of(pool, viewer, ids).await?;
    let mut rows: HashMap<String, Conversation> =
        rows.into_iter().map(|row| (row.conversation_id.clone(), row)).collect();
    Ok(ids.iter().filter_map(|id| rows.remove(&id.to_string())).collect())
}

/// Rows of these conversations, merged ones followed; those out of sight are left out.
///
/// # Errors
/// What the database answers.
pub async fn batch_get(
    pool: &PgPool,
    viewer: &Viewer,
    ids: &[ConversationId],
) -> Result<Vec<Conversation>, ConversationError> {
    let seen = store::visible(pool, viewer, ids).await?;
    in_order(pool, viewer, &seen).await
}

/// More is shown as this.
const MOST_UNLINKED: u16 = 1_000;

/// The counters of the fixed views; open work only, so that counting costs what is open, not what ever was.
///
/// # Errors
/// What the database answers.
pub async fn count(pool: &PgPool, viewer: &Viewer) -> Result<CountConversationsResponse, ConversationError> {
    let row = sqlx::query!(
        r#"with open as (
               select c.conversation_id, c.assignee_employee_id, c.inbound_count
               from inbox.visible($1, $2, $3, $4, $5) c where c.request_open),
           mine as (
               select o.inbound_count > coalesce(r.inbound_no, 0) as unread from open o
               left join inbox.read_mark r on r.conversation_id = o.conversation_id and r.employee_id = $1
               where o.assignee_employee_id = $1)
           select (select count(*) from mine) as "mine!",
                  (select count(*) from mine where unread) as "mine_unread!",
                  (select count(*) from open where assignee_employee_id is null) as "unassigned!",
                  (select count(*) from open) as "all!",
                  (select count(distinct conversation_id) from inbox.mention
                   where employee_id = $1 and seen_at is null) as "mentions!""#,
        viewer.employee.0,
        viewer.administrator,
        &viewer.own,
        &viewer.headed,
        viewer.personal,
    )
    .fetch_one(pool)
    .await?;
    let number = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(CountConversationsResponse {
        mine: number(row.mine),
        unassigned: number(row.unassigned),
        all: number(row.all),
        mentions: number(row.mentions),
        mine_unread: number(row.mine_unread),
        unlinked: list::Wanted::unlinked().count(pool, viewer, MOST_UNLINKED).await?,
    })
}
