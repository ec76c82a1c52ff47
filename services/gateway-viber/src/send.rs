//! Orders, carried out. Viber can send, and nothing else.

mod file;
mod keyboard;
mod plan;

use bytes::Bytes;
use contracts::channel::{FailureReason as R, Order, SendOrder, order::Body};
use gateway_kit::{SendOutcome, Sent, words::clean};
use serde_json::{Value, json};

use crate::{
    Viber,
    config::SENDER_NAME_MOST,
    error::{outcome, refused},
    wire::SentMessage,
};

/// The most bytes of a request (<https://developers.viber.com/docs/api/rest-bot-api/#send-message>, read 2026-11-26).
const REQUEST_BYTES: usize = 30_000;

/// Carries out one order.
pub async fn order(viber: &Viber, order: &Order) -> SendOutcome {
    let Some(Body::Send(send)) = &order.body else {
        return refused(R::NotSupported, "Viber lets bots send, and nothing else");
    };
    match request(viber, order, send) {
        Ok(request) => message(viber, &request, send.attempt).await,
        Err(outcome) => outcome,
    }
}

/// The whole of `send_message`, checked against Viber's limits, so that nothing is tried that must fail.
fn request(viber: &Viber, order: &Order, send: &SendOrder) -> Result<Value, SendOutcome> {
    let target = order.target.clone().unwrap_or_default();
    if target.address.is_empty() {
        return Err(refused(R::Unreachable, "the conversation has no address at Viber"));
    }
    if !target.thread_key.is_empty() {
        return Err(refused(R::NotSupported, "Viber gives bots no way to answer in a group"));
    }
    let content = send.content.clone().unwrap_or_default();
    let mut request = plan::message(&viber.links, &send.message_id, content)?;
    request["receiver"] = json!(target.address);
    request["min_api_version"] = json!(1);
    request["sender"] = json!({ "name": sender(viber, &send.author_name) });
    if request.to_string().len() > REQUEST_BYTES {
        return Err(refused(R::TooLong, "Viber takes at most 30 KB in all"));
    }
    Ok(request)
}

/// What Viber shows to whoever opens the chat for the first time; `None`: the account says nothing
/// (<https://developers.viber.com/docs/api/rest-bot-api/#sending-a-welcome-message>, read 2026-11-26).
pub fn welcome(viber: &Viber) -> Option<Bytes> {
    let text = viber.settings.welcome.as_str();
    let message = json!({
        "sender": { "name": sender(viber, "") }, "min_api_version": 1, "type": "text", "text": text,
    });
    (!text.is_empty()).then(|| message.to_string().into())
}

/// Viber wants a name above every message.
fn sender(viber: &Viber, author: &str) -> String {
    let bot = viber.name.lock().clone();
    let names = [viber.settings.sender.as_str(), author, &bot].map(|name| clean(name, SENDER_NAME_MOST));
    names.into_iter().find(|name| !name.is_empty()).unwrap_or_else(|| "Viber".into())
}

async fn message(viber: &Viber, request: &Value, attempt: u32) -> SendOutcome {
    match viber.client.call::<SentMessage>("send_message", request).await {
        Ok(sent) => SendOutcome::Accepted(receipt(&sent)),
        Err(error) => {
            if error.is_webhook_not_set() {
                viber.webhook.is_gone();
            }
            outcome(error, attempt)
        }
    }
}

/// Viber tells no time.
fn receipt(sent: &SentMessage) -> Sent {
    Sent {
        provider_keys: sent.message_token.iter().map(|token| token.0.to_string()).collect(),
        position: sent.message_token.map_or(0, |token| token.position()),
        ..Sent::default()
    }
}
