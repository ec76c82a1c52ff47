//! Reads VISITS in order. How far it has come moves in the transaction that stores what was read, by compare-and-set: a second
//! reader fails its commit and reads on from there.

use std::time::Duration;

use ::store::{is_conflict, is_outage};
use bus::{Bus, Delivery, Inlet, ReadError};
use runtime::Stop;
use sqlx::{PgConnection, PgPool};
use tracing::{error, warn};

use super::{
    domain::{Told, told},
    store::{self, Cursor},
};

/// Reports of one transaction, and their bytes.
const BATCH: usize = 200;
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// How long a reader listens before it looks whether the stream is still the same.
const LISTEN: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_secs(2);

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Store(#[from] sqlx::Error),
}

/// Reads until `stop`. Any number of processes may do it at once.
pub async fn run(pool: PgPool, bus: Bus, stop: Stop) {
    while !stop.is_cancelled() {
        let reading = follow(&pool, &bus);
        match stop.run_until_cancelled(Box::pin(reading)).await {
            None => return,
            Some(Ok(())) => {}
            Some(Err(error)) => {
                warn!(error = runtime::chain(&error), "reports of visits are not read; it goes on soon")
            }
        }
        if stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_none() {
            return;
        }
    }
}

/// Until somebody else reads, or the stream is another one.
async fn follow(pool: &PgPool, bus: &Bus) -> Result<(), Failure> {
    let kept = store::cursor(pool).await?;
    let stream = bus::visits_state(bus).await?.created_ns.to_string();
    let mut cursor = if kept.stream == stream { kept.clone() } else { Cursor { stream, sequence: 0 } };
    if cursor != kept && !move_cursor(pool, &kept, &cursor).await? {
        return Ok(());
    }
    let mut inlet = Inlet::visits(bus, cursor.sequence.unsigned_abs()).await?;
    loop {
        let batch = inlet.next(BATCH, BATCH_BYTES, LISTEN).await?;
        let Some(last) = batch.last().map(|delivery| delivery.sequence) else {
            if inlet.state().await?.created_ns.to_string() != cursor.stream {
                return Ok(());
            }
            continue;
        };
        let next = Cursor { stream: cursor.stream.clone(), sequence: last.cast_signed() };
        let reports: Vec<Told> = batch.into_iter().filter_map(read).collect();
        if !commit(pool, &cursor, &next, &reports).await? {
            return Ok(());
        }
        cursor = next;
        // Nobody's steps lie on the bus longer than they must. What stays for once goes with the next batch, or by its age.
        if let Err(error) = inlet.drop_through(last).await {
            warn!(error = runtime::chain(&error), "reports of visits that were stored stay on the bus for now");
        }
    }
}

fn read(delivery: Delivery) -> Option<Told> {
    let report = delivery.from.and_then(|from| told(from, &delivery.payload));
    if report.is_none() {
        warn!(sequence = delivery.sequence, "a report of visits cannot be read; it is left out");
    }
    report
}

async fn move_cursor(pool: &PgPool, from: &Cursor, to: &Cursor) -> sqlx::Result<bool> {
    let mut connection = pool.acquire().await?;
    store::move_cursor(&mut connection, from, to).await
}

/// `false`: somebody else has read them.
async fn commit(pool: &PgPool, from: &Cursor, to: &Cursor, reports: &[Told]) -> sqlx::Result<bool> {
    match together(pool, from, to, reports).await {
        Err(cause) if is_outage(&cause) || is_conflict(&cause) => Err(cause),
        Err(cause) => {
            warn!(error = runtime::chain(&cause), "a report of visits stops its batch; they are taken one by one");
            apart(pool, from, to, reports).await
        }
        done => done,
    }
}

async fn together(pool: &PgPool, from: &Cursor, to: &Cursor, reports: &[Told]) -> sqlx::Result<bool> {
    let mut tx = pool.begin().await?;
    if !store::move_cursor(&mut tx, from, to).await? {
        return Ok(false);
    }
    for report in reports {
        take(&mut tx, report).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// What the database refuses is left out, and said; the others stay.
async fn apart(pool: &PgPool, from: &Cursor, to: &Cursor, reports: &[Told]) -> sqlx::Result<bool> {
    for report in reports {
        let mut tx = pool.begin().await?;
        match take(&mut tx, report).await {
            Ok(()) => tx.commit().await?,
            Err(cause) if is_outage(&cause) || is_conflict(&cause) => return Err(cause),
            Err(cause) => {
                error!(account.id = %report.account, error = runtime::chain(&cause), "a report of visits is lost")
            }
        }
    }
    // Repeats change nothing, so it may come after them.
    move_cursor(pool, from, to).await
}

/// Stores one report; a repeat changes nothing.
///
/// # Errors
/// What the database answers.
pub async fn take(db: &mut PgConnection, report: &Told) -> sqlx::Result<()> {
    store::take(db, report).await
}
