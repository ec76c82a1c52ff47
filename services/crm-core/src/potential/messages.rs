//! What is ours and what the contract says, in each other's words.

use contracts::crm;
use rpc::{parse_optional_id, timestamp};
use tonic::Status;
use uuid::Uuid;

use super::{
    by_hand::Wanted,
    fields,
    gaps::Gap,
    settings::{Department, Patch, Settings, Weight},
    store::{ByHand, Factor, Potential},
};
use crate::{
    caller::{Mask, seen},
    recounts::{Recount, State},
    text,
};

pub const CHANGEABLE: [&str; 3] = ["period", "fields", "departments"];

fn id_text(id: Option<Uuid>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

pub fn settings(settings: Settings) -> crm::PotentialSettings {
    let own = fields::OWN.iter().map(|name| (*name).to_owned());
    crm::PotentialSettings {
        etag: rpc::etag(settings.head.revision.0),
        period: settings.head.period.into(),
        fields: settings.head.fields,
        departments: settings.departments.into_iter().map(department).collect(),
        available_fields: own.chain(settings.custom).collect(),
    }
}

fn department(department: Department) -> crm::PotentialDepartment {
    let weight = |one: Weight| crm::PotentialWeight { field: one.field, value: one.value, weight: one.weight };
    crm::PotentialDepartment {
        department_id: id_text(department.id),
        base_amount: department.base,
        weights: department.weights.into_iter().map(weight).collect(),
    }
}

pub fn patch(message: crm::PotentialSettings, mask: &Mask) -> Result<Patch, Status> {
    let period = || match crm::PotentialPeriod::try_from(message.period) {
        Ok(crm::PotentialPeriod::Unspecified) | Err(_) => Err(rpc::invalid_field("settings.period", "is unknown")),
        Ok(period) => Ok(i16::try_from(i32::from(period)).unwrap_or_default()),
    };
    let department = |one: crm::PotentialDepartment| {
        let weight = |one: crm::PotentialWeight| Weight { field: one.field, value: one.value, weight: one.weight };
        Ok::<_, Status>(Department {
            id: parse_optional_id("settings.departments.department_id", &one.department_id)?,
            base: one.base_amount,
            weights: one.weights.into_iter().map(weight).collect(),
        })
    };
    let departments = || message.departments.iter().cloned().map(department).collect::<Result<_, _>>();
    Ok(Patch {
        seen: seen(&message.etag)?,
        period: mask.try_take("period", period)?,
        fields: mask.take("fields", message.fields.clone()),
        departments: mask.try_take("departments", departments)?,
    })
}

pub fn recount(recount: &Recount) -> crm::PotentialRecount {
    let state = match recount.state {
        State::Running => crm::PotentialRecountState::Running,
        State::Stopped => crm::PotentialRecountState::Stopped,
        State::Done => crm::PotentialRecountState::Done,
    };
    crm::PotentialRecount {
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

pub fn potential(potential: Potential) -> crm::Potential {
    let shown = crm::Potential {
        client_id: potential.client.to_string(),
        amount: potential.amount,
        by_hand: potential.by_hand.map(by_hand),
        ..Default::default()
    };
    let Some(counted) = potential.counted else { return shown };
    crm::Potential {
        counted: counted.amount,
        period: counted.period.into(),
        counted_at: Some(timestamp(counted.at)),
        department_id: id_text(counted.department),
        base_amount: counted.base,
        base_department_id: id_text(counted.base_department),
        factors: counted.factors.into_iter().map(factor).collect(),
        stale: counted.stale,
        ..shown
    }
}

fn factor(factor: Factor) -> crm::PotentialFactor {
    crm::PotentialFactor {
        field: factor.field,
        value: factor.value,
        unset: factor.weight.is_none(),
        weight: factor.weight.unwrap_or_else(|| "1".to_owned()),
        department_id: id_text(factor.department_id),
    }
}

fn by_hand(set: ByHand) -> crm::PotentialOverride {
    crm::PotentialOverride {
        amount: set.amount,
        reason: set.reason,
        ends_on: set.ends_on.to_string(),
        author_employee_id: id_text(set.author),
        set_at: Some(timestamp(set.set_at)),
    }
}

pub fn wanted(set: crm::PotentialOverride) -> Result<Wanted, Status> {
    let ends_on = text::date("by_hand.ends_on", &set.ends_on)?;
    Ok(Wanted { amount: set.amount, reason: set.reason, ends_on })
}

pub fn gap(gap: Gap) -> crm::PotentialGap {
    crm::PotentialGap { field: gap.field, value: gap.value, clients: gap.clients.unsigned_abs() }
}
