//! Whose a contact point is.

use contracts::live::{ClientChanged, ContactPointLinked, event::What};
use model::{ClientId, ContactPointId};
use serde_json::json;

use super::{
    ClientError,
    domain::{Client, ContactPoint},
    store,
};
use crate::{
    change::{Actor, Change, Db},
    error::Fault,
};

/// Says that a contact point is this client's, and takes over what its channel says about it (phone numbers and the
/// like). Repeating it changes nothing.
///
/// # Errors
/// [`ClientError::Linked`] when it is another client's and `move_it` is not set; [`ClientError::NotFound`];
/// [`ClientError::ContactPointNotFound`].
pub async fn link(
    db: &Db,
    by: Actor,
    point: ContactPointId,
    client: ClientId,
    move_it: bool,
) -> Result<Client, ClientError> {
    let mut change = db.begin(by).await?;
    let before = find(&mut change, client).await?;
    let point = find_point(&mut change, point).await?;
    if !link_within(&mut change, &point, client, move_it).await? {
        return Ok(before);
    }
    let after = find(&mut change, client).await?;
    change.commit().await?;
    Ok(after)
}

/// The part that every way to a link shares; `false` when it was there already.
pub(super) async fn link_within(
    change: &mut Change<'_>,
    point: &ContactPoint,
    client: ClientId,
    move_it: bool,
) -> Result<bool, ClientError> {
    let mut owner = None;
    if !store::insert_link(change.db(), point.id, client).await? {
        // Unlinked in this very moment: the caller tries again.
        let current = store::owner_for_update(change.db(), point.id).await?.ok_or(Fault::Stale)?;
        match current == client {
            true => return Ok(false),
            false if !move_it => return Err(linked(change, current).await?),
            false => owner = Some(current),
        }
        store::delete_brought(change.db(), point.id).await?;
        store::move_link(change.db(), point.id, client).await?;
    }
    store::insert_addresses(change.db(), client, &point.addresses(), Some(point.id)).await?;
    note(change, point.id, owner, Some(client)).await?;
    Ok(true)
}

/// Says that a contact point is nobody's; what it brought leaves its client. Repeating it changes nothing.
///
/// # Errors
/// What the database answers.
pub async fn unlink(db: &Db, by: Actor, point: ContactPointId) -> Result<(), ClientError> {
    let mut change = db.begin(by).await?;
    let Some(owner) = store::owner_for_update(change.db(), point).await? else { return Ok(()) };
    store::delete_link(change.db(), point).await?;
    note(&mut change, point, Some(owner), None).await?;
    Ok(change.commit().await?)
}

/// Audit and events of a link that changed.
async fn note(
    change: &mut Change<'_>,
    point: ContactPointId,
    from: Option<ClientId>,
    to: Option<ClientId>,
) -> Result<(), ClientError> {
    let ids: Vec<_> = from.iter().chain(&to).map(|id| id.0).collect();
    store::bump(change.db(), &ids).await?;
    for client in store::clients(change.db(), &ids).await? {
        change.tell_everyone(changed(&client));
    }
    let owner = |client: Option<ClientId>| client.map(|client| json!({ "client_id": client }));
    change.audit("contact_point.link", "contact_point", point.0, owner(from), owner(to));
    let client_id = to.map(|id| id.to_string()).unwrap_or_default();
    change
        .tell_everyone(What::ContactPointLinked(ContactPointLinked { contact_point_id: point.to_string(), client_id }));
    Ok(())
}

async fn linked(change: &mut Change<'_>, owner: ClientId) -> Result<ClientError, ClientError> {
    let client_name = find(change, owner).await?.name;
    Ok(ClientError::Linked { client_id: owner, client_name })
}

pub(super) async fn find(change: &mut Change<'_>, id: ClientId) -> Result<Client, ClientError> {
    store::client(change.db(), id).await?.ok_or(ClientError::NotFound(id))
}

pub(super) async fn find_point(change: &mut Change<'_>, id: ContactPointId) -> Result<ContactPoint, ClientError> {
    store::contact_point(change.db(), id).await?.ok_or(ClientError::ContactPointNotFound(id))
}

pub(super) fn changed(client: &Client) -> What {
    let (client_id, revision) = (client.id.to_string(), client.revision.0.unsigned_abs());
    What::ClientChanged(ClientChanged { client_id, revision })
}
