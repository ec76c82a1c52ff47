//! As much as is taken: a fixed number of deliveries wait for their answers at any time. This is no open model: it finds
//! the rate, at which `inbound` then tells the latencies.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::{Context, Stage, inbound, stage::SETTLE};
use crate::{
    load::{Tally, Totals},
    report::Run,
    usage::resident_mib,
};

pub async fn run(context: &Context<'_>) -> Result<Run> {
    let options = context.options;
    let stage = Stage::set(context, options.many(8, 2), options.many(10_000, 40) as u64).await?;
    let (mut run, before) = (Run::default(), stage.stored().await?);
    let snapshot = stage.snapshot();
    let seconds = options.seconds(20);
    let totals = saturate(&stage, options.many(options.window, 16), Duration::from_secs(seconds), 0).await;
    run.usage = stage.used(&snapshot);
    run.figure("stored", "msg/s", totals.done as f64 / seconds as f64);
    run.failures(&totals.failed);
    run.figure("okno resident", "MiB", resident_mib(&stage.house.processes(), "okno"));
    run.done = totals.done;
    run.seconds.clone_from(&totals.seconds);
    run.latencies.push(("answer", totals.latency.clone()));
    stage.must_hold(before, totals.done, &mut run).await?;
    stage.strike(context, &mut run).await?;
    Ok(run)
}

/// Keeps `window` deliveries on the way for so long; messages are numbered from `first`.
pub async fn saturate(stage: &Stage, window: usize, span: Duration, first: u64) -> Totals {
    let (tally, tasks, next) = (Tally::default(), TaskTracker::new(), Arc::new(AtomicU64::new(first)));
    let end = Instant::now() + span;
    for _ in 0..window {
        let (bots, tally, next, customers) = (stage.bots.clone(), tally.clone(), next.clone(), stage.customers);
        tasks.spawn(async move {
            while Instant::now() < end {
                let (customer, number) = inbound::author(next.fetch_add(1, Ordering::Relaxed), customers);
                tally.sent();
                inbound::post(&bots, &tally, customer, number, Instant::now()).await;
            }
        });
    }
    tasks.close();
    tasks.wait().await;
    tally.settle(SETTLE).await
}
