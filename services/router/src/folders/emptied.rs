//! What lay in a folder that was removed is taken to where it counts as lying, a stretch at a time, by a timer.

use ::store::timer::Timer;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{STRETCH, run_store};

/// The timer that empties a folder.
pub const EMPTY: &str = "folder_empty";

#[must_use]
pub fn timer(folder: Uuid, due_at: DateTime<Utc>) -> Timer {
    Timer { kind: EMPTY.to_owned(), key: folder.to_string(), due_at, payload: serde_json::json!({}) }
}

/// Takes a stretch out; `true`: there may be more. The last one takes the folder away, once batches that have just sorted
/// into it are done: nothing is left behind.
///
/// # Errors
/// What the database answers.
pub async fn empty(db: &mut PgConnection, folder: Uuid) -> sqlx::Result<bool> {
    let Some(place) = run_store::removed(&mut *db, folder).await? else { return Ok(false) };
    let limit = i64::try_from(STRETCH).unwrap_or(i64::MAX);
    let found = run_store::lying_in(&mut *db, folder, limit).await?;
    let moves: Vec<_> = found.iter().map(|id| (*id, place)).collect();
    run_store::put(&mut *db, &moves).await?;
    run_store::tell(&mut *db, &found).await?;
    if found.len() == STRETCH {
        return Ok(true);
    }
    // After the conversations (rule I9), as batches do.
    run_store::lock_removed(&mut *db, folder).await?;
    Ok(!run_store::take_away(&mut *db, folder).await?)
}
