//! getUpdates, and the webhook's settings.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use super::error::{Answer, ApiError};
use super::params::Params;
use super::state::{Bot, Shared};
use super::webhook::{self, Webhook};

const DISPLACED: &str = "terminated by other getUpdates request; make sure that only one bot instance is running";
const WEBHOOK_ACTIVE: &str =
    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
/// A poll that repeats an offset within this time waits at least as long, and repeated conflicts are answered later.
const IMPATIENT: Duration = Duration::from_secs(3);

/// What is known of the bot's polls. Times are the fake clock's.
#[derive(Debug, Default)]
pub(super) struct Polling {
    /// Counts polls; only the newest one lives.
    newest: u64,
    last_offset: Option<i64>,
    last_at: Duration,
    next_conflict_at: Duration,
}

impl Polling {
    /// Whether anybody ever polled.
    pub(super) fn is_used(&self) -> bool {
        self.newest > 0
    }
}

/// One poll that waits.
struct Poll {
    number: u64,
    limit: usize,
    until: Instant,
}

pub(super) async fn get_updates(shared: &Shared, token: &str, params: &Params) -> Answer {
    let mut changes = shared.world().bots[token].watch();
    let poll = match begin(shared, token, params) {
        Ok(poll) => poll,
        Err(conflict) => return Err(later(shared, token, conflict).await),
    };
    loop {
        changes.borrow_and_update();
        match look(shared, token, &poll) {
            Ok(Some(batch)) => return Ok(Value::Array(batch)),
            Ok(None) => {}
            Err(conflict) => return Err(later(shared, token, conflict).await),
        }
        tokio::select! {
            () = shared.stop.cancelled() => return Ok(json!([])),
            _ = changes.changed() => {}
            () = sleep_until(poll.until) => {}
        }
    }
}

/// Confirms what lies before the offset and displaces the poll that is waiting.
fn begin(shared: &Shared, token: &str, params: &Params) -> Answer<Poll> {
    let offset = params.integer("offset")?.unwrap_or_default();
    let mut limit = params.integer("limit")?.unwrap_or(100).clamp(1, 100);
    let seconds = params.integer("timeout")?.unwrap_or_default().clamp(0, 50);
    let allowed = allowed_updates(params)?;
    let now = shared.clock.now();
    let mut until = Instant::now() + Duration::from_secs(seconds.unsigned_abs());
    shared.with_bot(token, |_, bot| {
        if bot.webhook.is_some() {
            return Err(ApiError::conflict(WEBHOOK_ACTIVE));
        }
        if let Some(allowed) = allowed {
            bot.updates.allowed = allowed;
        }
        let polling = &mut bot.polling;
        if polling.last_offset == Some(offset) {
            if seconds < 3 && now < polling.last_at + IMPATIENT {
                until = shared.clock.real(now + IMPATIENT);
            }
            if now < polling.last_at + Duration::from_millis(500) {
                limit = 1;
            }
        }
        polling.last_offset = Some(offset);
        polling.last_at = now;
        polling.newest += 1;
        bot.updates.confirm(offset);
        Ok(Poll { number: bot.polling.newest, limit: usize::try_from(limit).unwrap_or(1), until })
    })
}

/// The updates for a poll; `None` while there are none and time is left.
fn look(shared: &Shared, token: &str, poll: &Poll) -> Answer<Option<Vec<Value>>> {
    let mut world = shared.world();
    let Some(bot) = world.bots.get_mut(token) else { return Ok(Some(Vec::new())) };
    if bot.webhook.is_some() {
        return Err(ApiError::conflict("terminated by setWebhook request"));
    }
    if bot.polling.newest != poll.number {
        return Err(ApiError::conflict(DISPLACED));
    }
    let batch = bot.updates.serve(poll.limit, shared.clock.now());
    let done = !batch.is_empty() || Instant::now() >= poll.until;
    Ok(done.then_some(batch))
}

/// The first conflict is answered at once, those that follow 3 s later.
async fn later(shared: &Shared, token: &str, error: ApiError) -> ApiError {
    if error.code != 409 {
        return error;
    }
    let now = shared.clock.now();
    let wait = shared.with_bot(token, |_, bot| {
        let early = now < bot.polling.next_conflict_at;
        bot.polling.next_conflict_at = if early { bot.polling.next_conflict_at } else { now + IMPATIENT };
        early
    });
    if wait {
        tokio::select! {
            () = sleep_until(shared.clock.real(now + IMPATIENT)) => {}
            () = shared.stop.cancelled() => {}
        }
    }
    error
}

fn allowed_updates(params: &Params) -> Answer<Option<Vec<String>>> {
    let Some(list) = params.nested("allowed_updates")? else { return Ok(None) };
    serde_json::from_value(list).map(Some).map_err(|_| ApiError::bad("can't parse allowed updates JSON object"))
}

/// A true result together with the words that Telegram adds.
pub(super) type Told = (Value, Option<&'static str>);

pub(super) fn set_webhook(shared: &Shared, bot: &mut Bot, params: &Params) -> Answer<Told> {
    let url = params.text("url").unwrap_or_default();
    if url.is_empty() {
        return delete_webhook(bot, params);
    }
    let secret = params.non_empty("secret_token");
    check_secret(secret.as_deref())?;
    check_url(&url, shared.options.public_webhooks_only)?;
    let max_connections = params.integer("max_connections")?.unwrap_or(40).clamp(1, 100);
    if let Some(allowed) = allowed_updates(params)? {
        bot.updates.allowed = allowed;
    }
    if params.flag("drop_pending_updates") {
        bot.updates.clear();
    }
    let new = Webhook::new(url, secret, usize::try_from(max_connections).unwrap_or(40));
    if bot.webhook.as_ref().is_some_and(|old| old.is_like(&new)) {
        return Ok((json!(true), Some("Webhook is already set")));
    }
    change_webhook(bot)?;
    bot.webhook = Some(new);
    Ok((json!(true), Some("Webhook was set")))
}

pub(super) fn delete_webhook(bot: &mut Bot, params: &Params) -> Answer<Told> {
    if params.flag("drop_pending_updates") {
        bot.updates.clear();
    }
    if bot.webhook.is_none() {
        return Ok((json!(true), Some("Webhook is already deleted")));
    }
    change_webhook(bot)?;
    bot.webhook = None;
    Ok((json!(true), Some("Webhook was deleted")))
}

/// The webhook changes at most once a second.
fn change_webhook(bot: &mut Bot) -> Answer<()> {
    let now = Instant::now();
    if bot.webhook_change_at.is_some_and(|at| now < at) {
        return Err(ApiError::too_many(1));
    }
    bot.webhook_change_at = Some(now + Duration::from_secs(1));
    Ok(())
}

pub(super) fn webhook_info(bot: &Bot) -> Value {
    let mut info = json!({ "url": "", "has_custom_certificate": false, "pending_update_count": bot.updates.len() });
    if let Some(webhook) = &bot.webhook {
        webhook::describe(webhook, &mut info);
    }
    if !bot.updates.allowed.is_empty() {
        info["allowed_updates"] = json!(bot.updates.allowed);
    }
    info
}

fn check_secret(secret: Option<&str>) -> Answer<()> {
    let Some(secret) = secret else { return Ok(()) };
    if secret.len() > 256 {
        return Err(ApiError::bad("secret token is too long"));
    }
    let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if secret.bytes().all(good) { Ok(()) } else { Err(ApiError::bad("secret token contains unallowed characters")) }
}

fn check_url(text: &str, public: bool) -> Answer<()> {
    let url = url::Url::parse(text).map_err(|_| ApiError::bad("invalid webhook URL specified"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(ApiError::bad("invalid webhook URL specified"));
    }
    if public && url.scheme() != "https" {
        return Err(ApiError::bad("bad webhook: An HTTPS URL must be provided for webhook"));
    }
    if public && !matches!(url.port_or_known_default(), Some(443 | 80 | 88 | 8443)) {
        return Err(ApiError::bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"));
    }
    Ok(())
}
