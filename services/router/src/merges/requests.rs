//! The requests of a merged conversation: of two current ones the older stays current, the other is open beside it.

use ::store::{Schema, audit};
use contracts::inbox::RequestState;
use model::{ConversationId, RequestId};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

struct Row {
    request_id: Uuid,
    is_current: bool,
    assignee_employee_id: Option<Uuid>,
}

/// Moves the requests; returns the one that the conversation goes on with: the current one, else the last.
pub async fn follow(
    db: &mut PgConnection,
    older: ConversationId,
    newer: ConversationId,
) -> sqlx::Result<Option<RequestId>> {
    let all = lock(&mut *db, older, newer).await?;
    let mut current = all.iter().filter(|row| row.is_current);
    if let (Some(stays), Some(steps_back)) = (current.next(), current.next()) {
        step_back(&mut *db, stays, steps_back).await?;
    }
    sqlx::query!(
        "update inbox.request set conversation_id = $1, revision = revision + 1 where conversation_id = $2",
        older.0,
        newer.0
    )
    .execute(db)
    .await?;
    let goes_on = all.iter().find(|row| row.is_current).or(all.last());
    Ok(goes_on.map(|row| row.request_id.into()))
}

/// All requests of both, the oldest first.
async fn lock(db: &mut PgConnection, older: ConversationId, newer: ConversationId) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as!(
        Row,
        "select request_id, is_current, assignee_employee_id from inbox.request
         where conversation_id = any ($1) order by received_at, request_id for update",
        &[older.0, newer.0]
    )
    .fetch_all(db)
    .await
}

/// The newer one is no longer current. Where nobody has the older one, it goes to who has the newer: they are talking to
/// the person, and would lose sight of them in the middle of a word.
async fn step_back(db: &mut PgConnection, stays: &Row, steps_back: &Row) -> sqlx::Result<()> {
    sqlx::query!(
        "update inbox.request set is_current = false, revision = revision + 1 where request_id = $1",
        steps_back.request_id
    )
    .execute(&mut *db)
    .await?;
    let heir = steps_back.assignee_employee_id.filter(|_| stays.assignee_employee_id.is_none());
    if let Some(heir) = heir {
        sqlx::query!(
            "update inbox.request r set assignee_employee_id = $3, assigned_at = now(), revision = r.revision + 1,
                 state = case when r.state = $4 then n.state else r.state end
             from inbox.request n where r.request_id = $1 and n.request_id = $2",
            stays.request_id,
            steps_back.request_id,
            heir,
            RequestState::Unassigned as i16,
        )
        .execute(&mut *db)
        .await?;
    }
    let entry = |object_id, after| audit::Entry {
        employee_id: None,
        action: "merged",
        object_kind: "request",
        object_id,
        before: None,
        after: Some(after),
    };
    let mut entries = vec![entry(steps_back.request_id, json!({ "is_current": false, "current": stays.request_id }))];
    entries.extend(heir.map(|heir| entry(stays.request_id, json!({ "assignee_employee_id": heir }))));
    audit::append(db, Schema::Inbox, &entries).await
}
