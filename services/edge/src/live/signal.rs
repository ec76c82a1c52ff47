use contracts::live::{Audience, Event, LiveSignal, PresenceSignal, live_signal, watch_response::What};
use rpc::{Caller, Subject};

use crate::live::audience::may_learn;

/// Something that is true for a moment: told to whoever is there, never kept, never resumed.
#[derive(Debug, Clone)]
pub struct Signal {
    pub audience: Audience,
    pub what: What,
}

impl Signal {
    /// Colleagues' presence is no secret.
    #[must_use]
    pub fn presence(presence: PresenceSignal) -> Self {
        let audience = Audience { everyone: true, ..Audience::default() };
        Self { audience, what: What::Presence(presence) }
    }

    /// What an owner says of one of its things; `None` when this version does not know it.
    #[must_use]
    pub fn of(signal: LiveSignal) -> Option<Self> {
        let what = match signal.what? {
            live_signal::What::Typing(typing) => What::Typing(typing),
            live_signal::What::Viewing(viewing) => What::Viewing(viewing),
        };
        Some(Self { audience: signal.audience?, what })
    }

    /// Whoever types or looks knows it.
    #[must_use]
    pub fn is_for(&self, caller: &Caller) -> bool {
        let doer = match &self.what {
            What::Typing(typing) => typing.employee_id.as_str(),
            What::Viewing(viewing) => viewing.employee_id.as_str(),
            _ => "",
        };
        if matches!(caller.subject, Subject::Employee(me) if me.to_string() == doer) {
            return false;
        }
        may_learn(caller, &Event { audience: Some(self.audience.clone()), ..Event::default() })
    }
}

#[cfg(test)]
mod tests {
    use contracts::live::{TypingSignal, ViewingSignal};
    use model::{DepartmentId, EmployeeId};

    use super::*;

    #[test]
    fn who_types_is_told_to_those_who_see_it_and_not_to_the_typist() {
        let [typist, colleague, stranger] = std::array::from_fn(|_| EmployeeId::new());
        let typing = TypingSignal { employee_id: typist.to_string(), ..TypingSignal::default() };
        let audience =
            Audience { employee_ids: [typist, colleague].map(|id| id.to_string()).into(), ..Audience::default() };
        let what = Some(live_signal::What::Typing(typing));
        let signal = Signal::of(LiveSignal { audience: Some(audience), what }).unwrap();
        let heard = [typist, colleague, stranger].map(|id| signal.is_for(&Caller::operator(id)));
        assert_eq!(heard, [false, true, false]);
        assert!(Signal::of(LiveSignal::default()).is_none(), "of a newer version");
    }

    #[test]
    fn who_looks_is_told_to_the_department_and_not_to_the_viewer() {
        let [viewer, colleague, stranger] = std::array::from_fn(|_| EmployeeId::new());
        let (sales, service) = (DepartmentId::new(), DepartmentId::new());
        let viewing = ViewingSignal { employee_id: viewer.to_string(), ..ViewingSignal::default() };
        let audience = Audience { department_ids: vec![sales.to_string()], ..Audience::default() };
        let what = Some(live_signal::What::Viewing(viewing));
        let signal = Signal::of(LiveSignal { audience: Some(audience), what }).unwrap();
        let of = |id, department| Caller { seen_departments: vec![department], ..Caller::operator(id) };
        let heard = [of(viewer, sales), of(colleague, sales), of(stranger, service)].map(|who| signal.is_for(&who));
        assert_eq!(heard, [false, true, false]);
    }
}
