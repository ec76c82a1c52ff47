use contracts::{errors::ErrorReason, live, org};
use model::{DepartmentId, EmployeeId, SessionId};
use serde::{Deserialize, Serialize};
use tonic::{Code, Request, Status};
use uuid::Uuid;

use crate::{denied, status};

/// Whom a call is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The edge itself: exchanging credentials, catching up on events, completing files.
    Edge,
    Employee(EmployeeId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Operator,
    Head,
    Administrator,
}

impl Role {
    /// `None` for a role that this version does not know.
    #[must_use]
    pub fn from_contract(role: org::Role) -> Option<Self> {
        match role {
            org::Role::Operator => Some(Self::Operator),
            org::Role::Head => Some(Self::Head),
            org::Role::Administrator => Some(Self::Administrator),
            org::Role::Unspecified => None,
        }
    }
}

/// Who calls, as the edge vouches for it. Visibility itself is decided in SQL, from these fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub subject: Subject,
    /// `None` for API keys and the edge.
    pub session: Option<SessionId>,
    pub roles: Vec<Role>,
    /// Departments the caller is a member of.
    pub departments: Vec<DepartmentId>,
    /// Departments whose work the caller sees: own ones, and the subtrees of a head.
    pub seen_departments: Vec<DepartmentId>,
    /// Of an API key; empty for people, who may do all that their roles allow.
    pub scopes: Vec<String>,
    /// The employee's own personal accounts are closed to this session: somebody else has set its password lately.
    pub personal_closed: bool,
}

impl Caller {
    #[must_use]
    pub fn edge() -> Self {
        Self::with_roles(Subject::Edge, Vec::new())
    }

    /// An operator without departments; set the fields for more.
    #[must_use]
    pub fn operator(employee: EmployeeId) -> Self {
        Self::with_roles(Subject::Employee(employee), vec![Role::Operator])
    }

    #[must_use]
    pub fn administrator(employee: EmployeeId) -> Self {
        Self::with_roles(Subject::Employee(employee), vec![Role::Operator, Role::Administrator])
    }

    fn with_roles(subject: Subject, roles: Vec<Role>) -> Self {
        Self {
            subject,
            session: None,
            roles,
            departments: Vec::new(),
            seen_departments: Vec::new(),
            scopes: Vec::new(),
            personal_closed: false,
        }
    }

    /// Whether this caller sees the employee's own personal accounts. No API key does: administrators make keys for anybody.
    #[must_use]
    pub fn sees_own_personal(&self) -> bool {
        self.scopes.is_empty() && !self.personal_closed
    }

    /// The caller of a request that came through [`crate::Server`].
    ///
    /// # Errors
    /// UNAUTHENTICATED (`NOT_SIGNED_IN`) when nobody was named.
    pub fn of<T>(request: &Request<T>) -> Result<&Self, Status> {
        request.extensions().get().ok_or_else(Self::nobody)
    }

    pub(crate) fn nobody() -> Status {
        status(Code::Unauthenticated, ErrorReason::NotSignedIn, &"sign in first")
    }

    /// A request as if this caller had sent it: for calling a handler without a server.
    #[must_use]
    pub fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.extensions_mut().insert(self.clone());
        request
    }

    /// Whether a program calls, with a key that acts for the employee.
    #[must_use]
    pub fn is_by_key(&self) -> bool {
        !self.scopes.is_empty()
    }

    /// # Errors
    /// PERMISSION_DENIED for the edge itself.
    pub fn employee(&self) -> Result<EmployeeId, Status> {
        match self.subject {
            Subject::Employee(id) => Ok(id),
            Subject::Edge => Err(denied("employee", &"this is for employees")),
        }
    }

    /// The event as this caller may know it: the edge learns all and its audience, administrators all but what is closed
    /// to them, others what concerns them.
    #[must_use]
    pub fn may_learn(&self, mut event: live::Event) -> Option<live::Event> {
        if self.is_edge() {
            return Some(event);
        }
        let audience = event.audience.take().unwrap_or_default();
        let by_role = self.is_administrator() && !audience.closed;
        (by_role || self.is_addressed(&audience)).then_some(event)
    }

    fn is_addressed(&self, audience: &live::Audience) -> bool {
        let own = || self.employee().is_ok_and(|id| audience.employee_ids.contains(&id.to_string()));
        let department = || self.seen_departments.iter().any(|id| audience.department_ids.contains(&id.to_string()));
        if audience.closed {
            return self.sees_own_personal() && own();
        }
        audience.everyone || own() || department()
    }

    #[must_use]
    pub fn is_edge(&self) -> bool {
        self.subject == Subject::Edge
    }

    #[must_use]
    pub fn is_head(&self) -> bool {
        self.roles.contains(&Role::Head)
    }

    #[must_use]
    pub fn is_administrator(&self) -> bool {
        self.roles.contains(&Role::Administrator)
    }

    /// # Errors
    /// PERMISSION_DENIED when the caller is no administrator.
    pub fn require_administrator(&self) -> Result<EmployeeId, Status> {
        if self.is_administrator() {
            self.employee()
        } else {
            Err(denied("administrator", &"this needs the role administrator"))
        }
    }

    /// # Errors
    /// PERMISSION_DENIED when the caller is not the edge.
    pub fn require_edge(&self) -> Result<(), Status> {
        if self.is_edge() { Ok(()) } else { Err(denied("edge", &"this is for the edge")) }
    }

    /// For binding as `uuid[]`.
    #[must_use]
    pub fn department_uuids(&self) -> Vec<Uuid> {
        self.departments.iter().map(|id| id.0).collect()
    }

    /// For binding as `uuid[]`.
    #[must_use]
    pub fn seen_department_uuids(&self) -> Vec<Uuid> {
        self.seen_departments.iter().map(|id| id.0).collect()
    }
}
