//! Leads between the contract and the domain.

use chrono::{DateTime, Utc};
use contracts::crm::{
    self, ClientKind, LeadChange, LeadFilter, LeadNextStep, LeadOrder, LeadScoreCondition, LeadScorePart, LeadState,
};
use model::Phone;
use rpc::{parse_ids, parse_optional_id, timestamp};
use tonic::Status;

use super::{
    cleaning::Cleaning,
    convert::{client_draft, kind_of},
    domain::{Draft, Lead},
    history::Noted,
    list::{Filter, Order},
    next_step::{NextStep, next_step},
    score::{Looks, Rule, breakdown, calling},
    settings::{Patch, Settings},
    visits::{Form, Visit},
};
use crate::{
    caller::{Mask, seen},
    clients::{
        domain::Kind,
        message::{address_message, addresses, each_known, id_text},
    },
};

/// What may be written of a lead.
pub const CHANGEABLE: [&str; 13] = [
    "name",
    "kind",
    "company_name",
    "surname",
    "given_name",
    "patronymic",
    "addresses",
    "responsible_employee_id",
    "channel",
    "source",
    "comment",
    "unsubscribed",
    "access_level_ids",
];

/// The fields that `fields` names; the others are left empty.
///
/// # Errors
/// INVALID_ARGUMENT naming the field.
pub fn draft(lead: crm::Lead, fields: &Mask) -> Result<Draft, Status> {
    let responsible = "responsible_employee_id";
    Ok(Draft {
        kind: if fields.has("kind") { kind("lead.kind", lead.kind)?.unwrap_or(Kind::Person) } else { Kind::Person },
        addresses: fields.read_or_default("addresses", || addresses(&lead.addresses))?,
        responsible: fields
            .read_or_default(responsible, || parse_optional_id(responsible, &lead.responsible_employee_id))?,
        levels: fields
            .read_or_default("access_level_ids", || parse_ids("access_level_ids", &lead.access_level_ids, 50))?,
        name: lead.name,
        company_name: lead.company_name,
        surname: lead.surname,
        given_name: lead.given_name,
        patronymic: lead.patronymic,
        channel: lead.channel,
        source: lead.source,
        comment: lead.comment,
        unsubscribed: lead.unsubscribed,
    })
}

/// `None` where it is unspecified.
///
/// # Errors
/// INVALID_ARGUMENT naming the field.
pub fn kind(field: &str, kind: i32) -> Result<Option<Kind>, Status> {
    match ClientKind::try_from(kind) {
        Ok(ClientKind::Unspecified) => Ok(None),
        Ok(ClientKind::Person) => Ok(Some(Kind::Person)),
        Ok(ClientKind::Company) => Ok(Some(Kind::Company)),
        Err(_) => Err(rpc::invalid_field(field, "is unknown")),
    }
}

const fn kind_message(kind: Kind) -> ClientKind {
    match kind {
        Kind::Person => ClientKind::Person,
        Kind::Company => ClientKind::Company,
    }
}

/// A lead with its score and next step, as of a time.
pub fn message(lead: Lead, rules: &[Rule], now: DateTime<Utc>) -> crm::Lead {
    let parts = breakdown(&lead, rules, now).map(|rule| LeadScorePart { name: rule.name.clone(), points: rule.points });
    let score_parts: Vec<_> = parts.collect();
    let calling = calling(&lead, rules, now);
    let step = next_step(&lead, calling.is_some(), now);
    let reason = calling.filter(|_| step == Some(NextStep::Call)).map(|rule| rule.name.clone());
    let next_step = step.map_or(LeadNextStep::Unspecified, step_message);
    let draft = lead.draft;
    crm::Lead {
        lead_id: lead.id.to_string(),
        etag: rpc::etag(lead.revision.0),
        kind: kind_message(draft.kind).into(),
        addresses: draft.addresses.iter().filter_map(address_message).collect(),
        responsible_employee_id: id_text(draft.responsible),
        access_level_ids: draft.levels.iter().map(ToString::to_string).collect(),
        name: draft.name,
        company_name: draft.company_name,
        surname: draft.surname,
        given_name: draft.given_name,
        patronymic: draft.patronymic,
        channel: draft.channel,
        source: draft.source,
        comment: draft.comment,
        unsubscribed: draft.unsubscribed,
        state: lead.state.number().into(),
        decline_reason: lead.decline_reason,
        repeats_client_id: id_text(lead.repeats.client),
        repeats_lead_id: id_text(lead.repeats.lead),
        client_id: id_text(lead.client),
        contact_id: id_text(lead.contact),
        merged_into_lead_id: id_text(lead.merged_into),
        contact_point_ids: lead.points.iter().map(ToString::to_string).collect(),
        created_at: Some(timestamp(lead.created_at)),
        updated_at: Some(timestamp(lead.updated_at)),
        active_at: Some(timestamp(lead.active_at)),
        score: score_parts.iter().map(|part| part.points).sum(),
        score_parts,
        next_step: next_step.into(),
        next_step_reason: reason.unwrap_or_default(),
    }
}

const fn step_message(step: NextStep) -> LeadNextStep {
    match step {
        NextStep::Assign => LeadNextStep::Assign,
        NextStep::Answer => LeadNextStep::Answer,
        NextStep::Convert => LeadNextStep::Convert,
        NextStep::Remind => LeadNextStep::Remind,
        NextStep::Decline => LeadNextStep::Decline,
        NextStep::Join => LeadNextStep::Join,
        NextStep::Merge => LeadNextStep::Merge,
        NextStep::Call => LeadNextStep::Call,
    }
}

pub fn change_message(noted: Noted) -> LeadChange {
    LeadChange {
        field: noted.change.field,
        old_values: noted.change.old,
        new_values: noted.change.new,
        employee_id: id_text(noted.employee),
        at: Some(timestamp(noted.at)),
    }
}

fn phone(digits: &str) -> String {
    Phone::parse(&format!("+{digits}")).map(|phone| phone.display()).unwrap_or_default()
}

pub fn form_message(form: Form) -> crm::LeadForm {
    crm::LeadForm {
        at: Some(timestamp(form.at)),
        account_id: form.account.to_string(),
        path: form.path,
        name: form.name,
        left_name: form.left_name,
        left_phone: phone(&form.left_phone),
        left_email: form.left_email,
    }
}

pub fn visit_message(visit: Visit) -> crm::LeadVisit {
    let step = |step: super::visits::Step| crm::LeadVisitStep {
        at: Some(timestamp(step.at)),
        kind: step.kind.into(),
        path: step.path,
        title: step.title,
        seconds: step.seconds,
        name: step.name,
        left_name: step.left.name,
        left_phone: phone(&step.left.phone),
        left_email: step.left.email,
    };
    crm::LeadVisit {
        visit_id: visit.id.to_string(),
        started_at: Some(timestamp(visit.started_at)),
        last_at: Some(timestamp(visit.last_at)),
        account_id: visit.account.to_string(),
        referrer_host: visit.referrer_host,
        marks: visit.marks.into_iter().collect(),
        device: visit.device.into(),
        seconds: i32::try_from(visit.seconds).unwrap_or(i32::MAX),
        number: i32::try_from(visit.number).unwrap_or(i32::MAX),
        steps: visit.steps.into_iter().map(step).collect(),
    }
}

/// The client that a lead would become, as it is compared with others: with what it would leave to its contact.
pub fn client_message(lead: &Lead, wanted: Option<Kind>) -> crm::Client {
    let kind = kind_of(lead, wanted);
    let draft = client_draft(lead, kind);
    crm::Client {
        name: draft.name,
        kind: kind_message(kind).into(),
        surname: draft.card.surname,
        given_name: draft.card.given_name,
        patronymic: draft.card.patronymic,
        addresses: lead.draft.addresses.iter().filter_map(address_message).collect(),
        ..crm::Client::default()
    }
}

/// # Errors
/// INVALID_ARGUMENT naming the field.
pub fn filter(filter: LeadFilter) -> Result<Filter, Status> {
    if filter.channels.len() > 50 || filter.sources.len() > 50 {
        return Err(rpc::invalid_field("filter", "must hold at most 50 channels and 50 sources"));
    }
    let read = |at: prost_types::Timestamp| {
        let nanos = u32::try_from(at.nanos).ok()?;
        DateTime::<Utc>::from_timestamp(at.seconds, nanos)
    };
    let since = filter.untouched_since;
    let untouched_since = since
        .map(|at| read(at).ok_or_else(|| rpc::invalid_field("filter.untouched_since", "is no time")))
        .transpose()?;
    let responsible = "filter.responsible_employee_ids";
    Ok(Filter {
        states: each_known::<LeadState>("filter.states", &filter.states)?,
        responsible: parse_ids(responsible, &filter.responsible_employee_ids, 200)?,
        without_responsible: filter.without_responsible,
        client: parse_optional_id("filter.client_id", &filter.client_id)?,
        query: filter.query,
        channels: filter.channels,
        sources: filter.sources,
        untouched_since,
    })
}

/// # Errors
/// INVALID_ARGUMENT naming the field.
pub fn order(order: i32) -> Result<Order, Status> {
    match LeadOrder::try_from(order) {
        Ok(LeadOrder::Unspecified | LeadOrder::Created) => Ok(Order::Created),
        Ok(LeadOrder::Active) => Ok(Order::Active),
        Ok(LeadOrder::Score) => Ok(Order::Score),
        Err(_) => Err(rpc::invalid_field("order", "is unknown")),
    }
}

/// What may be written of the settings.
pub const SETTINGS: [&str; 3] = ["erase_after_months", "score_rules", "keep_visits_months"];

pub fn settings(settings: Settings, leads_to_recount: i64) -> crm::LeadSettings {
    crm::LeadSettings {
        etag: rpc::etag(settings.revision.0),
        erase_after_months: settings.erase_after_months.unwrap_or_default().into(),
        score_rules: settings.rules.into_iter().map(rule_message).collect(),
        leads_to_recount,
        keep_visits_months: settings.keep_visits_months.into(),
    }
}

/// # Errors
/// INVALID_ARGUMENT naming the field.
pub fn settings_patch(settings: crm::LeadSettings, mask: &Mask) -> Result<Patch, Status> {
    let erase = |months: i32| if months == 0 { Ok(None) } else { self::months(months).map(Some) };
    Ok(Patch {
        seen: seen(&settings.etag)?,
        erase_after_months: mask.try_take("erase_after_months", || erase(settings.erase_after_months))?,
        keep_visits_months: mask.try_take("keep_visits_months", || {
            i16::try_from(settings.keep_visits_months)
                .map_err(|_| rpc::invalid_field("keep_visits_months", "must be 1 to 36"))
        })?,
        rules: mask.try_take("score_rules", || settings.score_rules.iter().map(rule).collect())?,
    })
}

/// # Errors
/// INVALID_ARGUMENT unless it is a small number.
pub fn months(months: i32) -> Result<i16, Status> {
    i16::try_from(months).map_err(|_| rpc::invalid_field("months", "must be 1 to 120"))
}

pub fn cleaning(cleaning: Cleaning) -> crm::LeadCleaning {
    let state = if cleaning.done { crm::LeadCleaningState::Done } else { crm::LeadCleaningState::Running };
    crm::LeadCleaning {
        cleaning_id: cleaning.id.to_string(),
        state: state.into(),
        months: cleaning.months.into(),
        leads_total: cleaning.leads_total,
        erased: cleaning.erased,
        author_employee_id: id_text(cleaning.author),
        started_at: Some(timestamp(cleaning.started_at)),
        ended_at: cleaning.ended_at.map(timestamp),
    }
}

const LOOKS: [(LeadScoreCondition, Looks); 13] = [
    (LeadScoreCondition::Channel, Looks::Channel),
    (LeadScoreCondition::Source, Looks::Source),
    (LeadScoreCondition::Comment, Looks::Comment),
    (LeadScoreCondition::HasPhone, Looks::HasPhone),
    (LeadScoreCondition::HasEmail, Looks::HasEmail),
    (LeadScoreCondition::HasDialog, Looks::HasDialog),
    (LeadScoreCondition::IsCompany, Looks::IsCompany),
    (LeadScoreCondition::IsRepeated, Looks::IsRepeated),
    (LeadScoreCondition::AgeDays, Looks::AgeDays),
    (LeadScoreCondition::SilentDays, Looks::SilentDays),
    (LeadScoreCondition::Visits, Looks::Visits),
    (LeadScoreCondition::PageViews, Looks::PageViews),
    (LeadScoreCondition::FormsSent, Looks::FormsSent),
];

fn rule(rule: &crm::LeadScoreRule) -> Result<Rule, Status> {
    let known = LOOKS.iter().find(|(condition, _)| i32::from(*condition) == rule.condition);
    let (_, looks) = known.ok_or_else(|| rpc::invalid_field("score_rules", "hold an unknown condition"))?;
    Ok(Rule {
        name: rule.name.clone(),
        looks: *looks,
        values: rule.values.clone(),
        at_least: rule.at_least,
        at_most: rule.at_most,
        negated: rule.negated,
        points: rule.points,
        within_days: rule.within_days,
        call: rule.call,
    })
}

fn rule_message(rule: Rule) -> crm::LeadScoreRule {
    let condition = LOOKS.iter().find(|(_, looks)| *looks == rule.looks).map(|(condition, _)| *condition);
    let Rule { name, points, values, at_least, at_most, negated, within_days, call, .. } = rule;
    let condition = condition.unwrap_or_default().into();
    crm::LeadScoreRule { name, points, condition, values, at_least, at_most, negated, within_days, call }
}
