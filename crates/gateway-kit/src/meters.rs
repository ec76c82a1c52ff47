//! The metrics of every gateway (G47 of docs/gateway-spec.md); the channel and the account are labels.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use contracts::channel::inbound::Body;
use metrics::{Gauge, counter, gauge, histogram};
use model::{AccountId, Channel};

/// A fact that router has confirmed.
pub(crate) fn fact(channel: &Channel, account: AccountId, body: Option<&Body>) {
    let (channel, account) = (channel.to_string(), account.to_string());
    counter!("okno_gateway_facts_total", "channel" => channel.clone(), "account" => account.clone(), "kind" => kind(body))
        .increment(1);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    gauge!("okno_gateway_last_fact_timestamp_seconds", "channel" => channel, "account" => account)
        .set(now.as_secs_f64());
}

pub(crate) fn confirmed_after(channel: &Channel, wait: Duration) {
    histogram!("okno_gateway_confirm_seconds", "channel" => channel.to_string()).record(wait);
}

/// Facts of an account that wait for router.
pub(crate) fn unconfirmed(channel: &Channel, account: AccountId) -> Gauge {
    gauge!("okno_gateway_unconfirmed", "channel" => channel.to_string(), "account" => account.to_string())
}

/// The named exception of the first law: see `Gateway::unconfirmed_after`.
pub(crate) fn accepted_unconfirmed(channel: &Channel, account: AccountId, facts: u64) {
    let (channel, account) = (channel.to_string(), account.to_string());
    counter!("okno_gateway_accepted_unconfirmed_total", "channel" => channel, "account" => account).increment(facts);
}

pub(crate) fn webhook(channel: &Channel, status: u16, wait: Duration) {
    let channel = channel.to_string();
    histogram!("okno_gateway_webhook_seconds", "channel" => channel.clone()).record(wait);
    counter!("okno_gateway_answers_total", "channel" => channel, "status" => status.to_string()).increment(1);
}

/// A delivery that was not taken.
pub(crate) fn refused(channel: &Channel, why: &'static str) {
    counter!("okno_gateway_refused_total", "channel" => channel.to_string(), "why" => why).increment(1);
}

pub(crate) fn order(channel: &Channel, account: AccountId, kind: &'static str, outcome: &'static str) {
    let (channel, account) = (channel.to_string(), account.to_string());
    counter!("okno_gateway_orders_total", "channel" => channel, "account" => account, "kind" => kind, "outcome" => outcome)
        .increment(1);
}

/// A send that may have reached the provider or not.
pub(crate) fn unknown_outcome(channel: &Channel, account: AccountId) {
    let (channel, account) = (channel.to_string(), account.to_string());
    counter!("okno_gateway_unknown_outcomes_total", "channel" => channel, "account" => account).increment(1);
}

pub(crate) fn provider_error(channel: &Channel, account: AccountId, code: &'static str) {
    let (channel, account) = (channel.to_string(), account.to_string());
    counter!("okno_gateway_provider_errors_total", "channel" => channel, "account" => account, "code" => code)
        .increment(1);
}

pub(crate) fn pacing_wait(channel: &Channel, wait: Duration) {
    histogram!("okno_gateway_pacing_wait_seconds", "channel" => channel.to_string()).record(wait);
}

fn kind(body: Option<&Body>) -> &'static str {
    match body {
        Some(Body::Message(_)) => "message",
        Some(Body::Edit(_)) => "edit",
        Some(Body::Deletion(_)) => "deletion",
        Some(Body::Receipt(_)) => "receipt",
        Some(Body::Reaction(_)) => "reaction",
        Some(Body::ConversationStarted(_)) => "conversation_started",
        Some(Body::Blocked(_)) => "blocked",
        Some(Body::Unblocked(_)) => "unblocked",
        Some(Body::ButtonCallback(_)) => "button_callback",
        Some(Body::Claim(_)) => "claim",
        Some(Body::Released(_)) => "released",
        Some(Body::AttachmentStored(_)) => "attachment_stored",
        Some(Body::OwnEcho(_)) => "own_echo",
        Some(Body::PollPosition(_)) => "position",
        Some(Body::AccountState(_)) => "account_state",
        Some(Body::Unparsed(_)) => "unparsed",
        Some(Body::OrderResult(_)) => "order_result",
        Some(Body::Templates(_)) => "templates",
        Some(Body::Kept(_)) => "kept",
        None => "none",
    }
}
