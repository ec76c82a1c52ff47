//! Counting clients: with every change of one in its transaction, and in batches.

use contracts::live::{Audience, event::What};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    settings::{self, Head},
    store,
};
use crate::quality;

/// Counts the clients that these events tell of. Every change of a client tells of it, so none is forgotten here.
///
/// # Errors
/// What the database answers.
pub async fn told(db: &mut PgConnection, events: &[(What, Audience)]) -> sqlx::Result<()> {
    let client = |(what, _): &(What, Audience)| match what {
        What::ClientChanged(changed) => changed.client_id.parse::<Uuid>().ok(),
        _ => None,
    };
    let clients: Vec<Uuid> = events.iter().filter_map(client).collect();
    if clients.is_empty() {
        return Ok(());
    }
    let head = settings::head(&mut *db).await?;
    if head.never_set_up() {
        return Ok(());
    }
    store::count(db, &head, &clients).await
}

/// Counts these clients. They are locked first, in order of their ids, so that none is saved meanwhile.
///
/// # Errors
/// What the database answers.
pub async fn whole(db: &mut PgConnection, head: &Head, clients: &[Uuid]) -> sqlx::Result<()> {
    quality::store::lock(&mut *db, clients).await?;
    store::count(db, head, clients).await
}
