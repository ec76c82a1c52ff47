use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde_json::Value;

/// Meta gives up a webhook after seven days.
const LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// One change of one number on its way to a webhook.
#[derive(Debug, Clone)]
pub(super) struct Queued {
    pub(super) number: String,
    pub(super) change: Value,
    pub(super) since: Duration,
}

/// What goes one after another.
#[derive(Debug, Default)]
struct Lane {
    changes: VecDeque<Queued>,
    is_sending: bool,
    failures: u32,
    due: Duration,
}

/// What waits for its delivery.
#[derive(Debug, Default)]
pub(super) struct Queue {
    lanes: BTreeMap<String, Lane>,
    pub(super) held: bool,
}

impl Queue {
    pub(super) fn push(&mut self, lane: &str, queued: Queued) {
        self.lanes.entry(lane.to_owned()).or_default().changes.push_back(queued);
    }

    pub(super) fn len(&self) -> usize {
        self.lanes.values().map(|lane| lane.changes.len()).sum()
    }

    /// Puts everything into one lane, from which it goes together.
    pub(super) fn release(&mut self) {
        let all = std::mem::take(&mut self.lanes).into_values().flat_map(|lane| lane.changes).collect();
        self.lanes.insert("together".to_owned(), Lane { changes: all, ..Lane::default() });
        self.held = false;
    }

    /// What is due now, by lane, at most `batch` of each; and when the next retry is.
    pub(super) fn take_due(&mut self, now: Duration, batch: usize) -> (Vec<(String, Vec<Queued>)>, Option<Duration>) {
        let (mut due, mut next) = (Vec::new(), None::<Duration>);
        if self.held {
            return (due, next);
        }
        for (name, lane) in &mut self.lanes {
            lane.changes.retain(|queued| now.saturating_sub(queued.since) < LIFE);
            if lane.is_sending || lane.changes.is_empty() {
                continue;
            }
            if lane.due > now {
                next = Some(next.map_or(lane.due, |next| next.min(lane.due)));
                continue;
            }
            lane.is_sending = true;
            let most = if name == "together" { usize::MAX } else { batch };
            due.push((name.clone(), lane.changes.iter().take(most).cloned().collect()));
        }
        (due, next)
    }

    /// The oldest `count` of a lane were accepted, or not.
    pub(super) fn ended(&mut self, name: &str, count: usize, accepted: bool, now: Duration) {
        let Some(lane) = self.lanes.get_mut(name) else { return };
        lane.is_sending = false;
        if accepted {
            lane.changes.drain(..count.min(lane.changes.len()));
            lane.failures = 0;
            lane.due = now;
            return;
        }
        let pause = Duration::from_secs(1) * 2_u32.saturating_pow(lane.failures.min(12));
        lane.failures += 1;
        lane.due = now + pause.min(LONGEST_PAUSE);
    }
}
