//! Requests that inbound traffic opens, continues and opens again, and who gets them.

use contracts::inbox::{AssignmentMethod, Decision, RequestState};
use model::{ConversationId, EmployeeId, RequestId};
use store::timer::Timer;
use uuid::Uuid;

use super::{
    apply::Batch,
    fact::Fact,
    state::{Conversation, Request},
};
use crate::directory::Account;

/// A grouped fact waits this long for the rest of its group before rules look at it (I11).
pub const GROUP_QUIET: chrono::TimeDelta = chrono::TimeDelta::milliseconds(1_500);

/// A row of the audit that the batch writes.
#[derive(Debug, Clone)]
pub struct Audit {
    pub action: &'static str,
    pub request: RequestId,
    pub after: serde_json::Value,
}

/// What the rotation and the employees look like, read under the rotation's lock.
#[derive(Debug, Clone, Default)]
pub struct Eligible {
    pub next: i32,
    /// Who may get work now, of those that the account names.
    pub may: Vec<EmployeeId>,
    /// The others, with why not.
    pub skipped: Vec<String>,
}

/// A live inbound message: continues the open request, opens the closed one again, or opens a new one.
pub fn inbound(batch: &mut Batch, fact: &Fact, id: ConversationId) {
    let Some(account) = batch.directory.account(fact.account).filter(|a| a.is_request_source) else { return };
    let now = batch.now;
    let Some(conversation) = batch.conversations.get_mut(&id) else { return };
    let (action, wants_assignee) = match &mut conversation.request {
        Some(request) if request.is_open() => {
            if request.state != RequestState::Postponed {
                return postpone_rules(batch, fact, id);
            }
            wake(request);
            ("woken", false)
        }
        Some(request) if request.closed_at.is_some_and(|at| now - at <= account.reopen_window) => {
            if !conversation.assignee_is_here {
                request.assignee = None; // who has left gets no work
            }
            reopen(request);
            ("reopened", request.assignee.is_none())
        }
        closed => {
            let previous = closed.as_ref().map(|r| r.id);
            *closed = Some(open(now, &account, previous));
            ("received", true)
        }
    };
    conversation.request_changed = true;
    conversation.changed = true;
    mirror(conversation);
    let Some(request) = conversation.request.as_ref().map(|r| r.id) else { return };
    batch.audit.push(Audit { action, request, after: serde_json::json!({ "conversation_id": id }) });
    if wants_assignee {
        let grouped = !fact.inbound.group_key.is_empty();
        if grouped { assign_later(batch, id) } else { batch.to_assign.push(id) }
    }
}

/// More of a group came: its rules wait for quiet again.
fn postpone_rules(batch: &mut Batch, fact: &Fact, id: ConversationId) {
    let unassigned = batch.conversations.get(&id).is_some_and(|c| c.assignee.is_none());
    if !fact.inbound.group_key.is_empty() && unassigned {
        assign_later(batch, id);
    }
}

fn assign_later(batch: &mut Batch, id: ConversationId) {
    batch.timers.push(Timer {
        kind: "assign".to_owned(),
        key: id.to_string(),
        due_at: batch.now + GROUP_QUIET,
        payload: serde_json::Value::Null,
    });
}

fn open(now: chrono::DateTime<chrono::Utc>, account: &Account, previous: Option<RequestId>) -> Request {
    Request {
        id: RequestId::new(),
        state: RequestState::Unassigned,
        is_current: true,
        assignee: None,
        department: account.department,
        received_at: now,
        closed_at: None,
        previous,
        decision: None,
        replied: false,
        changed: true,
    }
}

fn reopen(request: &mut Request) {
    request.closed_at = None;
    request.is_current = true;
    wake(request);
}

fn wake(request: &mut Request) {
    request.state = if request.assignee.is_some() { RequestState::Assigned } else { RequestState::Unassigned };
    request.changed = true;
}

/// A reply has reached the person: work has begun.
pub fn replied(conversation: &mut Conversation) {
    let Some(request) = conversation.request.as_mut().filter(|r| r.is_open() && !r.replied) else { return };
    request.replied = true;
    request.changed = true;
    if request.state == RequestState::Assigned {
        request.state = RequestState::InWork;
        conversation.request_changed = true;
    }
}

/// Keeps the conversation's copy of what lists filter by.
pub fn mirror(conversation: &mut Conversation) {
    if let Some(request) = &conversation.request {
        conversation.assignee = request.assignee;
        conversation.department = request.department;
    }
}

/// Gives a new request to whom the account's assignment names. Returns where the rotation goes on.
pub fn assign(request: &mut Request, account: &Account, eligible: &Eligible) -> i32 {
    let (chosen, method, next) = match account.method {
        AssignmentMethod::Fixed => (eligible.may.first().copied(), "fixed", eligible.next),
        AssignmentMethod::RoundRobin => match next_in_turn(&account.employees, eligible) {
            Some((employee, next)) => (Some(employee), "round_robin", next),
            None => (None, "round_robin", eligible.next),
        },
        AssignmentMethod::Queue | AssignmentMethod::Unspecified => (None, "queue", eligible.next),
    };
    request.changed = true;
    request.decision =
        Some(Decision { method: method.to_owned(), skipped: eligible.skipped.clone(), ..Decision::default() });
    if let Some(employee) = chosen {
        request.assignee = Some(employee);
        request.state = RequestState::Assigned;
    }
    next
}

/// The first of the list from the pointer on who may get work, and the pointer behind it.
fn next_in_turn(employees: &[EmployeeId], eligible: &Eligible) -> Option<(EmployeeId, i32)> {
    let count = employees.len();
    let start = usize::try_from(eligible.next).unwrap_or_default();
    (0..count).map(|i| (start + i) % count).find(|i| eligible.may.contains(&employees[*i])).map(|i| {
        let next = i32::try_from((i + 1) % count).unwrap_or_default();
        (employees[i], next)
    })
}

/// Splits the employees of an account into those who may get work now and the others.
pub fn eligible(next: i32, wanted: &[EmployeeId], states: &[(Uuid, bool, bool, bool)]) -> Eligible {
    let mut result = Eligible { next, ..Eligible::default() };
    for employee in wanted {
        let state = states.iter().find(|(id, ..)| *id == employee.0);
        let why = match state {
            None => Some("no longer here"),
            Some((_, false, ..)) => Some("dismissed"),
            Some((_, _, false, _)) => Some("away"),
            Some((.., false)) => Some("out of working hours"),
            Some(_) => None,
        };
        match why {
            None => result.may.push(*employee),
            Some(why) => result.skipped.push(format!("{employee}: {why}")),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_turn_skips_who_may_not_and_goes_on_behind_who_got_it() {
        let team: Vec<EmployeeId> = (0..3).map(|_| EmployeeId::new()).collect();
        let mut eligible = Eligible { next: 1, may: vec![team[0], team[2]], skipped: vec![] };
        let (first, next) = next_in_turn(&team, &eligible).unwrap();
        assert_eq!((first, next), (team[2], 0));
        eligible.next = next;
        assert_eq!(next_in_turn(&team, &eligible).unwrap(), (team[0], 1));
        eligible.may.clear();
        assert!(next_in_turn(&team, &eligible).is_none());
    }
}
