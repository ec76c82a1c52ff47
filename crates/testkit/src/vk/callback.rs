//! Callback servers: confirmed first, then delivered to; a failure is repeated with growing pauses, many failures in a
//! row end it.

use std::{collections::HashSet, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::time::sleep_until;

use super::state::Shared;

const ANSWER_WAIT: Duration = Duration::from_secs(10);
const TRIES: u32 = 20;
const LONGEST_PAUSE: u64 = 600;
const LONGEST_RETRY_AFTER: u64 = 3 * 3600;

#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) id: i64,
    pub(super) url: String,
    pub(super) title: String,
    pub(super) secret: String,
    pub(super) status: &'static str,
    pub(super) events: HashSet<String>,
    /// In a row.
    pub(super) failures: u32,
}

impl Server {
    pub(super) fn new(id: i64, url: String, title: String, secret: String) -> Self {
        Self { id, url, title, secret, status: "wait", events: HashSet::new(), failures: 0 }
    }

    pub(super) fn wants(&self, kind: &str) -> bool {
        self.status == "ok" && self.events.contains(kind)
    }

    pub(super) fn shown(&self) -> Value {
        json!({ "id": self.id, "title": self.title, "url": self.url, "status": self.status, "creator_id": 1 })
    }
}

pub(super) fn code(group: i64) -> String {
    format!("{:08x}", group.wrapping_mul(2_654_435_761) & 0xffff_ffff)
}

/// Asks the server for the community's code.
pub(super) async fn confirm(shared: Arc<Shared>, group: i64, id: i64) {
    let Some(server) = find(&shared, group, id) else { return };
    let body = json!({ "type": "confirmation", "group_id": group });
    let answer = shared.http.post(&server.url).json(&body).timeout(ANSWER_WAIT).send().await;
    let text = match answer {
        Ok(answer) if answer.status() == 200 => answer.text().await.unwrap_or_default(),
        _ => String::new(),
    };
    let mut world = shared.world();
    let Some(server) = world.group(group).servers.iter_mut().find(|one| one.id == id) else { return };
    server.status = if text == code(group) { "ok" } else { "failed" };
}

fn find(shared: &Shared, group: i64, id: i64) -> Option<Server> {
    shared.world().group(group).servers.iter().find(|one| one.id == id).cloned()
}

/// Sends one event until it is taken, or the server is given up.
pub(super) async fn deliver(shared: Arc<Shared>, group: i64, id: i64, event: Value) {
    for attempt in 0..TRIES {
        let Some(server) = find(&shared, group, id).filter(|server| server.status == "ok") else { return };
        let pause = tokio::select! {
            () = shared.stop.cancelled() => return,
            taken = post(&shared, &server, &event, attempt) => match taken {
                Ok(()) => {
                    noted(&shared, group, id, true);
                    return;
                }
                Err(retry_after) => retry_after.unwrap_or((1_u64 << attempt.min(9)).min(LONGEST_PAUSE)),
            },
        };
        noted(&shared, group, id, false);
        let at = shared.clock.now() + Duration::from_secs(pause);
        let mut news = shared.watch();
        while shared.clock.now() < at {
            tokio::select! {
                () = shared.stop.cancelled() => return,
                () = sleep_until(shared.clock.real(at)) => {}
                _ = news.changed() => {}
            }
        }
    }
}

fn noted(shared: &Shared, group: i64, id: i64, taken: bool) {
    let most = shared.options.failures_most;
    let mut world = shared.world();
    let Some(server) = world.group(group).servers.iter_mut().find(|one| one.id == id) else { return };
    server.failures = if taken { 0 } else { server.failures + 1 };
    if server.failures >= most {
        server.status = "failed";
    }
}

/// `Err`: not taken, and for how long the receiver asks to wait.
async fn post(shared: &Shared, server: &Server, event: &Value, attempt: u32) -> Result<(), Option<u64>> {
    let mut body = event.clone();
    body["secret"] = server.secret.clone().into();
    let mut request = shared.http.post(&server.url).json(&body).timeout(ANSWER_WAIT);
    if attempt > 0 {
        request = request.header("X-Retry-Counter", attempt);
    }
    let answer = request.send().await.map_err(|_| None)?;
    let status = answer.status().as_u16();
    let asked = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let asked = asked.filter(|_| matches!(status, 410 | 429 | 503)).map(|seconds| seconds.min(LONGEST_RETRY_AFTER));
    let text = answer.text().await.map_err(|_| None)?;
    if status == 200 && text == "ok" { Ok(()) } else { Err(asked) }
}
