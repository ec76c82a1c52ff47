//! Whose a contact point is.

use contracts::live::{ContactPointLinked, event::What};
use model::{ClientId, ContactPointId};
use serde_json::json;

use super::{
    ClientError,
    domain::{Client, ContactPoint},
    ops::{changed, find, open},
    sight::{self, Sight},
    store,
};
use crate::{
    change::{Actor, Change, Db},
    error::Fault,
    refusals::{self, Permission},
};

/// Says that a contact point is this client's, and takes over what its channel says about it (phone numbers and the
/// like). Repeating it changes nothing.
///
/// # Errors
/// [`ClientError::Linked`] when it is another client's and `move_it` is not set; [`ClientError::NotFound`];
/// [`ClientError::ContactPointNotFound`], also when the caller sees neither a dialog of it nor its client.
pub async fn link(
    db: &Db,
    by: Actor,
    point: ContactPointId,
    client: ClientId,
    move_it: bool,
) -> Result<Client, ClientError> {
    let (_, sight) = open(db, by, client).await?;
    may_link(db, by, &sight, point).await?;
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

/// Whoever does not see all clients says whose a contact point is where they see a dialog of it, or its client.
pub(crate) async fn may_link(db: &Db, by: Actor, sight: &Sight, point: ContactPointId) -> Result<(), ClientError> {
    let Some(viewer) = sight.viewer.filter(|_| !sight.all) else { return Ok(()) };
    // Of one that was joined into another, the other's.
    let Some(stands) = store::contact_point(&db.pool, point).await? else {
        return Err(ClientError::ContactPointNotFound(point));
    };
    let owner = match store::owner(&db.pool, stands.id).await? {
        Some(owner) => store::client(&db.pool, owner).await?,
        None => None,
    };
    if owner.is_some_and(|client| sight.shows(&client)) || sight::sees_point(&db.pool, viewer, stands.id).await? {
        return Ok(());
    }
    refusals::note(db, by, "contact_point", point.0, Permission::SeeDialog).await?;
    Err(ClientError::ContactPointNotFound(point))
}

/// The part that every way to a link shares; `false` when it was there already.
pub(crate) async fn link_within(
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
    store::insert_addresses(change.db(), client, None, &point.addresses(), Some(point.id)).await?;
    note(change, point.id, owner, Some(client)).await?;
    Ok(true)
}

/// Says that a contact point is nobody's; what it brought leaves its client. Repeating it changes nothing.
///
/// # Errors
/// What the database answers.
pub async fn unlink(db: &Db, by: Actor, point: ContactPointId) -> Result<(), ClientError> {
    let sight = Sight::of(&db.pool, by).await?;
    may_link(db, by, &sight, point).await?;
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
    let clients = store::clients(change.db(), &ids).await?;
    let audience = sight::audience(change.db(), &clients).await?;
    for client in &clients {
        change.tell_audience(audience.clone(), changed(client));
    }
    let owner = |client: Option<ClientId>| client.map(|client| json!({ "client_id": client }));
    change.audit("contact_point.link", "contact_point", point.0, owner(from), owner(to));
    let client_id = to.map(|id| id.to_string()).unwrap_or_default();
    let linked = ContactPointLinked { contact_point_id: point.to_string(), client_id };
    change.tell_audience(audience, What::ContactPointLinked(linked));
    Ok(())
}

async fn linked(change: &mut Change<'_>, owner: ClientId) -> Result<ClientError, ClientError> {
    let client_name = find(change, owner).await?.name;
    Ok(ClientError::Linked { client_id: owner, client_name })
}

pub(crate) async fn find_point(change: &mut Change<'_>, id: ContactPointId) -> Result<ContactPoint, ClientError> {
    store::contact_point(change.db(), id).await?.ok_or(ClientError::ContactPointNotFound(id))
}
