//! Which rows name somebody who is there already, or who stands in an earlier row: by the match rules in force, but for names with slips.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sqlx::PgConnection;
use uuid::Uuid;

use super::{parse::Parsed, store};
use crate::{
    clients::domain::{Address, AddressKind, Kind},
    duplicates::{
        blocks,
        rules::{Facts, Match, Record, Rule, Rules, compare},
        store as clients,
    },
};

/// From here on two are taken for the same: an equal name is just enough.
const SAME: i16 = 50;
/// From here on more than the name says so.
const SURE: i16 = 75;

/// Somebody who is the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Same {
    pub who: Who,
    pub found: Match,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Client(Uuid),
    Contact {
        id: Uuid,
        client: Uuid,
    },
    /// Of this file.
    Row(i32),
}

impl Same {
    /// Whether it is safe to change the one by the other.
    #[must_use]
    pub const fn is_sure(&self) -> bool {
        self.found.duplicate || self.found.score >= SURE
    }

    #[must_use]
    pub const fn contact(&self) -> Option<Uuid> {
        match self.who {
            Who::Contact { id, .. } => Some(id),
            Who::Client(_) | Who::Row(_) => None,
        }
    }
}

/// The rules as far as an import goes by them: slips in names are for people to judge.
#[must_use]
pub fn exact(mut rules: Rules) -> Rules {
    rules.strengths.remove(&Rule::SimilarName);
    rules
}

fn facts(parsed: &Parsed) -> Facts {
    let contact = parsed.contact.as_ref().map_or(&[][..], |contact| &contact.addresses);
    let addresses = || parsed.client.addresses.iter().chain(contact);
    Facts {
        birthday: parsed.client.card.birthday,
        phones: of_kinds(addresses(), &[AddressKind::Phone]),
        emails: of_kinds(addresses(), &[AddressKind::Email]),
        identities: of_kinds(addresses(), &[AddressKind::Username, AddressKind::Messenger]),
        ..called(parsed)
    }
}

/// Who the client of a row is, by names and requisites.
fn called(parsed: &Parsed) -> Facts {
    let (client, card) = (&parsed.client, &parsed.client.card);
    let name = if parsed.unnamed { String::new() } else { client.name.clone() };
    let names = [name, card.working_name.clone(), card.full_name()];
    Facts {
        id: client.id.0,
        company: client.kind == Kind::Company,
        names: names.into_iter().filter(|name| !name.is_empty()).collect(),
        inn: card.inn.clone(),
        kpp: card.kpp.clone(),
        ..Facts::default()
    }
}

/// Addresses of these kinds, as they are compared.
pub fn of_kinds<'a>(addresses: impl Iterator<Item = &'a Address>, kinds: &[AddressKind]) -> Vec<String> {
    addresses.filter(|address| kinds.contains(&address.kind)).map(|address| address.normalized.clone()).collect()
}

#[must_use]
pub fn record(parsed: &Parsed, rules: &Rules) -> Record {
    Record::of(&facts(parsed), rules)
}

/// The client of a row without its addresses.
#[must_use]
pub fn named(parsed: &Parsed, rules: &Rules) -> Record {
    Record::of(&called(parsed), rules)
}

#[must_use]
pub fn better(one: Option<Same>, other: Same) -> Option<Same> {
    let rank = |same: &Same| (same.found.duplicate, same.found.score);
    match one {
        Some(one) if rank(&one) >= rank(&other) => Some(one),
        _ => Some(other),
    }
}

#[must_use]
pub const fn is_same(found: &Match) -> bool {
    found.duplicate || found.score >= SAME
}

fn same(one: &Record, other: &Record, who: Who, rules: &Rules) -> Option<Same> {
    let found = compare(one, other, rules)?;
    is_same(&found).then_some(Same { who, found })
}

/// The likeliest client for each record, where there is one.
///
/// # Errors
/// What the database answers.
pub async fn among_clients(
    db: &mut PgConnection,
    records: &[Record],
    rules: &Rules,
) -> sqlx::Result<Vec<Option<Same>>> {
    let mut candidates: BTreeMap<usize, BTreeSet<Uuid>> = BTreeMap::new();
    let mut by_address: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut by_inn: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, record) in records.iter().enumerate() {
        for (rule, values) in
            [(Rule::Phone, &record.phones), (Rule::Email, &record.emails), (Rule::Identity, &record.identities)]
        {
            values
                .iter()
                .filter(|_| rules.has(rule))
                .for_each(|value| by_address.entry(value).or_default().push(place));
        }
        if let Some(inn) = record.inn.as_deref().filter(|_| rules.has(Rule::Inn)) {
            by_inn.entry(inn).or_default().push(place);
        }
    }
    let texts = |map: &HashMap<&str, Vec<usize>>| map.keys().map(|key| (*key).to_owned()).collect::<Vec<_>>();
    let mut meet = |places: Option<&[usize]>, client: Uuid| {
        for place in places.into_iter().flatten() {
            candidates.entry(*place).or_default().insert(client);
        }
    };
    for (address, client) in store::with_addresses(&mut *db, &texts(&by_address)).await? {
        meet(by_address.get(address.as_str()).map(Vec::as_slice), client);
    }
    for (inn, client) in store::with_inns(&mut *db, &texts(&by_inn)).await? {
        meet(by_inn.get(inn.as_str()).map(Vec::as_slice), client);
    }
    if rules.has(Rule::Name) || rules.has(Rule::Birthday) {
        let words: Vec<String> = records.iter().map(name_words).collect();
        for (place, client) in store::named(&mut *db, &words).await? {
            meet(Some(&[place]), client);
        }
    }
    let mut ids: Vec<Uuid> = candidates.values().flatten().copied().collect();
    ids.sort_unstable();
    ids.dedup();
    let known: HashMap<Uuid, Record> =
        clients::facts(&mut *db, &ids).await?.iter().map(|facts| (facts.id, Record::of(facts, rules))).collect();
    let best = |(place, record): (usize, &Record)| {
        let ids = candidates.get(&place).into_iter().flatten();
        let hits = ids.filter_map(|id| same(record, known.get(id)?, Who::Client(*id), rules));
        hits.fold(None, better)
    };
    Ok(records.iter().enumerate().map(best).collect())
}

/// The words of the name, that all must be in another's.
#[must_use]
pub fn name_words(record: &Record) -> String {
    record.names.first().map_or_else(String::new, |name| name.words.join(" "))
}

/// Rows that were gone through earlier, by what they are recognised by.
#[derive(Default)]
pub struct Earlier {
    rows: HashMap<i64, Vec<usize>>,
    known: Vec<(i32, Record)>,
}

/// A key that more rows share says nothing: a switchboard, or a name like a hundred others.
const MOST: usize = 20;

impl Earlier {
    /// Those that share something with it.
    pub fn near(&self, record: &Record, rules: &Rules) -> impl Iterator<Item = &(i32, Record)> {
        let keys = blocks::keys(record, rules);
        let places: BTreeSet<usize> = keys.iter().filter_map(|key| self.rows.get(key)).flatten().copied().collect();
        places.into_iter().filter_map(|place| self.known.get(place))
    }

    /// The likeliest of them.
    #[must_use]
    pub fn same(&self, record: &Record, rules: &Rules) -> Option<Same> {
        let near = self.near(record, rules);
        near.filter_map(|(row, other)| same(record, other, Who::Row(*row), rules)).fold(None, better)
    }

    pub fn add(&mut self, row: i32, record: Record, rules: &Rules) {
        for key in blocks::keys(&record, rules) {
            let rows = self.rows.entry(key).or_default();
            if rows.len() < MOST {
                rows.push(self.known.len());
            }
        }
        self.known.push((row, record));
    }

    /// Keys and rows, as a dry run keeps them between stretches.
    #[must_use]
    pub fn keys(&self, from: i32) -> (Vec<i64>, Vec<i32>) {
        let all = self.rows.iter().flat_map(|(key, places)| places.iter().map(move |place| (*key, *place)));
        let rows = all.filter_map(|(key, place)| Some((key, self.known.get(place)?.0)));
        rows.filter(|(_, row)| *row >= from).unzip()
    }
}

/// The words of the rules by which two are the same.
#[must_use]
pub fn rule_names(found: &Match) -> Vec<&'static str> {
    let name = |rule: &Rule| match rule {
        Rule::Inn => "inn",
        Rule::Phone => "phone",
        Rule::Email => "email",
        Rule::Identity => "identity",
        Rule::Name | Rule::SimilarName => "name",
        Rule::Birthday => "birthday",
    };
    found.rules.iter().map(name).collect()
}
