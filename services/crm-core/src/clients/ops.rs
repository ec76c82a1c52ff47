//! Use cases of clients; each is one transaction with its audit rows and events.

use std::collections::HashMap;

use contracts::live::{ClientChanged, event::What};
use model::{ClientId, ContactPointId};
use uuid::Uuid;

use super::{
    ClientError,
    alike::{Among, alike},
    domain::{Address, Client, Draft, NewClient},
    history,
    link::{self, find_point},
    list, photo, refs,
    search::{self, Likely, Place, Query},
    sight::{self, Sight},
    store,
};
use crate::{
    agreements,
    caller::Mask,
    cards::{
        settings::{self, Settings},
        values,
    },
    change::{Actor, Change, Db, RequestHash, Revision, json},
    clock::now,
    error::Fault,
    refusals::{self, Permission},
};

/// # Errors
/// [`ClientError::NotFound`], also when it is out of the caller's sight.
pub async fn get(db: &Db, by: Actor, id: ClientId) -> Result<Client, ClientError> {
    Ok(open(db, by, id).await?.0)
}

/// A client, for somebody who sees it; the refusal of others is on record.
///
/// # Errors
/// [`ClientError::NotFound`].
pub async fn open(db: &Db, by: Actor, id: ClientId) -> Result<(Client, Sight), ClientError> {
    let sight = Sight::of(&db.pool, by).await?;
    let client = store::client(&db.pool, id).await?.ok_or(ClientError::NotFound(id))?;
    if !sees(db, &sight, &client).await? {
        refusals::note(db, by, "client", id.0, Permission::SeeClient).await?;
        return Err(ClientError::NotFound(id));
    }
    Ok((client, sight))
}

async fn sees(db: &Db, sight: &Sight, client: &Client) -> Result<bool, ClientError> {
    let Some(viewer) = sight.viewer.filter(|_| !sight.shows(client)) else { return Ok(true) };
    Ok(sight::through_dialogs(&db.pool, viewer, &[client.id.0]).await?.contains(&client.id))
}

/// Those of these clients that the caller sees, in their order.
///
/// # Errors
/// What the database answers.
pub async fn batch(db: &Db, by: Actor, ids: &[Uuid]) -> Result<Vec<Client>, ClientError> {
    let sight = Sight::of(&db.pool, by).await?;
    let mut clients = store::clients(&db.pool, ids).await?;
    let hidden: Vec<Uuid> = clients.iter().filter(|c| !sight.shows(c)).map(|c| c.id.0).collect();
    if let Some(viewer) = sight.viewer.filter(|_| !hidden.is_empty()) {
        let seen = sight::through_dialogs(&db.pool, viewer, &hidden).await?;
        clients.retain(|client| sight.shows(client) || seen.contains(&client.id));
    }
    Ok(clients)
}

/// Adds a client, and links a contact point to it in the same transaction. Repeated with the same request it returns
/// the one that is there.
///
/// # Errors
/// [`ClientError::Linked`], [`ClientError::ContactPointNotFound`], [`ClientError::ResponsibleNotFound`], and what the
/// domain refuses.
pub async fn create(db: &Db, by: Actor, new: NewClient, point: Option<ContactPointId>) -> Result<Client, ClientError> {
    let (id, request) = (new.id, new.request.clone());
    let mut client = new.client(now())?;
    let sight = Sight::of(&db.pool, by).await?;
    if let Some(point) = point {
        link::may_link(db, by, &sight, point).await?;
    }
    let mut change = db.begin(by).await?;
    if !add(&mut change, &sight, &mut client, &request).await? {
        let stored = store::request_of(change.db(), id).await?.ok_or(ClientError::NotFound(id))?;
        request.must_be(&stored)?;
        return find(&mut change, id).await;
    }
    if let Some(point) = point {
        let point = find_point(&mut change, point).await?;
        link::link_within(&mut change, &point, id, false).await?;
    } else {
        tell(&mut change, std::slice::from_ref(&client)).await?;
    }
    let created = find(&mut change, id).await?;
    change.commit().await?;
    Ok(created)
}

/// The part that every way to a new client shares, but for its event; `false` when one of this id is there already.
pub(crate) async fn add(
    change: &mut Change<'_>,
    sight: &Sight,
    client: &mut Client,
    request: &RequestHash,
) -> Result<bool, ClientError> {
    let id = client.id;
    let settings = settings::read(change.db()).await?;
    if !store::insert(change.db(), client, request).await? {
        return Ok(false);
    }
    give_to_maker(client, sight, &settings);
    refs::of_client(client).check(change.db(), id, sight).await?;
    values::check(change.db(), values::Object::Client, &[], &client.custom, id, sight).await?;
    store::save(change.db(), client).await?;
    store::insert_addresses(change.db(), id, None, &client.addresses, None).await?;
    values::replace(change.db(), id.0, &client.custom).await?;
    if !settings.without_default_contract {
        agreements::store::insert_defaults(change.db(), &[id.0], now()).await?;
    }
    change.audit("client.create", "client", id.0, None, json(&*client));
    Ok(true)
}

/// What a new client gets from who makes it.
pub(crate) fn give_to_maker(client: &mut Client, sight: &Sight, settings: &Settings) {
    if settings.creator_levels {
        let held = sight.levels.iter().map(|id| (*id).into());
        let missing: Vec<_> = held.filter(|id| !client.card.access_level_ids.contains(id)).collect();
        client.card.access_level_ids.extend(missing);
    }
    if !sight.shows(client) && client.responsible.is_none() {
        client.responsible = sight.viewer; // or its maker would lose sight of it
    }
}

/// Adds addresses to a client that is locked, as a change of it.
pub(crate) async fn add_addresses(
    change: &mut Change<'_>,
    before: &Client,
    added: &[Address],
) -> Result<(), ClientError> {
    let mut after = Client { revision: before.revision.next(), updated_at: now(), ..before.clone() };
    after.addresses.extend_from_slice(added);
    store::insert_addresses(change.db(), after.id, None, added, None).await?;
    write(change, "client.update", before, &after).await
}

/// Changes those fields that are named.
///
/// # Errors
/// [`ClientError::NotFound`], [`ClientError::Archived`], [`ClientError::Merged`], [`Fault::Stale`], [`ClientError::MayNotShare`], and what the
/// domain refuses.
pub async fn update(
    db: &Db,
    by: Actor,
    id: ClientId,
    seen: Option<Revision>,
    draft: Draft,
    fields: &Mask,
) -> Result<Client, ClientError> {
    let (_, sight) = open(db, by, id).await?;
    let mut change = db.begin(by).await?;
    let before = find_locked(&mut change, id, seen).await?;
    let gives = fields.has("responsible_employee_id") && draft.responsible != before.responsible;
    let shares = fields.has("access_level_ids") && draft.card.access_level_ids != before.card.access_level_ids;
    if (gives || shares) && !may_share(&mut change, by, &sight, &before, gives).await? {
        drop(change);
        refusals::note(db, by, "client", id.0, Permission::ShareClient).await?;
        return Err(ClientError::MayNotShare);
    }
    if before.archived_at.is_some() {
        return Err(ClientError::Archived);
    }
    let after = before.changed(draft, fields, now())?;
    refs::of_client(&after).without(&refs::of_client(&before)).check(change.db(), id, &sight).await?;
    if fields.has("addresses") {
        store::delete_typed(change.db(), id, None).await?;
        store::insert_addresses(change.db(), id, None, &after.typed_addresses(), None).await?;
    }
    if fields.has("custom_values") {
        values::check(change.db(), values::Object::Client, &before.custom, &after.custom, id, &sight).await?;
        values::replace(change.db(), id.0, &after.custom).await?;
    }
    keep(change, "client.update", &before, &after).await
}

/// Who answers for a client, and who else sees it, is said by whoever answers for it. Where nobody does, levels are anyone's to
/// set, and it may be taken by whoever sees a dialog of it, if it has any: whoever answers for a client sees all of them.
async fn may_share(
    change: &mut Change<'_>,
    by: Actor,
    sight: &Sight,
    client: &Client,
    gives: bool,
) -> Result<bool, ClientError> {
    if by.must_be_administrator().is_ok() || sight.answers_for(client) {
        return Ok(true);
    }
    let Some(viewer) = sight.viewer else { return Ok(true) };
    if client.responsible.is_some() {
        return Ok(false);
    }
    if !gives || client.contact_points.is_empty() {
        return Ok(true);
    }
    Ok(!sight::through_dialogs(change.db(), viewer, &[client.id.0]).await?.is_empty())
}

/// Takes a client out of the lists, or puts it back. Repeating it changes nothing.
///
/// # Errors
/// [`ClientError::NotFound`], [`Fault::Stale`].
pub async fn archive(
    db: &Db,
    by: Actor,
    id: ClientId,
    seen: Option<Revision>,
    archived: bool,
) -> Result<Client, ClientError> {
    open(db, by, id).await?;
    let mut change = db.begin(by).await?;
    let before = find_locked(&mut change, id, seen).await?;
    if before.archived_at.is_some() == archived {
        return Ok(before);
    }
    let (revision, updated_at, archived_at) = (before.revision.next(), now(), archived.then(now));
    let after = Client { revision, updated_at, archived_at, ..before.clone() };
    keep(change, if archived { "client.archive" } else { "client.restore" }, &before, &after).await
}

/// Stores a new version with its history, audit row and event, and commits.
async fn keep(
    mut change: Change<'_>,
    action: &'static str,
    before: &Client,
    after: &Client,
) -> Result<Client, ClientError> {
    write(&mut change, action, before, after).await?;
    let stored = find(&mut change, after.id).await?;
    change.commit().await?;
    Ok(stored)
}

async fn write(
    change: &mut Change<'_>,
    action: &'static str,
    before: &Client,
    after: &Client,
) -> Result<(), ClientError> {
    let settings = settings::read(change.db()).await?;
    store::save(change.db(), after).await?;
    history::keep(change, after.id, None, &history::between(before, after, &settings)).await?;
    change.audit(action, "client", after.id.0, json(before), json(after));
    tell(change, &[before.clone(), after.clone()]).await
}

/// Tells those who saw or see it of a client's newest version, which comes last.
pub(crate) async fn tell(change: &mut Change<'_>, versions: &[Client]) -> Result<(), ClientError> {
    let audience = sight::audience(change.db(), versions).await?;
    if let Some(client) = versions.last() {
        change.tell_audience(audience, changed(client));
    }
    Ok(())
}

pub(crate) async fn find(change: &mut Change<'_>, id: ClientId) -> Result<Client, ClientError> {
    store::client(change.db(), id).await?.ok_or(ClientError::NotFound(id))
}

/// A client for changing: locked, itself and no other's part, and still what the caller saw.
pub(crate) async fn find_locked(
    change: &mut Change<'_>,
    id: ClientId,
    seen: Option<Revision>,
) -> Result<Client, ClientError> {
    store::lock(change.db(), id).await?;
    let client = find(change, id).await?;
    if let Some(into) = client.merged_into {
        return Err(ClientError::Merged(into));
    }
    client.revision.must_be(seen)?;
    Ok(client)
}

pub(crate) fn changed(client: &Client) -> What {
    let (client_id, revision) = (client.id.to_string(), client.revision.0.unsigned_abs());
    What::ClientChanged(ClientChanged { client_id, revision })
}

/// A page of clients in sight that filters leave, each with its place in the order.
///
/// # Errors
/// [`Fault::Invalid`].
pub async fn list_clients(
    db: &Db,
    by: Actor,
    filter: &list::Filter,
    order: list::Order,
    after: Option<list::Place>,
    limit: i64,
) -> Result<Vec<(list::Place, Client)>, ClientError> {
    let length = filter.query.trim().chars().count();
    if length == 1 || length > 200 || filter.query.contains('\0') {
        return Err(Fault::invalid("filter.query", "must be empty, or 2 to 200 characters").into());
    }
    let sight = Sight::of(&db.pool, by).await?;
    let places = list::page(&db.pool, &sight, filter, order, after, limit).await?;
    let ids: Vec<Uuid> = places.iter().map(list::Place::id).collect();
    let mut places: HashMap<Uuid, list::Place> = places.into_iter().map(|place| (place.id(), place)).collect();
    let clients = store::clients(&db.pool, &ids).await?;
    Ok(clients.into_iter().filter_map(|client| Some((places.remove(&client.id.0)?, client))).collect())
}

/// What became of a client's versioned fields, newest first.
///
/// # Errors
/// [`ClientError::NotFound`].
pub async fn list_changes(db: &Db, by: Actor, asked: &history::Asked) -> Result<Vec<history::Noted>, ClientError> {
    open(db, by, asked.client).await?;
    Ok(history::list(&db.pool, asked).await?)
}

/// The places of those who only sound like it begin here.
const ALIKE: i32 = 10;

/// A page of clients in sight that fit what somebody typed, best first; each with its place in the order.
///
/// # Errors
/// [`Fault::Invalid`] unless the query has 2 to 200 characters.
pub async fn find_clients(
    db: &Db,
    by: Actor,
    query: &str,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<(Place, Client)>, ClientError> {
    if !(2..=200).contains(&query.trim().chars().count()) || query.contains('\0') {
        return Err(Fault::invalid("query", "must be 2 to 200 characters").into());
    }
    let sight = Sight::of(&db.pool, by).await?;
    let typed = Query::read(query);
    let begun = search::beginning(&db.pool, &sight, &typed, after.as_ref(), limit).await?;
    let mut places = begun.places.clone();
    let left = limit - i64::try_from(places.len()).unwrap_or(limit);
    if left > 0 {
        // What only sounds like it stands behind all that fits.
        let alike = alike(&db.pool, query, Among::Clients).await?;
        let alike: Vec<_> = alike.into_iter().map(|(client, far)| (client, far + ALIKE)).collect();
        places.extend(search::within(&db.pool, &sight, &typed, &begun, &alike, after.as_ref(), left).await?);
    }
    let ids: Vec<_> = places.iter().map(|(_, _, id)| *id).collect();
    let clients = store::clients(&db.pool, &ids).await?;
    let place_of = |client: &Client| places.iter().find(|(_, _, id)| *id == client.id.0).cloned();
    Ok(clients.into_iter().filter_map(|client| Some((place_of(&client)?, client))).collect())
}

/// Who a contact point might belong to, of those in sight; the likeliest first.
///
/// # Errors
/// [`ClientError::ContactPointNotFound`].
pub async fn suggest(db: &Db, by: Actor, point: ContactPointId) -> Result<Vec<(Client, Likely)>, ClientError> {
    let sight = Sight::of(&db.pool, by).await?;
    let found = store::contact_point(&db.pool, point).await?;
    let point = found.ok_or(ClientError::ContactPointNotFound(point))?;
    link::may_link(db, by, &sight, point.id).await?;
    let owner = store::owner(&db.pool, point.id).await?;
    let likely = search::likely(&db.pool, &sight, &point.addresses(), &point.display_name, owner).await?;
    let ids: Vec<_> = likely.iter().map(|one| one.client.0).collect();
    let clients = store::clients(&db.pool, &ids).await?;
    Ok(clients.into_iter().zip(likely).collect())
}

/// # Errors
/// [`ClientError::NotFound`], [`ClientError::PhotoNotFound`].
pub async fn photo(db: &Db, by: Actor, id: ClientId) -> Result<(String, Vec<u8>), ClientError> {
    open(db, by, id).await?;
    photo::read(&db.pool, id).await?.ok_or(ClientError::PhotoNotFound)
}

/// Sets a photo; an empty one takes it away.
///
/// # Errors
/// [`ClientError::NotFound`], [`ClientError::Archived`], [`Fault::Invalid`].
pub async fn set_photo(db: &Db, by: Actor, id: ClientId, bytes: &[u8]) -> Result<Client, ClientError> {
    let content_type = if bytes.is_empty() { None } else { Some(photo::content_type(bytes)?) };
    open(db, by, id).await?;
    let mut change = db.begin(by).await?;
    let before = find_locked(&mut change, id, None).await?;
    if before.archived_at.is_some() {
        return Err(ClientError::Archived);
    }
    match content_type {
        Some(content_type) => photo::write(change.db(), id, content_type, bytes).await?,
        None => photo::remove(change.db(), id).await?,
    }
    let after = Client {
        revision: before.revision.next(),
        updated_at: now(),
        has_photo: content_type.is_some(),
        ..before.clone()
    };
    keep(change, "client.photo", &before, &after).await
}
