//! The list of erasures beside the files, for it must not be restored with the database: ids, counts and who decided, no person.

use futures::TryStreamExt as _;
use object_store::{ObjectStoreExt as _, path::Path as Key};
use serde_json::Value;
use sqlx::PgPool;
use tokio::time::timeout;
use uuid::Uuid;

use super::{EraseError, store::Order};
use crate::files::{Objects, WAIT};

/// Where it lies; nothing sweeps there.
const FOLDER: &str = "erased";
/// An entry is a few ids; whatever is larger is none.
const MOST_BYTES: usize = 4 << 20;

/// Writes an order down; repeating it changes nothing.
pub(super) async fn write(objects: &Objects, order: &Order) -> Result<(), EraseError> {
    let key = Key::from(format!("{FOLDER}/{}", order.id));
    timeout(WAIT, objects.0.put(&key, order.listed.to_string().into())).await??;
    Ok(())
}

/// Orders once more what the list names and the database does not know: it is older than those erasures. Returns how many.
///
/// # Errors
/// [`EraseError`]; it may be repeated.
pub async fn replay(pool: &PgPool, objects: &Objects) -> Result<usize, EraseError> {
    let mut listed = objects.0.list(Some(&Key::from(FOLDER)));
    let mut ids = Vec::new();
    loop {
        match timeout(WAIT, listed.try_next()).await? {
            Ok(Some(file)) => ids.extend(file.location.filename().and_then(|name| name.parse::<Uuid>().ok())),
            Ok(None) | Err(object_store::Error::NotFound { .. }) => break, // no folder: nothing was ever erased
            Err(error) => return Err(error.into()),
        }
    }
    let mut again = 0;
    for id in unknown(pool, &ids).await? {
        let Some((bytes, _)) = objects.stretch(&format!("{FOLDER}/{id}"), 0, MOST_BYTES).await? else { continue };
        let Ok(entry) = serde_json::from_slice::<Value>(&bytes) else { continue };
        again += usize::from(order(pool, id, &entry).await?);
    }
    Ok(again)
}

async fn unknown(pool: &PgPool, ids: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"select l.id as "id!" from unnest($1::uuid[]) l(id)
           where not exists (select from inbox.erasure e where e.erasure_id = l.id)
               and not exists (select from inbox.erasure_again a where a.erasure_id = l.id)
               and not exists (select from crm_read.erasure o where o.erasure_id = l.id)"#,
        ids
    )
    .fetch_all(pool)
    .await
}

/// Whether there is an order now that was not there before.
async fn order(pool: &PgPool, id: Uuid, entry: &Value) -> sqlx::Result<bool> {
    let points = entry["contact_point_ids"].as_array().into_iter().flatten();
    let points: Vec<Uuid> = points.filter_map(|id| id.as_str()?.parse().ok()).collect();
    let Some(client) = entry["client_id"].as_str().and_then(|id| id.parse::<Uuid>().ok()) else { return Ok(false) };
    let done = sqlx::query!(
        "insert into inbox.erasure_again (erasure_id, client_id, contact_point_ids, listed) values ($1, $2, $3, $4)
         on conflict do nothing",
        id,
        client,
        &points,
        entry
    )
    .execute(pool)
    .await?;
    Ok(done.rows_affected() > 0)
}
