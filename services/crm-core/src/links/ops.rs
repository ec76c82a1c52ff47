//! Use cases of links; each is one transaction with its audit rows and events. Whoever sees both clients may change what ties them.

use std::collections::HashMap;

use contracts::crm::DirectoryKind;
use model::{ClientId, ClientLinkId, DirectoryEntryId};
use uuid::Uuid;

use super::{
    domain::{Link, Seen, Terms},
    store,
};
use crate::{
    caller::Mask,
    cards::settings,
    change::{Actor, Change, Db, RequestHash, Revision},
    clients::{
        ClientError,
        history::{self, FieldChange},
        ops as clients,
        refs::Refs,
        store as client_store,
    },
    clock::now,
    error::{Fault, violated},
};

const MOST_LINKS: u32 = 200;

/// A link that is to be made, as one of the two sees it.
#[derive(Debug, Clone)]
pub struct NewLink {
    pub id: ClientLinkId,
    pub request: RequestHash,
    pub from: ClientId,
    pub to: ClientId,
    pub kind: DirectoryEntryId,
    /// `to` is what the kind's reverse name says.
    pub reversed: bool,
    pub terms: Terms,
}

/// All of a client, with the names of those whom the caller sees.
///
/// # Errors
/// [`ClientError::NotFound`].
pub async fn list(db: &Db, by: Actor, client: ClientId) -> Result<Vec<Seen>, ClientError> {
    clients::open(db, by, client).await?;
    let links = store::of_client(&db.pool, client).await?;
    looked_at(db, by, client, links).await
}

async fn looked_at(db: &Db, by: Actor, from: ClientId, links: Vec<Link>) -> Result<Vec<Seen>, ClientError> {
    let others: Vec<Uuid> = links.iter().map(|link| link.across(from).0).collect();
    let names: HashMap<ClientId, String> =
        clients::batch(db, by, &others).await?.into_iter().map(|client| (client.id, client.name)).collect();
    let seen = |link: Link| Seen { from, other_name: names.get(&link.across(from)).cloned(), link };
    Ok(links.into_iter().map(seen).collect())
}

async fn one_looked_at(db: &Db, by: Actor, from: ClientId, link: Link) -> Result<Seen, ClientError> {
    let id = link.id;
    looked_at(db, by, from, vec![link]).await?.pop().ok_or(ClientError::LinkNotFound(id))
}

/// Ties two clients. Repeated with the same request it returns what is there.
///
/// # Errors
/// [`ClientError::NotFound`], [`ClientError::Archived`], [`ClientError::LinkExists`], [`Fault::Limit`], and what is invalid.
pub async fn create(db: &Db, by: Actor, new: NewLink) -> Result<Seen, ClientError> {
    if new.from == new.to {
        return Err(Fault::invalid("link.other_client_id", "must be another client").into());
    }
    let terms = new.terms.checked()?;
    let (_, sight) = clients::open(db, by, new.from).await?;
    clients::open(db, by, new.to).await?;
    let mut change = db.begin(by).await?;
    lock_both(&mut change, new.from, new.to).await?;
    if let Some(stored) = store::request_of(change.db(), new.id).await? {
        new.request.must_be(&stored)?;
        let link = store::link(change.db(), new.id).await?.ok_or(ClientError::LinkNotFound(new.id))?;
        drop(change);
        return one_looked_at(db, by, new.from, link).await;
    }
    let mut refs = Refs::default();
    refs.entry("kind_id", DirectoryKind::ClientLink, [new.kind]);
    refs.check(change.db(), new.from, &sight).await?;
    for client in [new.from, new.to] {
        if store::of_client(change.db(), client).await?.len() >= MOST_LINKS as usize {
            return Err(Fault::Limit(MOST_LINKS).into());
        }
    }
    let (client, other) = if new.reversed { (new.to, new.from) } else { (new.from, new.to) };
    let (author, at) = (by.employee(), now());
    let (id, kind, revision) = (new.id, new.kind, Revision(1));
    let link = Link { id, revision, kind, client, other, terms, author, created_at: at, updated_at: at };
    let before = kinds(&mut change, &link).await?;
    if store::mirrored(change.db(), &link).await? {
        return Err(ClientError::LinkExists);
    }
    store::insert(change.db(), &link, &new.request).await.map_err(taken)?;
    keep(change, "client.link", None, Some(&link), before).await?;
    one_looked_at(db, by, new.from, link).await
}

/// Changes those fields that are named.
///
/// # Errors
/// [`ClientError::LinkNotFound`], [`ClientError::Archived`], [`Fault::Stale`], [`Fault::Permission`] for who sees only one of the
/// two, and what is invalid.
pub async fn update(
    db: &Db,
    by: Actor,
    id: ClientLinkId,
    from: Option<ClientId>,
    seen: Option<Revision>,
    terms: Terms,
    fields: &Mask,
) -> Result<Seen, ClientError> {
    let link = opened(db, by, id).await?;
    let mut change = db.begin(by).await?;
    let before = locked(&mut change, &link, seen).await?;
    let terms = before.terms.changed(terms, fields)?;
    let after = Link { revision: before.revision.next(), terms, updated_at: now(), ..before.clone() };
    if store::mirrored(change.db(), &after).await? {
        return Err(ClientError::LinkExists);
    }
    let kinds = kinds(&mut change, &after).await?;
    store::update(change.db(), &after).await.map_err(taken)?;
    keep(change, "client.link", Some(&before), Some(&after), kinds).await?;
    let from = from.filter(|from| *from == after.client || *from == after.other).unwrap_or(after.client);
    one_looked_at(db, by, from, after).await
}

/// Takes a link away.
///
/// # Errors
/// As [`update`].
pub async fn delete(db: &Db, by: Actor, id: ClientLinkId, seen: Option<Revision>) -> Result<(), ClientError> {
    let link = opened(db, by, id).await?;
    let mut change = db.begin(by).await?;
    let before = locked(&mut change, &link, seen).await?;
    let kinds = kinds(&mut change, &before).await?;
    store::delete(change.db(), id).await?;
    keep(change, "client.unlink", Some(&before), None, kinds).await
}

/// A link whose clients the caller sees both.
async fn opened(db: &Db, by: Actor, id: ClientLinkId) -> Result<Link, ClientError> {
    let link = store::link(&db.pool, id).await?.ok_or(ClientError::LinkNotFound(id))?;
    match (clients::open(db, by, link.client).await, clients::open(db, by, link.other).await) {
        (Ok(_), Ok(_)) => Ok(link),
        (Err(ClientError::NotFound(_)), Err(ClientError::NotFound(_))) => Err(ClientError::LinkNotFound(id)),
        (Err(ClientError::NotFound(_)), Ok(_)) | (Ok(_), Err(ClientError::NotFound(_))) => {
            Err(Fault::Permission.into())
        }
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

/// The same for changing: with both clients locked, and still what the caller saw.
async fn locked(change: &mut Change<'_>, link: &Link, seen: Option<Revision>) -> Result<Link, ClientError> {
    lock_both(change, link.client, link.other).await?;
    let now = store::link(change.db(), link.id).await?.ok_or(ClientError::LinkNotFound(link.id))?;
    now.revision.must_be(seen)?;
    // An undone merge gave it to another client meanwhile.
    if (now.client, now.other) == (link.client, link.other) { Ok(now) } else { Err(Fault::Stale.into()) }
}

/// In order of their ids, as merges do.
async fn lock_both(change: &mut Change<'_>, one: ClientId, other: ClientId) -> Result<(), ClientError> {
    for id in [one.min(other), one.max(other)] {
        if clients::find_locked(change, id, None).await?.archived_at.is_some() {
            return Err(ClientError::Archived);
        }
    }
    Ok(())
}

type Kinds = [(ClientId, Vec<DirectoryEntryId>); 2];

async fn kinds(change: &mut Change<'_>, link: &Link) -> Result<Kinds, ClientError> {
    let of_client = store::kinds(change.db(), link.client).await?;
    Ok([(link.client, of_client), (link.other, store::kinds(change.db(), link.other).await?)])
}

/// History, audit rows and events of both clients; commits.
async fn keep(
    mut change: Change<'_>,
    action: &'static str,
    before: Option<&Link>,
    after: Option<&Link>,
    kinds: Kinds,
) -> Result<(), ClientError> {
    let versioned =
        settings::read(change.db()).await?.versioned_client_fields.iter().any(|field| field == history::LINKS);
    let ids: Vec<Uuid> = kinds.iter().map(|(client, _)| client.0).collect();
    client_store::bump(change.db(), &ids).await?;
    for (client, old) in kinds {
        let new = store::kinds(change.db(), client).await?;
        if versioned && old != new {
            let field = FieldChange {
                field: history::LINKS.to_owned(),
                custom_field: None,
                old: history::all(&old),
                new: history::all(&new),
            };
            history::keep(&mut change, client, None, &[field]).await?;
        }
        change.audit(action, "client", client.0, before.map(Link::facts), after.map(Link::facts));
    }
    let clients = client_store::clients(change.db(), &ids).await?;
    for client in clients {
        clients::tell(&mut change, &[client]).await?;
    }
    change.commit().await?;
    Ok(())
}

fn taken(cause: sqlx::Error) -> ClientError {
    match violated(&cause) {
        Some("client_link_once") => ClientError::LinkExists,
        _ => cause.into(),
    }
}
