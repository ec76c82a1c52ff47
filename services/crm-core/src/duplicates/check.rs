//! Who a client may be already, before it is stored.

use std::collections::HashMap;

use model::{ClientId, EmployeeId};
use sqlx::PgPool;
use uuid::Uuid;

use super::{
    By, DuplicateError,
    names::{self, word_slips},
    rules::{Facts, Match, Record, Rule, Rules, compare},
    store,
};

const MOST: usize = 20;
/// Clients that are compared for their names.
const MOST_NAMED: i64 = 300;

/// Somebody who may be the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub client: ClientId,
    /// `None` where the caller may not open it.
    pub name: Option<String>,
    pub responsible: Option<EmployeeId>,
    pub found: Match,
}

/// The likeliest clients first, at most 20; but for itself and those it was called different from.
///
/// # Errors
/// What the database answers.
pub async fn check(db: &PgPool, by: &By, draft: &Facts, rules: &Rules) -> Result<Vec<Candidate>, DuplicateError> {
    let record = Record::of(draft, rules);
    let mut ids = sharing(db, &record, rules).await?;
    ids.extend(named(db, draft, rules).await?);
    ids.sort();
    ids.dedup();
    let own = ClientId(draft.id);
    let different = store::different(db, own, &ids).await?;
    ids.retain(|id| *id != draft.id && !different.contains(id));
    let mut found: Vec<(Uuid, Match)> = Vec::new();
    for facts in store::facts(db, &ids).await? {
        let hit = compare(&record, &Record::of(&facts, rules), rules);
        found.extend(hit.map(|hit| (facts.id, hit)));
    }
    found.sort_by(|(a, one), (b, other)| (other.duplicate, other.score, b).cmp(&(one.duplicate, one.score, a)));
    found.truncate(MOST);
    shown(db, by, found).await
}

/// By addresses and INN, where their rules are on.
async fn sharing(db: &PgPool, record: &Record, rules: &Rules) -> Result<Vec<Uuid>, DuplicateError> {
    let of = |rule: Rule, values: &[String]| if rules.has(rule) { values.to_vec() } else { Vec::new() };
    let mut addresses = of(Rule::Phone, &record.phones);
    addresses.extend(of(Rule::Email, &record.emails));
    addresses.extend(of(Rule::Identity, &record.identities));
    let inn = record.inn.as_deref().filter(|_| rules.has(Rule::Inn)).unwrap_or_default();
    Ok(store::sharing(db, &addresses, inn).await?)
}

/// By the words of its names, with a slip in each. A patronymic may be missing when somebody was born on the same day.
async fn named(db: &PgPool, draft: &Facts, rules: &Rules) -> Result<Vec<Uuid>, DuplicateError> {
    if ![Rule::Name, Rule::SimilarName, Rule::Birthday].into_iter().any(|rule| rules.has(rule)) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for name in &draft.names {
        let mut words = names::words(name);
        words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
        words.truncate(if draft.birthday.is_some() { 2 } else { 4 });
        let mut lists: [Vec<String>; 4] = Default::default();
        for (word, list) in words.iter().zip(&mut lists) {
            let alike = store::words_like(db, word, word).await?;
            list.extend(alike.into_iter().filter(|other| word_slips(word, other).is_some()));
            list.push(word.clone()); // short ones are no words of their own there
        }
        let lists = lists.each_ref().map(Vec::as_slice);
        found.extend(store::named(db, lists, MOST_NAMED).await?.into_iter().map(|(client, _)| client));
    }
    Ok(found)
}

/// With what the caller may see of them.
async fn shown(db: &PgPool, by: &By, found: Vec<(Uuid, Match)>) -> Result<Vec<Candidate>, DuplicateError> {
    let ids: Vec<Uuid> = found.iter().map(|(id, _)| *id).collect();
    let visible = store::visible(db, by.viewer(), &ids).await?;
    let shown: HashMap<Uuid, _> =
        store::shown(db, &ids).await?.into_iter().map(|(id, name, responsible)| (id, (name, responsible))).collect();
    let candidate = |(id, found): (Uuid, Match)| {
        let (name, responsible) = shown.get(&id)?.clone();
        let name = visible.contains(&id).then_some(name);
        Some(Candidate { client: ClientId(id), name, responsible, found })
    };
    Ok(found.into_iter().filter_map(candidate).collect())
}
