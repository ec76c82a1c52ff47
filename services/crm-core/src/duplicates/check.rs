//! Who a client or a contact may be already, before it is stored.

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{
    By, DuplicateError, contacts,
    kind::Kind,
    names::{self, word_slips},
    rules::{Facts, Match, Record, Rule, Rules, compare},
    store::{self, Shown},
};

const MOST: usize = 20;
/// Those that are compared for their names.
const MOST_NAMED: i64 = 300;

/// Somebody who may be the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub who: Shown,
    pub found: Match,
}

/// The likeliest first, at most 20; but for itself and those it was called different from.
///
/// # Errors
/// What the database answers.
pub async fn check(
    db: &PgPool,
    by: &By,
    kind: Kind,
    draft: &Facts,
    rules: &Rules,
) -> Result<Vec<Candidate>, DuplicateError> {
    let mut db = db.acquire().await?;
    let record = Record::of(draft, rules);
    let mut ids = sharing(&mut db, kind, &record, rules).await?;
    ids.extend(named(&mut db, kind, draft, rules).await?);
    ids.sort();
    ids.dedup();
    let different = store::different(&mut *db, draft.id, &ids).await?;
    ids.retain(|id| *id != draft.id && !different.contains(id));
    let mut found: Vec<(Uuid, Match)> = Vec::new();
    for facts in contacts::facts(&mut db, kind, &ids).await? {
        let hit = compare(&record, &Record::of(&facts, rules), rules);
        found.extend(hit.map(|hit| (facts.id, hit)));
    }
    found.sort_by(|(a, one), (b, other)| (other.duplicate, other.score, b).cmp(&(one.duplicate, one.score, a)));
    found.truncate(MOST);
    let ids: Vec<Uuid> = found.iter().map(|(id, _)| *id).collect();
    let mut shown = store::shown(&mut *db, by.viewer(), &ids).await?;
    Ok(found.into_iter().filter_map(|(id, found)| Some(Candidate { who: shown.remove(&id)?, found })).collect())
}

/// By addresses and INN, where their rules are on.
async fn sharing(
    db: &mut PgConnection,
    kind: Kind,
    record: &Record,
    rules: &Rules,
) -> Result<Vec<Uuid>, DuplicateError> {
    let of = |rule: Rule, values: &[String]| if rules.has(rule) { values.to_vec() } else { Vec::new() };
    let mut addresses = of(Rule::Phone, &record.phones);
    addresses.extend(of(Rule::Email, &record.emails));
    addresses.extend(of(Rule::Identity, &record.identities));
    let inn = record.inn.as_deref().filter(|_| rules.has(Rule::Inn)).unwrap_or_default();
    Ok(contacts::sharing(db, kind, &addresses, inn).await?)
}

/// By the words of its names, with a slip in each. A patronymic may be missing when somebody was born on the same day.
async fn named(db: &mut PgConnection, kind: Kind, draft: &Facts, rules: &Rules) -> Result<Vec<Uuid>, DuplicateError> {
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
            let alike = store::words_like(&mut *db, word, word).await?;
            list.extend(alike.into_iter().filter(|other| word_slips(word, other).is_some()));
            list.push(word.clone()); // short ones are no words of their own there
        }
        let lists = lists.each_ref().map(Vec::as_slice);
        found.extend(contacts::named(&mut *db, kind, lists, MOST_NAMED).await?);
    }
    Ok(found)
}
