//! Files that no message names are kept for a time and then removed: uploads that were never sent, what a visitor
//! attached and did not send, what a killed process has left.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::TryStreamExt as _;
use object_store::{ObjectMeta, path::Path as Key};
use runtime::Stop;
use sqlx::PgPool;
use tokio::time::{Instant, timeout};
use tracing::{info, warn};

use super::{
    deleted::DropError,
    objects::{Objects, WAIT},
};

/// How long a staff's upload that no message and no draft names is kept. Drafts and send-later name theirs.
pub const UPLOADS: TimeDelta = TimeDelta::days(7);
/// How long anything else is kept that nobody names: a day more than facts lie on the bus, which may name it.
pub const STRAYS: TimeDelta = TimeDelta::days(8);
/// Between two looks at uploads.
const ROUND: Duration = Duration::from_secs(10 * 60);
/// Between two looks at all that is stored; the first comes an hour after the start, for after a restore facts of days
/// are read once more.
const LOOK: Duration = Duration::from_secs(24 * 3_600);
const FIRST_LOOK: Duration = Duration::from_secs(3_600);
/// Uploads that one round drops, and stored files that one statement asks about.
const BATCH: i64 = 200;
const LISTED: usize = 500;

/// Sweeps until `stop`. Any number of processes may do it at once.
pub async fn run(pool: PgPool, objects: Objects, stop: Stop) {
    let mut look_at = Instant::now() + FIRST_LOOK;
    loop {
        note(uploads(&pool, &objects).await);
        if Instant::now() >= look_at {
            look_at = Instant::now() + LOOK;
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                swept = strays(&pool, &objects, Utc::now() - STRAYS) => note(swept),
            }
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(ROUND) => {}
        }
    }
}

fn note(swept: Result<usize, DropError>) {
    match swept {
        Ok(0) => {}
        Ok(count) => info!(count, "{count} files that no message names were removed"),
        Err(error) => warn!(error = %runtime::chain(&error), "files that no message names stay for now"),
    }
}

/// Removes uploads of staff that nobody names, at most 200; returns how many. First they are marked, so that nobody names
/// them any more; then go their bytes, then their rows: whatever is killed, the next round goes on.
///
/// # Errors
/// [`DropError`]; what was marked is removed by the next round.
pub async fn uploads(pool: &PgPool, objects: &Objects) -> Result<usize, DropError> {
    settle_named(pool).await?;
    mark_unnamed(pool).await?;
    let dropped = sqlx::query!(
        "select file_id, object_key from inbox.file where not named and dropped_at is not null
         order by created_at limit $1",
        BATCH
    );
    let dropped = dropped.fetch_all(pool).await?;
    let keys: Vec<String> = dropped.iter().map(|row| row.object_key.clone()).collect();
    objects.remove(&keys).await?;
    let ids: Vec<_> = dropped.iter().map(|row| row.file_id).collect();
    sqlx::query!("delete from inbox.file where file_id = any ($1) and dropped_at is not null", &ids)
        .execute(pool)
        .await?;
    metrics::counter!("okno_router_files_removed_total", "why" => "unnamed").increment(ids.len() as u64);
    Ok(ids.len())
}

/// What a message names by now is not looked at again.
async fn settle_named(pool: &PgPool) -> sqlx::Result<()> {
    sqlx::query!(
        "update inbox.file f set named = true
         where not f.named and f.dropped_at is null and f.created_at < now() - $1::float8 * interval '1 second'
             and exists (select from inbox.attachment a where a.object_key = f.object_key and a.object_key <> '')",
        seconds(UPLOADS)
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Uploads that were never finished are given up after a day.
async fn mark_unnamed(pool: &PgPool) -> sqlx::Result<()> {
    sqlx::query!(
        "with unnamed as (
             select f.file_id from inbox.file f
             where not f.named and f.dropped_at is null
                 and (f.state = 1 and f.created_at < now() - interval '1 day'
                      or f.created_at < now() - $1::float8 * interval '1 second')
                 and not exists (select from inbox.attachment a where a.object_key = f.object_key and a.object_key <> '')
                 and f.file_id not in (select unnest(d.file_ids) from inbox.draft d)
             order by f.created_at limit $2 for no key update of f skip locked)
         update inbox.file f set dropped_at = now() from unnamed u where f.file_id = u.file_id",
        seconds(UPLOADS),
        BATCH
    )
    .execute(pool)
    .await?;
    Ok(())
}

fn seconds(span: TimeDelta) -> f64 {
    span.as_seconds_f64()
}

/// Removes what was stored before an instant and is named by nobody; returns how many. Looks at everything in the store
/// once, 500 files at a time.
///
/// # Errors
/// [`DropError`]; the next look begins anew.
pub async fn strays(pool: &PgPool, objects: &Objects, before: DateTime<Utc>) -> Result<usize, DropError> {
    let mut removed = 0;
    for prefix in ["in", "up"] {
        let mut listed = objects.0.list(Some(&Key::from(prefix))).try_ready_chunks(LISTED);
        while let Some(files) = listing(timeout(WAIT, listed.try_next()).await)? {
            let old = |file: &&ObjectMeta| file.last_modified < before;
            let keys: Vec<String> = files.iter().filter(old).map(|file| file.location.to_string()).collect();
            let unnamed = unnamed(pool, &keys).await?;
            objects.remove(&unnamed).await?;
            removed += unnamed.len();
        }
    }
    metrics::counter!("okno_router_files_removed_total", "why" => "stray").increment(removed as u64);
    Ok(removed)
}

type Chunk = futures::stream::TryReadyChunksError<ObjectMeta, object_store::Error>;

/// A folder that vanishes while it is looked at is no failure of the store.
fn listing(
    next: Result<Result<Option<Vec<ObjectMeta>>, Chunk>, tokio::time::error::Elapsed>,
) -> Result<Option<Vec<ObjectMeta>>, DropError> {
    let next = next.map_err(super::objects::ObjectError::from)?;
    match next {
        Ok(files) => Ok(files),
        Err(error) if matches!(error.1, object_store::Error::NotFound { .. }) => Ok(Some(error.0)),
        Err(error) => Err(super::objects::ObjectError::from(error.1).into()),
    }
}

/// Those that no living message, upload or dead letter names. A dead letter of a fact names them in its bytes.
async fn unnamed(pool: &PgPool, keys: &[String]) -> sqlx::Result<Vec<String>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query_scalar!(
        r#"select k.key as "key!" from unnest($1::text[]) k(key)
           where not exists (
                   select from inbox.attachment a join inbox.message m using (message_id, conversation_id)
                   where a.object_key = k.key and a.object_key <> '' and m.deleted_at is null)
             and not exists (
                   select from inbox.attachment a join inbox.message m using (message_id, conversation_id)
                   where a.thumbnail_object_key = k.key and a.thumbnail_object_key <> '' and m.deleted_at is null)
             and not exists (
                   select from inbox.file f
                   where f.file_id = case when k.key ~ '^up/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
                       then substr(k.key, 4)::uuid end)
             and not exists (
                   select from inbox.dead_letter d
                   where d.object_key = k.key or d.original_object_key = k.key
                       or d.kind = 'fact' and d.replayed_at is null and d.account_id::text = split_part(k.key, '/', 2)
                           and position(convert_to(k.key, 'UTF8') in d.raw) > 0)"#,
        keys
    )
    .fetch_all(pool)
    .await
}
