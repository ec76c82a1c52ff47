//! Telegram's updates as facts. Pure: the same bytes give the same facts.

mod content;
pub mod entities;
mod event;
mod message;
mod peer;
mod service;

use contracts::channel::{Inbound, Unparsed, inbound::Body};
use gateway_kit::words::{fit, said, short_hash, without_nul};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Updates that tell nothing of a conversation with a customer. They yield no fact.
const IGNORED: [&str; 14] = [
    "channel_post",
    "edited_channel_post",
    "message_reaction_count",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
    "inline_query",
    "chosen_inline_result",
    "shipping_query",
    "pre_checkout_query",
    "poll",
    "poll_answer",
    "purchased_paid_media",
];

/// The facts of one update: of a webhook's body, or of an element of `getUpdates`. What cannot be read is one fact of
/// kind Unparsed.
pub fn update(body: &[u8]) -> Vec<Inbound> {
    let fields: Map<String, Value> = match serde_json::from_slice(&without_nul(body)) {
        Ok(fields) => fields,
        Err(error) => return vec![unparsed(format!("raw:{}", short_hash(body)), body, &said(&error))],
    };
    let id = fields.get("update_id").and_then(Value::as_i64).unwrap_or_default();
    facts(id, fields).unwrap_or_else(|reason| vec![unparsed(format!("upd:{id}:{}", short_hash(body)), body, &reason)])
}

fn facts(update_id: i64, fields: Map<String, Value>) -> Result<Vec<Inbound>, String> {
    let mut facts = Vec::new();
    let mut kinds = 0;
    for (kind, value) in fields {
        if kind == "update_id" {
            continue;
        }
        kinds += 1;
        if !IGNORED.contains(&kind.as_str()) {
            facts.extend(of_kind(update_id, &kind, value)?);
        }
    }
    if kinds == 0 { Err("an update of no kind".into()) } else { Ok(facts) }
}

fn of_kind(update_id: i64, kind: &str, value: Value) -> Result<Vec<Inbound>, String> {
    let facts = match kind {
        "message" => message::received(read(kind, value)?)?,
        "edited_message" => message::edited(read(kind, value)?)?,
        "business_message" => message::business(read(kind, value)?)?,
        "edited_business_message" => message::edited(read(kind, value)?)?,
        "deleted_business_messages" => event::deleted(&read(kind, value)?)?,
        "callback_query" => event::callback(read(kind, value)?)?,
        "message_reaction" => event::reaction(&read(kind, value)?),
        "my_chat_member" => event::member(&read(kind, value)?),
        "business_connection" => event::connection(update_id, &read(kind, value)?),
        _ => return Err(format!("updates of kind {kind} are not known")),
    };
    Ok(facts.into_iter().map(|fact| Inbound { key: fit(fact.key), ..fact }).collect())
}

fn read<T: DeserializeOwned>(kind: &str, value: Value) -> Result<T, String> {
    serde_json::from_value(value).map_err(|error| format!("{kind}: {}", said(&error)))
}

fn unparsed(key: String, body: &[u8], reason: &str) -> Inbound {
    let body = Unparsed {
        raw: body.to_vec(),
        content_type: "application/json".into(),
        reason: gateway_kit::words::clean(reason, 300),
        ..Unparsed::default()
    };
    Inbound { key: fit(key), body: Some(Body::Unparsed(body)), ..Inbound::default() }
}

/// Unix seconds as a time; absent outside of years 1970 to 9999.
fn time(seconds: i64) -> Option<prost_types::Timestamp> {
    (1..253_402_300_800).contains(&seconds).then_some(prost_types::Timestamp { seconds, nanos: 0 })
}
