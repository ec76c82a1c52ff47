use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::error::ApiError;

/// Something that goes wrong with a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// The call is refused with this code and description, and nothing is done.
    Status(u16, String),
    /// 429 with `retry_after` seconds in the body and the header.
    FloodWait(u64),
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
    /// A proxy's page instead of JSON; nothing is done.
    Html502,
}

impl Fault {
    /// The answer that this fault gives instead of the call's own.
    pub(super) fn refusal(&self) -> Option<ApiError> {
        match self {
            Self::Status(code, description) => Some(ApiError::new(*code, description)),
            Self::FloodWait(seconds) => Some(ApiError::too_many(*seconds)),
            _ => None,
        }
    }
}

/// The faults that wait for their calls. Methods are in lower case; `*` stands for any.
#[derive(Debug, Default)]
pub(super) struct Faults {
    next: HashMap<String, VecDeque<Fault>>,
    always: HashMap<String, Fault>,
}

impl Faults {
    pub(super) fn add(&mut self, method: &str, fault: Fault) {
        self.next.entry(method.to_lowercase()).or_default().push_back(fault);
    }

    pub(super) fn add_lasting(&mut self, method: &str, fault: Fault) {
        self.always.insert(method.to_lowercase(), fault);
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The fault of this call, if any.
    pub(super) fn take(&mut self, method: &str) -> Option<Fault> {
        let waiting = [method, "*"].into_iter().find_map(|name| self.next.get_mut(name)?.pop_front());
        waiting.or_else(|| [method, "*"].into_iter().find_map(|name| self.always.get(name).cloned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiting_fault_hits_one_call_and_a_lasting_one_each() {
        let mut faults = Faults::default();
        faults.add("sendMessage", Fault::Html502);
        faults.add_lasting("*", Fault::DropBefore);
        assert_eq!(faults.take("sendmessage"), Some(Fault::Html502));
        assert_eq!(faults.take("sendmessage"), Some(Fault::DropBefore));
        assert_eq!(faults.take("getme"), Some(Fault::DropBefore));
        faults.clear();
        assert_eq!(faults.take("getme"), None);
    }
}
