//! Whose a contact of a row is: by the INN and the name that the row gives its client. Addresses say nothing of that.

use std::collections::{BTreeSet, HashMap, HashSet};

use sqlx::PgConnection;
use uuid::Uuid;

use super::store;
use crate::{
    duplicates::{
        rules::{Match, Record, Rule, Rules, Strength, compare},
        store as clients,
    },
    imports::{
        ImportError,
        doubles::{self, Earlier, Who},
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
    let visible = clients::visible(&mut *db, Some(ground.import.author), &ids).await?;
    let archived = rows::archived(db, &ids).await?;
    let mut earlier = Earlier::default();
    let mut owners: Vec<Result<Owner, Problem>> = Vec::with_capacity(all.len());
    for (place, ((_, one), (record, found))) in (0_i32..).zip(all.iter().zip(records.into_iter().zip(found))) {
        let owner = match there(&found, &visible, &archived) {
            Some(known) => known.map_err(|bad| problem(one, bad)),
            None if one.unnamed || ground.import.mapping.known_clients => Err(problem(one, UNKNOWN)),
            None => {
                let known = earlier.same(&record, &rules).and_then(|same| match same.who {
                    Who::Row(row) => owners.get(usize::try_from(row).ok()?)?.as_ref().ok().copied(),
                    _ => None,
                });
                earlier.add(place, record, &rules);
                Ok(known.unwrap_or(Owner { client: one.client.id.0, new: true }))
            }
        };
        owners.push(owner);
    }
    Ok(owners)
}

fn problem(one: &Parsed, bad: Bad) -> Problem {
    let (field, value) = if one.unnamed { ("inn", &one.client.card.inn) } else { ("name", &one.client.name) };
    Problem::new(field, bad, value)
}

/// The client that they all come down to; `None`: there is none.
fn there(found: &[Uuid], visible: &HashSet<Uuid>, archived: &HashSet<Uuid>) -> Option<Result<Owner, Bad>> {
    let current: Vec<Uuid> = found.iter().copied().filter(|id| !archived.contains(id)).collect();
    let seen: Vec<Uuid> = current.iter().copied().filter(|id| visible.contains(id)).collect();
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
    let best = |(record, candidates): (&Record, BTreeSet<Uuid>)| {
        let hits = candidates.into_iter().filter_map(|id| Some((compare(record, known.get(&id)?, rules)?, id)));
        // The same INN with another KPP is another branch.
        let hits: Vec<(i16, Uuid)> =
            hits.filter(|(found, _)| !is_branch(found)).map(|(found, id)| (found.score, id)).collect();
        let top = hits.iter().map(|(score, _)| *score).max();
        hits.into_iter().filter(|(score, _)| Some(*score) == top).map(|(_, id)| id).collect()
    };
    Ok(records.iter().zip(candidates).map(best).collect())
}

fn is_branch(found: &Match) -> bool {
    found.rules.contains(&Rule::Inn) && !found.duplicate
}
