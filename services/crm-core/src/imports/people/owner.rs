//! Whose a contact of a row is: by the INN and the name that the row gives its client. Addresses say nothing of that.

use std::collections::{BTreeSet, HashMap, HashSet};

use sqlx::PgConnection;
use uuid::Uuid;

use super::store;
use crate::{
    duplicates::{
        rules::{Record, Rule, Rules, Strength, compare},
        store as clients,
    },
    imports::{
        ImportError,
        doubles::{self, Earlier, is_same},
        lookup::{AMBIGUOUS, Bad, Reason, UNKNOWN},
        parse::{Parsed, Problem},
        step::Ground,
        store as rows,
    },
};

pub const ARCHIVED: Bad = (Reason::ClientArchived, "is an archived client");
const OUT_OF_SIGHT: Bad = (Reason::ClientOutOfSight, "is somebody else's client");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// Of a new one: the client of the first row that names it.
    pub client: Uuid,
    pub new: bool,
}

/// Neither what an administrator makes of doubles nor a shared switchboard decides which client a row means.
fn rules() -> Rules {
    let strengths = [(Rule::Inn, Strength::Hard), (Rule::Name, Strength::Medium)];
    Rules { strengths: strengths.into(), shared: BTreeSet::new() }
}

/// The client of each row; what is wrong where none can be told.
///
/// # Errors
/// What the database answers.
pub async fn of_each(
    db: &mut PgConnection,
    ground: &Ground<'_>,
    all: &[&(i32, Parsed)],
) -> Result<Vec<Result<Owner, Problem>>, ImportError> {
    let rules = rules();
    let records: Vec<Record> = all.iter().map(|(_, one)| doubles::named(one, &rules)).collect();
    let found = likely(&mut *db, &records, &rules).await?;
    let ids: Vec<Uuid> = found.iter().flatten().copied().collect();
    let mut seen = clients::visible(&mut *db, Some(ground.import.author), &ids).await?;
    // Whoever else is responsible for them: they came by this import.
    seen.extend(rows::made_by(&mut *db, ground.import.id, &ids).await?.into_keys());
    let archived = rows::archived(db, &ids).await?;
    let mut news = News::default();
    let mut owners: Vec<Result<Owner, Problem>> = Vec::with_capacity(all.len());
    for ((_, one), (record, found)) in all.iter().zip(records.into_iter().zip(found)) {
        let owner = match there(&found, &seen, &archived) {
            Some(known) => known,
            None if one.unnamed || ground.import.mapping.known_clients => Err(UNKNOWN),
            None => news.owner(one.client.id.0, record, &rules),
        };
        owners.push(owner.map_err(|bad| problem(one, bad)));
    }
    Ok(owners)
}

/// Clients that come with this stretch, each as its first row tells of it: later rows find them as later stretches will.
#[derive(Default)]
struct News {
    clients: Vec<Uuid>,
    first: Earlier,
}

impl News {
    fn owner(&mut self, own: Uuid, record: Record, rules: &Rules) -> Result<Owner, Bad> {
        let near =
            self.first.near(&record, rules).filter_map(|(place, other)| Some((fits(&record, other, rules)?, *place)));
        let client = match best(near).as_slice() {
            [] => {
                self.first.add(i32::try_from(self.clients.len()).unwrap_or(i32::MAX), record, rules);
                self.clients.push(own);
                own
            }
            [place] => usize::try_from(*place).ok().and_then(|place| self.clients.get(place)).copied().unwrap_or(own),
            _ => return Err(AMBIGUOUS),
        };
        Ok(Owner { client, new: true })
    }
}

/// How well they fit; the same INN with another KPP is another branch.
fn fits(record: &Record, other: &Record, rules: &Rules) -> Option<i16> {
    let found = compare(record, other, rules)?;
    let is_branch = found.rules.contains(&Rule::Inn) && !found.duplicate;
    (!is_branch && is_same(&found)).then_some(found.score)
}

/// Those that fit best, all alike.
fn best<T>(hits: impl Iterator<Item = (i16, T)>) -> Vec<T> {
    let hits: Vec<(i16, T)> = hits.collect();
    let top = hits.iter().map(|(score, _)| *score).max();
    hits.into_iter().filter(|(score, _)| Some(*score) == top).map(|(_, one)| one).collect()
}

/// Of what a row says of its client.
pub fn problem(one: &Parsed, bad: Bad) -> Problem {
    let (field, value) = if one.unnamed { ("inn", &one.client.card.inn) } else { ("name", &one.client.name) };
    Problem::new(field, bad, value)
}

/// The client that they all come down to; `None`: there is none.
fn there(found: &[Uuid], in_sight: &HashSet<Uuid>, archived: &HashSet<Uuid>) -> Option<Result<Owner, Bad>> {
    let current: Vec<Uuid> = found.iter().copied().filter(|id| !archived.contains(id)).collect();
    let seen: Vec<Uuid> = current.iter().copied().filter(|id| in_sight.contains(id)).collect();
    match (found, current.as_slice(), seen.as_slice()) {
        ([], ..) => None,
        (_, [], _) => Some(Err(ARCHIVED)),
        (_, _, []) => Some(Err(OUT_OF_SIGHT)),
        (_, _, [client]) => Some(Ok(Owner { client: *client, new: false })),
        _ => Some(Err(AMBIGUOUS)),
    }
}

/// The clients that each record means: those that fit it best, all alike.
async fn likely(db: &mut PgConnection, records: &[Record], rules: &Rules) -> sqlx::Result<Vec<Vec<Uuid>>> {
    let mut candidates: Vec<BTreeSet<Uuid>> = vec![BTreeSet::new(); records.len()];
    let inns: Vec<String> = records.iter().filter_map(|record| record.inn.clone()).collect();
    let mut of_inn: HashMap<String, Vec<Uuid>> = HashMap::new();
    for (inn, client) in rows::with_inns(&mut *db, &inns).await? {
        of_inn.entry(inn).or_default().push(client);
    }
    for (record, candidates) in records.iter().zip(&mut candidates) {
        candidates.extend(record.inn.as_ref().and_then(|inn| of_inn.get(inn)).into_iter().flatten());
    }
    let words: Vec<String> = records.iter().map(doubles::name_words).collect();
    for (place, client) in store::clients_named(&mut *db, &words).await? {
        candidates[place].insert(client);
    }
    let ids: Vec<Uuid> = candidates.iter().flatten().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let known: HashMap<Uuid, Record> =
        clients::facts(db, &ids).await?.iter().map(|facts| (facts.id, Record::of(facts, rules))).collect();
    let of = |(record, candidates): (&Record, BTreeSet<Uuid>)| {
        best(candidates.into_iter().filter_map(|id| Some((fits(record, known.get(&id)?, rules)?, id))))
    };
    Ok(records.iter().zip(candidates).map(of).collect())
}
