use std::time::Duration;

use bus::{Bus, ReadError};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;

use super::{reading::Reading, store};
use crate::{Wakes, directory::Directory, gateways::Positions};

/// What a worker needs.
#[derive(Clone)]
pub struct Worker {
    pub pool: PgPool,
    pub bus: Bus,
    pub directory: Directory,
    pub wakes: Wakes,
    pub positions: Positions,
    /// How long one attempt at a batch may take: [`super::PATIENCE`]; less only in tests.
    pub patience: Duration,
}

/// Why a round of work ended; the next one begins after a pause.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    #[error("another worker has this part")]
    Lost,
    #[error("the database does not do it")]
    Database(#[from] sqlx::Error),
    #[error("storing it takes longer than it may")]
    TooSlow,
    #[error("the database is slow with everything")]
    Overloaded,
    #[error("the bus does not answer")]
    Bus(#[from] ReadError),
}

/// Works on one part until `stop`; stands by while another process does.
pub async fn run(worker: Worker, part: u32, stop: CancellationToken) {
    let owner = Uuid::now_v7();
    while !stop.is_cancelled() {
        let pause = match session(&worker, part, owner, &stop).await {
            Ok(()) => Duration::from_millis(500),
            Err(Ended::Lost) => Duration::from_millis(500),
            Err(ended) => {
                warn!(part, cause = %runtime::chain(&ended), "part {part} is not read; trying again");
                Duration::from_millis(500)
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// One session of one database connection: take the part, work, give it back.
async fn session(worker: &Worker, part: u32, owner: Uuid, stop: &CancellationToken) -> Result<(), Ended> {
    let mut db = worker.pool.acquire().await?.detach();
    store::set_up(&mut db, worker.patience).await?;
    store::ensure(&mut db, part.cast_signed()).await?;
    store::end_stalled(&mut db, part.cast_signed()).await?;
    let Some(cursor) = store::take(&mut db, part.cast_signed(), owner).await? else {
        return Ok(());
    };
    info!(part, sequence = cursor.sequence, "this worker reads part {part}");
    let mut reading = Reading::new(worker, part, owner, db, cursor);
    let ended = reading.work(stop).await;
    if ended.is_ok() {
        store::give_back(&mut reading.db, part.cast_signed(), owner).await?;
    }
    ended
}

/// Reads accounts and capabilities anew each second, until `stop`.
pub async fn keep_directory(pool: PgPool, directory: Directory, stop: CancellationToken) {
    loop {
        if let Err(cause) = directory.reload(&pool).await {
            warn!(%cause, "accounts cannot be read; what is known stays");
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
    }
}
