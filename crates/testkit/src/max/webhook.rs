//! Deliveries to a webhook, the way MAX makes them: each alone and in no order, 200 within 30 s or again, up to ten times,
//! ever later; eight hours without a success end the subscription.

use std::{sync::Arc, time::Duration};

use reqwest::StatusCode;
use serde_json::Value;

use super::state::Shared;

const ANSWER_WAIT: Duration = Duration::from_secs(30);
const TRIES: i32 = 10;
const FIRST_PAUSE: Duration = Duration::from_secs(60);
const GROWTH: f64 = 2.5;
const ENDS_AFTER: Duration = Duration::from_secs(8 * 3600);

/// Brings an update to every subscription that wants it, or keeps it for polls where there is none.
pub(super) fn emit(shared: &Arc<Shared>, token: &str, update: Value) {
    let mut world = shared.world();
    let Some(bot) = world.bots.get_mut(token) else { return };
    if bot.subscriptions.is_empty() {
        bot.kept.push(update);
    } else {
        let kind = update["update_type"].as_str().unwrap_or_default();
        let wants =
            |types: &Option<Vec<String>>| types.as_ref().is_none_or(|types| types.iter().any(|one| one == kind));
        for held in bot.subscriptions.iter().filter(|held| wants(&held.types)) {
            let (token, url) = (token.to_owned(), held.url.clone());
            shared.tasks.spawn(deliver(shared.clone(), token, url, update.clone()));
        }
    }
    drop(world);
    shared.changed();
}

async fn deliver(shared: Arc<Shared>, token: String, url: String, update: Value) {
    for tried in 0..TRIES {
        let Some(secret) = secret(&shared, &token, &url) else { return };
        let accepted = tokio::select! {
            () = shared.stop.cancelled() => return,
            accepted = post(&shared, &url, secret.as_deref(), &update) => accepted,
        };
        note(&shared, &token, &url, accepted);
        if accepted {
            return;
        }
        let pause = FIRST_PAUSE.mul_f64(GROWTH.powi(tried));
        if !shared.wait_until(shared.clock.now() + pause).await {
            return;
        }
    }
}

/// `None`: the subscription is gone, and what waited for it with it.
fn secret(shared: &Shared, token: &str, url: &str) -> Option<Option<String>> {
    let world = shared.world();
    world.bots.get(token)?.subscriptions.iter().find(|held| held.url == url).map(|held| held.secret.clone())
}

async fn post(shared: &Shared, url: &str, secret: Option<&str>, update: &Value) -> bool {
    let mut request = shared.http.post(url).json(update).timeout(ANSWER_WAIT);
    if let Some(secret) = secret {
        request = request.header("X-Max-Bot-Api-Secret", secret);
    }
    request.send().await.is_ok_and(|response| response.status() == StatusCode::OK)
}

fn note(shared: &Shared, token: &str, url: &str, accepted: bool) {
    let now = shared.clock.now();
    let mut world = shared.world();
    let Some(bot) = world.bots.get_mut(token) else { return };
    if accepted {
        bot.subscriptions.iter_mut().filter(|held| held.url == url).for_each(|held| held.succeeded = now);
    } else {
        bot.subscriptions.retain(|held| held.url != url || now < held.succeeded + ENDS_AFTER);
    }
}
