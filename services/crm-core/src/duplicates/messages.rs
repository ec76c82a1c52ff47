//! What is ours and what the contract says, in each other's words.

use std::collections::BTreeMap;

use contracts::crm;
use rpc::timestamp;
use tonic::Status;

use super::{
    Candidate,
    kind::Kind,
    merge::{Merge, UNDO_DAYS},
    rules::{Match, Rule, Strength},
    search::{Group, Search, State},
    settings::Settings,
    store::Shown,
};
use crate::{caller::seen, change::Revision};

pub fn settings(settings: &Settings) -> crm::MatchSettings {
    let rules = |rules: &BTreeMap<Rule, Strength>| {
        let setting = |(rule, strength): (&Rule, &Strength)| crm::MatchRuleSetting {
            rule: rule_message(*rule).into(),
            strength: strength_message(*strength).into(),
        };
        rules.iter().map(setting).collect()
    };
    crm::MatchSettings {
        etag: rpc::etag(settings.revision.0),
        client_rules: rules(&settings.clients),
        contact_rules: rules(&settings.contacts),
        shared_addresses: settings.shared.iter().cloned().collect(),
        check_on_create: settings.check_on_create,
        check_contacts_on_create: settings.check_contacts,
    }
}

pub fn settings_from_contract(message: &crm::MatchSettings) -> Result<(Option<Revision>, Settings), Status> {
    let settings = Settings {
        revision: Revision(0),
        clients: rules_from_contract("settings.client_rules", &message.client_rules)?,
        contacts: rules_from_contract("settings.contact_rules", &message.contact_rules)?,
        shared: Settings::shared_of(&message.shared_addresses)?,
        check_on_create: message.check_on_create,
        check_contacts: message.check_contacts_on_create,
    };
    Ok((seen(&message.etag)?, settings))
}

fn rules_from_contract(
    field: &'static str,
    rules: &[crm::MatchRuleSetting],
) -> Result<BTreeMap<Rule, Strength>, Status> {
    let mut read = BTreeMap::new();
    for setting in rules {
        let rule = match crm::MatchRule::try_from(setting.rule) {
            Ok(crm::MatchRule::Inn) => Rule::Inn,
            Ok(crm::MatchRule::Phone) => Rule::Phone,
            Ok(crm::MatchRule::Email) => Rule::Email,
            Ok(crm::MatchRule::Identity) => Rule::Identity,
            Ok(crm::MatchRule::Name) => Rule::Name,
            Ok(crm::MatchRule::SimilarName) => Rule::SimilarName,
            Ok(crm::MatchRule::Birthday) => Rule::Birthday,
            Ok(crm::MatchRule::Unspecified) | Err(_) => return Err(rpc::invalid_field(field, "hold an unknown rule")),
        };
        let strength = match crm::MatchStrength::try_from(setting.strength) {
            Ok(crm::MatchStrength::Weak) => Strength::Weak,
            Ok(crm::MatchStrength::Medium) => Strength::Medium,
            Ok(crm::MatchStrength::Strong) => Strength::Strong,
            Ok(crm::MatchStrength::Hard) => Strength::Hard,
            Ok(crm::MatchStrength::Unspecified) | Err(_) => {
                return Err(rpc::invalid_field(field, "hold an unknown strength"));
            }
        };
        if read.insert(rule, strength).is_some() {
            return Err(rpc::invalid_field(field, "name a rule twice"));
        }
    }
    Ok(read)
}

const fn rule_message(rule: Rule) -> crm::MatchRule {
    match rule {
        Rule::Inn => crm::MatchRule::Inn,
        Rule::Phone => crm::MatchRule::Phone,
        Rule::Email => crm::MatchRule::Email,
        Rule::Identity => crm::MatchRule::Identity,
        Rule::Name => crm::MatchRule::Name,
        Rule::SimilarName => crm::MatchRule::SimilarName,
        Rule::Birthday => crm::MatchRule::Birthday,
    }
}

const fn strength_message(strength: Strength) -> crm::MatchStrength {
    match strength {
        Strength::Weak => crm::MatchStrength::Weak,
        Strength::Medium => crm::MatchStrength::Medium,
        Strength::Strong => crm::MatchStrength::Strong,
        Strength::Hard => crm::MatchStrength::Hard,
    }
}

fn matched(found: &Match) -> Vec<i32> {
    found.rules.iter().map(|rule| rule_message(*rule).into()).collect()
}

fn contact_id(who: &Shown) -> String {
    if who.kind == Kind::Contact { who.id.to_string() } else { String::new() }
}

pub fn candidate(candidate: Candidate) -> crm::DuplicateCandidate {
    let who = candidate.who;
    crm::DuplicateCandidate {
        client_id: who.client.to_string(),
        contact_id: contact_id(&who),
        responsible_employee_id: who.responsible.map(|id| id.to_string()).unwrap_or_default(),
        matched: matched(&candidate.found),
        duplicate: candidate.found.duplicate,
        score: candidate.found.score.into(),
        can_open: who.name.is_some(),
        name: who.name.unwrap_or_default(),
        client_name: who.client_name.unwrap_or_default(),
    }
}

pub fn search(search: &Search) -> crm::DuplicateSearch {
    let state = match search.state {
        State::Reading => crm::DuplicateSearchState::Reading,
        State::Comparing => crm::DuplicateSearchState::Comparing,
        State::Done => crm::DuplicateSearchState::Done,
    };
    crm::DuplicateSearch {
        search_id: search.id.to_string(),
        kind: search.kind.message().into(),
        state: state.into(),
        percent: search.percent(),
        clients: search.clients.unsigned_abs(),
        pairs: search.pairs.unsigned_abs(),
        groups: search.groups.unsigned_abs(),
        author_employee_id: search.author.map(|id| id.to_string()).unwrap_or_default(),
        started_at: Some(timestamp(search.started_at)),
        ended_at: search.ended_at.map(timestamp),
    }
}

pub fn group(group: Group) -> crm::DuplicateGroup {
    let member = |member: Shown| crm::DuplicateMember {
        client_id: member.client.to_string(),
        contact_id: contact_id(&member),
        responsible_employee_id: member.responsible.map(|id| id.to_string()).unwrap_or_default(),
        can_open: member.name.is_some(),
        name: member.name.unwrap_or_default(),
        client_name: member.client_name.unwrap_or_default(),
    };
    let pairs = group.pairs.iter().map(|(one, other, found)| {
        let mut pair = crm::DuplicatePair {
            matched: matched(found),
            duplicate: found.duplicate,
            score: found.score.into(),
            ..Default::default()
        };
        let (first, second) = match group.kind {
            Kind::Client => (&mut pair.client_id, &mut pair.other_client_id),
            Kind::Contact => (&mut pair.contact_id, &mut pair.other_contact_id),
        };
        (*first, *second) = (one.to_string(), other.to_string());
        pair
    });
    crm::DuplicateGroup {
        score: group.score.into(),
        duplicate: group.duplicate,
        pairs: pairs.collect(),
        members: group.members.into_iter().map(member).collect(),
    }
}

pub fn merge(merge: Merge) -> crm::Merge {
    let counts = merge.counts.into_iter().map(|count| crm::MergeCount {
        kind: count.kind,
        own: count.own,
        moved: count.moved,
        repeated: count.repeated,
        total: count.total,
    });
    let others = merge.others.iter().map(ToString::to_string).collect();
    let (contact_id, other_client_ids, other_contact_ids) = match merge.kind {
        Kind::Client => (String::new(), others, Vec::new()),
        Kind::Contact => (merge.original.to_string(), Vec::new(), others),
    };
    crm::Merge {
        merge_id: merge.id.to_string(),
        kind: merge.kind.message().into(),
        client_id: merge.client.to_string(),
        other_client_ids,
        contact_id,
        other_contact_ids,
        counts: counts.collect(),
        author_employee_id: merge.author.map(|id| id.to_string()).unwrap_or_default(),
        merged_at: Some(timestamp(merge.merged_at)),
        undone_at: merge.undone_at.map(timestamp),
        undo_until: Some(timestamp(merge.merged_at + chrono::TimeDelta::days(UNDO_DAYS))),
    }
}
