//! One use case each.

use contracts::live::{FeedPinsChanged, event::What};
use model::{ClientId, EmployeeId};
use serde_json::json;
use uuid::Uuid;

use super::{
    FeedError,
    domain::{Filter, Page, Place, Scope, Source},
    read::Feed,
    store::{self, Reader},
};
use crate::{
    change::{Actor, Db},
    clients::ops::open,
    error::Fault,
};

/// Of one person.
const PINS: u32 = 1_000;
/// Plans, and pins, that a page shows.
const ON_TOP: i64 = 200;

/// What is asked of a feed.
#[derive(Debug, Clone)]
pub struct Asked {
    pub client: ClientId,
    /// The caller's own personal accounts are in sight.
    pub personal: bool,
    pub filter: Filter,
    pub after: Option<Place>,
    pub limit: i64,
}

/// # Errors
/// [`FeedError::Client`] unless the caller sees the client; that is on record.
pub async fn list(db: &Db, by: Actor, asked: &Asked) -> Result<Page, FeedError> {
    let (viewer, scope, sources) = enter(db, by, asked.client, asked.personal).await?;
    let feed = Feed { sources: &sources, scope: &scope, viewer };
    let (mut plans, mut pinned) = (Vec::new(), Vec::new());
    if asked.after.is_none() {
        plans = feed.plans(&db.pool, ON_TOP).await?;
        pinned = feed.pinned(&db.pool, &asked.filter, ON_TOP).await?;
    }
    let entries = feed.past(&db.pool, &asked.filter, asked.after, asked.limit).await?;
    Ok(Page { plans, pinned, entries, scope })
}

async fn enter(
    db: &Db,
    by: Actor,
    client: ClientId,
    personal: bool,
) -> Result<(EmployeeId, Scope, Vec<Source>), FeedError> {
    let viewer = by.employee().ok_or(Fault::Permission)?; // a feed is always somebody's
    let (found, _) = open(db, by, client).await?;
    let reader = Reader { employee: viewer, personal, responsible: found.responsible == Some(viewer) };
    let scope = store::scope(&db.pool, client, reader).await?;
    Ok((viewer, scope, store::sources(&db.pool).await?))
}

/// # Errors
/// [`FeedError::EntryNotFound`] unless the caller's feed of the client holds it; [`Fault::Limit`].
pub async fn pin(db: &Db, by: Actor, client: ClientId, entry: Uuid, personal: bool) -> Result<(), FeedError> {
    let (viewer, scope, sources) = enter(db, by, client, personal).await?;
    let feed = Feed { sources: &sources, scope: &scope, viewer };
    if !feed.holds(&db.pool, entry).await? {
        return Err(FeedError::EntryNotFound(entry));
    }
    let mut change = db.begin(by).await?;
    match store::pin(change.db(), viewer, entry, i64::from(PINS)).await? {
        None => Err(Fault::Limit(PINS).into()),
        Some(false) => Ok(()),
        Some(true) => {
            change.audit("feed.pinned", "client", client.0, None, Some(json!({ "entry_id": entry })));
            change.tell(viewer, pins_changed(client));
            change.commit().await?;
            Ok(())
        }
    }
}

/// # Errors
/// [`FeedError::Client`] unless the caller sees the client.
pub async fn unpin(db: &Db, by: Actor, client: ClientId, entry: Uuid) -> Result<(), FeedError> {
    let viewer = by.employee().ok_or(Fault::Permission)?;
    open(db, by, client).await?;
    let mut change = db.begin(by).await?;
    if store::unpin(change.db(), viewer, entry).await? {
        change.audit("feed.unpinned", "client", client.0, Some(json!({ "entry_id": entry })), None);
        change.tell(viewer, pins_changed(client));
        change.commit().await?;
    }
    Ok(())
}

fn pins_changed(client: ClientId) -> What {
    What::FeedPinsChanged(FeedPinsChanged { client_id: client.to_string() })
}
