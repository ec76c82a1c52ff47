//! What waits and for how long, for whoever watches the metrics.

use std::time::Duration;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tracing::warn;

const EVERY: Duration = Duration::from_secs(15);

/// Runs until `stop`. Every replica tells the same: take the greatest.
pub async fn run(pool: PgPool, stop: CancellationToken) {
    loop {
        if let Err(cause) = round(&pool).await {
            warn!(%cause, "what waits cannot be read");
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Reads and sets all once.
///
/// # Errors
/// What the database answers.
pub async fn round(pool: &PgPool) -> sqlx::Result<()> {
    let found = sqlx::query!(
        r#"select (select count(*) from inbox.outgoing where not_before <= now()) as "orders!",
                  (select coalesce(extract(epoch from now() - min(greatest(created_at, not_before))), 0)::float8
                   from inbox.outgoing where not_before <= now()) as "oldest_order!",
                  (select count(*) from inbox.early) as "early!",
                  (select coalesce(extract(epoch from now() - min(due_at)), 0)::float8
                   from inbox.timer where due_at <= now()) as "latest_timer!",
                  (select count(*) from inbox.dead_letter where replayed_at is null) as "dead!""#
    )
    .fetch_one(pool)
    .await?;
    metrics::gauge!("okno_router_orders_waiting").set(found.orders as f64);
    metrics::gauge!("okno_router_oldest_order_seconds").set(found.oldest_order);
    metrics::gauge!("okno_router_early_facts").set(found.early as f64);
    metrics::gauge!("okno_router_timer_lag_seconds").set(found.latest_timer);
    metrics::gauge!("okno_router_dead_letters_open").set(found.dead as f64);
    Ok(())
}
