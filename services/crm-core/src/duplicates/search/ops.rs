//! Starting a search and reading what it found.

use std::collections::{BTreeSet, HashMap};

use ::store::{
    Schema,
    timer::{self, Timer},
};
use model::ClientId;
use serde_json::json;
use uuid::Uuid;

use super::{Group, Member, SEARCH, Search, store};
use crate::{
    change::Db,
    clock::now,
    duplicates::{By, DuplicateError, settings, store as clients},
    error::violated,
};

const MOST_MEMBERS: usize = 50;
const MOST_PAIRS: usize = 100;

/// Begins to look through all clients under the rules in force. Repeated it returns what is there.
///
/// # Errors
/// [`DuplicateError::Permission`], [`DuplicateError::SearchRunning`].
pub async fn start(db: &Db, by: &By, id: Uuid) -> Result<Search, DuplicateError> {
    by.must_lead()?;
    let mut change = db.begin(by.actor).await?;
    let rules = settings::get(change.db()).await?.client_rules();
    let inserted = store::insert(change.db(), id, &rules, by.viewer()).await.map_err(|cause| match violated(&cause) {
        Some("duplicate_search_running") => DuplicateError::SearchRunning,
        _ => cause.into(),
    });
    match inserted {
        Ok(true) => {
            let timer = Timer { kind: SEARCH.to_owned(), key: id.to_string(), due_at: now(), payload: json!({}) };
            timer::schedule(change.db(), Schema::Crm, &[timer]).await?;
            change.audit("duplicate_search.start", "duplicate_search", id, None, Some(json!({})));
            change.commit().await?;
        }
        Ok(false) => drop(change),
        Err(error) => {
            drop(change);
            // Its own repeat is no other search.
            return store::search(&db.pool, Some(id)).await?.ok_or(error);
        }
    }
    store::search(&db.pool, Some(id)).await?.ok_or(DuplicateError::SearchNotFound)
}

/// One search, or the newest.
///
/// # Errors
/// [`DuplicateError::Permission`], [`DuplicateError::SearchNotFound`].
pub async fn get(db: &Db, by: &By, id: Option<Uuid>) -> Result<Search, DuplicateError> {
    by.must_lead()?;
    store::search(&db.pool, id).await?.ok_or(DuplicateError::SearchNotFound)
}

/// A page of groups, the surest first, with what the caller may see of their clients.
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
    get(db, by, Some(id)).await?;
    let page = store::groups(&db.pool, id, duplicates_only, after, limit).await?;
    let ids: Vec<Uuid> = page.iter().map(|(group, ..)| *group).collect();
    let mut pairs: HashMap<Uuid, Vec<_>> = HashMap::new();
    for (group, one, other, found) in store::pairs_of(&db.pool, id, &ids).await? {
        pairs.entry(group).or_default().push((one, other, found));
    }
    let all: Vec<Uuid> = pairs.values().flatten().flat_map(|(one, other, _)| [one.0, other.0]).collect();
    let visible = clients::visible(&db.pool, by.viewer(), &all).await?;
    let shown = clients::shown(&db.pool, &all).await?;
    let shown: HashMap<Uuid, _> = shown.into_iter().map(|(id, name, who)| (id, (name, who))).collect();
    let member = |client: ClientId| {
        let (name, responsible) = shown.get(&client.0)?.clone();
        let name = visible.contains(&client.0).then_some(name);
        Some(Member { client, name, responsible })
    };
    let group = |(id, score, duplicate): (Uuid, i16, bool)| {
        let mut pairs = pairs.remove(&id).unwrap_or_default();
        let members: BTreeSet<ClientId> = pairs.iter().flat_map(|(one, other, _)| [*one, *other]).collect();
        pairs.truncate(MOST_PAIRS);
        let members = members.into_iter().take(MOST_MEMBERS).filter_map(member).collect();
        Group { id, score, duplicate, members, pairs }
    };
    Ok(page.into_iter().map(group).collect())
}
