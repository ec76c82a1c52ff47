//! Keeps `inbox.message_search`: what events name is read, and once what is older than the events.

use std::time::{Duration, Instant};

use contracts::live::event::What;
use sqlx::{PgConnection, PgPool};
use store::{
    Schema,
    event::{self, ListError},
};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;

/// Events of one round, and old messages of one.
const ROUND: i64 = 500;
/// A round's work is followed by a rest of so many times as long: at most a tenth of a core, whatever comes in.
const REST: u32 = 9;
/// The shortest rest.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs rounds until `stop`. Several processes may: one of them does the work of a round.
pub async fn keep(pool: PgPool, stop: CancellationToken) {
    loop {
        let began = Instant::now();
        if let Err(cause) = round(&pool).await {
            warn!(%cause, "the search falls behind; again in a moment");
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep((began.elapsed() * REST).max(PAUSE)) => {}
        }
    }
}

/// Rounds without a rest, until nothing is left.
///
/// # Errors
/// What the database answers.
#[cfg(test)]
pub async fn catch_up(pool: &PgPool) -> sqlx::Result<()> {
    while round(pool).await? {}
    Ok(())
}

struct State {
    epoch: Option<Uuid>,
    position: u64,
    read_through: Uuid,
    read_all: bool,
}

/// Whether there is more.
async fn round(pool: &PgPool) -> sqlx::Result<bool> {
    let mut tx = pool.begin().await?;
    let Some(mut state) = locked(&mut tx).await? else { return Ok(false) };
    let before = (state.position, state.read_through, state.read_all);
    let ids = match event::list(pool, Schema::Inbox, state.epoch, state.position, ROUND).await {
        Ok(page) => {
            state.epoch = Some(page.epoch);
            state.position = page.events.last().map_or(state.position, |last| last.position);
            page.events.iter().flat_map(|event| named(event.what.as_ref())).collect()
        }
        // Restored, or away for longer than events are kept: everything is read anew, from now on events are followed.
        Err(ListError::OutOfRange | ListError::TooOld) => {
            let (epoch, head) = event::head(pool, Schema::Inbox).await?;
            state = State { epoch: Some(epoch), position: head, read_through: Uuid::nil(), read_all: false };
            Vec::new()
        }
        Err(ListError::Database(cause)) => return Err(cause),
    };
    take(&mut tx, &ids).await?;
    if !state.read_all {
        let old = older(&mut tx, state.read_through).await?;
        state.read_through = old.last().copied().unwrap_or(state.read_through);
        state.read_all = old.is_empty();
        take(&mut tx, &old).await?;
    }
    if (state.position, state.read_through, state.read_all) == before && state.epoch.is_some() {
        return Ok(false);
    }
    save(&mut tx, &state).await?;
    tx.commit().await?;
    Ok(true)
}

/// The messages that an event names.
fn named(what: Option<&What>) -> Vec<Uuid> {
    match what {
        Some(What::ConversationChanged(changed)) => {
            changed.message_ids.iter().filter_map(|id| id.parse().ok()).collect()
        }
        _ => Vec::new(),
    }
}

/// `None`: another process is at it.
async fn locked(db: &mut PgConnection) -> sqlx::Result<Option<State>> {
    let row = sqlx::query!(
        "select epoch, position, read_through, read_all from inbox.message_search_state for update skip locked"
    );
    let row = row.fetch_optional(db).await?;
    Ok(row.map(|row| State {
        epoch: row.epoch,
        position: row.position.cast_unsigned(),
        read_through: row.read_through,
        read_all: row.read_all,
    }))
}

async fn save(db: &mut PgConnection, state: &State) -> sqlx::Result<()> {
    sqlx::query!(
        "update inbox.message_search_state set epoch = $1, position = $2, read_through = $3, read_all = $4",
        state.epoch,
        state.position.cast_signed(),
        state.read_through,
        state.read_all,
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn older(db: &mut PgConnection, after: Uuid) -> sqlx::Result<Vec<Uuid>> {
    let found = sqlx::query_scalar!(
        "select message_id from inbox.message where message_id > $1 order by message_id limit $2",
        after,
        ROUND,
    );
    found.fetch_all(db).await
}

/// Enters the words of these messages as they are now, and forgets those that are gone. One whose text is known already
/// costs a look. Whoever deletes a row meanwhile waits for us and finds its words, or we find no row.
async fn take(db: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into inbox.message_search as s (message_id, at, text_hash, words)
         select m.message_id, m.shown_at, hashtext(m.text),
             inbox.message_words(m.text) || array_to_tsvector(inbox.month_words(m.shown_at))
         from inbox.message m left join inbox.message_search k using (message_id)
         where m.message_id = any($1) and m.deleted_at is null and m.text <> ''
             and (k.text_hash, k.at) is distinct from (hashtext(m.text), m.shown_at)
         for key share of m
         on conflict (message_id) do update set at = excluded.at, text_hash = excluded.text_hash, words = excluded.words",
        ids,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "delete from inbox.message_search s where s.message_id = any($1)
             and not exists (select from inbox.message m
                             where m.message_id = s.message_id and m.deleted_at is null and m.text <> '')",
        ids,
    )
    .execute(db)
    .await?;
    Ok(())
}
