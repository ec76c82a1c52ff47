//! Bots Long Poll: places are numbers of events, the key expires, what is old is forgotten.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use super::{params::Params, state::Shared};

const LONGEST: u64 = 90;

pub(super) async fn check(shared: &Arc<Shared>, group: i64, params: &Params) -> Value {
    let wait = params.text("wait").parse().unwrap_or(25_u64).min(LONGEST);
    let until = Instant::now() + Duration::from_secs(wait);
    let mut news = shared.watch();
    loop {
        news.borrow_and_update();
        if let Some(answer) = look(shared, group, params) {
            return answer;
        }
        let waiting = timeout_at(until, news.changed());
        tokio::select! {
            () = shared.stop.cancelled() => return json!({ "failed": 2 }),
            changed = waiting => if changed.is_err() {
                return json!({ "ts": params.text("ts"), "updates": [] });
            },
        }
    }
}

/// `None`: there is nothing yet.
fn look(shared: &Shared, group: i64, params: &Params) -> Option<Value> {
    let mut world = shared.world();
    let poll = &world.groups.get_mut(&group)?.poll;
    if poll.is_lost {
        return Some(json!({ "failed": 3 }));
    }
    if params.text("key") != format!("key{}", poll.key) {
        return Some(json!({ "failed": 2 }));
    }
    let ts: usize = params.text("ts").parse().unwrap_or(usize::MAX);
    if ts < poll.first || ts > poll.log.len() {
        return Some(json!({ "failed": 1, "ts": poll.log.len() }));
    }
    if ts == poll.log.len() {
        return None;
    }
    Some(json!({ "ts": poll.log.len().to_string(), "updates": poll.log[ts..] }))
}
