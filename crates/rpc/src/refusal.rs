//! Calls that were refused, so that a service can put them on record: who asked for what, and which right was lacking.

use std::{
    cell::Cell,
    collections::HashMap,
    fmt::Display,
    hash::{BuildHasher as _, RandomState},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use contracts::errors::ErrorReason;
use parking_lot::Mutex;
use runtime::TaskTracker;
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout},
};
use tonic::{Code, Status};
use tracing::warn;
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
    /// The caller was told that there is no such thing. Whether there is one is for whoever records it to look up.
    pub is_hidden: bool,
    /// How often the same was refused since it was last recorded.
    pub repeated: u32,
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

/// The call that a handler serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Call {
    /// As [`crate::known_method`] names it; empty outside of a server.
    pub method: &'static str,
    /// A program calls, with a key that acts for the employee.
    pub by_key: bool,
}

tokio::task_local! {
    static CALL: (Call, Cell<bool>);
}

impl Call {
    pub(crate) fn of(caller: &Caller, method: &'static str) -> Self {
        Self { method, by_key: !caller.scopes.is_empty() }
    }

    /// The one of the handler that asks.
    #[must_use]
    pub fn current() -> Self {
        CALL.try_with(|(call, _)| *call).unwrap_or_default()
    }

    /// Says that the refusal which this call ends with is on record already.
    pub fn recorded() {
        // Outside of a server nobody else records it.
        let _ = CALL.try_with(|(_, recorded)| recorded.set(true));
    }

    /// Runs a handler; also tells whether it has called [`Call::recorded`].
    pub(crate) async fn watch<T>(self, handler: impl Future<Output = T>) -> (T, bool) {
        let watched = async {
            let answer = handler.await;
            (answer, CALL.with(|(_, recorded)| recorded.get()))
        };
        CALL.scope((self, Cell::new(false)), watched).await
    }
}

/// Records at once, of which the rest is lost with a warning: refusals never take the database from the calls.
const PLACES: usize = 8;
const RECORD: Duration = Duration::from_secs(3);
/// The same refusal again within this time is counted, not recorded anew.
const SAME: Duration = Duration::from_secs(60);
/// So many different ones are remembered for that.
const MANY: usize = 10_000;

/// Puts refusals on record beside the calls, so that an answer tells by no delay whether something is there.
pub(crate) struct Recorder {
    sink: Arc<dyn Refusals>,
    places: Arc<Semaphore>,
    tasks: TaskTracker,
    lately: Mutex<HashMap<u64, (Instant, u32)>>,
    hasher: RandomState,
}

impl Recorder {
    pub fn of(sink: impl Refusals + 'static) -> Self {
        Self {
            sink: Arc::new(sink),
            places: Arc::new(Semaphore::new(PLACES)),
            tasks: TaskTracker::new(),
            lately: Mutex::default(),
            hasher: RandomState::new(),
        }
    }

    /// Records what a call was refused, if it was.
    pub fn see(&self, caller: &Caller, method: &'static str, status: &Status) {
        let Some(mut refusal) = of(caller, method, status) else { return };
        let Some(repeated) = self.is_news(&refusal) else { return };
        refusal.repeated = repeated;
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            metrics::counter!("okno_refusals_not_recorded_total").increment(1);
            warn!(method, "too many refusals at once: one is not on record");
            return;
        };
        let sink = Arc::clone(&self.sink);
        self.tasks.spawn(async move {
            let _place = place;
            if timeout(RECORD, sink.note(refusal)).await.is_err() {
                metrics::counter!("okno_refusals_not_recorded_total").increment(1);
                warn!(method, "a refusal is not on record: it took too long");
            }
        });
    }

    /// How often the same was refused since it was last recorded; `None` while that is lately.
    fn is_news(&self, refusal: &Refusal) -> Option<u32> {
        let Refusal { caller, method, object, id, permission, .. } = refusal;
        let key = self.hasher.hash_one((caller.employee().ok().map(Uuid::from), method, object, id, permission));
        let mut lately = self.lately.lock();
        if lately.len() >= MANY {
            lately.retain(|_, (since, _)| since.elapsed() < SAME);
        }
        if let Some((since, times)) = lately.get_mut(&key) {
            if since.elapsed() < SAME {
                *times += 1;
                return None;
            }
            *since = Instant::now();
            return Some(std::mem::take(times));
        }
        if lately.len() < MANY {
            lately.insert(key, (Instant::now(), 0));
        }
        Some(0)
    }

    /// Waits for what is being recorded, as long as that may take.
    pub async fn finish(&self) {
        self.tasks.close();
        let _ = timeout(RECORD, self.tasks.wait()).await;
    }
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
    Some(Refusal { caller: caller.clone(), method, object, id, permission, is_hidden, repeated: 0 })
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

    /// Keeps what it is told.
    #[derive(Clone, Default)]
    struct Book(Arc<Mutex<Vec<Refusal>>>);

    impl Refusals for Book {
        fn note(&self, refusal: Refusal) -> Noting<'_> {
            self.0.lock().push(refusal);
            Box::pin(std::future::ready(()))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_same_refusal_is_recorded_once_a_minute_with_how_often_it_came() {
        let (book, caller, id) = (Book::default(), Caller::operator(EmployeeId::new()), Uuid::now_v7());
        let recorder = Recorder::of(book.clone());
        let refused = hidden(ErrorReason::ConversationNotFound, "conversation", id, &"no");
        for _ in 0..5 {
            recorder.see(&caller, METHOD, &refused);
        }
        recorder.see(&Caller::operator(EmployeeId::new()), METHOD, &refused);
        tokio::time::advance(SAME).await;
        recorder.see(&caller, METHOD, &refused);
        recorder.finish().await;
        let repeated: Vec<u32> = book.0.lock().iter().map(|refusal| refusal.repeated).collect();
        assert_eq!(repeated, [0, 0, 4]);
    }

    #[tokio::test]
    async fn a_handler_knows_its_call_and_may_record_it_itself() {
        let key = Caller { scopes: vec!["inbox.read".into()], ..Caller::operator(EmployeeId::new()) };
        let call = Call::of(&key, METHOD);
        let (seen, recorded) = call.watch(async { Call::current() }).await;
        assert_eq!((seen, recorded), (Call { method: METHOD, by_key: true }, false));
        assert!(call.watch(async { Call::recorded() }).await.1);
        Call::recorded();
        assert_eq!(Call::current(), Call::default(), "outside of a server");
    }
}
