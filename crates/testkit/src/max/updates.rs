//! `GET /updates`: what waits for a bot without a webhook, by markers.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use super::{
    answer::{Answer, invalid, refuse},
    methods::{Query, number},
    state::Shared,
};

/// MAX keeps little for polls.
const KEPT: usize = 1_000;
const FIRST_MARKER: i64 = 25_493_000;

#[derive(Debug, Default)]
pub(super) struct Kept {
    /// The place of the first that is still kept.
    first: i64,
    updates: VecDeque<Value>,
}

impl Kept {
    pub fn push(&mut self, update: Value) {
        self.updates.push_back(update);
        if self.updates.len() > KEPT {
            self.updates.pop_front();
            self.first += 1;
        }
    }

    pub fn waiting(&self) -> usize {
        self.updates.len()
    }

    fn end(&self) -> i64 {
        FIRST_MARKER + self.first + self.updates.len() as i64
    }

    /// What comes at or after a marker, and the marker after that. A marker says that all before it was read; without one
    /// there is only the newest.
    fn take(&mut self, marker: Option<i64>, limit: usize, types: &[String]) -> (Vec<Value>, i64) {
        let start = marker.unwrap_or(self.end() - 1).clamp(FIRST_MARKER + self.first, self.end());
        if marker.is_some() {
            let read = (start - FIRST_MARKER - self.first).max(0) as usize;
            self.updates.drain(..read.min(self.updates.len()));
            self.first = start - FIRST_MARKER;
        }
        let skip = (start - FIRST_MARKER - self.first).max(0) as usize;
        let found: Vec<_> = self.updates.iter().skip(skip).take(limit).cloned().collect();
        let next = start + found.len() as i64;
        let wanted = |update: &Value| {
            types.is_empty() || types.iter().any(|kind| update["update_type"].as_str() == Some(kind.as_str()))
        };
        (found.into_iter().filter(wanted).collect(), next)
    }
}

pub(super) async fn get(shared: &Arc<Shared>, token: &str, query: &Query) -> Answer {
    let limit = number(query, "limit")?.unwrap_or(100);
    let timeout = number(query, "timeout")?.unwrap_or(30);
    if !(1..=1000).contains(&limit) || !(0..=90).contains(&timeout) {
        return invalid("limit: 1 to 1000; timeout: 0 to 90");
    }
    let marker = number(query, "marker")?;
    let types: Vec<_> = query.get("types").into_iter().flat_map(|types| types.split(',')).map(str::to_owned).collect();
    let until = Instant::now() + Duration::from_secs(timeout as u64);
    let mut changes = shared.watch();
    loop {
        changes.borrow_and_update();
        {
            let mut world = shared.world();
            let Some(bot) = world.bots.get_mut(token) else {
                return refuse(401, "verify.token", "Invalid access_token");
            };
            if !bot.subscriptions.is_empty() {
                return refuse(405, "method.not.allowed", "Long polling is off while a webhook is set");
            }
            let (updates, next) = bot.kept.take(marker, limit as usize, &types);
            if !updates.is_empty() || Instant::now() >= until {
                return Ok(json!({ "updates": updates, "marker": next }));
            }
        }
        tokio::select! {
            () = shared.stop.cancelled() => return refuse(503, "service.unavailable", "The fake ends"),
            _ = changes.changed() => {}
            () = sleep_until(until) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_forgets_what_was_read_and_an_empty_batch_keeps_it() {
        let mut kept = Kept::default();
        for n in 0..3 {
            kept.push(json!({ "update_type": "x", "n": n }));
        }
        let (newest, next) = kept.take(None, 100, &[]);
        assert_eq!((newest.len(), newest[0]["n"].as_i64()), (1, Some(2)));
        let (again, same) = kept.take(Some(next - 3), 2, &[]);
        assert_eq!((again.len(), again[0]["n"].as_i64(), same), (2, Some(0), next - 1));
        assert_eq!(kept.take(Some(next), 100, &[]), (vec![], next));
        assert_eq!(kept.waiting(), 0);
        kept.push(json!({ "update_type": "y" }));
        assert_eq!(kept.take(Some(next), 100, &["x".into()]), (vec![], next + 1));
    }
}
