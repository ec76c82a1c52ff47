//! Use cases of leads; each is one transaction with its history, audit rows and events.

use std::collections::HashMap;

use contracts::live::{LeadChanged, event::What};
use model::{ContactPointId, EmployeeId, LeadId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    LeadError,
    domain::{Draft, Lead, NewLead},
    history, list,
    moves::Move,
    score::score,
    settings,
    sight::{audience, shows, through_dialogs},
    store, visits,
};
use crate::{
    caller::Mask,
    change::{Actor, Change, Db, Revision},
    clients::{
        self,
        alike::{Among, alike},
        domain::Address,
        link,
        refs::Refs,
        sight::Sight,
    },
    clock::now,
    error::Fault,
    refusals::{self, Permission},
    text,
};

/// A lead, for somebody who sees it; the refusal of others is on record.
///
/// # Errors
/// [`LeadError::NotFound`].
pub async fn open(db: &Db, by: Actor, id: LeadId) -> Result<(Lead, Sight), LeadError> {
    let sight = Sight::of(&db.pool, by).await?;
    let lead = store::lead(&db.pool, id).await?.ok_or(LeadError::NotFound(id))?;
    if let Some(viewer) = sight.viewer.filter(|_| !shows(&sight, &lead))
        && through_dialogs(&db.pool, viewer, &[id.0]).await?.is_empty()
    {
        refusals::note(db, by, "lead", id.0, Permission::SeeLead).await?;
        return Err(LeadError::NotFound(id));
    }
    Ok((lead, sight))
}

/// Takes whom leads repeat out of them where the caller may not open that: what they repeat stays, but not whose it is.
///
/// # Errors
/// What the database answers.
pub async fn hide_repeated(db: &Db, by: Actor, leads: &mut [Lead]) -> Result<(), LeadError> {
    let sight = Sight::of(&db.pool, by).await?;
    let Some(viewer) = sight.viewer else { return Ok(()) };
    let clients: Vec<Uuid> = leads.iter().filter_map(|lead| lead.repeats.client).map(Uuid::from).collect();
    let clients = clients::ops::batch(db, by, &clients).await?;
    let others: Vec<Uuid> = leads.iter().filter_map(|lead| lead.repeats.lead).map(Uuid::from).collect();
    let others = store::leads(&db.pool, &others).await?;
    let hidden: Vec<Uuid> = others.iter().filter(|lead| !shows(&sight, lead)).map(|lead| lead.id.0).collect();
    let seen = through_dialogs(&db.pool, viewer, &hidden).await?;
    let hidden: Vec<LeadId> = hidden.into_iter().map(LeadId).filter(|id| !seen.contains(id)).collect();
    for lead in leads {
        lead.repeats.client.take_if(|id| clients.iter().all(|client| client.id != *id));
        lead.repeats.lead.take_if(|id| hidden.contains(id));
    }
    Ok(())
}

/// A page of leads in sight that filters leave, each with its place in the order.
///
/// # Errors
/// [`Fault::Invalid`].
pub async fn list_leads(
    db: &Db,
    by: Actor,
    filter: &list::Filter,
    order: list::Order,
    after: Option<list::Place>,
    limit: i64,
) -> Result<Vec<(list::Place, Lead)>, LeadError> {
    let length = filter.query.trim().chars().count();
    if length == 1 || length > 200 || filter.query.contains('\0') {
        return Err(Fault::invalid("filter.query", "must be empty, or 2 to 200 characters").into());
    }
    let sight = Sight::of(&db.pool, by).await?;
    let sounds = if length == 0 { Vec::new() } else { alike(&db.pool, &filter.query, Among::Leads).await? };
    let sounds: Vec<Uuid> = sounds.into_iter().map(|(lead, _)| lead).collect();
    let places = list::page(&db.pool, &sight, filter, &sounds, order, after, limit).await?;
    let ids: Vec<Uuid> = places.iter().map(list::Place::id).collect();
    let mut places: HashMap<Uuid, list::Place> = places.into_iter().map(|place| (place.id(), place)).collect();
    let leads = store::leads(&db.pool, &ids).await?;
    Ok(leads.into_iter().filter_map(|lead| Some((places.remove(&lead.id.0)?, lead))).collect())
}

/// Adds a lead, with a contact point of its own where one is named. Repeated with the same request it returns the one that
/// is there.
///
/// # Errors
/// [`LeadError::ResponsibleNotFound`], [`crate::clients::ClientError::ContactPointNotFound`], and what the domain refuses.
pub async fn create(db: &Db, by: Actor, new: NewLead, point: Option<ContactPointId>) -> Result<Lead, LeadError> {
    let (id, request) = (new.id, new.request.clone());
    let sight = Sight::of(&db.pool, by).await?;
    let mut change = db.begin(by).await?;
    let point = match point {
        Some(point) => {
            link::may_link(db, by, &sight, point).await?;
            Some(link::find_point(&mut change, point).await?)
        }
        None => None,
    };
    let mut lead = new.lead(point.as_ref(), now())?;
    if !store::insert(change.db(), &lead, &request).await? {
        let stored = store::request_of(change.db(), id).await?.ok_or(LeadError::NotFound(id))?;
        request.must_be(&stored)?;
        return find(&mut change, id).await;
    }
    if !shows(&sight, &lead) && lead.draft.responsible.is_none() {
        lead.draft.responsible = sight.viewer; // or its maker would lose sight of it
    }
    if let Some(point) = &point {
        lead.points.push(point.id);
        let brought = point.addresses().into_iter().map(|one| Address { brought_by: Some(point.id), ..one });
        lead.draft.addresses.extend(brought);
    }
    refs(&lead).check(change.db(), model::ClientId(id.0), &sight).await?;
    mark(&mut change, &mut lead).await?;
    save(&mut change, &lead).await?;
    store::insert_points(change.db(), id, &lead.points).await?;
    store::insert_addresses(change.db(), id, &lead.draft.addresses).await?;
    change.audit("lead.create", "lead", id.0, None, facts(&lead, &[]));
    tell(&mut change, &[&lead]).await?;
    let created = find(&mut change, id).await?;
    change.commit().await?;
    Ok(created)
}

/// Who the same person is already; of a new lead that makes it a repeated one.
async fn mark(change: &mut Change<'_>, lead: &mut Lead) -> Result<(), LeadError> {
    store::lock_person(change.db(), lead).await?;
    let known = store::known(change.db(), lead).await?;
    if !known.any() {
        return Ok(());
    }
    lead.repeats = known;
    if let Some(state) = lead.state.after(Move::Repeat) {
        lead.state = state;
    }
    Ok(())
}

/// Changes those fields that are named.
///
/// # Errors
/// [`LeadError::NotFound`], [`LeadError::State`], [`Fault::Stale`], [`LeadError::MayNotShare`], and what the domain refuses.
pub async fn update(
    db: &Db,
    by: Actor,
    id: LeadId,
    seen: Option<Revision>,
    draft: Draft,
    fields: &Mask,
) -> Result<Lead, LeadError> {
    let (_, sight) = open(db, by, id).await?;
    let mut change = db.begin(by).await?;
    let before = find_locked(&mut change, id, seen).await?;
    let gives = fields.has("responsible_employee_id") && draft.responsible != before.draft.responsible;
    let shares = fields.has("access_level_ids") && draft.levels != before.draft.levels;
    if (gives || shares) && !may_share(&mut change, by, &sight, &before, gives).await? {
        drop(change);
        refusals::note(db, by, "lead", id.0, Permission::ShareLead).await?;
        return Err(LeadError::MayNotShare);
    }
    let mut after = before.changed(draft, fields, now())?;
    refs(&after).without(&refs(&before)).check(change.db(), model::ClientId(id.0), &sight).await?;
    if fields.has("addresses") {
        mark(&mut change, &mut after).await?;
        store::delete_typed(change.db(), id).await?;
        let typed: Vec<_> = after.draft.addresses.iter().filter(|one| one.brought_by.is_none()).cloned().collect();
        store::insert_addresses(change.db(), id, &typed).await?;
    }
    keep(change, "lead.update", &before, &after).await
}

/// As of clients: whoever answers for it, their heads, administrators; where nobody does, whoever sees it by itself or through
/// one of its dialogs takes or gives it.
async fn may_share(
    change: &mut Change<'_>,
    by: Actor,
    sight: &Sight,
    lead: &Lead,
    gives: bool,
) -> Result<bool, LeadError> {
    let answers = lead.draft.responsible.is_some_and(|id| sight.employees.contains(&id.0));
    let Some(viewer) = sight.viewer.filter(|_| !answers && by.must_be_administrator().is_err()) else {
        return Ok(true);
    };
    if lead.draft.responsible.is_some() {
        return Ok(false);
    }
    if !gives || lead.points.is_empty() {
        return Ok(true);
    }
    Ok(!through_dialogs(change.db(), viewer, &[lead.id.0]).await?.is_empty())
}

/// Says who works on a lead.
///
/// # Errors
/// As [`update`].
pub async fn assign(
    db: &Db,
    by: Actor,
    id: LeadId,
    seen: Option<Revision>,
    to: Option<EmployeeId>,
) -> Result<Lead, LeadError> {
    let (lead, _) = open(db, by, id).await?;
    let draft = Draft { responsible: to, ..lead.draft };
    update(db, by, id, seen, draft, &Mask::all(&["responsible_employee_id"])).await
}

/// # Errors
/// [`LeadError::NotFound`], [`LeadError::State`], [`Fault::Stale`], [`Fault::Invalid`] without a reason.
pub async fn decline(db: &Db, by: Actor, id: LeadId, seen: Option<Revision>, reason: &str) -> Result<Lead, LeadError> {
    let decline_reason = text::line("reason", reason, 500)?;
    open(db, by, id).await?;
    let mut change = db.begin(by).await?;
    let before = find_locked(&mut change, id, seen).await?;
    let after = Lead { decline_reason, ..before.moved(Move::Decline, now())? };
    keep(change, "lead.decline", &before, &after).await
}

/// Takes up a declined or settled lead again.
///
/// # Errors
/// [`LeadError::NotFound`], [`LeadError::State`], [`Fault::Stale`].
pub async fn reopen(db: &Db, by: Actor, id: LeadId, seen: Option<Revision>) -> Result<Lead, LeadError> {
    open(db, by, id).await?;
    let mut change = db.begin(by).await?;
    let before = find_locked(&mut change, id, seen).await?;
    store::lock_person(change.db(), &before).await?;
    let known = store::known(change.db(), &before).await?;
    let after = Lead { repeats: known, ..before.moved(Move::Reopen { known: known.any() }, now())? };
    keep(change, "lead.reopen", &before, &after).await
}

/// # Errors
/// [`LeadError::NotFound`], [`LeadError::State`], [`Fault::Stale`].
pub async fn settle(db: &Db, by: Actor, id: LeadId, seen: Option<Revision>) -> Result<Lead, LeadError> {
    open(db, by, id).await?;
    let mut change = db.begin(by).await?;
    let before = find_locked(&mut change, id, seen).await?;
    let after = before.moved(Move::Settle, now())?;
    keep(change, "lead.settle", &before, &after).await
}

/// Gives what a lead has to another open one, and closes it. Returns the one that stays.
///
/// # Errors
/// [`LeadError::NotFound`] of either, [`LeadError::State`], [`Fault::Stale`], [`Fault::Invalid`] for itself.
pub async fn merge(db: &Db, by: Actor, id: LeadId, seen: Option<Revision>, into: LeadId) -> Result<Lead, LeadError> {
    if id == into {
        return Err(Fault::invalid("into_lead_id", "must be another lead").into());
    }
    open(db, by, id).await?;
    open(db, by, into).await?;
    let mut change = db.begin(by).await?;
    store::lock(change.db(), &[id.0, into.0]).await?;
    let before = find_locked(&mut change, id, seen).await?;
    let stays = find_locked(&mut change, into, None).await?;
    if !stays.state.is_open() {
        return Err(LeadError::State(stays.state));
    }
    let mut after = before.moved(Move::Merge, now())?;
    after.merged_into = Some(into);
    store::give(change.db(), id, into).await?;
    store::strip(change.db(), id).await?;
    (after.points, after.draft.addresses) = (Vec::new(), Vec::new());
    let mut kept = stays.next(now());
    if kept.repeats.lead == Some(id) {
        kept.repeats.lead = None;
    }
    write(&mut change, "lead.merge", &before, &after).await?;
    // What it was given is read back, for its history.
    save(&mut change, &kept).await?;
    let kept = find(&mut change, into).await?;
    write(&mut change, "lead.update", &stays, &kept).await?;
    change.commit().await?;
    Ok(kept)
}

/// A page of what became of a lead's fields, newest first.
///
/// # Errors
/// [`LeadError::NotFound`].
pub async fn list_changes(
    db: &Db,
    by: Actor,
    id: LeadId,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<history::Noted>, LeadError> {
    open(db, by, id).await?;
    Ok(history::list(&db.pool, id, before, limit).await?)
}

/// What a lead did on the company's sites, a page, newest first; with the first one forms in which somebody left an address of its,
/// as far as that is nobody's whom the caller does not see.
///
/// # Errors
/// [`LeadError::NotFound`].
pub async fn list_visits(
    db: &Db,
    by: Actor,
    id: LeadId,
    after: Option<visits::Place>,
    limit: i64,
) -> Result<(Vec<visits::Visit>, Vec<visits::Form>), LeadError> {
    let (_, sight) = open(db, by, id).await?;
    let forms = if after.is_none() { visits::forms(&db.pool, &sight, id).await? } else { Vec::new() };
    Ok((visits::list(&db.pool, id, after, limit).await?, forms))
}

/// Stores a new version and commits.
async fn keep(mut change: Change<'_>, action: &'static str, before: &Lead, after: &Lead) -> Result<Lead, LeadError> {
    write(&mut change, action, before, after).await?;
    let stored = find(&mut change, after.id).await?;
    change.commit().await?;
    Ok(stored)
}

/// Stores a new version with its history, audit row and event.
pub(super) async fn write(
    change: &mut Change<'_>,
    action: &'static str,
    before: &Lead,
    after: &Lead,
) -> Result<(), LeadError> {
    let changes = history::between(before, after);
    save(change, after).await?;
    history::keep(change, after.id, &changes).await?;
    let fields: Vec<&str> = changes.iter().map(|one| one.field.as_str()).collect();
    change.audit(action, "lead", after.id.0, facts(before, &[]), facts(after, &fields));
    tell(change, &[before, after]).await
}

/// Writes a version with its score.
async fn save(change: &mut Change<'_>, lead: &Lead) -> Result<(), LeadError> {
    let settings = settings::read(change.db()).await?;
    let mut counted = [lead.clone()];
    visits::count(change.db(), &mut counted, &settings.rules, now()).await?;
    let scored = store::Scored { score: score(&counted[0], &settings.rules, now()), revision: settings.revision };
    Ok(store::save(change.db(), lead, &scored).await?)
}

/// What the audit keeps of a version: no values that people typed, for it outlives the erasure of a lead.
pub(super) fn facts(lead: &Lead, changed: &[&str]) -> Option<Value> {
    Some(json!({
        "revision": lead.revision,
        "state": lead.state,
        "responsible_employee_id": lead.draft.responsible,
        "access_level_ids": lead.draft.levels,
        "client_id": lead.client,
        "merged_into_lead_id": lead.merged_into,
        "changed": changed,
    }))
}

/// Tells those who saw or see it of a lead's newest version, which comes last.
pub(super) async fn tell(change: &mut Change<'_>, versions: &[&Lead]) -> Result<(), LeadError> {
    let audience = audience(change.db(), versions).await?;
    if let Some(lead) = versions.last() {
        let (lead_id, revision) = (lead.id.to_string(), lead.revision.0.unsigned_abs());
        change.tell_audience(audience, What::LeadChanged(LeadChanged { lead_id, revision }));
    }
    Ok(())
}

pub(super) async fn find(change: &mut Change<'_>, id: LeadId) -> Result<Lead, LeadError> {
    store::lead(change.db(), id).await?.ok_or(LeadError::NotFound(id))
}

/// A lead for changing: locked, and still what the caller saw.
pub(super) async fn find_locked(
    change: &mut Change<'_>,
    id: LeadId,
    seen: Option<Revision>,
) -> Result<Lead, LeadError> {
    store::lock(change.db(), &[id.0]).await?;
    let lead = find(change, id).await?;
    lead.revision.must_be(seen)?;
    Ok(lead)
}

fn refs(lead: &Lead) -> Refs {
    let mut refs = Refs::default();
    refs.levels("access_level_ids", lead.draft.levels.iter().copied());
    refs
}
