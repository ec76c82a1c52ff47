use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

/// Something that goes wrong with a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Refused with this status, code and message; nothing is done.
    Refuse(u16, &'static str, &'static str),
    /// Status 200 with `success: false`; nothing is done.
    Unsuccessful(&'static str),
    /// The call is carried out, then the connection breaks: the caller cannot know.
    DropAfterAccept,
    /// The connection breaks and nothing is done.
    DropBefore,
    /// The call is carried out at once and answered this much later.
    Slow(Duration),
    /// The call is carried out; the head of the answer comes at once, and half of its body, the rest this much later.
    SlowBody(Duration),
    /// A proxy's page with this status instead of JSON; nothing is done.
    Html(u16),
}

#[derive(Debug, Default)]
pub(super) struct Faults {
    next: HashMap<String, VecDeque<Fault>>,
    always: HashMap<String, Fault>,
}

impl Faults {
    pub(super) fn add(&mut self, what: &str, fault: Fault) {
        self.next.entry(what.to_owned()).or_default().push_back(fault);
    }

    pub(super) fn add_lasting(&mut self, what: &str, fault: Fault) {
        self.always.insert(what.to_owned(), fault);
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn take(&mut self, what: &str) -> Option<Fault> {
        let next = self.next.get_mut(what).and_then(VecDeque::pop_front);
        next.or_else(|| self.always.get(what).cloned())
    }
}
