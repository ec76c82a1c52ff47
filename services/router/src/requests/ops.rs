//! Taking, transferring, closing, rejecting, reopening and putting off: each one transaction under the lock of the
//! conversation, with its line in the thread, its audit row and its event.

use ::store::{Schema, timer};
use chrono::{DateTime, Utc};
use contracts::inbox::{MessageEvent, RequestOutcome};
use model::{DepartmentId, EmployeeId, MessageId, RequestId};
use serde_json::json;
use uuid::Uuid;

use super::{
    domain::{Request, RequestError},
    store,
};
use crate::{
    access::{Standing, Viewer},
    conversations::{self, Change, ConversationError, Db},
    messages::{self, NewMessage},
};

/// The timer that wakes a request; its key is the request's id.
pub const POSTPONE: &str = "postpone";

/// To whom a request is handed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Employee(EmployeeId),
    Department(DepartmentId),
}

/// Assigns an unassigned request to the viewer. Of two who ask at once the second is told who has it, although the
/// request has left their sight by then.
///
/// # Errors
/// [`RequestError::Taken`] and others of [`RequestError`].
pub async fn take(db: &Db, viewer: &Viewer, id: RequestId) -> Result<Request, RequestError> {
    let (mut change, before) = begin_unseen(db, viewer, id).await?;
    let department = change.conversation.place().department;
    let colleague = change.conversation.account.owner.is_none()
        && department.is_some_and(|department| viewer.own.contains(&department.0));
    if !colleague && !change.in_sight().await? {
        return Err(RequestError::NotFound(id));
    }
    if before.assignee == Some(viewer.employee) && before.is_open() {
        return Ok(before);
    }
    let after = before.clone().take(viewer.employee, change.now)?;
    if let Some(employee) = before.assignee {
        return Err(taken(&mut change, employee).await?);
    }
    if change.standing() == Standing::Read {
        return Err(ConversationError::NotAllowed { id: change.conversation.id, why: "other_department" }.into());
    }
    if !store::claim(change.db(), id, viewer.employee).await? {
        let now = store::lock(change.db(), id).await?.and_then(|request| request.assignee);
        return Err(taken(&mut change, now.unwrap_or(viewer.employee)).await?);
    }
    let line = MessageEvent { employee_id: viewer.employee.to_string(), ..line("assigned") };
    finish(change, "taken", &before, after, Some(line), None).await
}

async fn taken(change: &mut Change<'_>, employee: EmployeeId) -> Result<RequestError, RequestError> {
    let colleague = conversations::colleague(change.db(), employee.0).await?;
    Ok(RequestError::Taken { employee, name: colleague.map(|c| c.name).unwrap_or_default() })
}

/// Hands a request to an employee or a department, with a note that the person does not see. When it was received
/// stays, and so do its history and its thread.
///
/// # Errors
/// [`RequestError`].
pub async fn transfer(
    db: &Db,
    viewer: &Viewer,
    id: RequestId,
    to: Target,
    note: &str,
    etag: &str,
) -> Result<Request, RequestError> {
    let (mut change, before) = begin(db, viewer, id).await?;
    change.must_be_full()?;
    if change.conversation.account.owner.is_some() {
        return Err(RequestError::Invalid {
            field: "to",
            why: "cannot be given: a personal account is closed to others",
        });
    }
    let after = before.clone().at(etag)?;
    let mut line = line("transferred");
    line.from_employee_id = text(before.assignee);
    let after = match to {
        Target::Employee(employee) => {
            must_be_able(&mut change, &before, employee).await?;
            line.employee_id = employee.to_string();
            let department = store::department_for(change.db(), employee, before.department).await?;
            let now = change.now;
            after.transfer_to_employee(employee, department, now)?
        }
        Target::Department(department) => {
            must_be_elsewhere(&mut change, &before, department).await?;
            line.department_id = department.to_string();
            after.transfer_to_department(department)?
        }
    };
    timer::cancel(change.db(), Schema::Inbox, POSTPONE, &id.to_string()).await?;
    change.conversation.last_activity_at = change.now;
    let note = add_note(&mut change, note).await?;
    finish(change, "transferred", &before, after, Some(line), note).await
}

async fn must_be_able(change: &mut Change<'_>, request: &Request, to: EmployeeId) -> Result<(), RequestError> {
    if request.assignee == Some(to) {
        return Err(RequestError::Invalid { field: "employee_id", why: "has the request already" });
    }
    match conversations::colleague(change.db(), to.0).await? {
        Some(colleague) if colleague.active => Ok(()),
        Some(_) => Err(RequestError::EmployeeCannotTake(to)),
        None => Err(RequestError::NoEmployee(to)),
    }
}

async fn must_be_elsewhere(change: &mut Change<'_>, request: &Request, to: DepartmentId) -> Result<(), RequestError> {
    if request.assignee.is_none() && request.department == Some(to) {
        return Err(RequestError::Invalid { field: "department_id", why: "has the request already" });
    }
    if store::department_exists(change.db(), to).await? { Ok(()) } else { Err(RequestError::NoDepartment(to)) }
}

async fn add_note(change: &mut Change<'_>, note: &str) -> sqlx::Result<Option<MessageId>> {
    if note.trim().is_empty() {
        return Ok(None);
    }
    let message = NewMessage::note(MessageId::new(), note);
    messages::insert(change, std::slice::from_ref(&message)).await?;
    Ok(Some(message.id))
}

/// Ends a request with an outcome; unspecified means answered.
///
/// # Errors
/// [`RequestError`].
pub async fn close(
    db: &Db,
    viewer: &Viewer,
    id: RequestId,
    outcome: RequestOutcome,
    etag: &str,
) -> Result<Request, RequestError> {
    let (mut change, before) = begin(db, viewer, id).await?;
    change.must_be_full()?;
    let after = before.clone().at(etag)?.close(outcome, change.now)?;
    timer::cancel(change.db(), Schema::Inbox, POSTPONE, &id.to_string()).await?;
    finish(change, "closed", &before, after, Some(line("closed")), None).await
}

/// Ends a request without work, for a reason.
///
/// # Errors
/// [`RequestError`].
pub async fn reject(
    db: &Db,
    viewer: &Viewer,
    id: RequestId,
    reason: Option<Uuid>,
    comment: &str,
    etag: &str,
) -> Result<Request, RequestError> {
    let (mut change, before) = begin(db, viewer, id).await?;
    change.must_be_full()?;
    let reason = reason.ok_or(RequestError::ReasonRequired)?;
    let unknown = RequestError::Invalid { field: "reject_reason_id", why: "is not in the catalogue" };
    let reason = store::reject_reason(change.db(), reason).await?.ok_or(unknown)?;
    let after = before.clone().at(etag)?.reject(&reason, comment, change.now)?;
    timer::cancel(change.db(), Schema::Inbox, POSTPONE, &id.to_string()).await?;
    finish(change, "rejected", &before, after, Some(line("rejected")), None).await
}

/// Opens a closed request again, unless another one is open by now.
///
/// # Errors
/// [`RequestError`].
pub async fn reopen(db: &Db, viewer: &Viewer, id: RequestId) -> Result<Request, RequestError> {
    let (mut change, before) = begin(db, viewer, id).await?;
    change.must_be_full()?;
    let conversation = change.conversation.id;
    if before.is_open() || store::current(change.db(), conversation).await?.is_some() {
        return Err(RequestError::Open);
    }
    let active = match before.assignee {
        Some(assignee) => conversations::colleague(change.db(), assignee.0).await?.is_some_and(|c| c.active),
        None => false,
    };
    let after = before.clone().reopen(viewer.employee, active)?;
    change.conversation.last_activity_at = change.now;
    finish(change, "reopened", &before, after, Some(line("reopened")), None).await
}

/// Puts a request off; an inbound message or the time wakes it.
///
/// # Errors
/// [`RequestError`].
pub async fn postpone(db: &Db, viewer: &Viewer, id: RequestId, until: DateTime<Utc>) -> Result<Request, RequestError> {
    let (mut change, before) = begin(db, viewer, id).await?;
    change.must_be_full()?;
    let after = before.clone().postpone(until, change.now)?;
    let timer = timer::Timer {
        kind: POSTPONE.to_owned(),
        key: id.to_string(),
        due_at: until,
        payload: json!({ "request_id": id, "conversation_id": change.conversation.id }),
    };
    timer::schedule(change.db(), Schema::Inbox, &[timer]).await?;
    finish(change, "postponed", &before, after, None, None).await
}

/// Locks a request that the viewer sees, its conversation first.
async fn begin<'a>(db: &'a Db, viewer: &'a Viewer, id: RequestId) -> Result<(Change<'a>, Request), RequestError> {
    let (mut change, request) = begin_unseen(db, viewer, id).await?;
    if change.in_sight().await? { Ok((change, request)) } else { Err(RequestError::NotFound(id)) }
}

async fn begin_unseen<'a>(
    db: &'a Db,
    viewer: &'a Viewer,
    id: RequestId,
) -> Result<(Change<'a>, Request), RequestError> {
    let conversation = store::conversation_of(&db.pool, id).await?.ok_or(RequestError::NotFound(id))?;
    let mut change = db.change_unseen(viewer, conversation).await.map_err(|error| match error {
        ConversationError::NotFound(_) => RequestError::NotFound(id),
        other => other.into(),
    })?;
    let request = store::lock(change.db(), id).await?.ok_or(RequestError::NotFound(id))?;
    Ok((change, request))
}

/// Writes a request back with all that goes with it, and commits.
async fn finish(
    mut change: Change<'_>,
    action: &'static str,
    before: &Request,
    after: Request,
    line: Option<MessageEvent>,
    note: Option<MessageId>,
) -> Result<Request, RequestError> {
    store::save(change.db(), &after).await?;
    if after.is_current || change.conversation.request == Some(after.id) {
        let conversation = &mut change.conversation;
        (conversation.request, conversation.request_open) = (Some(after.id), after.is_open());
        (conversation.assignee, conversation.department) = (after.assignee, after.department);
    }
    if let Some(line) = line {
        messages::insert(&mut change, &[NewMessage::event(line)]).await?;
    }
    let mut audited = after.audited();
    if let (Some(note), Some(fields)) = (note, audited.as_object_mut()) {
        fields.insert("note_message_id".to_owned(), json!(note)); // its text stays where texts are
    }
    change.audit(action, "request", after.id.0, Some(before.audited()), Some(audited));
    change.tell_request(after.id);
    change.commit().await?;
    Ok(Request { revision: after.revision + 1, ..after })
}

fn line(what: &str) -> MessageEvent {
    MessageEvent { what: what.to_owned(), ..MessageEvent::default() }
}

fn text(id: Option<EmployeeId>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}
