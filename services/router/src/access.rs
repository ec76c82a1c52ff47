//! Who sees what and may do what (the visibility matrix). Sight is decided in SQL, by `inbox.visible`, which every
//! query about conversations reads through; what one may do with what one sees is decided here.

use std::collections::BTreeSet;

use contracts::live::Audience;
use model::{DepartmentId, EmployeeId};
use rpc::Caller;
use tonic::{Request, Status};
use uuid::Uuid;

/// An API key needs one of these for what it asks; people have none and need none.
const READ_SCOPE: &str = "inbox.read";
const WRITE_SCOPE: &str = "inbox.write";

/// The employee for whom a call is made, as `inbox.visible` takes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    pub employee: EmployeeId,
    pub administrator: bool,
    /// Departments that the viewer is a member of.
    pub own: Vec<Uuid>,
    /// Departments whose work a head sees; empty for others.
    pub headed: Vec<Uuid>,
    /// Whether the viewer's own personal accounts are in sight ([`Caller::sees_own_personal`]).
    pub personal: bool,
}

/// What decides about one conversation: whose its request is, and whether it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub assignee: Option<EmployeeId>,
    /// Of the request, else of the account.
    pub department: Option<DepartmentId>,
    pub request_open: bool,
    /// Whose personal account it is in; nobody else sees it.
    pub owner: Option<EmployeeId>,
}

/// What a viewer may do with a conversation that is in sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Answer, transfer, close.
    Full,
    /// Read, and take the unassigned request.
    MayTake,
    /// Read, and write notes.
    Read,
}

impl Viewer {
    /// Whoever asks to read.
    ///
    /// # Errors
    /// PERMISSION_DENIED for the edge itself and for API keys without the scope `inbox.read`.
    pub fn reader<T>(request: &Request<T>) -> Result<Self, Status> {
        Self::of(Caller::of(request)?, READ_SCOPE)
    }

    /// Whoever asks to change something.
    ///
    /// # Errors
    /// PERMISSION_DENIED for the edge itself and for API keys without the scope `inbox.write`.
    pub fn writer<T>(request: &Request<T>) -> Result<Self, Status> {
        Self::of(Caller::of(request)?, WRITE_SCOPE)
    }

    fn of(caller: &Caller, scope: &str) -> Result<Self, Status> {
        if !caller.scopes.is_empty() && !caller.scopes.iter().any(|has| has == scope) {
            return Err(rpc::denied(scope, &format!("this API key lacks the scope {scope}")));
        }
        Ok(Self {
            employee: caller.employee()?,
            administrator: caller.is_administrator(),
            own: caller.department_uuids(),
            headed: if caller.is_head() { caller.seen_department_uuids() } else { Vec::new() },
            personal: caller.sees_own_personal(),
        })
    }

    /// What this viewer may do there, provided that it is in sight at all.
    #[must_use]
    pub fn standing(&self, place: &Place) -> Standing {
        if let Some(owner) = place.owner {
            return if owner == self.employee { Standing::Full } else { Standing::Read };
        }
        let among = |departments: &[Uuid]| place.department.is_some_and(|d| departments.contains(&d.0));
        let mine = place.assignee == Some(self.employee);
        if self.administrator || mine || among(&self.headed) {
            return Standing::Full;
        }
        match (place.assignee, among(&self.own), place.request_open) {
            (None, true, true) => Standing::MayTake,
            (None, true, false) => Standing::Full, // nothing to take: the department answers
            _ => Standing::Read,
        }
    }
}

impl Standing {
    /// Why the viewer may not answer, as the contract names it; empty when nothing forbids it.
    #[must_use]
    pub fn cannot_reply_reason(self, place: &Place) -> &'static str {
        match self {
            Self::Full => "",
            Self::MayTake => "take_first",
            Self::Read if place.assignee.is_some() => "assigned_to_other",
            Self::Read => "other_department",
        }
    }
}

/// Who learns of what happens in a conversation (rule E3), beside administrators; in a personal account nobody but its owner.
#[must_use]
pub fn audience(
    owner: Option<EmployeeId>,
    employees: impl IntoIterator<Item = Uuid>,
    departments: impl IntoIterator<Item = Uuid>,
) -> Audience {
    if let Some(owner) = owner {
        return Audience { employee_ids: vec![owner.to_string()], closed: true, ..Audience::default() };
    }
    let texts = |ids: BTreeSet<Uuid>| ids.iter().map(Uuid::to_string).collect();
    Audience {
        employee_ids: texts(employees.into_iter().collect()),
        department_ids: texts(departments.into_iter().collect()),
        ..Audience::default()
    }
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    fn place(assignee: Option<EmployeeId>, department: DepartmentId, request_open: bool) -> Place {
        Place { assignee, department: Some(department), request_open, owner: None }
    }

    #[test]
    fn rights_follow_assignee_department_and_role() {
        let (me, other) = (EmployeeId::new(), EmployeeId::new());
        let (sales, service) = (DepartmentId::new(), DepartmentId::new());
        let member = Viewer { employee: me, administrator: false, own: vec![sales.0], headed: vec![], personal: true };
        let head = Viewer { headed: vec![sales.0], ..member.clone() };
        let administrator = Viewer { administrator: true, own: vec![], ..member.clone() };
        let cases = [
            (&member, place(Some(me), service, true), Standing::Full, ""),
            (&member, place(None, sales, true), Standing::MayTake, "take_first"),
            (&member, place(None, sales, false), Standing::Full, ""),
            (&member, place(Some(other), sales, true), Standing::Read, "assigned_to_other"),
            (&member, place(None, service, true), Standing::Read, "other_department"),
            (&head, place(Some(other), sales, true), Standing::Full, ""),
            (&head, place(Some(other), service, true), Standing::Read, "assigned_to_other"),
            (&administrator, place(Some(other), service, true), Standing::Full, ""),
        ];
        for (viewer, place, standing, reason) in cases {
            assert_eq!(viewer.standing(&place), standing, "{place:?}");
            assert_eq!(standing.cannot_reply_reason(&place), reason);
        }
    }

    #[test]
    fn a_personal_account_is_its_owners_whatever_else_one_is() {
        let (owner, sales) = (EmployeeId::new(), DepartmentId::new());
        let mine = Place { owner: Some(owner), ..place(None, sales, true) };
        let viewer = |employee, administrator| Viewer {
            employee,
            administrator,
            own: vec![sales.0],
            headed: vec![sales.0],
            personal: true,
        };
        assert_eq!(viewer(owner, false).standing(&mine), Standing::Full);
        assert_eq!(viewer(EmployeeId::new(), true).standing(&mine), Standing::Read);
        let told = audience(Some(owner), [EmployeeId::new().0], [sales.0]);
        assert_eq!((told.employee_ids, told.department_ids.len(), told.closed), (vec![owner.to_string()], 0, true));
    }

    #[test]
    fn only_a_head_has_departments_seen() {
        let mut caller = Caller::operator(EmployeeId::new());
        caller.seen_departments = vec![DepartmentId::new()];
        assert!(Viewer::of(&caller, READ_SCOPE).unwrap().headed.is_empty());
        caller.roles.push(rpc::Role::Head);
        assert_eq!(Viewer::of(&caller, READ_SCOPE).unwrap().headed.len(), 1);
    }

    #[test]
    fn an_api_key_does_what_its_scopes_say() {
        let mut caller = Caller::operator(EmployeeId::new());
        caller.scopes = vec![READ_SCOPE.to_owned()];
        assert!(Viewer::of(&caller, READ_SCOPE).is_ok());
        assert_eq!(Viewer::of(&caller, WRITE_SCOPE).unwrap_err().code(), Code::PermissionDenied);
        assert!(!Viewer::of(&caller, READ_SCOPE).unwrap().personal, "nor a personal mailbox");
        assert_eq!(Viewer::of(&Caller::edge(), READ_SCOPE).unwrap_err().code(), Code::PermissionDenied);
    }
}
