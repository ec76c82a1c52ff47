//! Merging and taking it back; each is one transaction with its audit rows and events.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use contracts::live::{ContactPointLinked, event::What};
use model::ClientId;
use serde_json::json;
use uuid::Uuid;

use super::{
    Count, Merge,
    fields::{self, Row},
    references::{REFERENCES, may_be_chosen},
    store,
};
use crate::{
    cards::settings,
    change::{Change, Db, RequestHash, Revision},
    clients::{domain::Client, history, ops::changed, sight, store as clients},
    clock::now,
    duplicates::{By, DuplicateError, store::visible},
    error::Fault,
};

pub const UNDO_DAYS: i64 = 30;
const MOST_OTHERS: usize = 50;

/// What is to become one.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub id: Uuid,
    pub request: RequestHash,
    pub original: ClientId,
    pub seen: Option<Revision>,
    pub others: Vec<ClientId>,
    pub choices: BTreeMap<String, ClientId>,
}

impl Wanted {
    fn check(&self) -> Result<Vec<Uuid>, Fault> {
        let others: BTreeSet<Uuid> = self.others.iter().map(|id| id.0).collect();
        if others.is_empty() || others.len() > MOST_OTHERS {
            return Err(Fault::invalid("other_client_ids", "must be 1 to 50"));
        }
        if others.contains(&self.original.0) {
            return Err(Fault::invalid("other_client_ids", "must not hold the original"));
        }
        let known =
            |(name, id): (&String, &ClientId)| may_be_chosen(name) && (*id == self.original || others.contains(&id.0));
        if !self.choices.iter().all(known) {
            return Err(Fault::invalid("choices", "must name fields of a client, and clients of the merge"));
        }
        Ok(others.into_iter().collect())
    }
}

/// Makes clients one. Repeated with the same request it returns what was done.
///
/// # Errors
/// [`DuplicateError`]: not found, merged meanwhile, fields without a choice, not allowed.
pub async fn merge(db: &Db, by: &By, wanted: Wanted) -> Result<Merge, DuplicateError> {
    let others = wanted.check()?;
    let mut change = db.begin(by.actor).await?;
    let all: Vec<Uuid> = std::iter::once(wanted.original.0).chain(others.iter().copied()).collect();
    let rows = store::lock_clients(change.db(), &all).await?;
    // Under the locks of the clients: a repeat that waited for them finds it.
    if let Some(stored) = store::request_of(change.db(), wanted.id).await? {
        wanted.request.must_be(&stored)?;
        return store::merge(change.db(), wanted.id).await?.ok_or(DuplicateError::MergeNotFound);
    }
    let mut merge = Merge {
        id: wanted.id,
        original: wanted.original,
        others: others.iter().copied().map(ClientId).collect(),
        counts: Vec::new(),
        author: by.actor.employee(),
        merged_at: now(), // after the wait for the locks: in the order in which they were done
        undone_at: None,
    };
    let seen = visible(change.db(), by.viewer(), &all).await?;
    let original = checked(by, &rows, &all, &seen)?;
    not_erased(change.db(), &all).await?;
    let before = clients::clients(change.db(), &all).await?;
    Revision(revision(original)).must_be(wanted.seen)?;
    let of_others: Vec<(ClientId, Row)> =
        merge.others.iter().filter_map(|id| Some((*id, rows.get(id)?.clone()))).collect();
    let mut held = Vec::new();
    for reference in &REFERENCES {
        held.extend(store::held(change.db(), reference, &all).await?);
    }
    let kept = fields::kept(&held, wanted.original, &wanted.choices);
    let (filled, kept) = match (fields::fill(original, &of_others, &wanted.choices), kept) {
        (Ok(filled), Ok(kept)) => (filled, kept),
        (filled, kept) => {
            let differ = filled.err().into_iter().chain(kept.err()).flatten();
            return Err(DuplicateError::Conflict(differ.collect()));
        }
    };
    if !store::insert(change.db(), &merge, &wanted.request).await? {
        return Err(Fault::RequestReused.into()); // of other clients, in this very moment
    }
    for reference in &REFERENCES {
        let own = store::count(change.db(), reference, &[wanted.original.0]).await?;
        let moved = store::count(change.db(), reference, &others).await?;
        let set_aside = store::drop_others(change.db(), reference, merge.id, &all, &kept).await?;
        let same = store::drop_repeated(change.db(), reference, merge.id, wanted.original, &all).await?;
        store::move_rows(change.db(), reference, merge.id, wanted.original, &others).await?;
        let total = store::count(change.db(), reference, &[wanted.original.0]).await?;
        let [own, moved, total] = [own, moved, total].map(i64::unsigned_abs);
        let repeated = same + set_aside;
        merge.counts.push(Count { kind: reference.kind.to_owned(), own, moved, repeated, total });
    }
    store::write(change.db(), wanted.original, &filled.after).await?;
    store::set_merged(change.db(), &others, Some(wanted.original)).await?;
    store::finish(change.db(), merge.id, &merge.counts, &filled).await?;
    let after = json!({"merge_id": merge.id, "merged": merge.others, "counts": merge.counts, "fields": filled.after});
    change.audit("client.merge", "client", wanted.original.0, Some(json!({"fields": filled.before})), Some(after));
    for other in &others {
        let into = json!({"merged_into": wanted.original, "merge_id": merge.id});
        change.audit("client.merge", "client", *other, None, Some(into));
    }
    tell(&mut change, &merge, before, merge.merged_at).await?;
    change.commit().await?;
    Ok(merge)
}

/// What an erasure was counted for stays where it was counted.
async fn not_erased(db: &mut sqlx::PgConnection, all: &[Uuid]) -> Result<(), DuplicateError> {
    match store::being_erased(db, all).await? {
        Some(id) => Err(DuplicateError::BeingErased(ClientId(id))),
        None => Ok(()),
    }
}

/// The original's row, once all are there, none is merged, it is not archived, and the caller may merge them.
fn checked<'a>(
    by: &By,
    rows: &'a BTreeMap<ClientId, Row>,
    all: &[Uuid],
    seen: &HashSet<Uuid>,
) -> Result<&'a Row, DuplicateError> {
    for id in all.iter().copied().map(ClientId) {
        let row = rows.get(&id).filter(|_| seen.contains(&id.0)).ok_or(DuplicateError::ClientNotFound(id))?;
        if store::merged_into(row).is_some() {
            return Err(DuplicateError::Merged(id));
        }
        let responsible = row.get("responsible_employee_id").and_then(|id| id.as_str()?.parse().ok());
        by.must_change(responsible)?;
    }
    let original = all.first().and_then(|id| rows.get(&ClientId(*id))).ok_or(DuplicateError::MergeNotFound)?;
    if original.get("archived_at").is_some_and(|at| !at.is_null()) {
        return Err(DuplicateError::Archived);
    }
    Ok(original)
}

fn revision(row: &Row) -> i64 {
    row.get("revision").and_then(serde_json::Value::as_i64).unwrap_or_default()
}

/// Keeps what became of the original's versioned fields; and whoever saw or sees one of them learns which clients changed and
/// whose the moved contact points are (rule E3).
async fn tell(
    change: &mut Change<'_>,
    merge: &Merge,
    before: Vec<Client>,
    at: DateTime<Utc>,
) -> Result<(), DuplicateError> {
    let all: Vec<Uuid> = before.iter().map(|client| client.id.0).collect();
    clients::bump(change.db(), &all).await?;
    store::set_updated(change.db(), &all, at).await?;
    let after = clients::clients(change.db(), &all).await?;
    let original = |versions: &[Client]| versions.iter().find(|client| client.id == merge.original).cloned();
    if let (Some(old), Some(new)) = (original(&before), original(&after)) {
        let settings = settings::read(change.db()).await?;
        history::keep(change, merge.original, None, &history::between(&old, &new, &settings)).await?;
    }
    let versions: Vec<Client> = before.into_iter().chain(after.iter().cloned()).collect();
    let audience = sight::audience(change.db(), &versions).await?;
    for client in &after {
        change.tell_audience(audience.clone(), changed(client));
    }
    for (point, client) in store::moved_points(change.db(), merge.id).await? {
        let linked = ContactPointLinked { contact_point_id: point.to_string(), client_id: client.to_string() };
        change.tell_audience(audience.clone(), What::ContactPointLinked(linked));
    }
    Ok(())
}

/// Takes a merge back: what is still where it was put goes back. Repeating it changes nothing.
///
/// # Errors
/// [`DuplicateError`]: not found, too old, the original merged itself, not allowed.
pub async fn undo(db: &Db, by: &By, id: Uuid) -> Result<Merge, DuplicateError> {
    let mut change = db.begin(by.actor).await?;
    let merge = store::merge_for_update(change.db(), id).await?.ok_or(DuplicateError::MergeNotFound)?;
    let all: Vec<Uuid> = std::iter::once(merge.original.0).chain(merge.others.iter().map(|id| id.0)).collect();
    if !visible(change.db(), by.viewer(), &all).await?.contains(&merge.original.0) {
        return Err(DuplicateError::MergeNotFound);
    }
    by.must_undo(merge.author)?;
    if merge.undone_at.is_some() {
        return Ok(merge);
    }
    let at = now();
    if at > merge.merged_at + TimeDelta::days(UNDO_DAYS) {
        return Err(DuplicateError::TooOld);
    }
    let others: Vec<Uuid> = merge.others.iter().map(|id| id.0).collect();
    let rows = store::lock_clients(change.db(), &all).await?;
    not_erased(change.db(), &all).await?;
    // The last one first: a later merge may have dropped what is now seen to be needed.
    if store::has_later(change.db(), &merge).await? {
        return Err(DuplicateError::Merged(merge.original));
    }
    let original = rows.get(&merge.original).ok_or(DuplicateError::ClientNotFound(merge.original))?;
    if store::merged_into(original).is_some() {
        return Err(DuplicateError::Merged(merge.original));
    }
    let before = clients::clients(change.db(), &all).await?;
    let filled = store::filled(change.db(), id).await?;
    let back = fields::unfill(original, &filled.before, &filled.after);
    store::write(change.db(), merge.original, &back).await?;
    store::set_merged(change.db(), &others, None).await?; // first, or what goes back would follow the merge
    for reference in REFERENCES.iter().rev() {
        store::move_back(change.db(), reference, id, merge.original).await?;
        store::put_back(change.db(), reference, id, merge.original).await?;
    }
    store::clear_foreign_contacts(change.db(), &all).await?;
    store::set_undone(change.db(), id, at).await?;
    for client in &all {
        change.audit("client.unmerge", "client", *client, None, Some(json!({"merge_id": id})));
    }
    tell(&mut change, &merge, before, at).await?;
    change.commit().await?;
    Ok(Merge { undone_at: Some(at), ..merge })
}

/// A page of merges, the newest first.
///
/// # Errors
/// What the database answers.
pub async fn list(
    db: &Db,
    by: &By,
    of: Option<ClientId>,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<Merge>, DuplicateError> {
    Ok(store::merges(&db.pool, of, by.viewer(), after, limit).await?)
}
