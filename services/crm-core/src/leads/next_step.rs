//! What to do next with a lead, from its state, age, last activity, and whether a rule about its visits asks for a call.

use chrono::{DateTime, Duration, Utc};

use super::{domain::Lead, moves::State};

/// Silent so long, a reminder is due ...
const REMIND_DAYS: i64 = 3;
/// ... and so long, nothing comes of it.
const GIVE_UP_DAYS: i64 = 60;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// Join it to the client that it repeats.
    Join,
    /// Merge it with the open lead that it repeats.
    Merge,
    /// Find somebody who answers for it.
    Assign,
    /// Somebody waits for an answer, or nobody has done anything yet.
    Answer,
    Remind,
    Decline,
    /// It is being worked on: make a client of it.
    Convert,
    /// What it did on the site asks for it.
    Call,
}

/// `None` for a lead that is closed. `calls`: a rule asks for a call.
#[must_use]
pub fn next_step(lead: &Lead, calls: bool, now: DateTime<Utc>) -> Option<NextStep> {
    let silent = now - lead.active_at;
    Some(match lead.state {
        State::Converted | State::RepeatedProcessed | State::Declined => return None,
        State::Repeated if lead.repeats.client.is_some() => NextStep::Join,
        State::Repeated if lead.repeats.lead.is_some() => NextStep::Merge,
        State::New | State::Repeated if lead.draft.responsible.is_none() => NextStep::Assign,
        State::New | State::Repeated if calls && !lead.waits => NextStep::Call,
        State::New | State::Repeated if silent >= Duration::days(GIVE_UP_DAYS) => NextStep::Decline,
        State::New | State::Repeated if lead.waits || lead.active_at == lead.created_at => NextStep::Answer,
        State::New | State::Repeated if silent >= Duration::days(REMIND_DAYS) => NextStep::Remind,
        State::New | State::Repeated => NextStep::Convert,
    })
}

#[cfg(test)]
pub mod tests {
    use model::{ClientId, EmployeeId, LeadId};

    use super::*;
    use crate::{
        change::{RequestHash, Revision},
        clients::domain::Kind,
        leads::domain::{Draft, Known, NewLead},
    };

    /// A new lead that somebody answers for.
    pub fn lead(now: DateTime<Utc>) -> Lead {
        let draft = Draft {
            name: "Анна".into(),
            kind: Kind::Person,
            company_name: String::new(),
            surname: String::new(),
            given_name: String::new(),
            patronymic: String::new(),
            addresses: Vec::new(),
            responsible: Some(EmployeeId::new()),
            channel: String::new(),
            source: String::new(),
            comment: String::new(),
            unsubscribed: false,
            levels: Vec::new(),
        };
        let lead = NewLead { id: LeadId::new(), request: RequestHash::of(b""), draft }.lead(None, now).unwrap();
        assert_eq!(lead.revision, Revision(1));
        lead
    }

    #[test]
    fn a_step_is_offered_for_every_open_state_and_age() {
        let now = Utc::now();
        let silent = |made: i64, active: i64| {
            let ago = |days| now - Duration::days(days);
            Lead { created_at: ago(made), active_at: ago(active), ..lead(now) }
        };
        let client = Known { client: Some(ClientId::new()), lead: Some(LeadId::new()) };
        let other = Known { client: None, lead: Some(LeadId::new()) };
        let nobodys = || {
            let mut lead = silent(90, 90);
            lead.draft.responsible = None;
            lead
        };
        let table = [
            (silent(0, 0), Some(NextStep::Answer)),
            (silent(5, 5), Some(NextStep::Answer)),
            (silent(5, 1), Some(NextStep::Convert)),
            (Lead { waits: true, ..silent(5, 1) }, Some(NextStep::Answer)),
            (Lead { waits: true, ..silent(90, 61) }, Some(NextStep::Decline)),
            (silent(5, 3), Some(NextStep::Remind)),
            (silent(90, 60), Some(NextStep::Decline)),
            (silent(90, 90), Some(NextStep::Decline)),
            (nobodys(), Some(NextStep::Assign)),
            (Lead { state: State::Repeated, repeats: client, ..nobodys() }, Some(NextStep::Join)),
            (Lead { state: State::Repeated, repeats: other, ..silent(1, 1) }, Some(NextStep::Merge)),
            (Lead { state: State::Repeated, ..silent(5, 1) }, Some(NextStep::Convert)),
            (Lead { state: State::Converted, ..silent(5, 5) }, None),
            (Lead { state: State::RepeatedProcessed, ..silent(5, 5) }, None),
            (Lead { state: State::Declined, ..silent(5, 5) }, None),
        ];
        for (lead, step) in table {
            assert_eq!(next_step(&lead, false, now), step, "{lead:?}");
        }
        assert_eq!(next_step(&silent(90, 61), true, now), Some(NextStep::Call));
        assert_eq!(next_step(&Lead { waits: true, ..silent(5, 1) }, true, now), Some(NextStep::Answer));
        assert_eq!(next_step(&nobodys(), true, now), Some(NextStep::Assign));
    }
}
