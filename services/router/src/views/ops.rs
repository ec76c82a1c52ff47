//! Use cases of saved views; each is one transaction with its audit row and its event.

use ::store::{Schema, audit, event};
use contracts::{
    inbox,
    live::{Audience, ViewChanged, event::What},
};
use serde_json::{Value, json};
use sqlx::PgConnection;
use tonic::Status;
use uuid::Uuid;

use super::{
    domain::{By, MOST, View, ViewError},
    store,
};
use crate::{conversations::Db, fault::broken};

/// Stores a view. Repeated, it returns what is there.
///
/// # Errors
/// [`ViewError`].
pub async fn create(db: &Db, by: By, view: &View) -> Result<View, ViewError> {
    let mut tx = db.pool.begin().await?;
    let own = store::count_own(&mut tx, by.employee).await?;
    if let Some(known) = store::lock(&mut *tx, by.employee, view.id).await? {
        return if known.owner == by.employee { Ok(known) } else { Err(ViewError::IdInUse) };
    }
    if view.shared {
        by.must_share()?;
    }
    if own >= MOST {
        return Err(ViewError::TooMany);
    }
    if !store::insert(&mut *tx, view).await? {
        return Err(ViewError::IdInUse);
    }
    tell(&mut tx, by, "created", view, None, Some(view)).await?;
    tx.commit().await?;
    db.wakes.relay.notify_one();
    Ok(view.clone())
}

/// Changes what `fields` name.
///
/// # Errors
/// [`ViewError`] and INVALID_ARGUMENT.
pub async fn update(
    db: &Db,
    by: By,
    id: Uuid,
    seen: Option<i64>,
    asked: &inbox::View,
    fields: &[String],
) -> Result<View, Status> {
    let mut tx = db.pool.begin().await.map_err(broken)?;
    let known = changeable(&mut tx, by, id, seen).await?;
    let view = known.masked(asked, fields)?;
    if view.shared && !known.shared {
        by.must_share()?;
    }
    store::update(&mut *tx, &view).await.map_err(broken)?;
    tell(&mut tx, by, "changed", &view, Some(&known), Some(&view)).await.map_err(broken)?;
    tx.commit().await.map_err(broken)?;
    db.wakes.relay.notify_one();
    Ok(view)
}

/// Removes a view.
///
/// # Errors
/// [`ViewError`].
pub async fn delete(db: &Db, by: By, id: Uuid, seen: Option<i64>) -> Result<(), ViewError> {
    let mut tx = db.pool.begin().await?;
    let known = changeable(&mut tx, by, id, seen).await?;
    store::delete(&mut *tx, id).await?;
    tell(&mut tx, by, "deleted", &known, Some(&known), None).await?;
    tx.commit().await?;
    db.wakes.relay.notify_one();
    Ok(())
}

async fn changeable(db: &mut PgConnection, by: By, id: Uuid, seen: Option<i64>) -> Result<View, ViewError> {
    let known = store::lock(db, by.employee, id).await?.ok_or(ViewError::NotFound(id))?;
    known.must_be_changeable(by)?;
    if seen.is_some_and(|seen| seen != known.revision) { Err(ViewError::Stale) } else { Ok(known) }
}

/// The audit row and the event: to its owner, or to everyone who could see it or now can.
async fn tell(
    db: &mut PgConnection,
    by: By,
    action: &'static str,
    view: &View,
    before: Option<&View>,
    after: Option<&View>,
) -> sqlx::Result<()> {
    let entry = audit::Entry {
        employee_id: Some(by.employee.0),
        action,
        object_kind: "view",
        object_id: view.id,
        before: before.map(noted),
        after: after.map(noted),
    };
    audit::append(db, Schema::Inbox, &[entry]).await?;
    let everyone = [before, after].into_iter().flatten().any(|view| view.shared);
    let owner = if everyone { Vec::new() } else { vec![view.owner.to_string()] };
    let audience = Audience { employee_ids: owner, everyone, ..Audience::default() };
    let what = What::ViewChanged(ViewChanged { view_id: view.id.to_string() });
    event::append(db, Schema::Inbox, &[(what, audience)]).await
}

/// What is searched for may be a customer's name: it is not noted.
fn noted(view: &View) -> Value {
    json!({ "name": view.name, "shared": view.shared, "base": view.base, "order": view.order, "rank": view.rank })
}
