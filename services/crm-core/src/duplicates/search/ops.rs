//! Starting a search and reading what it found.

use std::collections::{BTreeSet, HashMap};

use ::store::{
    Schema,
    timer::{self, Timer},
};
use serde_json::json;
use uuid::Uuid;

use super::{Group, SEARCH, Search, store};
use crate::{
    change::Db,
    clock::now,
    duplicates::{By, DuplicateError, Kind, settings, store as records},
    error::violated,
};

const MOST_MEMBERS: usize = 50;
const MOST_PAIRS: usize = 100;

/// Begins to look through all of a kind under the rules in force. Repeated it returns what is there.
///
/// # Errors
/// [`DuplicateError::Permission`], [`DuplicateError::SearchRunning`].
pub async fn start(db: &Db, by: &By, kind: Kind, id: Uuid) -> Result<Search, DuplicateError> {
    by.must_lead()?;
    let mut change = db.begin(by.actor).await?;
    let rules = settings::get(change.db()).await?.rules(kind);
    let inserted =
        store::insert(change.db(), id, kind, &rules, by.viewer()).await.map_err(|cause| match violated(&cause) {
            Some("duplicate_search_running") => DuplicateError::SearchRunning,
            _ => cause.into(),
        });
    match inserted {
        Ok(true) => {
            let timer = Timer { kind: SEARCH.to_owned(), key: id.to_string(), due_at: now(), payload: json!({}) };
            timer::schedule(change.db(), Schema::Crm, &[timer]).await?;
            change.audit("duplicate_search.start", "duplicate_search", id, None, Some(json!({"kind": kind.word()})));
            change.commit().await?;
        }
        Ok(false) => drop(change),
        Err(error) => {
            drop(change);
            // Its own repeat is no other search.
            return store::search(&db.pool, kind, Some(id)).await?.ok_or(error);
        }
    }
    store::search(&db.pool, kind, Some(id)).await?.ok_or(DuplicateError::SearchNotFound)
}

/// One search, or the newest of a kind.
///
/// # Errors
/// [`DuplicateError::Permission`], [`DuplicateError::SearchNotFound`].
pub async fn get(db: &Db, by: &By, kind: Kind, id: Option<Uuid>) -> Result<Search, DuplicateError> {
    by.must_lead()?;
    store::search(&db.pool, kind, id).await?.ok_or(DuplicateError::SearchNotFound)
}

/// A page of groups, the surest first, with what the caller may see of their members.
///
/// # Errors
/// [`DuplicateError::Permission`], [`DuplicateError::SearchNotFound`].
pub async fn list(
    db: &Db,
    by: &By,
    id: Uuid,
    duplicates_only: bool,
    after: Option<(i16, Uuid)>,
    limit: i64,
) -> Result<Vec<Group>, DuplicateError> {
    by.must_lead()?;
    let kind = store::search(&db.pool, Kind::Client, Some(id)).await?.ok_or(DuplicateError::SearchNotFound)?.kind;
    let page = store::groups(&db.pool, id, duplicates_only, after, limit).await?;
    let ids: Vec<Uuid> = page.iter().map(|(group, ..)| *group).collect();
    let mut pairs: HashMap<Uuid, Vec<_>> = HashMap::new();
    for (group, one, other, found) in store::pairs_of(&db.pool, id, &ids).await? {
        pairs.entry(group).or_default().push((one, other, found));
    }
    let all: Vec<Uuid> = pairs.values().flatten().flat_map(|(one, other, _)| [*one, *other]).collect();
    let shown = records::shown(&db.pool, by.viewer(), &all).await?;
    let group = |(id, score, duplicate): (Uuid, i16, bool)| {
        let mut pairs = pairs.remove(&id).unwrap_or_default();
        let members: BTreeSet<Uuid> = pairs.iter().flat_map(|(one, other, _)| [*one, *other]).collect();
        pairs.truncate(MOST_PAIRS);
        let members = members.iter().take(MOST_MEMBERS).filter_map(|id| shown.get(id).cloned()).collect();
        Group { id, score, duplicate, kind, members, pairs }
    };
    Ok(page.into_iter().map(group).collect())
}
