//! Erasing a person's dialogs where crm-core orders it: messages, files, letters, dead letters, what lies on the bus, and every name
//! and address. Until all of it is gone the order stands, and each step may be repeated.

mod list;
mod scope;
mod store;

use std::time::Duration;

use bus::Bus;
use contracts::channel::Inbound;
use model::AccountId;
use runtime::Stop;
use sqlx::PgPool;
use tracing::{info, warn};

pub use list::replay;
pub use store::{Order, next};

use crate::{
    files::{ObjectError, Objects},
    wakes::Wakes,
};
use scope::Scope;

/// Between two looks at what is ordered.
const ROUND: Duration = Duration::from_secs(2);
/// Rounds between two looks at the list: a database may be restored while we run.
const LOOK: u32 = 15;
/// A person who goes on writing is erased again from the start so often; then the next round goes on.
const TRIES: usize = 5;

/// What an erasure needs.
#[derive(Clone)]
pub struct Eraser {
    pub pool: PgPool,
    pub bus: Bus,
    pub objects: Objects,
    pub wakes: Wakes,
}

/// Why something of a person is still there. The order stands, so it is tried again.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    #[error("the database did not do it")]
    Store(#[from] sqlx::Error),
    #[error(transparent)]
    Objects(#[from] ObjectError),
    #[error("the object store failed")]
    List(#[from] object_store::Error),
    #[error("the object store did not answer within 10 s")]
    Slow(#[from] tokio::time::error::Elapsed),
    #[error(transparent)]
    Bus(#[from] bus::ReadError),
    #[error("the person goes on writing")]
    GoesOn,
}

/// Carries out what is ordered, until `stop`. Any number of processes may do it at once.
pub async fn run(eraser: Eraser, stop: Stop) {
    let mut failed = Vec::new();
    for round in 0_u32.. {
        if round.is_multiple_of(LOOK) {
            match replay(&eraser.pool, &eraser.objects).await {
                Ok(0) => {}
                Ok(again) => info!(again, "{again} erasures that a restored backup does not know are done again"),
                Err(error) => warn!(error = %runtime::chain(&error), "the list of erasures cannot be read yet"),
            }
            failed.clear();
        }
        match next(&eraser.pool, &failed).await {
            Ok(Some(order)) => {
                if let Err(error) = erase(&eraser, &order).await {
                    let error = runtime::chain(&error);
                    warn!(erasure_id = %order.id, %error, "an erasure is not done yet");
                    // The next ones go first; it is tried again with the next look at the list.
                    failed.push(order.id);
                }
            }
            Ok(None) => {}
            Err(error) => warn!(%error, "whether something is to be erased is not known yet"),
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(ROUND) => {}
        }
    }
}

/// Carries out one order. The list beside the files is written first: from then on a restored backup does not bring the person back.
/// What others hold comes next, and the rows last, for they say where to look.
///
/// # Errors
/// [`EraseError`]; it may be repeated.
pub async fn erase(eraser: &Eraser, order: &Order) -> Result<(), EraseError> {
    list::write(&eraser.objects, order).await?;
    for _ in 0..TRIES {
        let scope = Scope::of(&eraser.pool, order).await?;
        eraser.objects.remove(&scope.object_keys).await?;
        for part in &scope.parts {
            let theirs = |account: AccountId, fact: &Inbound| scope.has(account.0, fact);
            let facts = bus::erase_facts(&eraser.bus, *part, theirs).await?;
            metrics::counter!("okno_router_facts_erased_total").increment(facts);
        }
        for (channel, account, lanes) in &scope.lanes {
            bus::erase_orders(&eraser.bus, channel, *account, lanes).await?;
        }
        if store::forget(&eraser.pool, order, &scope).await? {
            eraser.wakes.relay.notify_one();
            return Ok(());
        }
    }
    Err(EraseError::GoesOn)
}
