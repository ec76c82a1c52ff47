//! Packing what is kept of a person where crm-core orders it: a ZIP of pieces in the object store. Each piece is written down with where
//! the next begins, so that a process that is ended costs one piece, and no more than a piece is ever in memory.

mod pack;
mod place;
mod read;
mod store;
mod walk;
mod zip;

use std::time::Duration;

use futures::TryStreamExt as _;
use object_store::{ObjectStoreExt as _, path::Path as Key};
use objects::EXPORTS;
use runtime::Stop;
use sqlx::PgPool;
use tokio::time::timeout;
use tracing::{info, warn};
use uuid::Uuid;

use crate::files::{ObjectError, Objects, WAIT};
use pack::Pack;
use place::Stage;
#[cfg(test)]
pub use store::claim;

/// Between two looks at what is ordered.
const ROUND: Duration = Duration::from_secs(2);
/// Rounds between two looks at what is stored: a database may be restored while we run.
const LOOK: u32 = 15;

/// What packing needs.
#[derive(Clone)]
pub struct Exporter {
    pub pool: PgPool,
    pub objects: Objects,
}

/// What crm-core ordered.
#[derive(Debug, Clone)]
pub struct Order {
    pub id: Uuid,
    pub points: Vec<Uuid>,
    /// Of the client, normalized.
    emails: Vec<String>,
}

impl Order {
    /// Everything by which letters name the person, in lower case.
    async fn own_addresses(&self, pool: &PgPool) -> sqlx::Result<Vec<String>> {
        sqlx::query_scalar!(
            r#"select lower(p.address) as "address!" from inbox.contact_point p
                   where p.contact_point_id = any ($1) and p.channel = 'email'
               union select lower(p.latest_address) from inbox.contact_point p
                   where p.contact_point_id = any ($1) and p.channel = 'email' and p.latest_address is not null
               union select unnest($2::text[])"#,
            &self.points,
            &self.emails
        )
        .fetch_all(pool)
        .await
    }
}

/// Why an export is not packed yet. It is tried again.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("the database did not do it")]
    Store(#[from] sqlx::Error),
    #[error(transparent)]
    Objects(#[from] ObjectError),
    #[error("the object store failed")]
    List(#[from] object_store::Error),
    #[error("the object store did not answer within 10 s")]
    Slow(#[from] tokio::time::error::Elapsed),
    #[error("a text cannot be written")]
    Text(#[from] serde_json::Error),
    #[error("a file cannot be packed")]
    Pack(#[from] std::io::Error),
}

/// Carries out what is ordered, until `stop`, and removes what no longer is. Any number of processes may do it at once.
pub async fn run(exporter: Exporter, stop: Stop) {
    let mut failed = Vec::new();
    for round in 0_u32.. {
        if round.is_multiple_of(LOOK) {
            failed.clear();
        }
        if let Err(error) = remove(&exporter, round.is_multiple_of(LOOK)).await {
            warn!(error = %runtime::chain(&error), "exports that nobody needs stay for now");
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            done = one(&exporter, &failed) => if let Err((id, error)) = done {
                warn!(export_id = %id, error = %runtime::chain(&error), "an export is not packed yet");
                // The next ones go first; it is tried again with the next look.
                failed.push(id);
            },
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(ROUND) => {}
        }
    }
}

/// Packs the next export to its end.
async fn one(exporter: &Exporter, but: &[Uuid]) -> Result<(), (Uuid, ExportError)> {
    let claimed = store::claim(&exporter.pool, but).await.map_err(|error| (Uuid::nil(), error.into()))?;
    let Some(mut claimed) = claimed else { return Ok(()) };
    let id = claimed.order.id;
    loop {
        match piece(exporter, &mut claimed).await {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(error) => {
                let _ = store::release(&exporter.pool, &claimed).await; // its claim ends by itself, too
                return Err((id, error));
            }
        }
    }
}

/// Packs the next piece; `false`: it was the last one, or somebody else goes on.
///
/// # Errors
/// [`ExportError`]; it may be repeated.
pub async fn piece(exporter: &Exporter, claimed: &mut store::Claimed) -> Result<bool, ExportError> {
    let (mut place, mut pack) = (claimed.place.clone(), Pack::at(claimed.size_bytes.unsigned_abs()));
    if matches!(place.stage, Stage::End) {
        walk::on(exporter, &claimed.order, &mut place, &mut pack).await?;
    }
    while !pack.is_full() && !matches!(place.stage, Stage::End | Stage::Done) {
        walk::on(exporter, &claimed.order, &mut place, &mut pack).await?;
    }
    place.entries += i64::try_from(pack.entries.len()).unwrap_or(i64::MAX);
    let id = Uuid::now_v7();
    let key = Key::from(objects::export_piece(claimed.order.id, id));
    let bytes = std::mem::take(&mut pack.bytes);
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    timeout(WAIT, exporter.objects.0.put(&key, bytes.into())).await??;
    if !store::commit(&exporter.pool, claimed, (id, size), &pack, &place).await? {
        exporter.objects.remove(&[key.to_string()]).await?;
        return Ok(false);
    }
    claimed.size_bytes += size;
    claimed.pieces += 1;
    claimed.place = place;
    Ok(!matches!(claimed.place.stage, Stage::Done))
}

/// Removes what nobody orders: it was given up, is over, or its person is erased. With `look` also what the database does not know.
///
/// # Errors
/// [`ExportError`]; it may be repeated.
pub async fn remove(exporter: &Exporter, look: bool) -> Result<(), ExportError> {
    let stored = if look { stored(exporter).await? } else { Vec::new() };
    for id in store::unordered(&exporter.pool, &stored).await? {
        let mut listed = exporter.objects.0.list(Some(&Key::from(format!("{EXPORTS}/{id}"))));
        let mut keys = Vec::new();
        loop {
            match timeout(WAIT, listed.try_next()).await? {
                Ok(Some(file)) => keys.push(file.location.to_string()),
                Ok(None) | Err(object_store::Error::NotFound { .. }) => break, // no folder
                Err(error) => return Err(error.into()),
            }
        }
        exporter.objects.remove(&keys).await?;
        store::forget(&exporter.pool, id).await?;
        info!(export_id = %id, pieces = keys.len(), "an export was removed");
    }
    Ok(())
}

/// Exports that have files.
async fn stored(exporter: &Exporter) -> Result<Vec<Uuid>, ExportError> {
    let listed = timeout(WAIT, exporter.objects.0.list_with_delimiter(Some(&Key::from(EXPORTS)))).await?;
    match listed {
        Ok(found) => {
            Ok(found.common_prefixes.iter().filter_map(|folder| folder.filename()?.parse::<Uuid>().ok()).collect())
        }
        Err(object_store::Error::NotFound { .. }) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}
