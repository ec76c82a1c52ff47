use contracts::live::{Event, event::What};
use rpc::{Caller, Subject};

/// Whether an event may be told to a caller.
///
/// Administrators learn of everything but what concerns one person alone: drafts, read marks, sign-outs, and whatever
/// happens in somebody's personal account.
#[must_use]
pub fn may_learn(caller: &Caller, event: &Event) -> bool {
    let Some(audience) = &event.audience else { return false };
    let me = match caller.subject {
        Subject::Employee(id) => id.to_string(),
        Subject::Edge => return false,
    };
    if audience.closed && !caller.sees_own_personal() {
        return false;
    }
    if audience.employee_ids.contains(&me) {
        return true;
    }
    if audience.closed || is_personal(event) {
        return false;
    }
    let seen = || caller.seen_departments.iter().chain(&caller.departments).map(ToString::to_string);
    audience.everyone || caller.is_administrator() || seen().any(|id| audience.department_ids.contains(&id))
}

fn is_personal(event: &Event) -> bool {
    matches!(
        event.what,
        Some(What::DraftChanged(_) | What::ReadMarkChanged(_) | What::SessionRevoked(_) | What::FeedPinsChanged(_))
    )
}

#[cfg(test)]
mod tests {
    use contracts::live::{Audience, ConversationChanged, DraftChanged};
    use model::{DepartmentId, EmployeeId};

    use super::*;

    fn event(what: What, audience: Audience) -> Event {
        Event { what: Some(what), audience: Some(audience), ..Event::default() }
    }

    fn conversation(audience: Audience) -> Event {
        event(What::ConversationChanged(ConversationChanged::default()), audience)
    }

    #[test]
    fn an_event_reaches_the_named_their_departments_and_administrators() {
        let (me, department) = (EmployeeId::new(), DepartmentId::new());
        let mut head = Caller::operator(me);
        head.seen_departments = vec![DepartmentId::new(), department];
        let stranger = Caller::operator(EmployeeId::new());
        let administrator = Caller::administrator(EmployeeId::new());

        let mine = conversation(Audience { employee_ids: vec![me.to_string()], ..Audience::default() });
        assert!(may_learn(&head, &mine) && may_learn(&administrator, &mine) && !may_learn(&stranger, &mine));
        let ours = conversation(Audience { department_ids: vec![department.to_string()], ..Audience::default() });
        assert!(may_learn(&head, &ours) && may_learn(&administrator, &ours) && !may_learn(&stranger, &ours));
        let all = conversation(Audience { everyone: true, ..Audience::default() });
        assert!(may_learn(&stranger, &all));
        assert!(!may_learn(&Caller::edge(), &all));
        assert!(!may_learn(&administrator, &Event::default()), "no audience, nobody");
    }

    #[test]
    fn what_happens_in_a_personal_account_is_its_owners_alone() {
        let (me, department) = (EmployeeId::new(), DepartmentId::new());
        let closed = conversation(Audience {
            employee_ids: vec![me.to_string()],
            department_ids: vec![department.to_string()],
            everyone: true,
            closed: true,
        });
        let mut head = Caller::operator(EmployeeId::new());
        head.seen_departments = vec![department];
        assert!(may_learn(&Caller::operator(me), &closed));
        let key = Caller { scopes: vec!["inbox.read".into()], ..Caller::operator(me) };
        assert!(!may_learn(&key, &closed), "administrators make keys");
        let reset = Caller { personal_closed: true, ..Caller::operator(me) };
        assert!(!may_learn(&reset, &closed), "somebody else has set the password");
        assert!(!may_learn(&head, &closed) && !may_learn(&Caller::administrator(EmployeeId::new()), &closed));
    }

    #[test]
    fn a_draft_is_nobody_elses_business() {
        let me = EmployeeId::new();
        let draft = event(
            What::DraftChanged(DraftChanged::default()),
            Audience { employee_ids: vec![me.to_string()], everyone: true, ..Audience::default() },
        );
        assert!(may_learn(&Caller::operator(me), &draft));
        assert!(!may_learn(&Caller::administrator(EmployeeId::new()), &draft));
    }
}
