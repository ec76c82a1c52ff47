//! The SQL of one request.

use contracts::inbox::{Decision, RequestOutcome, RequestState};
use model::{ConversationId, DepartmentId, EmployeeId, RequestId};
use prost::Message as _;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::domain::{RejectReason, Request};

/// A request as its columns hold it.
pub(super) struct Row {
    request_id: Uuid,
    number: i64,
    revision: i64,
    conversation_id: Uuid,
    account_id: Uuid,
    is_current: bool,
    state: i16,
    outcome: i16,
    assignee_employee_id: Option<Uuid>,
    department_id: Option<Uuid>,
    received_at: chrono::DateTime<chrono::Utc>,
    assigned_at: Option<chrono::DateTime<chrono::Utc>>,
    first_opened_at: Option<chrono::DateTime<chrono::Utc>>,
    first_reply_at: Option<chrono::DateTime<chrono::Utc>>,
    closed_at: Option<chrono::DateTime<chrono::Utc>>,
    postponed_until: Option<chrono::DateTime<chrono::Utc>>,
    first_reply_due_at: Option<chrono::DateTime<chrono::Utc>>,
    resolution_due_at: Option<chrono::DateTime<chrono::Utc>>,
    reject_reason_id: Option<Uuid>,
    reject_comment: String,
    previous_request_id: Option<Uuid>,
    decision: Option<Vec<u8>>,
}

impl From<Row> for Request {
    fn from(row: Row) -> Self {
        Self {
            id: row.request_id.into(),
            number: row.number,
            revision: row.revision,
            conversation: row.conversation_id.into(),
            account: row.account_id.into(),
            is_current: row.is_current,
            state: RequestState::try_from(i32::from(row.state)).unwrap_or_default(),
            outcome: RequestOutcome::try_from(i32::from(row.outcome)).unwrap_or_default(),
            assignee: row.assignee_employee_id.map(Into::into),
            department: row.department_id.map(Into::into),
            received_at: row.received_at,
            assigned_at: row.assigned_at,
            first_opened_at: row.first_opened_at,
            first_reply_at: row.first_reply_at,
            closed_at: row.closed_at,
            postponed_until: row.postponed_until,
            first_reply_due_at: row.first_reply_due_at,
            resolution_due_at: row.resolution_due_at,
            reject_reason: row.reject_reason_id,
            reject_comment: row.reject_comment,
            previous: row.previous_request_id.map(Into::into),
            decision: row.decision.and_then(|bytes| Decision::decode(bytes.as_slice()).ok()),
        }
    }
}

/// In which conversation a request is.
pub async fn conversation_of(db: impl PgExecutor<'_>, id: RequestId) -> sqlx::Result<Option<ConversationId>> {
    let found = sqlx::query_scalar!("select conversation_id from inbox.request where request_id = $1", id.0);
    Ok(found.fetch_optional(db).await?.map(ConversationId))
}

/// Requests by their ids, in no order.
pub async fn by_ids(db: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<Vec<Request>> {
    let rows = sqlx::query_as!(
        Row,
        "select request_id, number, revision, conversation_id, account_id, is_current, state, outcome,
                assignee_employee_id, department_id, received_at, assigned_at, first_opened_at, first_reply_at,
                closed_at, postponed_until, first_reply_due_at, resolution_due_at, reject_reason_id, reject_comment,
                previous_request_id, decision
         from inbox.request where request_id = any ($1)",
        ids
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Locks a request; its conversation is locked before.
pub async fn lock(db: impl PgExecutor<'_>, id: RequestId) -> sqlx::Result<Option<Request>> {
    let row = sqlx::query_as!(
        Row,
        "select request_id, number, revision, conversation_id, account_id, is_current, state, outcome,
                assignee_employee_id, department_id, received_at, assigned_at, first_opened_at, first_reply_at,
                closed_at, postponed_until, first_reply_due_at, resolution_due_at, reject_reason_id, reject_comment,
                previous_request_id, decision
         from inbox.request where request_id = $1 for update",
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Into::into))
}

/// Writes a request back, one revision on.
pub async fn save(db: impl PgExecutor<'_>, request: &Request) -> sqlx::Result<()> {
    sqlx::query!(
        "update inbox.request set
             revision = revision + 1, is_current = $2, state = $3, outcome = $4, assignee_employee_id = $5,
             department_id = $6, assigned_at = $7, first_opened_at = $8, first_reply_at = $9, closed_at = $10,
             postponed_until = $11, reject_reason_id = $12, reject_comment = $13, decision = $14
         where request_id = $1",
        request.id.0,
        request.is_current,
        request.state as i16,
        request.outcome as i16,
        request.assignee.map(|id| id.0),
        request.department.map(|id| id.0),
        request.assigned_at,
        request.first_opened_at,
        request.first_reply_at,
        request.closed_at,
        request.postponed_until,
        request.reject_reason,
        request.reject_comment,
        request.decision.as_ref().map(|decision| decision.encode_to_vec())
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Gives a request to whoever asks first; `false` when somebody has it.
pub async fn claim(db: impl PgExecutor<'_>, id: RequestId, by: EmployeeId) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update inbox.request set assignee_employee_id = $2 where request_id = $1 and assignee_employee_id is null",
        id.0,
        by.0
    );
    Ok(done.execute(db).await?.rows_affected() > 0)
}

/// The open request of a conversation that is current, if there is one.
pub async fn current(db: impl PgExecutor<'_>, id: ConversationId) -> sqlx::Result<Option<RequestId>> {
    let found =
        sqlx::query_scalar!("select request_id from inbox.request where conversation_id = $1 and is_current", id.0);
    Ok(found.fetch_optional(db).await?.map(RequestId))
}

pub async fn reject_reason(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<RejectReason>> {
    sqlx::query_as!(
        RejectReason,
        "select reject_reason_id as id, short_name, full_name, needs_comment, ordinal
         from inbox.reject_reason where reject_reason_id = $1",
        id
    )
    .fetch_optional(db)
    .await
}

/// The catalogue in its order, after a place.
pub async fn reject_reasons(
    db: impl PgExecutor<'_>,
    after: Option<(i32, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<RejectReason>> {
    let (ordinal, id) = after.unzip();
    sqlx::query_as!(
        RejectReason,
        "select reject_reason_id as id, short_name, full_name, needs_comment, ordinal from inbox.reject_reason
         where $1::int is null or (ordinal, reject_reason_id) > ($1, $2) order by ordinal, reject_reason_id limit $3",
        ordinal,
        id,
        limit
    )
    .fetch_all(db)
    .await
}

pub async fn department_exists(db: impl PgExecutor<'_>, id: DepartmentId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select 1 from crm_read.department where department_id = $1) as "exists!""#,
        id.0
    )
    .fetch_one(db)
    .await
}

/// Where a request belongs once an employee has it: where it is if that is one of the employee's departments, else
/// the first of those by name; where it is when the employee has none.
pub async fn department_for(
    db: impl PgExecutor<'_>,
    employee: EmployeeId,
    now_in: Option<DepartmentId>,
) -> sqlx::Result<Option<DepartmentId>> {
    let found = sqlx::query_scalar!(
        r#"select d.department_id as "id!" from crm_read.employee_department e
           join crm_read.department d using (department_id)
           where e.employee_id = $1
           order by d.department_id = $2 desc nulls last, d.name, d.department_id limit 1"#,
        employee.0,
        now_in.map(|id| id.0)
    )
    .fetch_optional(db)
    .await?;
    Ok(found.map(DepartmentId).or(now_in))
}

/// When the person was first answered since the request came, by what was not taken back.
pub async fn first_reply(
    db: impl PgExecutor<'_>,
    request: &Request,
) -> sqlx::Result<Option<chrono::DateTime<chrono::Utc>>> {
    sqlx::query_scalar!(
        "select min(created_at) from inbox.message
         where conversation_id = $1 and direction = 2 and kind = 1 and status <> 8 and created_at >= $2
           and coalesce(not_before <= created_at + interval '60 s', true)",
        request.conversation.0,
        request.received_at
    )
    .fetch_one(db)
    .await
}
