//! One stretch of a search: short enough for one transaction, and after a crash it is done again.

use std::collections::{BTreeMap, HashMap};

use sqlx::PgConnection;
use uuid::Uuid;

use super::{Search, State, store};
use crate::duplicates::{
    DuplicateError, blocks, contacts as records, groups,
    rules::{Record, Rules},
};

/// Records read in one stretch.
const READ: i64 = 2_000;
/// Keys looked at in one stretch.
const KEYS: i64 = 3_000;

/// Carries a search on; `false` when it is done, or gone.
///
/// # Errors
/// What the database answers.
pub async fn step(db: &mut PgConnection, id: Uuid) -> Result<bool, DuplicateError> {
    let Some((search, rules)) = store::search_for_update(&mut *db, id).await? else { return Ok(false) };
    match search.state {
        State::Reading => read(db, &search, &rules).await?,
        State::Comparing => compare(db, &search, &rules).await?,
        State::Done => return Ok(false),
    }
    Ok(true)
}

/// Notes under which keys the next ones meet others.
async fn read(db: &mut PgConnection, search: &Search, rules: &Rules) -> Result<(), DuplicateError> {
    let ids = store::next_records(&mut *db, search.kind, search.client_cursor, READ).await?;
    let Some(last) = ids.last() else {
        return Ok(store::set_state(db, search.id, State::Comparing).await?);
    };
    let (mut keys, mut owners) = (Vec::new(), Vec::new());
    for facts in records::facts(&mut *db, search.kind, &ids).await? {
        for key in blocks::keys(&Record::of(&facts, rules), rules) {
            keys.push(key);
            owners.push(facts.id);
        }
    }
    store::insert_keys(&mut *db, search.id, &keys, &owners).await?;
    Ok(store::have_read(db, search.id, *last, ids.len()).await?)
}

/// Compares those of the next keys.
async fn compare(db: &mut PgConnection, search: &Search, rules: &Rules) -> Result<(), DuplicateError> {
    let most = i64::try_from(blocks::MOST).unwrap_or(i64::MAX);
    let blocks = store::next_blocks(&mut *db, search.id, search.key_cursor, most, KEYS).await?;
    let Some((last, _)) = blocks.last() else {
        return finish(db, search).await;
    };
    let last = *last;
    let blocks: Vec<Vec<Uuid>> = blocks.into_iter().map(|(_, records)| records).collect();
    let mut ids: Vec<Uuid> = blocks.iter().flatten().copied().collect();
    ids.sort();
    ids.dedup();
    let facts = records::facts(&mut *db, search.kind, &ids).await?;
    let records: HashMap<Uuid, Record> = facts.iter().map(|facts| (facts.id, Record::of(facts, rules))).collect();
    let pairs = blocks::pairs(&blocks, &records, rules);
    let new = store::insert_pairs(&mut *db, search.id, &pairs).await?;
    Ok(store::have_compared(db, search.id, last, new).await?)
}

/// Puts the pairs into groups, and forgets the keys.
async fn finish(db: &mut PgConnection, search: &Search) -> Result<(), DuplicateError> {
    let pairs = store::pairs(&mut *db, search.id).await?;
    let ids: Vec<(Uuid, Uuid)> = pairs.iter().map(|pair| (pair.one, pair.other)).collect();
    let group_of: BTreeMap<Uuid, Uuid> = groups::groups(&ids);
    let groups: Vec<Uuid> = ids.iter().map(|(one, _)| group_of.get(one).copied().unwrap_or(*one)).collect();
    store::set_groups(&mut *db, search.id, &ids, &groups).await?;
    Ok(store::finish(db, search.id).await?)
}
