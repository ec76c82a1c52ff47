//! Calls that were refused, so that a service can put them on record: who asked for what, and which right was lacking.

use std::{cell::Cell, fmt::Display, pin::Pin};

use contracts::errors::ErrorReason;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{Caller, metadata_of, reason_of, status_with};

// The facts of a status that a record is made of.
const PERMISSION: &str = "permission";
const OBJECT: &str = "object";
const ID: &str = "id";

/// A refused call, to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub caller: Caller,
    /// As [`crate::known_method`] names it.
    pub method: &'static str,
    /// What it was about: "conversation", ...; "method" when it named nothing.
    pub object: String,
    /// Nil when it named nothing.
    pub id: Uuid,
    /// What the caller lacks: "administrator", a scope, "conversation.see", ...
    pub permission: String,
    /// The caller was told that there is no such thing. Whether there is one is for the recorder to look up.
    pub is_hidden: bool,
}

pub type Noting<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Where a service keeps its refusals. What goes wrong there is logged there: the call is refused all the same.
pub trait Refusals: Send + Sync {
    fn note(&self, refusal: Refusal) -> Noting<'_>;
}

/// PERMISSION_DENIED that says what is lacking.
pub fn denied(permission: &str, text: &dyn Display) -> Status {
    status_with(Code::PermissionDenied, ErrorReason::Permission, text, &[(PERMISSION, permission)])
}

/// [`denied`] for something that has a name, and that the caller knows to be there.
pub fn denied_of(permission: &str, object: &str, id: impl Display, text: &dyn Display, why: &str) -> Status {
    let id = id.to_string();
    let mut facts = vec![(PERMISSION, permission), (OBJECT, object), (ID, id.as_str())];
    if !why.is_empty() {
        facts.push(("why", why));
    }
    status_with(Code::PermissionDenied, ErrorReason::Permission, text, &facts)
}

/// NOT_FOUND for what is not there, or not in the caller's sight.
pub fn hidden(reason: ErrorReason, object: &str, id: impl Display, text: &dyn Display) -> Status {
    status_with(Code::NotFound, reason, text, &[(OBJECT, object), (ID, &id.to_string())])
}

tokio::task_local! {
    static RECORDED: Cell<bool>;
}

/// Says that the refusal which this call ends with is on record already, in more detail than its status tells.
pub fn recorded() {
    // Outside of a server nobody else records it.
    let _ = RECORDED.try_with(|recorded| recorded.set(true));
}

/// Runs a handler; also tells whether it has called [`recorded`].
pub(crate) async fn watched<T>(handler: impl Future<Output = T>) -> (T, bool) {
    let watched = async {
        let answer = handler.await;
        (answer, RECORDED.with(Cell::get))
    };
    RECORDED.scope(Cell::new(false), watched).await
}

/// What there is to record of an answer; nothing of the edge's own calls.
pub(crate) fn of(caller: &Caller, method: &'static str, status: &Status) -> Option<Refusal> {
    if caller.is_edge() || !matches!(status.code(), Code::PermissionDenied | Code::NotFound) {
        return None;
    }
    let mut facts = metadata_of(status);
    let (object, id) = (facts.remove(OBJECT), facts.remove(ID).and_then(|id| id.parse().ok()));
    let is_hidden = status.code() == Code::NotFound;
    let permission = match (&object, is_hidden) {
        (None, true) => return None,
        (Some(object), true) => format!("{object}.see"),
        (_, false) => facts.remove(PERMISSION).unwrap_or_else(|| {
            reason_of(status)
                .map_or("", |reason| reason.as_str_name())
                .trim_start_matches("ERROR_REASON_")
                .to_lowercase()
        }),
    };
    let (object, id) = (object.unwrap_or_else(|| "method".into()), id.unwrap_or_default());
    Some(Refusal { caller: caller.clone(), method, object, id, permission, is_hidden })
}

#[cfg(test)]
mod tests {
    use model::EmployeeId;

    use super::*;

    const METHOD: &str = "/okno.test/Method";

    #[test]
    fn a_record_says_what_was_asked_for_and_what_was_lacking() {
        let (caller, id) = (Caller::operator(EmployeeId::new()), Uuid::now_v7());
        let told =
            |status: Status| of(&caller, METHOD, &status).map(|it| (it.object, it.id, it.permission, it.is_hidden));
        let record =
            |object: &str, id, permission: &str, is_hidden| Some((object.into(), id, permission.into(), is_hidden));
        assert_eq!(told(denied("administrator", &"no")), record("method", Uuid::nil(), "administrator", false));
        let change = denied_of("conversation.change", "conversation", id, &"no", "take_first");
        assert_eq!(metadata_of(&change)["why"], "take_first");
        assert_eq!(told(change), record("conversation", id, "conversation.change", false));
        let gone = hidden(ErrorReason::ConversationNotFound, "conversation", id, &"no");
        assert_eq!(told(gone), record("conversation", id, "conversation.see", true));
        let bare = crate::status(Code::PermissionDenied, ErrorReason::ErasureNeedsAnother, &"no");
        assert_eq!(told(bare), record("method", Uuid::nil(), "erasure_needs_another", false));
        for other in [Status::not_found("x"), Status::internal("x"), Status::aborted("x")] {
            assert_eq!(told(other), None);
        }
        assert_eq!(of(&Caller::edge(), METHOD, &denied("administrator", &"no")), None);
    }
}
