//! The sweep: once a day, by each rule, a few hundred messages in a transaction, with a pause after each.

use std::time::Duration;

use runtime::Stop;
use serde_json::json;
use sqlx::PgPool;
use store::{Schema, audit, event};
use tracing::{info, warn};

use super::stretch::{self, Run};
use crate::{
    files::{ObjectError, Objects},
    wakes::Wakes,
};

/// Between two looks at what is due.
const ROUND: Duration = Duration::from_secs(30);
/// After each stretch: whoever writes meanwhile goes first.
const PAUSE: Duration = Duration::from_millis(100);

/// What a sweep needs.
#[derive(Clone)]
pub struct Sweeper {
    pub pool: PgPool,
    pub objects: Objects,
    pub wakes: Wakes,
}

#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    #[error("the database did not do it")]
    Store(#[from] sqlx::Error),
    #[error(transparent)]
    Objects(#[from] ObjectError),
}

/// Erases what is older than the rules say, until `stop`. Any number of processes may do it at once.
pub async fn run(sweeper: Sweeper, stop: Stop) {
    loop {
        let mut pause = ROUND;
        match stretch::claim(&sweeper.pool).await {
            Ok(Some(mut run)) => match round(&sweeper, &mut run).await {
                Ok(ended) => pause = if ended { Duration::ZERO } else { PAUSE },
                Err(error) => {
                    warn!(rule_id = %run.rule, error = %runtime::chain(&error), "old messages stay for now");
                }
            },
            Ok(None) => {}
            Err(error) => warn!(%error, "which messages are kept for how long is not known yet"),
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// One stretch of a run; `true`: that was its last. The rows go first: a file that is left behind by a crash is named by nobody, and
/// swept like any other.
///
/// # Errors
/// [`SweepError`]; it may be repeated.
pub async fn round(sweeper: &Sweeper, run: &mut Run) -> Result<bool, SweepError> {
    let mut tx = sweeper.pool.begin().await?;
    if !stretch::hold(&mut tx, run).await? {
        return Ok(true); // it says something else by now
    }
    let page = stretch::page(&mut tx, run).await?;
    let erased = stretch::erase(&mut tx, run, &page).await?;
    let told = stretch::told(&mut tx, &erased.conversations).await?;
    event::append(&mut tx, Schema::Inbox, &told).await?;
    // A page from which as much was taken as may be has more of it.
    let page_is_done = erased.messages < stretch::MESSAGES;
    let letters = if page.is_empty() { stretch::dead_letters(&mut tx, run).await? } else { Vec::new() };
    let ended = page.is_empty() && letters.len() < stretch::LETTERS;
    stretch::go_on(&mut tx, run, &page, &erased, page_is_done, ended).await?;
    if ended && run.messages + erased.messages > 0 {
        let entry = audit::Entry {
            employee_id: None,
            action: "retention.swept",
            object_kind: "retention_rule",
            object_id: run.rule,
            before: None,
            after: Some(json!({
                "before": run.before, "message": run.messages + erased.messages,
                "file": run.files + erased.files, "conversation": run.conversations + erased.new_conversations,
            })),
        };
        audit::append(&mut tx, Schema::Inbox, &[entry]).await?;
    }
    let keys: Vec<String> = erased.keys.iter().cloned().chain(letters.into_iter().flatten()).collect();
    tx.commit().await?;
    if !told.is_empty() {
        sweeper.wakes.relay.notify_one();
    }
    let unnamed = stretch::unnamed(&sweeper.pool, &keys).await?;
    sweeper.objects.remove(&unnamed).await?;
    metrics::counter!("okno_router_files_removed_total", "why" => "retention").increment(unnamed.len() as u64);
    metrics::counter!("okno_router_messages_erased_total", "why" => "retention")
        .increment(erased.messages.unsigned_abs());
    if ended {
        info!(rule_id = %run.rule, messages = run.messages + erased.messages, "old messages were erased");
    }
    Ok(ended)
}
