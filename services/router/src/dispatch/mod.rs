//! The dispatcher: publishes the oldest due order of each lane, and again with growing pauses while it stays open.
//! A wiped order stream needs no detection.

mod build;
mod store;

#[cfg(test)]
pub use {build::body, store::sends};

use std::{collections::HashMap, time::Duration};

use bus::Bus;
use contracts::channel::Order;
use futures::{StreamExt, stream};
use model::{AccountId, Channel};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{Wakes, orders::SEND};

/// How often due orders are looked for when nobody wakes the dispatcher.
const POLL: Duration = Duration::from_millis(200);
/// For the broker to take one order.
const PUBLISH_WAIT: Duration = Duration::from_secs(5);
/// At most this many orders a round, published this many at a time.
const ROUND: i64 = 200;
const AT_ONCE: usize = 64;

/// One order on its way to its gateway.
pub struct Due {
    pub channel: Channel,
    pub account: AccountId,
    pub order: Order,
}

/// Runs until `stop`. Any number of processes may run it: rows are taken with `skip locked`.
pub async fn run(pool: PgPool, bus: Bus, wakes: Wakes, stop: CancellationToken) {
    loop {
        let more = match round(&pool, &bus).await {
            Ok(published) => published == ROUND as usize,
            Err(cause) => {
                warn!(%cause, "orders cannot be dispatched; trying again");
                false
            }
        };
        if more {
            continue;
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = wakes.dispatch.notified() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

async fn round(pool: &PgPool, bus: &Bus) -> sqlx::Result<usize> {
    // Without the bus nothing is lost, but each try would lengthen the pauses.
    if !bus.is_connected() {
        return Ok(0);
    }
    let taken = store::take_due(pool, ROUND).await?;
    if taken.is_empty() {
        return Ok(0);
    }
    let count = taken.len();
    let sends: Vec<_> = taken.iter().filter(|row| row.kind == SEND).filter_map(|row| row.message_id).collect();
    let messages = if sends.is_empty() { HashMap::new() } else { store::sends(pool, &sends).await? };
    let due = taken.iter().filter_map(|row| build::order(row, &messages));
    stream::iter(due)
        .for_each_concurrent(AT_ONCE, |due| async move {
            metrics::counter!("okno_router_orders_published_total", "channel" => due.channel.to_string()).increment(1);
            let publishing = bus::publish_order(bus, &due.channel, due.account, &due.order);
            let published = tokio::time::timeout(PUBLISH_WAIT, publishing).await;
            if let Err(error) = published.unwrap_or_else(|_| Err("NATS does not answer".to_owned())) {
                warn!(order.id = due.order.order_id, error, "an order is not on the bus; it is published again");
            }
        })
        .await;
    Ok(count)
}
