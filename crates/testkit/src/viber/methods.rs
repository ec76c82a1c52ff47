use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    callback, send,
    state::{Bot, Shared},
};

/// Larger requests are bad data.
const REQUEST_BYTES: usize = 30 * 1024;

/// What cannot be left out.
const LEAST_EVENTS: [&str; 3] = ["message", "subscribed", "unsubscribed"];
const EVENTS: [&str; 7] =
    ["delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started", "message"];

pub(super) fn refusal(status: i64, message: &str) -> Value {
    json!({ "status": status, "status_message": message })
}

/// Carries out a call; the answer's `status` says how it went.
pub(super) async fn call(shared: &Arc<Shared>, token: &str, method: &str, body: &Value, bytes: usize) -> Value {
    match shared.world().bots.get(token) {
        None if token.is_empty() => return refusal(2, "missing_auth_token"),
        None => return refusal(2, "invalidAuthToken"),
        Some(bot) if bot.suspended != 0 => return refusal(bot.suspended, "publicAccountSuspended"),
        Some(_) => {}
    }
    if !body.is_object() || bytes > REQUEST_BYTES {
        return refusal(3, "badData");
    }
    match method {
        "get_account_info" => account_info(shared, token),
        "set_webhook" => set_webhook(shared, token, body).await,
        "send_message" => send::message(shared, token, body),
        _ => refusal(3, "badData: this method is not known"),
    }
}

fn account_info(shared: &Shared, token: &str) -> Value {
    let world = shared.world();
    let bot = &world.bots[token];
    let subscribers = bot.chats.values().filter(|chat| chat.subscribed).count();
    let mut info = json!({
        "status": 0, "status_message": "ok", "id": format!("pa:{}", &token[8..16]), "name": "Okno", "uri": "okno",
        "icon": "", "background": "", "category": "Shopping", "subcategory": "Home", "country": "UA",
        "location": { "lon": 0.1, "lat": 0.2 }, "subscribers_count": subscribers, "members": [],
        "chat_hostname": callback::HOSTNAME,
    });
    if let Bot { webhook: Some(url), events, .. } = bot {
        info["webhook"] = json!(url);
        info["event_types"] = json!(events);
    }
    info
}

/// The address is called before the answer, and must answer 200.
async fn set_webhook(shared: &Arc<Shared>, token: &str, body: &Value) -> Value {
    let Some(url) = body["url"].as_str() else { return refusal(4, "missingData: url") };
    if url.is_empty() {
        with(shared, token, |bot| bot.webhook = None);
        return json!({ "status": 0, "status_message": "ok" });
    }
    let fits = url.starts_with("https://") || !shared.options.https_only && url.starts_with("http://");
    if !fits || !callback::check(shared, token, url).await {
        return refusal(1, "Result: invalidUrl: no HTTP 200 from the webhook");
    }
    let wanted: Option<Vec<&str>> =
        body["event_types"].as_array().map(|list| list.iter().filter_map(Value::as_str).collect());
    let listed =
        |event: &&str| wanted.as_ref().is_none_or(|wanted| wanted.contains(event) || LEAST_EVENTS.contains(event));
    let events: Vec<String> = EVENTS.iter().filter(|event| listed(event)).map(ToString::to_string).collect();
    let answer =
        json!({ "status": 0, "status_message": "ok", "chat_hostname": callback::HOSTNAME, "event_types": events });
    with(shared, token, |bot| (bot.webhook, bot.events) = (Some(url.to_owned()), events));
    answer
}

fn with<T>(shared: &Shared, token: &str, act: impl FnOnce(&mut Bot) -> T) -> T {
    act(shared.world().bots.get_mut(token).expect("a bot that was looked up before"))
}
