//! Use cases of clients; each is one transaction with its audit rows and events.

use model::{ClientId, ContactPointId};

use super::{
    ClientError,
    domain::{Client, NewClient},
    link::{self, changed, find, find_point},
    search::{self, Likely, Place, Query},
    store,
};
use crate::{
    change::{Actor, Db, json},
    clock::now,
    error::Fault,
};

/// # Errors
/// [`ClientError::NotFound`].
pub async fn get(db: &Db, id: ClientId) -> Result<Client, ClientError> {
    store::client(&db.pool, id).await?.ok_or(ClientError::NotFound(id))
}

/// Adds a client, and links a contact point to it in the same transaction. Repeated with the same request it returns
/// the one that is there.
///
/// # Errors
/// [`ClientError::Linked`], [`ClientError::ContactPointNotFound`], [`ClientError::ResponsibleNotFound`], and what the
/// domain refuses.
pub async fn create(db: &Db, by: Actor, new: NewClient, point: Option<ContactPointId>) -> Result<Client, ClientError> {
    let (id, request) = (new.id, new.request.clone());
    let client = new.client(now())?;
    let mut change = db.begin(by).await?;
    if !store::insert(change.db(), &client, &request).await? {
        let stored = store::request_of(change.db(), id).await?.ok_or(ClientError::NotFound(id))?;
        request.must_be(&stored)?;
        return find(&mut change, id).await;
    }
    store::insert_addresses(change.db(), id, &client.addresses, None).await?;
    change.audit("client.create", "client", id.0, None, json(&client));
    change.tell_everyone(changed(&client));
    if let Some(point) = point {
        let point = find_point(&mut change, point).await?;
        link::link_within(&mut change, &point, id, false).await?;
    }
    let created = find(&mut change, id).await?;
    change.commit().await?;
    Ok(created)
}

/// A page of clients that fit what somebody typed, best first; each with its place in the order.
///
/// # Errors
/// [`Fault::Invalid`] unless the query has 2 to 200 characters.
pub async fn find_clients(
    db: &Db,
    query: &str,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<(Place, Client)>, ClientError> {
    if !(2..=200).contains(&query.trim().chars().count()) || query.contains('\0') {
        return Err(Fault::invalid("query", "must be 2 to 200 characters").into());
    }
    let places = search::find(&db.pool, &Query::read(query), after, limit).await?;
    let ids: Vec<_> = places.iter().map(|(_, _, id)| *id).collect();
    let clients = store::clients(&db.pool, &ids).await?;
    let place_of = |client: &Client| places.iter().find(|(_, _, id)| *id == client.id.0).cloned();
    Ok(clients.into_iter().filter_map(|client| Some((place_of(&client)?, client))).collect())
}

/// Who a contact point might belong to, the likeliest first.
///
/// # Errors
/// [`ClientError::ContactPointNotFound`].
pub async fn suggest(db: &Db, point: ContactPointId) -> Result<Vec<(Client, Likely)>, ClientError> {
    let found = store::contact_point(&db.pool, point).await?;
    let point = found.ok_or(ClientError::ContactPointNotFound(point))?;
    let owner = store::owner(&db.pool, point.id).await?;
    let likely = search::likely(&db.pool, &point.addresses(), &point.display_name, owner).await?;
    let ids: Vec<_> = likely.iter().map(|one| one.client.0).collect();
    let clients = store::clients(&db.pool, &ids).await?;
    Ok(clients.into_iter().zip(likely).collect())
}
