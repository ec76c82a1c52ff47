//! Callbacks: signed over their bytes, sent again a few times within the hour, each by itself and so in any order.

use std::{sync::Arc, time::Duration};

use reqwest::StatusCode;
use ring::hmac;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::state::Shared;

pub(super) const HOSTNAME: &str = "SN-CHAT-05_";

/// How long the receiver may take, in our time.
const ANSWER_WAIT: Duration = Duration::from_secs(5);
/// Between the tries, in the fake's time: what users report, and then sparser, within an hour.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(300),
    Duration::from_secs(900),
    Duration::from_secs(1800),
];

/// A callback with a new token, unless it is about one of the bot's own messages.
pub(super) fn event(shared: &Shared, kind: &str, about: Option<u64>, mut fields: Value) -> Value {
    let token = about.unwrap_or_else(|| shared.world().next_token());
    fields["event"] = json!(kind);
    fields["timestamp"] = json!(chrono::Utc::now().timestamp_millis());
    fields["chat_hostname"] = json!(HOSTNAME);
    fields["message_token"] = json!(token);
    fields
}

/// The call of an address that is being set.
pub(super) async fn check(shared: &Arc<Shared>, token: &str, url: &str) -> bool {
    let body = event(shared, "webhook", None, json!({})).to_string();
    post(shared, token, url, &body).await.is_some()
}

/// Delivers in the background, if the bot wants this kind of event.
pub(super) fn deliver(shared: &Arc<Shared>, token: &str, event: Value) {
    let (shared, token) = (shared.clone(), token.to_owned());
    let tasks = shared.tasks.clone();
    tasks.spawn(async move { until_answered(shared, token, event).await });
}

async fn until_answered(shared: Arc<Shared>, token: String, event: Value) {
    let kind = event["event"].as_str().unwrap_or_default().to_owned();
    let body = event.to_string();
    for pause in [Duration::ZERO].into_iter().chain(PAUSES) {
        if !shared.pause(pause).await {
            return;
        }
        let url = {
            let world = shared.world();
            let bot = &world.bots[&token];
            bot.webhook.clone().filter(|_| bot.events.contains(&kind))
        };
        let Some(url) = url else { continue };
        if let Some(answer) = post(&shared, &token, &url, &body).await {
            if kind == "conversation_started" {
                welcome(&shared, &token, &event, &answer);
            }
            return;
        }
    }
    if let Some(bot) = shared.world().bots.get_mut(&token) {
        bot.lost_callbacks += 1;
    }
}

/// The one message that the answer may hold is shown to the person; there is no receiver in it, and it costs nothing.
fn welcome(shared: &Shared, token: &str, event: &Value, answer: &str) {
    let Ok(message) = serde_json::from_str::<Value>(answer) else { return };
    let named = message["sender"]["name"].as_str().is_some_and(|name| (1..=28).contains(&name.chars().count()));
    if named && message.get("receiver").is_none() && message["type"].is_string() {
        let person = event["user"]["id"].as_str().unwrap_or_default();
        shared.with_chat(token, person, |chat| chat.welcomes.push(message));
    }
}

/// The body of an answer 200.
async fn post(shared: &Shared, token: &str, url: &str, body: &str) -> Option<String> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, token.as_bytes());
    let signature = hex::encode(hmac::sign(&key, body.as_bytes()));
    let request = shared
        .http
        .post(url)
        .header("X-Viber-Content-Signature", signature)
        .header("Content-Type", "application/json")
        .body(body.to_owned());
    let answer = timeout(ANSWER_WAIT, request.send()).await.ok()?.ok()?;
    if answer.status() != StatusCode::OK {
        return None;
    }
    timeout(ANSWER_WAIT, answer.text()).await.ok()?.ok()
}
