//! What happens to a request beside the calls about it: it is opened, answered, woken.

use ::store::{Schema, event};
use contracts::live::{ConversationChanged, event::What};
use model::{ConversationId, EmployeeId, RequestId};
use sqlx::{PgConnection, PgExecutor};

use super::{
    domain::Request,
    store::{self, lock, save},
};
use crate::{
    access,
    conversations::{Change, other_watchers},
};

/// Whether the conversation's request is assigned to this employee, who has not looked at it yet.
pub(crate) async fn waits_for_opening(
    db: impl PgExecutor<'_>,
    by: EmployeeId,
    id: ConversationId,
) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select 1 from inbox.request
           where conversation_id = $1 and is_current and assignee_employee_id = $2 and state = 2) as "waits!""#,
        id.0,
        by.0
    )
    .fetch_one(db)
    .await
}

/// The assignee looks at the conversation: its request comes into work.
pub(crate) async fn open(change: &mut Change<'_>) -> sqlx::Result<()> {
    let (by, now) = (change.viewer.employee, change.now);
    if let Some(request) = current(change).await?
        && let Some(opened) = request.clone().opened(by, now)
    {
        keep(change, "opened", &request, &opened).await?;
    }
    Ok(())
}

/// The person was answered now.
pub(crate) async fn replied(change: &mut Change<'_>) -> sqlx::Result<()> {
    let (by, now) = (change.viewer.employee, change.now);
    if let Some(request) = current(change).await?
        && let Some(answered) = request.clone().answered(by, now)
    {
        keep(change, "answered", &request, &answered).await?;
    }
    Ok(())
}

/// A reply was taken back: perhaps the person was not answered after all.
pub(crate) async fn reply_taken_back(change: &mut Change<'_>) -> sqlx::Result<()> {
    let Some(request) = current(change).await?.filter(|request| request.first_reply_at.is_some()) else {
        return Ok(());
    };
    if store::first_reply(change.db(), &request).await?.is_none() {
        let unanswered = Request { first_reply_at: None, ..request.clone() };
        keep(change, "reply_taken_back", &request, &unanswered).await?;
    }
    Ok(())
}

async fn current(change: &mut Change<'_>) -> sqlx::Result<Option<Request>> {
    match change.conversation.request.filter(|_| change.conversation.request_open) {
        Some(id) => lock(change.db(), id).await,
        None => Ok(None),
    }
}

async fn keep(change: &mut Change<'_>, action: &'static str, before: &Request, after: &Request) -> sqlx::Result<()> {
    save(change.db(), after).await?;
    change.tell_request(after.id);
    change.audit(action, "request", after.id.0, Some(before.audited()), Some(after.audited()));
    Ok(())
}

/// The time that a request was put off to has come; the work of timer "postpone". Does nothing when it was woken,
/// closed or put off again before.
///
/// # Errors
/// What the database answers.
pub async fn wake_postponed(db: &mut PgConnection, id: RequestId) -> sqlx::Result<()> {
    let Some(conversation) = store::conversation_of(&mut *db, id).await? else { return Ok(()) };
    let Some(locked) = lock_conversation(&mut *db, conversation).await? else { return Ok(()) };
    let Some(request) = lock(&mut *db, id).await? else { return Ok(()) };
    if request.conversation != conversation {
        return Err(::store::Conflict.into()); // merged while we waited for the lock
    }
    let due = request.postponed_until.is_some_and(|until| until <= chrono::Utc::now());
    let Some(woken) = request.clone().woken().filter(|_| due) else { return Ok(()) };
    save(&mut *db, &woken).await?;
    let entry = ::store::audit::Entry {
        employee_id: None,
        action: "woken",
        object_kind: "request",
        object_id: id.0,
        before: Some(request.audited()),
        after: Some(woken.audited()),
    };
    ::store::audit::append(&mut *db, Schema::Inbox, &[entry]).await?;
    let watchers = other_watchers(&mut *db, conversation).await?;
    let employees = woken.assignee.map(|id| id.0).into_iter().chain(watchers);
    let department = locked.department.or(woken.department.map(|id| id.0));
    let audience = access::audience(locked.owner, employees, department);
    let what = What::ConversationChanged(ConversationChanged {
        conversation_id: conversation.to_string(),
        revision: locked.revision.cast_unsigned(),
        request_id: id.to_string(),
        assignee_employee_id: woken.assignee.map(|id| id.to_string()).unwrap_or_default(),
        ..ConversationChanged::default()
    });
    event::append(&mut *db, Schema::Inbox, &[(what, audience)]).await
}

/// A conversation that was locked to wake its request.
struct Woken {
    revision: i64,
    department: Option<uuid::Uuid>,
    owner: Option<EmployeeId>,
}

/// Locks a conversation and moves its revision on.
async fn lock_conversation(db: impl PgExecutor<'_>, id: ConversationId) -> sqlx::Result<Option<Woken>> {
    let row = sqlx::query!(
        "update inbox.conversation c set revision = c.revision + 1 from inbox.account a
         where c.conversation_id = $1 and a.account_id = c.account_id
         returning c.revision, coalesce(c.department_id, a.department_id) as department_id, a.owner_employee_id",
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Woken {
        revision: row.revision,
        department: row.department_id,
        owner: row.owner_employee_id.map(EmployeeId::from),
    }))
}
