//! What came of what was sent, second by second.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::time::Instant;

use super::Latency;

/// Counts answers; clones count together.
#[derive(Clone, Default)]
pub struct Tally(Arc<Mutex<Totals>>);

/// The counts.
#[derive(Clone, Default)]
pub struct Totals {
    pub done: u64,
    /// From the intended moment to the answer, or to the failure: what fails late was waited for all the same.
    pub latency: Latency,
    /// What went wrong, by what it was.
    pub failed: BTreeMap<String, u64>,
    /// Done in each second of the run.
    pub seconds: Vec<u32>,
    began: Option<Instant>,
    unanswered: usize,
}

impl Tally {
    /// One more is on its way; how many are.
    pub fn sent(&self) -> usize {
        let mut totals = self.0.lock();
        totals.began.get_or_insert_with(Instant::now);
        totals.unanswered += 1;
        totals.unanswered
    }

    /// Answered well.
    pub fn done(&self, intended: Instant) {
        let mut totals = self.0.lock();
        totals.unanswered = totals.unanswered.saturating_sub(1);
        totals.done += 1;
        totals.latency.record(intended.elapsed());
        let second = totals.began.map_or(0, |began| began.elapsed().as_secs());
        let second = usize::try_from(second).unwrap_or_default();
        if totals.seconds.len() <= second {
            totals.seconds.resize(second + 1, 0);
        }
        totals.seconds[second] += 1;
    }

    /// Went wrong; `intended`: where it is known when it was meant to be sent.
    pub fn failed(&self, why: &str, intended: Option<Instant>) {
        let mut totals = self.0.lock();
        if let Some(intended) = intended {
            totals.latency.record(intended.elapsed());
        }
        totals.unanswered = totals.unanswered.saturating_sub(1);
        *totals.failed.entry(why.to_owned()).or_default() += 1;
    }

    pub fn unanswered(&self) -> usize {
        self.0.lock().unanswered
    }

    /// Waits until all is answered, at most so long; what is not by then has failed.
    pub async fn settle(&self, longest: Duration) -> Totals {
        let end = Instant::now() + longest;
        while self.unanswered() > 0 && Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let mut totals = self.0.lock().clone();
        if totals.unanswered > 0 {
            let lost = u64::try_from(totals.unanswered).unwrap_or_default();
            totals.failed.insert("no answer".to_owned(), lost);
        }
        totals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_never_answered_has_failed() {
        let tally = Tally::default();
        let moment = Instant::now();
        assert_eq!((tally.sent(), tally.sent(), tally.sent()), (1, 2, 3));
        tally.done(moment);
        tally.failed("503", Some(moment));
        let totals = tally.settle(Duration::from_secs(1)).await;
        assert_eq!((totals.done, totals.latency.quantiles().count), (1, 2));
        assert_eq!(totals.failed.into_iter().collect::<Vec<_>>(), [("503".into(), 1), ("no answer".into(), 1)]);
        assert_eq!(totals.seconds, [1]);
    }
}
