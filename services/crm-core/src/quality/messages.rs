//! What is ours and what the contract says, in each other's words.

use contracts::crm;
use rpc::{parse_id, parse_optional_id, timestamp};
use tonic::Status;
use uuid::Uuid;

use super::{
    check::{Check, Failure},
    days::{Day, Figure, Quality, Subject, Worst},
    filled,
    score::{Mark, Profile, Requirement},
    settings::Settings,
    store::Stored,
};
use crate::{
    caller::seen,
    change::{Actor, Revision},
    recounts::{Recount, State},
};

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn id_text(id: Option<Uuid>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

pub fn settings(settings: &Settings) -> crm::QualitySettings {
    crm::QualitySettings {
        etag: rpc::etag(settings.revision.0),
        company: Some(profile(&settings.company)),
        person: Some(profile(&settings.person)),
        contact: Some(profile(&settings.contact)),
        address_fields: names(&filled::ADDRESS_FIELDS),
        client_fields: names(&filled::CLIENT_FIELDS),
        contact_fields: names(&filled::CONTACT_FIELDS),
    }
}

fn profile(profile: &Profile) -> crm::QualityProfile {
    let one = |one: &Requirement| crm::QualityRequirement { field: one.field.clone(), weight: one.weight.into() };
    crm::QualityProfile {
        contact_data: profile.contact_data.iter().map(one).collect(),
        portrait: profile.portrait.iter().map(one).collect(),
    }
}

pub fn settings_from_contract(message: crm::QualitySettings) -> Result<(Option<Revision>, Settings), Status> {
    let settings = Settings {
        revision: Revision(0),
        company: profile_from_contract(message.company),
        person: profile_from_contract(message.person),
        contact: profile_from_contract(message.contact),
    };
    Ok((seen(&message.etag)?, settings))
}

fn profile_from_contract(profile: Option<crm::QualityProfile>) -> Profile {
    let profile = profile.unwrap_or_default();
    // What does not fit is refused with the rest.
    let weight = |weight: u32| if weight == 0 { 1 } else { u16::try_from(weight).unwrap_or(u16::MAX) };
    let one = |one: crm::QualityRequirement| Requirement { field: one.field, weight: weight(one.weight) };
    Profile {
        contact_data: profile.contact_data.into_iter().map(one).collect(),
        portrait: profile.portrait.into_iter().map(one).collect(),
    }
}

pub fn recount(recount: &Recount) -> crm::QualityRecount {
    let state = match recount.state {
        State::Running => crm::QualityRecountState::Running,
        State::Stopped => crm::QualityRecountState::Stopped,
        State::Done => crm::QualityRecountState::Done,
    };
    crm::QualityRecount {
        recount_id: recount.id.to_string(),
        state: state.into(),
        percent: recount.percent(),
        clients: recount.clients.unsigned_abs(),
        clients_total: recount.clients_total.unsigned_abs(),
        author_employee_id: recount.author.map(|id| id.to_string()).unwrap_or_default(),
        started_at: Some(timestamp(recount.started_at)),
        ended_at: recount.ended_at.map(timestamp),
    }
}

fn percent(percent: Option<i16>) -> Option<u32> {
    percent.and_then(|percent| u32::try_from(percent).ok())
}

fn mark(mark: Mark) -> crm::QualityMark {
    crm::QualityMark {
        contact_percent: percent(mark.contact.percent),
        portrait_percent: percent(mark.portrait.percent),
        missing_contact: mark.contact.missing,
        missing_portrait: mark.portrait.missing,
    }
}

/// Of a client where anything is required of it or its contacts.
pub fn client_quality(stored: Stored) -> Option<crm::ClientQuality> {
    let contact =
        |(id, found): (Uuid, Mark)| crm::ContactQuality { contact_id: id.to_string(), mark: Some(mark(found)) };
    let percent = f64::from(stored.percent?);
    Some(crm::ClientQuality {
        own: Some(mark(stored.own)),
        contacts: stored.contacts.into_iter().map(contact).collect(),
        percent: Some(percent),
    })
}

pub fn subject(scope: i32, id: &str, by: Actor) -> Result<Subject, Status> {
    match crm::QualityScope::try_from(scope) {
        Ok(crm::QualityScope::Unspecified | crm::QualityScope::Company) => Ok(Subject::Company),
        Ok(crm::QualityScope::Department) => Ok(Subject::Department(parse_id("subject_id", id)?)),
        Ok(crm::QualityScope::Employee) => {
            let named = parse_optional_id("subject_id", id)?.or(by.employee());
            named.map(Subject::Employee).ok_or_else(|| rpc::invalid_field("subject_id", "is required"))
        }
        Err(_) => Err(rpc::invalid_field("scope", "is unknown")),
    }
}

pub fn quality(quality: Quality) -> crm::GetQualityResponse {
    let day = |day: Day| crm::QualityDay {
        day: day.day.to_string(),
        clients: day.clients.unsigned_abs(),
        percent: day.percent,
    };
    let worst = |worst: Worst| crm::QualityWorst {
        client_id: worst.client.to_string(),
        name: worst.name,
        responsible_employee_id: id_text(worst.responsible),
        percent: worst.percent.into(),
        contact_percent: percent(worst.contact_percent),
        portrait_percent: percent(worst.portrait_percent),
    };
    crm::GetQualityResponse {
        figure: Some(figure(quality.figure)),
        company: Some(figure(quality.company)),
        days: quality.days.into_iter().map(day).collect(),
        below: quality.below.into_iter().map(figure).collect(),
        worst: quality.worst.into_iter().map(worst).collect(),
    }
}

fn figure(figure: Figure) -> crm::QualityFigure {
    crm::QualityFigure {
        scope: figure.scope.into(),
        subject_id: id_text(Some(figure.subject).filter(|id| !id.is_nil())),
        clients: figure.clients.unsigned_abs(),
        percent: figure.percent,
        contact_percent: figure.contact_percent,
        portrait_percent: figure.portrait_percent,
    }
}

pub fn check(check: i32) -> Result<Check, Status> {
    match crm::QualityCheck::try_from(check) {
        Ok(crm::QualityCheck::Unspecified | crm::QualityCheck::ContactData) => Ok(Check::ContactData),
        Ok(crm::QualityCheck::Portrait) => Ok(Check::Portrait),
        Ok(crm::QualityCheck::DuplicateClients) => Ok(Check::DuplicateClients),
        Ok(crm::QualityCheck::DuplicateContacts) => Ok(Check::DuplicateContacts),
        Ok(crm::QualityCheck::Potential) => Ok(Check::Potential),
        Ok(crm::QualityCheck::Unlinked) => Ok(Check::Unlinked),
        Err(_) => Err(rpc::invalid_field("check", "is unknown")),
    }
}

pub fn failure(failure: Failure) -> crm::QualityFailure {
    let point = failure.channel.is_some();
    crm::QualityFailure {
        client_id: id_text(failure.client_id),
        contact_id: id_text(failure.contact_id),
        contact_point_id: id_text(point.then_some(failure.id)),
        channel: failure.channel.unwrap_or_default(),
        name: failure.name,
        client_name: failure.client_name,
        responsible_employee_id: id_text(failure.responsible),
        percent: percent(failure.percent),
        missing: failure.missing,
        other_ids: failure.others.iter().map(Uuid::to_string).collect(),
    }
}
