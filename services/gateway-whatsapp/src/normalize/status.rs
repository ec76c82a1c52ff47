//! What became of our messages.

use contracts::channel::{Inbound, Receipt, ReceiptStatus, inbound::Body};
use gateway_kit::words::fit;

use super::{state, time};
use crate::{
    address::{Mark, REACTION_MARK},
    error,
    wire::Status,
};

/// However many messages fail, the administrator hears of it once in five minutes.
const ALARM_SECONDS: i64 = 300;

/// What a failed message says of the account as a whole, for whoever can help: the operator sees the message alone.
pub fn alarm(number: &str, fact: &Inbound) -> Option<Inbound> {
    let Some(Body::Receipt(Receipt { failure: Some(failure), .. })) = &fact.body else { return None };
    let code = failure.provider_code.parse().ok()?;
    let remedy_key = error::remedy(code)?;
    let at = fact.sent_on.as_ref().map_or(0, |at| at.seconds - at.seconds.rem_euclid(ALARM_SECONDS));
    Some(state(format!("alarm:{number}:{code}:{at}"), at, failure.provider_text.clone(), remedy_key))
}

/// A status by our own mark where the message bears it, else by its id alone: what a failed status says of the person may
/// be nothing, and the answer to the send may have been lost.
pub fn fact(status: Status) -> Result<Option<Inbound>, String> {
    let Status { id, status, timestamp, biz_opaque_callback_data, errors } = status;
    if id.is_empty() {
        return Err("a status of no message".into());
    }
    let kind = match status.as_str() {
        "sent" => ReceiptStatus::Sent,
        "delivered" => ReceiptStatus::Delivered,
        // Whoever has played a voice message has opened the chat.
        "read" | "played" => ReceiptStatus::Read,
        "failed" => ReceiptStatus::Failed,
        _ => return Err("a status of a kind that is not known".into()),
    };
    if biz_opaque_callback_data.as_deref() == Some(REACTION_MARK) {
        return Ok(None); // A reaction of ours is no message of router's.
    }
    let mark = biz_opaque_callback_data.as_deref().and_then(Mark::parse);
    let key = fit(format!("st:{id}:{status}"));
    let natural = fit(id);
    let receipt = Receipt {
        attempt: mark.as_ref().map_or(0, |mark| mark.attempt),
        message_id: mark.map(|mark| mark.message_id).unwrap_or_default(),
        status: kind.into(),
        provider_keys: if kind == ReceiptStatus::Sent { vec![natural.clone()] } else { Vec::new() },
        failure: (kind == ReceiptStatus::Failed).then(|| error::told(errors.first())),
        ..Receipt::default()
    };
    Ok(Some(Inbound {
        key,
        sent_on: time(timestamp),
        shown_at: time(timestamp).filter(|_| kind == ReceiptStatus::Sent),
        message_key: natural,
        body: Some(Body::Receipt(receipt)),
        ..Inbound::default()
    }))
}
