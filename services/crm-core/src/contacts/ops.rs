//! Use cases of contacts; each is one transaction with its audit rows and events. Whoever sees a client sees its contacts.

use contracts::{
    crm::DirectoryKind,
    live::{ContactChanged, event::What},
};
use model::ContactId;
use uuid::Uuid;

use super::{
    domain::{Contact, Draft, NewContact},
    history, store,
};
use crate::{
    caller::Mask,
    cards::{settings, values},
    change::{Actor, Change, Db, Revision, json},
    clients::{
        ClientError,
        domain::Client,
        history as changes, ops as clients,
        refs::Refs,
        sight::{self, Sight},
        store as client_store,
    },
    clock::now,
    error::Fault,
};

/// A contact with its client, for somebody who sees it; the refusal of others is on record.
///
/// # Errors
/// [`ClientError::ContactNotFound`].
pub async fn open(db: &Db, by: Actor, id: ContactId) -> Result<(Contact, Sight), ClientError> {
    let contact = store::contact(&db.pool, id).await?.ok_or(ClientError::ContactNotFound(id))?;
    match clients::open(db, by, contact.client).await {
        Ok((_, sight)) => Ok((contact, sight)),
        Err(ClientError::NotFound(_)) => Err(ClientError::ContactNotFound(id)),
        Err(error) => Err(error),
    }
}

/// A page of contacts in sight, by name.
///
/// # Errors
/// [`ClientError::NotFound`] of the client that is named.
pub async fn list(db: &Db, by: Actor, asked: &store::Asked) -> Result<Vec<Contact>, ClientError> {
    let sight = match asked.client {
        Some(client) => clients::open(db, by, client).await?.1,
        None => Sight::of(&db.pool, by).await?,
    };
    let places = store::page(&db.pool, &sight, asked).await?;
    let ids: Vec<Uuid> = places.iter().map(|(_, id)| *id).collect();
    Ok(store::contacts(&db.pool, &ids).await?)
}

/// Adds a contact; the first one of a client becomes its main one. Repeated with the same request it returns the one that
/// is there.
///
/// # Errors
/// [`ClientError::NotFound`], [`ClientError::Archived`], and what the domain refuses.
pub async fn create(db: &Db, by: Actor, new: NewContact) -> Result<Contact, ClientError> {
    let (id, client, request) = (new.id, new.client, new.request.clone());
    let (_, sight) = clients::open(db, by, client).await?;
    let mut change = db.begin(by).await?;
    clients::find_locked(&mut change, client, None).await?;
    if let Some(stored) = store::request_of(change.db(), id).await? {
        request.must_be(&stored)?;
        return store::contact(change.db(), id).await?.ok_or(ClientError::ContactNotFound(id));
    }
    let created = add(&mut change, &sight, new).await?;
    change.commit().await?;
    Ok(created)
}

/// The part that every way to a new contact shares; the client is locked by it.
///
/// # Errors
/// As [`create`].
pub(crate) async fn add(change: &mut Change<'_>, sight: &Sight, new: NewContact) -> Result<Contact, ClientError> {
    let (id, client, request, main) = (new.id, new.client, new.request.clone(), new.main);
    let contact = new.contact(change.by().employee(), now())?;
    let owner = clients::find_locked(change, client, None).await?;
    if owner.archived_at.is_some() {
        return Err(ClientError::Archived);
    }
    let first = !store::has_any(change.db(), client).await?;
    if !store::insert(change.db(), &contact, &request).await? {
        return Err(Fault::RequestReused.into()); // of another client
    }
    refs(&contact).check(change.db(), client, sight).await?;
    values::check(change.db(), values::Object::Contact, &[], &contact.custom, client, sight).await?;
    write(change, &contact, &Mask::all(&["addresses", "key_events", "custom_values"])).await?;
    change.audit("contact.create", "contact", id.0, None, json(&contact));
    tell(change, &contact, &owner).await?;
    if main || first {
        set_main(change, &owner, Some(id)).await?;
    }
    store::contact(change.db(), id).await?.ok_or(ClientError::ContactNotFound(id))
}

/// Changes those fields that are named.
///
/// # Errors
/// [`ClientError::ContactNotFound`], [`ClientError::Archived`], [`Fault::Stale`](crate::error::Fault::Stale), and what
/// the domain refuses.
pub async fn update(
    db: &Db,
    by: Actor,
    id: ContactId,
    seen: Option<Revision>,
    draft: Draft,
    fields: &Mask,
) -> Result<Contact, ClientError> {
    let (contact, sight) = open(db, by, id).await?;
    let mut change = db.begin(by).await?;
    let (owner, before) = find_locked(&mut change, &contact, seen).await?;
    if owner.archived_at.is_some() || before.archived_at.is_some() {
        return Err(ClientError::Archived);
    }
    let after = before.changed(draft, fields, now())?;
    refs(&after).without(&refs(&before)).check(change.db(), owner.id, &sight).await?;
    if fields.has("custom_values") {
        values::check(change.db(), values::Object::Contact, &before.custom, &after.custom, owner.id, &sight).await?;
    }
    write(&mut change, &after, fields).await?;
    keep(change, "contact.update", &before, &after, &owner).await
}

/// Takes a contact out of the lists, or puts it back; a client's main contact is none any more. Repeating it changes nothing.
///
/// # Errors
/// [`ClientError::ContactNotFound`], [`Fault::Stale`](crate::error::Fault::Stale).
pub async fn archive(
    db: &Db,
    by: Actor,
    id: ContactId,
    seen: Option<Revision>,
    archived: bool,
) -> Result<Contact, ClientError> {
    let (contact, _) = open(db, by, id).await?;
    let mut change = db.begin(by).await?;
    let (owner, before) = find_locked(&mut change, &contact, seen).await?;
    if before.archived_at.is_some() == archived {
        return Ok(before);
    }
    let (revision, updated_at, archived_at) = (before.revision.next(), now(), archived.then(now));
    let after = Contact { revision, updated_at, archived_at, ..before.clone() };
    store::save(change.db(), &after).await?;
    if archived && owner.card.main_contact_id == Some(id) {
        set_main(&mut change, &owner, None).await?;
    }
    let action = if archived { "contact.archive" } else { "contact.restore" };
    keep(change, action, &before, &after, &owner).await
}

/// The client first: whoever changes both locks them in this order.
async fn find_locked(
    change: &mut Change<'_>,
    contact: &Contact,
    seen: Option<Revision>,
) -> Result<(Client, Contact), ClientError> {
    let owner = clients::find_locked(change, contact.client, None).await?;
    store::lock(change.db(), contact.id).await?;
    let found = store::contact(change.db(), contact.id).await?.ok_or(ClientError::ContactNotFound(contact.id))?;
    if let Some(into) = found.merged_into {
        return Err(ClientError::ContactMerged(into));
    }
    found.revision.must_be(seen)?;
    Ok((owner, found))
}

async fn write(change: &mut Change<'_>, contact: &Contact, fields: &Mask) -> Result<(), ClientError> {
    store::save(change.db(), contact).await?;
    if fields.has("addresses") {
        client_store::delete_typed(change.db(), contact.client, Some(contact.id)).await?;
        let (client, id) = (contact.client, Some(contact.id));
        client_store::insert_addresses(change.db(), client, id, &contact.addresses, None).await?;
    }
    if fields.has("key_events") {
        store::delete_key_events(change.db(), contact.id).await?;
        store::insert_key_events(change.db(), contact.id, &contact.key_events).await?;
    }
    if fields.has("custom_values") {
        values::replace(change.db(), contact.id.0, &contact.custom).await?;
    }
    Ok(())
}

/// History, audit row and event of a version that is written; commits.
async fn keep(
    mut change: Change<'_>,
    action: &'static str,
    before: &Contact,
    after: &Contact,
    owner: &Client,
) -> Result<Contact, ClientError> {
    let settings = settings::read(change.db()).await?;
    changes::keep(&mut change, owner.id, Some(after.id), &history::between(before, after, &settings)).await?;
    change.audit(action, "contact", after.id.0, json(before), json(after));
    tell(&mut change, after, owner).await?;
    let stored = store::contact(change.db(), after.id).await?.ok_or(ClientError::ContactNotFound(after.id))?;
    change.commit().await?;
    Ok(stored)
}

/// The client's main contact from now on; its own history and event.
async fn set_main(change: &mut Change<'_>, owner: &Client, main: Option<ContactId>) -> Result<(), ClientError> {
    let mut after = Client { revision: owner.revision.next(), updated_at: now(), ..owner.clone() };
    after.card.main_contact_id = main;
    let settings = settings::read(change.db()).await?;
    client_store::save(change.db(), &after).await?;
    changes::keep(change, owner.id, None, &changes::between(owner, &after, &settings)).await?;
    change.audit("client.update", "client", owner.id.0, json(owner), json(&after));
    clients::tell(change, &[after]).await
}

async fn tell(change: &mut Change<'_>, contact: &Contact, owner: &Client) -> Result<(), ClientError> {
    let audience = sight::audience(change.db(), std::slice::from_ref(owner)).await?;
    let changed = ContactChanged {
        contact_id: contact.id.to_string(),
        client_id: owner.id.to_string(),
        revision: contact.revision.0.unsigned_abs(),
    };
    change.tell_audience(audience, What::ContactChanged(changed));
    Ok(())
}

fn refs(contact: &Contact) -> Refs {
    let mut refs = Refs::default();
    refs.entry("position_id", DirectoryKind::Position, contact.person.position_id);
    refs.entry("role_id", DirectoryKind::ContactRole, contact.person.role_id);
    refs.entry("key_events", DirectoryKind::KeyEvent, contact.key_events.iter().filter_map(|event| event.kind_id));
    refs
}
