//! Sends the updates of a bot to its webhook, the way Telegram does.
//!
//! One request is one update. Updates of one family and chat go one after another, and one that fails holds back only those
//! behind it in its lane. A failed update is sent again at once, then after 2, 4, 8, ... seconds up to a random 60 to 120 s,
//! until it expires; a `Retry-After` of the receiver is obeyed up to an hour; 410 for 23 hours ends the webhook.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use super::clock::unix_now;
use super::state::Shared;
use super::updates::{Lane, Queued};

/// How long the receiver may take to answer, in our time.
const ANSWER_WAIT: Duration = Duration::from_secs(30);
const LONGEST_RETRY: Duration = Duration::from_secs(60);
const LONGEST_RETRY_AFTER: u64 = 3600;
const GONE_FOR: Duration = Duration::from_secs(23 * 3600);

#[derive(Debug, Clone)]
pub(super) struct Webhook {
    url: String,
    secret: Option<String>,
    max_connections: usize,
    lanes: HashMap<Lane, State>,
    last_error: Option<(i64, String)>,
    gone_since: Option<Duration>,
}

/// What happens with the oldest update of a lane.
#[derive(Debug, Clone, Copy)]
enum State {
    Sending,
    /// Failed `failures` times; to be sent again at `at`, the last pause having been `pause`.
    Failed {
        failures: u32,
        pause: Duration,
        at: Duration,
    },
}

impl Webhook {
    pub(super) fn new(url: String, secret: Option<String>, max_connections: usize) -> Self {
        Self { url, secret, max_connections, lanes: HashMap::new(), last_error: None, gone_since: None }
    }

    pub(super) fn is_like(&self, other: &Self) -> bool {
        (&self.url, &self.secret, self.max_connections) == (&other.url, &other.secret, other.max_connections)
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    fn sending(&self) -> usize {
        self.lanes.values().filter(|state| matches!(state, State::Sending)).count()
    }

    /// Whether the lane may send now; a lane that waits tells until when.
    fn ready(&self, lane: &Lane, now: Duration) -> Result<(), Option<Duration>> {
        match self.lanes.get(lane) {
            None => Ok(()),
            Some(State::Sending) => Err(None),
            Some(State::Failed { at, .. }) if *at <= now => Ok(()),
            Some(State::Failed { at, .. }) => Err(Some(*at)),
        }
    }
}

/// Fills in what `getWebhookInfo` says.
pub(super) fn describe(webhook: &Webhook, info: &mut Value) {
    info["url"] = json!(webhook.url);
    info["max_connections"] = json!(webhook.max_connections);
    info["ip_address"] = json!("127.0.0.1");
    if let Some((date, message)) = &webhook.last_error {
        info["last_error_date"] = json!(date);
        info["last_error_message"] = json!(message);
    }
}

/// The client that webhooks are called with: this is the provider's side, not ours.
#[expect(
    clippy::disallowed_methods,
    reason = "the fake calls whom a test tells it to; egress guards the product's own calls"
)]
pub(crate) fn client() -> reqwest::Client {
    // Only the first provider of a process is taken; any will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
    client.build().expect("a client without anything special")
}

/// Sends the updates of one bot for as long as the fake lives.
pub(super) async fn run(shared: Arc<Shared>, token: String) {
    let mut changes = shared.world().bots[&token].watch();
    loop {
        changes.borrow_and_update();
        let (due, next) = take_due(&shared, &token);
        for delivery in due {
            shared.tasks.spawn(deliver(shared.clone(), token.clone(), delivery));
        }
        let next = next.map_or_else(|| Instant::now() + Duration::from_secs(60), |at| shared.clock.real(at));
        tokio::select! {
            () = shared.stop.cancelled() => return,
            _ = changes.changed() => {}
            () = sleep_until(next) => {}
        }
    }
}

struct Delivery {
    update: Queued,
    url: String,
    secret: Option<String>,
    earlier: Option<(u32, Duration)>,
}

/// What is to be sent now, and when the next retry is due.
fn take_due(shared: &Shared, token: &str) -> (Vec<Delivery>, Option<Duration>) {
    let now = shared.clock.now();
    let mut world = shared.world();
    let Some(bot) = world.bots.get_mut(token) else { return (Vec::new(), None) };
    let Some(webhook) = &mut bot.webhook else { return (Vec::new(), None) };
    let (mut due, mut next) = (Vec::new(), None::<Duration>);
    for update in bot.updates.heads(now) {
        match webhook.ready(&update.lane, now) {
            Ok(()) if webhook.sending() < webhook.max_connections => {
                let earlier = match webhook.lanes.insert(update.lane.clone(), State::Sending) {
                    Some(State::Failed { failures, pause, .. }) => Some((failures, pause)),
                    _ => None,
                };
                let (url, secret) = (webhook.url.clone(), webhook.secret.clone());
                due.push(Delivery { update, url, secret, earlier });
            }
            Ok(()) | Err(None) => {}
            Err(Some(at)) => next = Some(next.map_or(at, |next| next.min(at))),
        }
    }
    (due, next)
}

/// How a delivery ended: accepted, or refused with a status and the pause the receiver asked for.
enum Outcome {
    Accepted,
    Refused { status: Option<u16>, retry_after: Option<u64>, error: String },
}

async fn deliver(shared: Arc<Shared>, token: String, delivery: Delivery) {
    let outcome = tokio::select! {
        () = shared.stop.cancelled() => return,
        outcome = post(&shared, &delivery) => outcome,
    };
    let now = shared.clock.now();
    shared.with_bot(&token, |_, bot| {
        let Some(webhook) = bot.webhook.as_mut().filter(|webhook| webhook.url == delivery.url) else { return };
        match outcome {
            Outcome::Accepted => {
                bot.updates.remove(delivery.update.place);
                webhook.lanes.remove(&delivery.update.lane);
                webhook.gone_since = None;
            }
            Outcome::Refused { status, retry_after, error } => {
                webhook.last_error = Some((unix_now(), error));
                webhook.lanes.insert(delivery.update.lane, failed(delivery.earlier, retry_after, now));
                webhook.gone_since = if status == Some(410) { webhook.gone_since.or(Some(now)) } else { None };
                if webhook.gone_since.is_some_and(|since| now >= since + GONE_FOR) {
                    bot.webhook = None;
                }
            }
        }
    });
}

async fn post(shared: &Shared, delivery: &Delivery) -> Outcome {
    let mut request = shared.http.post(&delivery.url).json(&delivery.update.body).timeout(ANSWER_WAIT);
    if let Some(secret) = &delivery.secret {
        request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
    }
    match request.send().await {
        Ok(response) if response.status().is_success() => Outcome::Accepted,
        Ok(response) => {
            let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
            let status = response.status();
            let error = format!("Wrong response from the webhook: {status}");
            Outcome::Refused { status: Some(status.as_u16()), retry_after, error }
        }
        Err(error) if error.is_timeout() => refused("Read timeout expired"),
        Err(error) if error.is_connect() => refused("Connection refused"),
        Err(_) => refused("Connection reset by peer"),
    }
}

fn refused(error: &str) -> Outcome {
    Outcome::Refused { status: None, retry_after: None, error: error.to_owned() }
}

fn failed(earlier: Option<(u32, Duration)>, retry_after: Option<u64>, now: Duration) -> State {
    let (failures, pause) = earlier.unwrap_or((0, Duration::from_secs(1)));
    let retry_after = retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER);
    if retry_after > 0 {
        return State::Failed { failures: failures + 1, pause, at: now + Duration::from_secs(retry_after) };
    }
    if failures == 0 {
        return State::Failed { failures: 1, pause, at: now };
    }
    let random = uuid::Uuid::now_v7().as_u128() % 1000;
    let longest = LONGEST_RETRY + LONGEST_RETRY.mul_f64(random as f64 / 1000.0);
    let pause = (pause * 2).min(longest);
    State::Failed { failures: failures + 1, pause, at: now + pause }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_update_is_sent_at_once_and_then_ever_later() {
        let mut state = failed(None, None, Duration::ZERO);
        let mut pauses = Vec::new();
        for _ in 0..8 {
            let State::Failed { failures, pause, at } = state else { panic!("it failed") };
            pauses.push(at.as_secs());
            state = failed(Some((failures, pause)), None, Duration::ZERO);
        }
        assert_eq!(pauses[..6], [0, 2, 4, 8, 16, 32]);
        assert!((60..=120).contains(&pauses[7]), "{pauses:?}");
    }

    #[test]
    fn the_receivers_retry_after_is_obeyed_up_to_an_hour() {
        let State::Failed { at, .. } = failed(None, Some(7), Duration::ZERO) else { panic!("it failed") };
        assert_eq!(at.as_secs(), 7);
        let State::Failed { at, .. } = failed(None, Some(99_999), Duration::ZERO) else { panic!("it failed") };
        assert_eq!(at.as_secs(), 3600);
    }
}
