//! Calls that were refused, so that a service can put them on record: who asked for what, and which right was lacking.

use std::{
    cell::RefCell,
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

/// What a refusal is of, in more detail than its status tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    pub object: &'static str,
    pub id: Uuid,
    pub permission: &'static str,
}

tokio::task_local! {
    static LACKING: RefCell<Option<Lacking>>;
}

impl Lacking {
    /// Leaves it to the server, which records it once the call has ended with a refusal; `Err` outside of a server.
    ///
    /// # Errors
    /// Itself, to be recorded by whoever found it.
    pub fn leave(self) -> Result<(), Self> {
        let mut own = Some(self);
        let _ = LACKING.try_with(|lacking| lacking.replace(own.take()));
        own.map_or(Ok(()), Err)
    }

    /// Runs a handler; also gives what it has left.
    pub(crate) async fn watch<T>(handler: impl Future<Output = T>) -> (T, Option<Self>) {
        let watched = async {
            let answer = handler.await;
            (answer, LACKING.with(RefCell::take))
        };
        LACKING.scope(RefCell::new(None), watched).await
    }

    pub(crate) fn refusal(self, caller: &Caller, method: &'static str) -> Refusal {
        let Self { object, id, permission } = self;
        let (object, permission) = (object.to_owned(), permission.to_owned());
        Refusal { caller: caller.clone(), method, object, id, permission, is_hidden: false, repeated: 0 }
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
    lately: Mutex<HashMap<u64, Lately>>,
    hasher: RandomState,
}

/// A refusal that was recorded a moment ago, and how often it came since.
struct Lately {
    since: Instant,
    refusal: Refusal,
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
        if let Some(refusal) = of(caller, method, status) {
            self.take(refusal);
        }
    }

    pub fn take(&self, refusal: Refusal) {
        let mut due = self.ended(|one| one.since.elapsed() >= SAME);
        due.extend(self.news(refusal));
        due.into_iter().for_each(|refusal| self.record(refusal));
    }

    /// Those that came again and are no longer lately; the others of them are forgotten.
    fn ended(&self, is_over: impl Fn(&Lately) -> bool) -> Vec<Refusal> {
        let mut lately = self.lately.lock();
        let over = lately.extract_if(|_, one| is_over(one)).map(|(_, one)| one.refusal);
        over.filter(|refusal| refusal.repeated > 0).collect()
    }

    /// Counts one that was recorded lately; gives another back.
    fn news(&self, refusal: Refusal) -> Option<Refusal> {
        let Refusal { caller, method, object, id, permission, .. } = &refusal;
        let who = (caller.employee().ok().map(Uuid::from), caller.scopes.is_empty());
        let key = self.hasher.hash_one((who, method, object, id, permission));
        let mut lately = self.lately.lock();
        if let Some(one) = lately.get_mut(&key) {
            one.refusal.repeated += 1;
            return None;
        }
        if lately.len() < MANY {
            lately.insert(key, Lately { since: Instant::now(), refusal: refusal.clone() });
        }
        Some(refusal)
    }

    fn record(&self, refusal: Refusal) {
        let method = refusal.method;
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

    /// Records what came again, and waits for what is being recorded, as long as that may take.
    pub async fn finish(&self) {
        self.ended(|_| true).into_iter().for_each(|refusal| self.record(refusal));
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
        let by_key = Caller { scopes: vec!["inbox.read".into()], ..caller.clone() };
        recorder.see(&by_key, METHOD, &refused);
        tokio::time::advance(SAME).await;
        for _ in 0..2 {
            recorder.see(&caller, METHOD, &refused);
        }
        recorder.finish().await;
        let mut repeated: Vec<u32> = book.0.lock().iter().map(|refusal| refusal.repeated).collect();
        repeated.sort_unstable();
        assert_eq!(repeated, [0, 0, 0, 1, 4], "nothing is lost but when");
    }

    #[tokio::test]
    async fn a_handler_says_more_than_its_status() {
        let lacking = || Lacking { object: "client", id: Uuid::nil(), permission: "client.see" };
        assert_eq!(Lacking::watch(async { lacking().leave() }).await, (Ok(()), Some(lacking())));
        assert_eq!(lacking().leave(), Err(lacking()), "outside of a server");
    }
}
