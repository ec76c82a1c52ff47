//! Telegram's webhooks at a fixed rate.

use std::sync::Arc;

use anyhow::Result;
use parking_lot::Mutex;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::{Context, Stage, stage::SETTLE};
use crate::{
    feed::{self, Feed, Written},
    load::{Offered, Pace, Tally, Totals},
    report::Run,
    telegram::Bots,
    usage::resident_mib,
};

/// Of so many messages one comes from somebody who has never written.
const NEWCOMER: u64 = 50;
/// So many unanswered ones, and the rate is beyond what is possible.
const OVERRUN: usize = 20_000;

pub async fn run(context: &Context<'_>) -> Result<Run> {
    let options = context.options;
    let pace = Pace { rate: options.rate(1_000.0, 50.0), seconds: options.seconds(30) };
    let stage = Stage::set(context, options.many(4, 2), options.many(10_000, 40) as u64).await?;
    let (mut run, before) = (Run::default(), stage.stored().await?);
    let feed = Feed::open(&stage.admin).await?;
    feed.forget().await;
    let snapshot = stage.snapshot();
    let sent = send(&stage.bots, stage.customers, pace).await;
    feed.settle(sent.totals.done, SETTLE).await;
    run.usage = stage.used(&snapshot);
    let told = feed::told(&stage.house.pool, &sent.written, &feed.close().await).await?;
    sent.tell(pace, &mut run);
    run.latencies.push(("screen", told.latency));
    run.all_of(told.missing as u64, "messages were never told to the screen");
    run.figure("okno resident", "MiB", resident_mib(&stage.house.processes(), "okno"));
    stage.must_hold(before, sent.totals.done, &mut run).await?;
    stage.strike(context, &mut run).await?;
    Ok(run)
}

/// What was sent, and what came of it.
pub struct Sent {
    pub offered: Offered,
    pub totals: Totals,
    pub written: Written,
}

/// Posts at a pace, and waits for the answers.
pub async fn send(bots: &Arc<Bots>, customers: u64, pace: Pace) -> Sent {
    let (tally, tasks, written) = (Tally::default(), TaskTracker::new(), Arc::new(Mutex::new(Vec::new())));
    let offered = pace
        .run(|n, moment| {
            let unanswered = tally.sent();
            let (customer, number) = author(n, customers);
            written.lock().push((customer, moment));
            let (bots, tally) = (bots.clone(), tally.clone());
            tasks.spawn(async move { post(&bots, &tally, customer, number, moment).await });
            unanswered < OVERRUN
        })
        .await;
    tasks.close();
    let totals = tally.settle(SETTLE).await;
    let written = std::mem::take(&mut *written.lock());
    Sent { offered, totals, written }
}

/// One delivery, with what came of it.
pub async fn post(bots: &Bots, tally: &Tally, customer: u64, number: u64, moment: Instant) {
    match bots.deliver(customer, number).await {
        Ok(200) => tally.done(moment),
        Ok(status) => tally.failed(&format!("answered {status}"), Some(moment)),
        Err(error) => tally.failed(&error.to_string(), Some(moment)),
    }
}

/// Who writes message `n`, and which of theirs it is: all who are known in turn, and now and then somebody new.
pub const fn author(n: u64, customers: u64) -> (u64, u64) {
    if n % NEWCOMER == NEWCOMER - 1 {
        return (customers + n, 0);
    }
    (n % customers, 1 + n / customers)
}

impl Sent {
    /// The figures of the generator's side.
    pub fn tell(&self, pace: Pace, run: &mut Run) {
        let totals = &self.totals;
        run.figure("offered", "msg/s", pace.rate);
        run.figure("stored", "msg/s", totals.done as f64 / pace.seconds as f64);
        run.failures(&totals.failed);
        if self.offered.overrun {
            run.broken.push(format!("given up after {} messages: too many were unanswered", self.offered.messages));
        }
        run.done = totals.done;
        run.seconds.clone_from(&totals.seconds);
        run.latencies.push(("answer", totals.latency.clone()));
        run.latencies.push(("generator late", self.offered.late.clone()));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_message_is_sent_twice_and_newcomers_are_new() {
        let all: Vec<_> = (0..1_000).map(|n| author(n, 30)).collect();
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), 1_000);
        assert_eq!(all.iter().filter(|(customer, _)| *customer >= 30).count(), 20);
        assert!(all.iter().all(|(customer, number)| *customer >= 30 || *number > 0), "0 was the first");
    }
}
