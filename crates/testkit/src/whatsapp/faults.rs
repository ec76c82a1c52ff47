use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::error::GraphError;

/// Something that goes wrong with a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// The call is refused with this HTTP status and code, and nothing is done.
    Error(u16, i64),
    /// The call is carried out, then the connection breaks: the caller cannot know.
    DropAfterAccept,
    /// The connection breaks and nothing is done.
    DropBefore,
    /// The call is carried out at once and answered this much later.
    Slow(Duration),
    /// The call is carried out; the head of the answer comes at once, and half of its body, the rest this much later.
    SlowBody(Duration),
    /// Nothing is done, nothing is answered, and the connection breaks this much later.
    Hang(Duration),
    /// A page instead of JSON; nothing is done.
    Html(u16),
}

impl Fault {
    pub const fn error(status: u16, code: i64) -> Self {
        Self::Error(status, code)
    }

    pub(super) fn refusal(&self) -> Option<GraphError> {
        match self {
            Self::Error(status, code) => Some(GraphError::new(*status, *code, "Made to fail", "as the test wants it")),
            _ => None,
        }
    }
}

/// The faults that wait for their calls.
#[derive(Debug, Default)]
pub(super) struct Faults {
    next: HashMap<String, VecDeque<Fault>>,
    always: HashMap<String, Fault>,
}

impl Faults {
    pub(super) fn add(&mut self, method: &str, fault: Fault) {
        self.next.entry(method.to_owned()).or_default().push_back(fault);
    }

    pub(super) fn add_lasting(&mut self, method: &str, fault: Fault) {
        self.always.insert(method.to_owned(), fault);
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn take(&mut self, method: &str) -> Option<Fault> {
        let waiting = self.next.get_mut(method).and_then(VecDeque::pop_front);
        waiting.or_else(|| self.always.get(method).cloned())
    }
}
