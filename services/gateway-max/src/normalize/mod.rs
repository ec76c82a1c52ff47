//! MAX's updates as facts. Pure: the same bytes give the same facts.

mod content;
mod event;
pub mod markup;
mod message;
mod peer;
pub mod proof;
pub mod text;

use contracts::channel::{Inbound, Unparsed, inbound::Body};
use gateway_kit::words::{said, short_hash, without_nul};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{
    address::fit,
    wire::{ChatEvent, Message, Update},
};

/// Updates that tell nothing that staff must know: a person's own view of the chat, and what an older API made. They
/// yield no fact.
const IGNORED: [&str; 6] = [
    "dialog_cleared",
    "dialog_muted",
    "dialog_unmuted",
    "message_chat_created",
    "message_constructed",
    "message_construction_request",
];

/// The facts of one update: of a webhook's body, or of an element of `GET /updates`. What cannot be read is one fact of
/// kind Unparsed.
pub fn update(body: &[u8]) -> Vec<Inbound> {
    let facts = serde_json::from_slice(&without_nul(body)).map_err(|error| said(&error)).and_then(of_update);
    facts.unwrap_or_else(|reason| vec![unparsed(body, &reason)])
}

/// The fact of one message of `GET /messages`.
pub fn of_history(message: &Value) -> Vec<Inbound> {
    match serde_json::from_value::<Message>(message.clone()) {
        Ok(message) => fitting(message::received(&message, None)),
        Err(error) => vec![unparsed(message.to_string().as_bytes(), &said(&error))],
    }
}

fn of_update(update: Update) -> Result<Vec<Inbound>, String> {
    let (kind, at, locale) = (update.update_type.as_str(), update.timestamp, update.user_locale.as_deref());
    let facts = match kind {
        "message_created" => message::received(&field(&update.rest, "message")?, locale),
        "message_edited" => message::edited(&field(&update.rest, "message")?, at, locale),
        "message_removed" => message::removed(&whole(&update.rest)?, at)?,
        "message_callback" => {
            let message: Option<Message> = field(&update.rest, "message").ok();
            event::callback(&field(&update.rest, "callback")?, message.as_ref(), locale)
        }
        "bot_started" | "bot_stopped" | "dialog_removed" | "bot_added" | "bot_removed" | "user_added"
        | "user_removed" | "chat_title_changed" => event::of_chat(kind, &whole(&update.rest)?, at, locale),
        ignored if IGNORED.contains(&ignored) => Vec::new(),
        _ => return Err(format!("updates of kind {kind} are not known")),
    };
    if facts.iter().any(|fact| fact.peer.is_none() && needs_peer(fact)) {
        return Err(format!("{kind}: nobody is named"));
    }
    Ok(fitting(facts))
}

fn needs_peer(fact: &Inbound) -> bool {
    !matches!(fact.body, Some(Body::Edit(_) | Body::Deletion(_) | Body::OwnEcho(_)))
}

fn fitting(facts: Vec<Inbound>) -> Vec<Inbound> {
    facts.into_iter().map(|fact| Inbound { key: fit(fact.key), ..fact }).collect()
}

fn field<T: DeserializeOwned>(fields: &Map<String, Value>, name: &str) -> Result<T, String> {
    let value = fields.get(name).cloned().unwrap_or_default();
    serde_json::from_value(value).map_err(|error| format!("{name}: {}", said(&error)))
}

fn whole(fields: &Map<String, Value>) -> Result<ChatEvent, String> {
    serde_json::from_value(Value::Object(fields.clone())).map_err(|error| said(&error))
}

fn unparsed(body: &[u8], reason: &str) -> Inbound {
    let key = format!("raw:{}", short_hash(body));
    let body = Unparsed {
        raw: body.to_vec(),
        content_type: "application/json".into(),
        reason: gateway_kit::words::clean(reason, 300),
        ..Unparsed::default()
    };
    Inbound { key, body: Some(Body::Unparsed(body)), ..Inbound::default() }
}

/// Milliseconds since 1970 as a time; absent outside of years 2000 to 9999.
fn time(milliseconds: i64) -> Option<prost_types::Timestamp> {
    let seconds = milliseconds.div_euclid(1000);
    let nanos = i32::try_from(milliseconds.rem_euclid(1000) * 1_000_000).unwrap_or_default();
    (946_684_800..253_402_300_800).contains(&seconds).then_some(prost_types::Timestamp { seconds, nanos })
}
