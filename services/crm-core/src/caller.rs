//! What every handler reads first: who calls, with which right, and the common fields of requests.

use prost::Message;
use prost_types::FieldMask;
use rpc::Caller;
use tonic::{Request, Status};
use uuid::Uuid;

use crate::change::{Actor, RequestHash, Revision};

/// Opens a call of an employee; an API key needs `scope` (writing includes reading), people need none.
///
/// # Errors
/// UNAUTHENTICATED, PERMISSION_DENIED.
pub fn enter<T>(request: Request<T>, scope: &'static str) -> Result<(Caller, Actor, T), Status> {
    let caller = Caller::of(&request)?.clone();
    let id = caller.employee()?;
    if !caller.scopes.is_empty() && !holds(&caller, scope) {
        return Err(lacks(scope));
    }
    let actor = Actor::Employee { id, administrator: caller.is_administrator() };
    Ok((caller, actor, request.into_inner()))
}

/// Opens a call that only a signed-in person may make, never an API key.
///
/// # Errors
/// UNAUTHENTICATED, PERMISSION_DENIED.
pub fn enter_in_person<T>(request: Request<T>) -> Result<(Caller, T), Status> {
    let caller = Caller::of(&request)?.clone();
    caller.employee()?;
    if caller.session.is_none() {
        return Err(rpc::denied("session", &"this is for people who are signed in"));
    }
    Ok((caller, request.into_inner()))
}

/// Also what of another area is told: an API key needs its scope, too.
///
/// # Errors
/// PERMISSION_DENIED.
pub fn also(caller: &Caller, scope: &'static str) -> Result<(), Status> {
    if caller.scopes.is_empty() || holds(caller, scope) {
        return Ok(());
    }
    Err(lacks(scope))
}

fn holds(caller: &Caller, scope: &str) -> bool {
    let wider = scope.strip_suffix(".read").map(|area| format!("{area}.write"));
    caller.scopes.iter().any(|held| held == scope || Some(held) == wider.as_ref())
}

fn lacks(scope: &str) -> Status {
    rpc::denied(scope, &format!("this API key lacks the scope {scope}"))
}

/// The id that a creating request brings for what it creates.
///
/// # Errors
/// INVALID_ARGUMENT unless it is a UUIDv7.
pub fn request_id<T: From<Uuid>>(text: &str) -> Result<T, Status> {
    let id = Uuid::parse_str(text).ok().filter(|id| id.get_version_num() == 7);
    id.map(T::from).ok_or_else(|| rpc::invalid_field("request_id", "is not a UUIDv7"))
}

/// Tells a repeat of this creating request from another one.
pub fn request_hash(request: &impl Message) -> RequestHash {
    RequestHash::of(&request.encode_to_vec())
}

/// The version that the caller wants to change.
///
/// # Errors
/// ABORTED for what was never an etag.
pub fn seen(etag: &str) -> Result<Option<Revision>, Status> {
    Ok(rpc::parse_etag(etag)?.map(Revision))
}

/// A message that a request must hold.
///
/// # Errors
/// INVALID_ARGUMENT when it is absent.
pub fn required<T>(field: &str, message: Option<T>) -> Result<T, Status> {
    message.ok_or_else(|| rpc::invalid_field(field, "is required"))
}

/// Which fields an update names.
pub struct Mask(Vec<String>);

impl Mask {
    /// # Errors
    /// INVALID_ARGUMENT when it is empty or names a field that cannot be changed.
    pub fn read(mask: Option<FieldMask>, changeable: &[&str]) -> Result<Self, Status> {
        let paths = mask.map(|mask| mask.paths).unwrap_or_default();
        if paths.is_empty() {
            return Err(rpc::invalid_field("update_mask", "is empty"));
        }
        match paths.iter().find(|path| !changeable.contains(&path.as_str())) {
            Some(path) => Err(rpc::invalid_field("update_mask", &format!("names {path:?}, which cannot be changed"))),
            None => Ok(Self(paths)),
        }
    }

    /// All of them, for what is made anew.
    #[must_use]
    pub fn all(fields: &[&str]) -> Self {
        Self(fields.iter().map(|field| (*field).to_owned()).collect())
    }

    #[must_use]
    pub fn has(&self, field: &str) -> bool {
        self.0.iter().any(|path| path == field)
    }

    /// What `read` makes of the field, or nothing where the mask does not name it.
    ///
    /// # Errors
    /// What `read` says, if the mask names the field.
    pub fn read_or_default<T: Default>(
        &self,
        field: &str,
        read: impl FnOnce() -> Result<T, Status>,
    ) -> Result<T, Status> {
        if self.has(field) { read() } else { Ok(T::default()) }
    }

    /// `Some` with the value when the mask names the field.
    pub fn take<T>(&self, field: &str, value: T) -> Option<T> {
        self.has(field).then_some(value)
    }

    /// [`Mask::take`] for values that may be unreadable.
    ///
    /// # Errors
    /// What `read` says, if the mask names the field.
    pub fn try_take<T>(&self, field: &str, read: impl FnOnce() -> Result<T, Status>) -> Result<Option<T>, Status> {
        self.take(field, read).map(|read| read()).transpose()
    }
}

#[cfg(test)]
mod tests {
    use model::{EmployeeId, SessionId};

    use tonic::Code;

    use super::*;

    #[test]
    fn a_key_needs_the_scope_and_a_person_needs_none() {
        let person = Caller::operator(EmployeeId::new());
        let key = Caller { scopes: vec!["org.read".into(), "crm.write".into()], ..person.clone() };
        assert!(enter(key.request(()), "crm.read").is_ok());
        assert!(enter(person.request(()), "org.write").is_ok());
        assert!(enter(key.request(()), "org.read").is_ok());
        assert_eq!(enter(key.request(()), "org.write").unwrap_err().code(), Code::PermissionDenied);
        assert_eq!(enter(Caller::edge().request(()), "org.read").unwrap_err().code(), Code::PermissionDenied);
        assert_eq!(enter(Request::new(()), "org.read").unwrap_err().code(), Code::Unauthenticated);
    }

    #[test]
    fn what_a_person_does_in_person_no_key_does() {
        let person = Caller { session: Some(SessionId::new()), ..Caller::operator(EmployeeId::new()) };
        assert!(enter_in_person(person.request(())).is_ok());
        assert!(enter_in_person(Caller { session: None, ..person }.request(())).is_err());
    }

    #[test]
    fn a_request_id_is_a_uuid_of_version_7() {
        assert!(request_id::<EmployeeId>(&Uuid::now_v7().to_string()).is_ok());
        assert!(request_id::<EmployeeId>("67e55044-10b1-426f-9247-bb680e5fe0c8").is_err());
        assert!(request_id::<EmployeeId>("").is_err());
    }

    #[test]
    fn a_mask_names_only_what_can_be_changed() {
        let mask = |paths: &[&str]| FieldMask { paths: paths.iter().map(|p| (*p).to_owned()).collect() };
        assert!(Mask::read(None, &["name"]).is_err());
        assert!(Mask::read(Some(mask(&["name", "created_at"])), &["name"]).is_err());
        let read = Mask::read(Some(mask(&["name"])), &["name", "login"]).unwrap();
        assert_eq!((read.take("name", 1), read.take("login", 2)), (Some(1), None));
    }
}
