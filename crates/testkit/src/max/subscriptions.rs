use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use url::Url;

use super::{
    answer::{Answer, failure, invalid, success},
    methods::Query,
    state::{Bot, Shared, now_ms},
};

#[derive(Debug, Clone)]
pub(super) struct Subscription {
    pub url: String,
    pub secret: Option<String>,
    pub types: Option<Vec<String>>,
    pub time: i64,
    /// When a delivery succeeded last, by the fake's clock; at first when it was made.
    pub succeeded: Duration,
}

pub(super) fn list(bot: &Bot) -> Answer {
    let one = |held: &Subscription| json!({ "url": held.url, "time": held.time, "update_types": held.types });
    Ok(json!({ "subscriptions": bot.subscriptions.iter().map(one).collect::<Vec<_>>() }))
}

pub(super) fn add(shared: &Arc<Shared>, bot: &mut Bot, body: &Value) -> Answer {
    let url = body["url"].as_str().unwrap_or_default();
    let fits = Url::parse(url).is_ok_and(|url| {
        !shared.options.public_webhooks_only || url.scheme() == "https" && url.port_or_known_default() == Some(443)
    });
    if !fits {
        return failure("url: https on port 443 is needed");
    }
    let secret = body["secret"].as_str().map(str::to_owned);
    let is_plain = |secret: &String| {
        (5..=256).contains(&secret.len()) && secret.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    };
    if secret.as_ref().is_some_and(|secret| !is_plain(secret)) {
        return invalid("secret: 5 to 256 of A-Z a-z 0-9 _ -");
    }
    let kinds = |kinds: &Vec<Value>| kinds.iter().filter_map(|kind| Some(kind.as_str()?.to_owned())).collect();
    let types = body["update_types"].as_array().map(kinds);
    bot.subscriptions.retain(|held| held.url != url);
    let (url, time, succeeded) = (url.to_owned(), now_ms(), shared.clock.now());
    bot.subscriptions.push(Subscription { url, secret, types, time, succeeded });
    success()
}

pub(super) fn remove(bot: &mut Bot, query: &Query) -> Answer {
    let Some(url) = query.get("url") else { return invalid("url is required") };
    let before = bot.subscriptions.len();
    bot.subscriptions.retain(|held| held.url != *url);
    if bot.subscriptions.len() == before { failure("There is no such subscription") } else { success() }
}
