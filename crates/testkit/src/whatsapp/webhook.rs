//! Posts webhooks the way Meta does: signed over the exact bytes with non-ASCII letters escaped, again with growing pauses
//! for seven days until they are answered 200, to the number's own address or else the app's.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ring::hmac;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use super::queue::Queued;
use super::state::Shared;

const ANSWER_WAIT: Duration = Duration::from_secs(10);

/// Delivers for as long as the fake lives.
pub(super) async fn run(shared: Arc<Shared>) {
    loop {
        let (due, next) = shared.world().queue.take_due(shared.clock.now(), shared.options.batch);
        for (lane, changes) in due {
            shared.tasks.spawn(deliver(shared.clone(), lane, changes));
        }
        let next = next.map_or_else(|| Instant::now() + Duration::from_secs(60), |at| shared.clock.real(at));
        tokio::select! {
            () = shared.stop.cancelled() => return,
            () = shared.news.notified() => {}
            () = sleep_until(next) => {}
        }
    }
}

/// Puts a change into the queue.
pub(super) fn tell(shared: &Shared, lane: &str, number: &str, change: Value) {
    let queued = Queued { number: number.to_owned(), change, since: shared.clock.now() };
    let repeats = if shared.options.duplicates { 2 } else { 1 };
    let mut world = shared.world();
    for _ in 0..repeats {
        world.queue.push(lane, queued.clone());
    }
    drop(world);
    shared.wake();
}

/// What goes to one address in one body.
#[derive(Default)]
struct Parcel {
    secret: String,
    changes: BTreeMap<String, Vec<Value>>,
}

async fn deliver(shared: Arc<Shared>, lane: String, changes: Vec<Queued>) {
    let delivered = tokio::select! {
        () = shared.stop.cancelled() => return,
        delivered = post_all(&shared, &changes) => delivered,
    };
    shared.world().queue.ended(&lane, changes.len(), delivered, shared.clock.now());
    shared.wake();
}

async fn post_all(shared: &Shared, changes: &[Queued]) -> bool {
    let Some(parcels) = parcels(shared, changes) else { return false };
    let mut accepted = true;
    for (url, parcel) in parcels {
        let entries: Vec<_> = parcel.changes.into_iter().collect();
        accepted &= post(shared, &url, &parcel.secret, body(&entries)).await;
    }
    accepted
}

/// Where everything goes; `None`: something has no address yet.
fn parcels(shared: &Shared, changes: &[Queued]) -> Option<BTreeMap<String, Parcel>> {
    let world = shared.world();
    let mut parcels = BTreeMap::<String, Parcel>::new();
    for queued in changes {
        let number = world.numbers.get(&queued.number)?;
        let app = world.apps.get(&number.business)?;
        let url = number.callback.clone().filter(|_| app.subscribed).or(app.callback.clone())?;
        let parcel = parcels.entry(url).or_default();
        parcel.secret.clone_from(&app.secret);
        parcel.changes.entry(number.business.clone()).or_default().push(queued.change.clone());
    }
    Some(parcels)
}

async fn post(shared: &Shared, url: &str, secret: &str, body: Vec<u8>) -> bool {
    let signature = signature(secret, &body);
    let request = shared.http.post(url).header("X-Hub-Signature-256", signature).timeout(ANSWER_WAIT);
    let answer = request.header("Content-Type", "application/json").body(body).send().await;
    let status = answer.map_or(0, |answer| answer.status().as_u16());
    shared.world().answers.push(status);
    status == 200
}

/// The body for the changes of each WhatsApp Business account.
pub(super) fn body(entries: &[(String, Vec<Value>)]) -> Vec<u8> {
    let entry = |(business, changes): &(String, Vec<Value>)| json!({ "id": business, "changes": changes });
    let entries: Vec<_> = entries.iter().map(entry).collect();
    escaped(&json!({ "object": "whatsapp_business_account", "entry": entries }).to_string()).into_bytes()
}

/// Every letter beyond ASCII as `\uXXXX`.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter.is_ascii() {
            text.push(letter);
            continue;
        }
        let mut units = [0; 2];
        for unit in letter.encode_utf16(&mut units) {
            text += &format!("\\u{unit:04x}");
        }
    }
    text
}

/// The value of `X-Hub-Signature-256`.
pub(super) fn signature(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("sha256={}", hex::encode(hmac::sign(&key, body)))
}

/// The handshake by which Meta verifies an address.
pub(super) async fn verifies(shared: &Shared, url: &str, token: &str) -> bool {
    let challenge = uuid::Uuid::now_v7().as_u128() % 10_000_000_000;
    let challenge = challenge.to_string();
    let query = [("hub.mode", "subscribe"), ("hub.challenge", &challenge), ("hub.verify_token", token)];
    let answer = shared.http.get(url).query(&query).timeout(ANSWER_WAIT).send().await;
    let Ok(answer) = answer else { return false };
    answer.status() == 200 && answer.text().await.is_ok_and(|text| text == challenge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_beyond_ascii_are_escaped_as_utf16() {
        assert_eq!(escaped("\"д🪟a\""), "\"\\u0434\\ud83e\\ude9fa\"");
    }
}
