use contracts::channel::{
    Blocked, ConversationStarted, Failure, FailureReason, Inbound, Peer, Receipt, ReceiptStatus, Source, Unblocked,
    inbound::Body,
};

use gateway_kit::words::{clean, storable};

use super::{address, fact, natural_key, peer};
use crate::wire::{Event, Person};

/// The chat was opened: by a link, whose mark says where the person comes from, or by the button. It is no consent yet.
pub fn started(event: &Event) -> Result<Inbound, String> {
    let started = ConversationStarted { without_consent: event.subscribed == Some(false) };
    let fact = fact(event, "start", peer(user(event)?)?, Body::ConversationStarted(started))?;
    let context = event.context.as_deref().map(|context| clean(context, 500)).filter(|context| !context.is_empty());
    let source = context.map(|r#ref| Source { kind: "viber_context".into(), r#ref, ..Source::default() });
    Ok(Inbound { source, ..fact })
}

pub fn subscribed(event: &Event) -> Result<Inbound, String> {
    fact(event, "sub", peer(user(event)?)?, Body::Unblocked(Unblocked {}))
}

pub fn unsubscribed(event: &Event) -> Result<Inbound, String> {
    fact(event, "unsub", addressee(event)?, Body::Blocked(Blocked {}))
}

pub fn delivered(event: &Event) -> Result<Inbound, String> {
    receipt(event, Receipt { status: ReceiptStatus::Delivered.into(), ..Receipt::default() })
}

/// It comes once for all that were read, so everything before it is read too.
pub fn seen(event: &Event) -> Result<Inbound, String> {
    let read_up_to_position = super::token(event)?.position();
    receipt(event, Receipt { status: ReceiptStatus::Read.into(), read_up_to_position, ..Receipt::default() })
}

/// The person's client did not take what Viber had accepted.
pub fn failed(event: &Event) -> Result<Inbound, String> {
    let failure = Failure {
        reason: FailureReason::Rejected.into(),
        provider_code: "failed".into(),
        provider_text: storable(event.desc.as_deref().unwrap_or_default()).chars().take(500).collect(),
    };
    let status = ReceiptStatus::Failed.into();
    receipt(event, Receipt { status, failure: Some(failure), ..Receipt::default() })
}

/// Each device of a person tells for itself, at its own time; a repeat of one has the same time.
fn receipt(event: &Event, receipt: Receipt) -> Result<Inbound, String> {
    let message_key = natural_key(event)?;
    let fact = fact(event, &event.event, addressee(event)?, Body::Receipt(receipt))?;
    let key = format!("{}:{}", fact.key, event.timestamp.unwrap_or_default());
    Ok(Inbound { key, message_key, position: 0, ..fact })
}

fn user(event: &Event) -> Result<&Person, String> {
    event.user.as_ref().ok_or_else(|| format!("{}: it names nobody", event.event))
}

fn addressee(event: &Event) -> Result<Peer, String> {
    let id = event.user_id.as_deref().ok_or_else(|| format!("{}: it names nobody", event.event))?;
    Ok(Peer { address: address(id)?, ..Peer::default() })
}
