//! Merging and taking it back; each is one transaction with its audit rows and events.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use model::{ClientId, EmployeeId};
use serde_json::json;
use uuid::Uuid;

use super::{
    Count, Merge,
    fields::{self, Row},
    owners, points,
    references::may_be_chosen,
    snapshot::Snapshot,
    store,
};
use crate::{
    change::{Change, Db, RequestHash, Revision},
    clock::now,
    duplicates::{
        By, DuplicateError,
        kind::{self, Kind, Owners},
        store as records,
    },
    error::Fault,
    personal,
};

pub const UNDO_DAYS: i64 = 30;
const MOST_OTHERS: usize = 50;

/// What is to become one.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub id: Uuid,
    pub request: RequestHash,
    pub kind: Kind,
    pub original: Uuid,
    pub seen: Option<Revision>,
    pub others: Vec<Uuid>,
    pub choices: BTreeMap<String, Uuid>,
}

impl Wanted {
    fn check(&self) -> Result<Vec<Uuid>, Fault> {
        let others: BTreeSet<Uuid> = self.others.iter().copied().collect();
        let field = if self.kind == Kind::Client { "other_client_ids" } else { "other_contact_ids" };
        if others.is_empty() || others.len() > MOST_OTHERS {
            return Err(Fault::invalid(field, "must be 1 to 50"));
        }
        if others.contains(&self.original) {
            return Err(Fault::invalid(field, "must not hold the original"));
        }
        let known = |(name, id): (&String, &Uuid)| {
            may_be_chosen(self.kind, name) && (*id == self.original || others.contains(id))
        };
        if !self.choices.iter().all(known) {
            return Err(Fault::invalid("choices", "must name fields of what is merged, and who takes part"));
        }
        Ok(others.into_iter().collect())
    }
}

/// What takes part, locked: the clients first, as whoever changes a contact does.
struct Locked {
    owners: Owners,
    /// In order.
    clients: Vec<Uuid>,
    client_rows: BTreeMap<Uuid, Row>,
    rows: BTreeMap<Uuid, Row>,
}

impl Locked {
    async fn take(db: &mut sqlx::PgConnection, kind: Kind, all: &[Uuid]) -> Result<Self, DuplicateError> {
        let owners = records::owners(&mut *db, kind, all).await?;
        let clients: Vec<Uuid> = owners.values().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let client_rows = store::lock(&mut *db, Kind::Client, &clients).await?;
        let rows = match kind {
            Kind::Client => client_rows.clone(),
            Kind::Contact => store::lock(&mut *db, kind, all).await?,
        };
        if owners != records::owners(db, kind, all).await? {
            return Err(Fault::Stale.into()); // a merge of their clients was faster
        }
        Ok(Self { owners, clients, client_rows, rows })
    }

    fn client_of(&self, id: Uuid) -> Option<(Uuid, &Row)> {
        let owner = *self.owners.get(&id)?;
        Some((owner, self.client_rows.get(&owner)?))
    }
}

/// Makes records one. Repeated with the same request it returns what was done.
///
/// # Errors
/// [`DuplicateError`]: not found, merged meanwhile, fields without a choice, not allowed.
pub async fn merge(db: &Db, by: &By, wanted: Wanted) -> Result<Merge, DuplicateError> {
    let others = wanted.check()?;
    let kind = wanted.kind;
    let mut change = db.begin(by.actor).await?;
    let all: Vec<Uuid> = std::iter::once(wanted.original).chain(others.iter().copied()).collect();
    let locked = Locked::take(change.db(), kind, &all).await?;
    // Under the locks: a repeat that waited for them finds it.
    if let Some(stored) = store::request_of(change.db(), wanted.id).await? {
        wanted.request.must_be(&stored)?;
        return store::merge(change.db(), wanted.id).await?.ok_or(DuplicateError::MergeNotFound(wanted.id));
    }
    kind::seen(change.db(), by, kind, &all).await?;
    let (client, original) = checked(by, kind, &locked, &all)?;
    let mut merge = Merge {
        id: wanted.id,
        kind,
        original: wanted.original,
        client: ClientId(client),
        others,
        counts: Vec::new(),
        author: by.actor.employee(),
        merged_at: now(), // after the wait for the locks: in the order in which they were done
        undone_at: None,
    };
    not_erased(change.db(), &locked.clients).await?;
    let before = Snapshot::take(change.db(), &locked.clients, contacts_of(kind, &all)).await?;
    Revision(revision(original)).must_be(wanted.seen)?;
    let (filled, kept) = settled(&mut change, &wanted, &locked, &all).await?;
    if !store::insert(change.db(), &merge, &wanted.request).await? {
        return Err(Fault::RequestReused.into()); // of others, in this very moment
    }
    merge.counts = move_all(&mut change, &merge, &locked, &all, &kept).await?;
    store::write(change.db(), kind, merge.original, &filled.after).await?;
    store::set_merged(change.db(), kind, &merge.others, Some(merge.original)).await?;
    store::finish(change.db(), merge.id, &merge.counts, &filled).await?;
    let action = if kind == Kind::Client { "client.merge" } else { "contact.merge" };
    let after = json!({"merge_id": merge.id, "merged": merge.others, "counts": merge.counts, "fields": filled.after});
    change.audit(action, kind.word(), merge.original, Some(json!({"fields": filled.before})), Some(after));
    for other in &merge.others {
        let into = json!({"merged_into": merge.original, "merge_id": merge.id});
        change.audit(action, kind.word(), *other, None, Some(into));
    }
    before.tell(&mut change, &merge, merge.merged_at).await?;
    change.commit().await?;
    Ok(merge)
}

/// Whose values the original gets, and whose rows stay of those of which there is one.
async fn settled(
    change: &mut Change<'_>,
    wanted: &Wanted,
    locked: &Locked,
    all: &[Uuid],
) -> Result<(fields::Filled, BTreeMap<String, Uuid>), DuplicateError> {
    let row = |id: &Uuid| Some((*id, locked.rows.get(id)?.clone()));
    let others: Vec<(Uuid, Row)> = all.iter().filter(|id| **id != wanted.original).filter_map(row).collect();
    let mut held = Vec::new();
    for reference in wanted.kind.references() {
        held.extend(store::held(change.db(), reference, all).await?);
    }
    let original = locked.rows.get(&wanted.original).ok_or_else(|| wanted.kind.not_found(wanted.original))?;
    let kept = fields::kept(&held, wanted.original, &wanted.choices);
    match (fields::fill(wanted.kind.fields(), original, &others, &wanted.choices), kept) {
        (Ok(filled), Ok(kept)) => Ok((filled, kept)),
        (filled, kept) => {
            let differ = filled.err().into_iter().chain(kept.err()).flatten();
            Err(DuplicateError::Conflict(differ.collect()))
        }
    }
}

/// Gives everything of the others to the original, and counts it.
async fn move_all(
    change: &mut Change<'_>,
    merge: &Merge,
    locked: &Locked,
    all: &[Uuid],
    kept: &BTreeMap<String, Uuid>,
) -> Result<Vec<Count>, DuplicateError> {
    let (id, original, others) = (merge.id, merge.original, &merge.others);
    let mut counts = Vec::new();
    if merge.kind == Kind::Contact {
        // While it is still known whose addresses are whose.
        counts.push(points::follow(change.db(), id, others, merge.client.0).await?);
        owners::rename(change.db(), id, &locked.clients, original, others).await?;
    }
    for reference in merge.kind.references() {
        let own = store::count(change.db(), reference, &[original]).await?;
        let moved = store::count(change.db(), reference, others).await?;
        let set_aside = store::drop_others(change.db(), reference, id, all, kept).await?;
        let inside = store::drop_inside(change.db(), reference, id, all).await?;
        let same = store::drop_repeated(change.db(), reference, id, original, all).await?;
        store::move_rows(change.db(), reference, id, original, others).await?;
        store::follow_client(change.db(), reference, all).await?;
        let total = store::count(change.db(), reference, &[original]).await?;
        let [own, moved, total] = [own, moved, total].map(i64::unsigned_abs);
        let repeated = same + set_aside + inside;
        counts.push(Count { kind: reference.kind.to_owned(), own, moved, repeated, total });
    }
    Ok(counts)
}

/// The contacts among them.
fn contacts_of(kind: Kind, all: &[Uuid]) -> &[Uuid] {
    if kind == Kind::Contact { all } else { &[] }
}

/// What an erasure was counted for stays where it was counted.
async fn not_erased(db: &mut sqlx::PgConnection, clients: &[Uuid]) -> Result<(), DuplicateError> {
    match store::being_erased(db, clients).await? {
        Some(id) => Err(DuplicateError::BeingErased(ClientId(id))),
        None => Ok(()),
    }
}

/// The original's client and row, once none is merged, neither is archived, and the caller may merge them.
fn checked<'a>(by: &By, kind: Kind, locked: &'a Locked, all: &[Uuid]) -> Result<(Uuid, &'a Row), DuplicateError> {
    for id in all {
        let row = locked.rows.get(id).ok_or_else(|| kind.not_found(*id))?;
        if store::merged_into(row).is_some() {
            return Err(kind.merged(*id));
        }
        let (_, client) = locked.client_of(*id).ok_or_else(|| kind.not_found(*id))?;
        by.must_change(responsible(client))?;
    }
    let original = all.first().and_then(|id| Some((locked.client_of(*id)?, locked.rows.get(id)?)));
    let ((client, owner), original) =
        original.ok_or_else(|| kind.not_found(all.first().copied().unwrap_or_default()))?;
    if archived(original) || archived(owner) {
        return Err(DuplicateError::Archived);
    }
    Ok((client, original))
}

fn archived(row: &Row) -> bool {
    row.get("archived_at").is_some_and(|at| !at.is_null())
}

fn responsible(client: &Row) -> Option<EmployeeId> {
    client.get("responsible_employee_id").and_then(|id| id.as_str()?.parse().ok())
}

fn revision(row: &Row) -> i64 {
    row.get("revision").and_then(serde_json::Value::as_i64).unwrap_or_default()
}

/// Takes a merge back: what is still where it was put goes back. Repeating it changes nothing.
///
/// # Errors
/// [`DuplicateError`]: not found, too old, the original merged itself, not allowed.
pub async fn undo(db: &Db, by: &By, id: Uuid) -> Result<Merge, DuplicateError> {
    let mut change = db.begin(by.actor).await?;
    let merge = store::merge_for_update(change.db(), id).await?.ok_or(DuplicateError::MergeNotFound(id))?;
    let (kind, original) = (merge.kind, merge.original);
    kind::seen(change.db(), by, kind, &[original]).await.map_err(|error| match error {
        DuplicateError::ClientNotFound(_) | DuplicateError::ContactNotFound(_) => DuplicateError::MergeNotFound(id),
        other => other,
    })?;
    by.must_undo(merge.author)?;
    if merge.undone_at.is_some() {
        return Ok(merge);
    }
    let at = now();
    if at > merge.merged_at + TimeDelta::days(UNDO_DAYS) {
        return Err(DuplicateError::TooOld);
    }
    let all: Vec<Uuid> = std::iter::once(original).chain(merge.others.iter().copied()).collect();
    let locked = Locked::take(change.db(), kind, &all).await?;
    not_erased(change.db(), &locked.clients).await?;
    // The last one first: a later merge may have dropped what is now seen to be needed.
    if store::has_later(change.db(), &merge, &locked.clients).await? {
        return Err(kind.merged(original));
    }
    if store::is_erased(change.db(), id).await? {
        return Err(DuplicateError::TooOld);
    }
    let row = locked.rows.get(&original).ok_or_else(|| kind.not_found(original))?;
    if store::merged_into(row).is_some() {
        return Err(kind.merged(original));
    }
    let before = Snapshot::take(change.db(), &locked.clients, contacts_of(kind, &all)).await?;
    let filled = store::filled(change.db(), id).await?;
    let back = fields::unfill(kind.fields(), row, &filled.before, &filled.after);
    store::write(change.db(), kind, original, &back).await?;
    // First, or what goes back would follow the merge.
    store::set_merged(change.db(), kind, &merge.others, None).await?;
    for reference in kind.references().iter().rev() {
        store::move_back(change.db(), reference, id, original).await?;
        store::put_back(change.db(), reference, id, original).await?;
        store::follow_client(change.db(), reference, &all).await?;
    }
    if let (Kind::Contact, Some(client)) = (kind, locked.owners.get(&original)) {
        owners::restore(change.db(), id).await?;
        points::restore(change.db(), id, *client).await?;
    }
    store::clear_foreign_contacts(change.db(), &locked.clients).await?;
    // What was packed of the one tells of the other.
    personal::forget_exports(change.db(), &locked.clients).await?;
    store::set_undone(change.db(), id, at).await?;
    let action = if kind == Kind::Client { "client.unmerge" } else { "contact.unmerge" };
    for one in &all {
        change.audit(action, kind.word(), *one, None, Some(json!({"merge_id": id})));
    }
    before.tell(&mut change, &merge, at).await?;
    change.commit().await?;
    Ok(Merge { undone_at: Some(at), ..merge })
}

/// A page of merges of a kind, the newest first.
///
/// # Errors
/// What the database answers.
pub async fn list(
    db: &Db,
    by: &By,
    kind: Kind,
    of: Option<Uuid>,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<Merge>, DuplicateError> {
    Ok(store::merges(&db.pool, kind, of, by.viewer(), after, limit).await?)
}
