//! The life of a request: its states and who may move it between them.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    errors::ErrorReason,
    inbox::{Decision, RequestOutcome, RequestState},
};
use model::{AccountId, ConversationId, DepartmentId, EmployeeId, RequestId};
use serde_json::{Value, json};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{conversations::ConversationError, fault::broken};

/// How far ahead a request may be put off.
const FARTHEST: TimeDelta = TimeDelta::days(366);

/// Why something about a request cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    #[error("there is no request {0} in your sight")]
    NotFound(RequestId),
    #[error(transparent)]
    Conversation(#[from] ConversationError),
    #[error("{field}: {why}")]
    Invalid { field: &'static str, why: &'static str },
    #[error("the request is taken by another employee")]
    Taken { employee: EmployeeId, name: String },
    #[error("the request is closed")]
    Closed,
    #[error("the conversation has an open request")]
    Open,
    #[error("rejecting needs a reason")]
    ReasonRequired,
    #[error("this reason needs a comment")]
    CommentRequired,
    #[error("there is no employee {0}")]
    NoEmployee(EmployeeId),
    #[error("employee {0} works here no longer")]
    EmployeeCannotTake(EmployeeId),
    #[error("there is no department {0}")]
    NoDepartment(DepartmentId),
    #[error("the request was changed since you read it")]
    Stale,
    #[error("the database did not do it")]
    Store(#[from] sqlx::Error),
}

impl From<RequestError> for Status {
    fn from(error: RequestError) -> Self {
        use RequestError as E;
        let (code, reason) = match &error {
            E::NotFound(id) => return rpc::hidden(ErrorReason::RequestNotFound, "request", id, &error),
            E::Closed => (Code::FailedPrecondition, ErrorReason::RequestClosed),
            E::Open => (Code::FailedPrecondition, ErrorReason::RequestOpen),
            E::ReasonRequired => (Code::InvalidArgument, ErrorReason::ReasonRequired),
            E::CommentRequired => (Code::InvalidArgument, ErrorReason::CommentRequired),
            E::NoEmployee(_) => (Code::NotFound, ErrorReason::EmployeeNotFound),
            E::EmployeeCannotTake(_) => (Code::FailedPrecondition, ErrorReason::EmployeeCannotTake),
            E::NoDepartment(_) => (Code::NotFound, ErrorReason::DepartmentNotFound),
            E::Stale => (Code::Aborted, ErrorReason::EtagMismatch),
            E::Invalid { field, why } => return rpc::invalid_field(field, why),
            E::Taken { employee, name } => {
                let employee = employee.to_string();
                let facts = [("employee_id", employee.as_str()), ("employee_name", name.as_str())];
                return rpc::status_with(Code::FailedPrecondition, ErrorReason::RequestTaken, &error, &facts);
            }
            E::Store(_) => return broken(error),
            E::Conversation(_) => {
                let E::Conversation(inner) = error else { unreachable!("matched above") };
                return inner.into();
            }
        };
        rpc::status(code, reason, &error)
    }
}

/// A request under the lock of its conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub id: RequestId,
    pub number: i64,
    pub revision: i64,
    pub conversation: ConversationId,
    pub account: AccountId,
    pub is_current: bool,
    pub state: RequestState,
    pub outcome: RequestOutcome,
    pub assignee: Option<EmployeeId>,
    pub department: Option<DepartmentId>,
    pub received_at: DateTime<Utc>,
    pub assigned_at: Option<DateTime<Utc>>,
    pub first_opened_at: Option<DateTime<Utc>>,
    pub first_reply_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    pub postponed_until: Option<DateTime<Utc>>,
    pub first_reply_due_at: Option<DateTime<Utc>>,
    pub resolution_due_at: Option<DateTime<Utc>>,
    pub reject_reason: Option<Uuid>,
    pub reject_comment: String,
    pub previous: Option<RequestId>,
    pub decision: Option<Decision>,
}

impl Request {
    #[must_use]
    pub fn is_open(&self) -> bool {
        !matches!(self.state, RequestState::Done | RequestState::Rejected)
    }

    /// # Errors
    /// [`RequestError::Stale`] when the caller saw another version; an empty etag takes whatever it is now.
    pub fn at(self, etag: &str) -> Result<Self, RequestError> {
        rpc::check_etag(etag, self.revision).map_err(|_| RequestError::Stale)?;
        Ok(self)
    }

    fn must_be_open(&self) -> Result<(), RequestError> {
        if self.is_open() { Ok(()) } else { Err(RequestError::Closed) }
    }

    /// Gives an unassigned one to whoever asks first.
    ///
    /// # Errors
    /// [`RequestError::Closed`]; who has it already is the caller's question.
    pub fn take(mut self, by: EmployeeId, now: DateTime<Utc>) -> Result<Self, RequestError> {
        self.must_be_open()?;
        self.assign(by, now);
        self.decision = Some(decision("taken"));
        Ok(self)
    }

    /// Hands it to an employee; `department` is where it then belongs.
    ///
    /// # Errors
    /// [`RequestError::Closed`].
    pub fn transfer_to_employee(
        mut self,
        to: EmployeeId,
        department: Option<DepartmentId>,
        now: DateTime<Utc>,
    ) -> Result<Self, RequestError> {
        self.must_be_open()?;
        self.assign(to, now);
        self.department = department;
        self.decision = Some(decision("transferred"));
        Ok(self)
    }

    /// Hands it to a department, where it waits for whoever takes it. When it was received stays.
    ///
    /// # Errors
    /// [`RequestError::Closed`].
    pub fn transfer_to_department(mut self, to: DepartmentId) -> Result<Self, RequestError> {
        self.must_be_open()?;
        self.state = RequestState::Unassigned;
        (self.assignee, self.department, self.postponed_until) = (None, Some(to), None);
        self.decision = Some(decision("transferred"));
        Ok(self)
    }

    fn assign(&mut self, to: EmployeeId, now: DateTime<Utc>) {
        self.state = RequestState::Assigned;
        (self.assignee, self.assigned_at, self.postponed_until) = (Some(to), Some(now), None);
    }

    /// The assignee looks at it for the first time; `None` when that changes nothing.
    #[must_use]
    pub fn opened(mut self, by: EmployeeId, now: DateTime<Utc>) -> Option<Self> {
        if self.assignee != Some(by) || self.state != RequestState::Assigned {
            return None;
        }
        self.state = RequestState::InWork;
        self.first_opened_at.get_or_insert(now);
        Some(self)
    }

    /// The person was answered; `None` when that changes nothing.
    #[must_use]
    pub fn answered(mut self, by: EmployeeId, now: DateTime<Utc>) -> Option<Self> {
        let known = self.first_reply_at.is_some() && self.state != RequestState::Assigned;
        if !self.is_open() || known {
            return None;
        }
        self.first_reply_at.get_or_insert(now);
        if self.assignee == Some(by) {
            self.first_opened_at.get_or_insert(now);
        }
        if self.state == RequestState::Assigned {
            self.state = RequestState::InWork;
        }
        Some(self)
    }

    /// Ends it: the person got what they wanted, or it became something else.
    ///
    /// # Errors
    /// [`RequestError::Closed`] when it was ended before.
    pub fn close(mut self, outcome: RequestOutcome, now: DateTime<Utc>) -> Result<Self, RequestError> {
        self.must_be_open()?;
        let outcome = if outcome == RequestOutcome::Unspecified { RequestOutcome::Answered } else { outcome };
        self.end(RequestState::Done, outcome, now);
        Ok(self)
    }

    /// Ends it without work, for a reason of the catalogue.
    ///
    /// # Errors
    /// [`RequestError::Closed`], [`RequestError::CommentRequired`].
    pub fn reject(mut self, reason: &RejectReason, comment: &str, now: DateTime<Utc>) -> Result<Self, RequestError> {
        self.must_be_open()?;
        if reason.needs_comment && comment.trim().is_empty() {
            return Err(RequestError::CommentRequired);
        }
        self.end(RequestState::Rejected, RequestOutcome::Rejected, now);
        self.reject_reason = Some(reason.id);
        comment.trim().clone_into(&mut self.reject_comment);
        Ok(self)
    }

    fn end(&mut self, state: RequestState, outcome: RequestOutcome, now: DateTime<Utc>) {
        (self.state, self.outcome, self.is_current) = (state, outcome, false);
        (self.closed_at, self.postponed_until) = (Some(now), None);
    }

    /// Opens it again by hand, for its assignee if that one still works here.
    ///
    /// # Errors
    /// [`RequestError::Open`].
    pub fn reopen(mut self, by: EmployeeId, assignee_active: bool) -> Result<Self, RequestError> {
        if self.is_open() {
            return Err(RequestError::Open);
        }
        self.assignee = self.assignee.filter(|_| assignee_active);
        self.state = match self.assignee {
            Some(assignee) if assignee == by => RequestState::InWork,
            Some(_) => RequestState::Assigned,
            None => RequestState::Unassigned,
        };
        (self.outcome, self.is_current, self.closed_at) = (RequestOutcome::Unspecified, true, None);
        (self.reject_reason, self.reject_comment) = (None, String::new());
        Ok(self)
    }

    /// Puts it off until a time.
    ///
    /// # Errors
    /// [`RequestError::Closed`], [`RequestError::Invalid`].
    pub fn postpone(mut self, until: DateTime<Utc>, now: DateTime<Utc>) -> Result<Self, RequestError> {
        self.must_be_open()?;
        if until <= now || until > now + FARTHEST {
            return Err(RequestError::Invalid { field: "until", why: "must lie ahead, at most a year" });
        }
        (self.state, self.postponed_until) = (RequestState::Postponed, Some(until));
        Ok(self)
    }

    /// The time it was put off to has come; `None` when it is not put off.
    #[must_use]
    pub fn woken(mut self) -> Option<Self> {
        if self.state != RequestState::Postponed {
            return None;
        }
        self.state = if self.assignee.is_some() { RequestState::Assigned } else { RequestState::Unassigned };
        self.postponed_until = None;
        Some(self)
    }

    /// What the audit keeps of it, before and after a change.
    #[must_use]
    pub fn audited(&self) -> Value {
        json!({
            "state": self.state as i32,
            "outcome": self.outcome as i32,
            "assignee_employee_id": self.assignee,
            "department_id": self.department,
            "postponed_until": self.postponed_until,
            "reject_reason_id": self.reject_reason,
            "reject_comment": self.reject_comment,
        })
    }
}

fn decision(method: &str) -> Decision {
    Decision { method: method.to_owned(), ..Decision::default() }
}

/// A reason of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectReason {
    pub id: Uuid,
    pub short_name: String,
    pub full_name: String,
    pub needs_comment: bool,
    pub ordinal: i32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(state: RequestState, assignee: Option<EmployeeId>) -> Request {
        Request {
            id: RequestId::new(),
            number: 1,
            revision: 3,
            conversation: ConversationId::new(),
            account: AccountId::new(),
            is_current: true,
            state,
            outcome: RequestOutcome::Unspecified,
            assignee,
            department: None,
            received_at: Utc::now(),
            assigned_at: None,
            first_opened_at: None,
            first_reply_at: None,
            closed_at: None,
            postponed_until: None,
            first_reply_due_at: None,
            resolution_due_at: None,
            reject_reason: None,
            reject_comment: String::new(),
            previous: None,
            decision: None,
        }
    }

    #[test]
    fn nothing_but_reopening_moves_a_closed_request() {
        let (me, now) = (EmployeeId::new(), Utc::now());
        let closed = request(RequestState::Done, Some(me));
        assert!(matches!(closed.clone().take(me, now), Err(RequestError::Closed)));
        assert!(matches!(closed.clone().transfer_to_department(DepartmentId::new()), Err(RequestError::Closed)));
        assert!(matches!(closed.clone().close(RequestOutcome::Deal, now), Err(RequestError::Closed)));
        assert!(matches!(closed.clone().postpone(now + TimeDelta::hours(1), now), Err(RequestError::Closed)));
        let open = closed.reopen(me, true).unwrap();
        assert_eq!((open.state, open.is_current), (RequestState::InWork, true));
        assert!(matches!(open.reopen(me, true), Err(RequestError::Open)));
    }

    #[test]
    fn what_is_reopened_waits_where_its_assignee_is_gone() {
        let gone = request(RequestState::Rejected, Some(EmployeeId::new()));
        let open = gone.reopen(EmployeeId::new(), false).unwrap();
        assert_eq!((open.state, open.assignee), (RequestState::Unassigned, None));
    }

    #[test]
    fn opening_and_answering_bring_it_into_work_once() {
        let (me, now) = (EmployeeId::new(), Utc::now());
        let assigned = request(RequestState::Assigned, Some(me));
        assert!(assigned.clone().opened(EmployeeId::new(), now).is_none());
        let opened = assigned.clone().opened(me, now).unwrap();
        assert_eq!(opened.state, RequestState::InWork);
        assert!(opened.clone().opened(me, now).is_none());
        let answered = opened.answered(me, now).unwrap();
        assert_eq!(answered.first_reply_at, Some(now));
        assert!(answered.answered(me, now + TimeDelta::hours(1)).is_none());
    }

    #[test]
    fn it_is_put_off_into_the_future_only_and_wakes_where_it_was() {
        let now = Utc::now();
        for until in [now, now - TimeDelta::hours(1), now + TimeDelta::days(400)] {
            let refused = request(RequestState::InWork, None).postpone(until, now);
            assert!(matches!(refused, Err(RequestError::Invalid { field: "until", .. })));
        }
        let me = Some(EmployeeId::new());
        let put_off = request(RequestState::InWork, me).postpone(now + TimeDelta::hours(1), now).unwrap();
        assert_eq!(put_off.woken().map(|r| r.state), Some(RequestState::Assigned));
        assert!(request(RequestState::InWork, me).woken().is_none());
    }

    #[test]
    fn an_etag_of_another_version_is_stale() {
        assert!(matches!(request(RequestState::Assigned, None).at("r2"), Err(RequestError::Stale)));
        assert!(request(RequestState::Assigned, None).at("r3").is_ok());
    }
}
