//! VK's events as facts. Pure: the same bytes give the same facts.

mod attachment;
mod content;
mod event;
pub mod message;
mod reaction;
mod service;

pub use attachment::{RemoteRef, link, name_of as attachment_name};
pub use content::of as full_content;
use contracts::channel::{Inbound, Peer, Unparsed, inbound::Body};
use gateway_kit::words::{fit, said, short_hash, without_nul};
pub use reaction::reaction_id;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::wire::{Event, TypingState};

/// Events that tell nothing of a conversation with a customer, or of no more than somebody who types. They yield no fact.
/// (<https://dev.vk.com/ru/api/community-events/json-schema>, read 2026-11-26.)
const IGNORED: [&str; 54] = [
    "confirmation",
    "message_typing_state",
    "group_join",
    "group_leave",
    "user_block",
    "user_unblock",
    "group_officers_edit",
    "group_change_settings",
    "group_change_photo",
    "photo_new",
    "photo_comment_new",
    "photo_comment_edit",
    "photo_comment_restore",
    "photo_comment_delete",
    "audio_new",
    "video_new",
    "video_comment_new",
    "video_comment_edit",
    "video_comment_restore",
    "video_comment_delete",
    "wall_post_new",
    "wall_repost",
    "wall_reply_new",
    "wall_reply_edit",
    "wall_reply_restore",
    "wall_reply_delete",
    "wall_schedule_post_new",
    "wall_schedule_post_delete",
    "like_add",
    "like_remove",
    "board_post_new",
    "board_post_edit",
    "board_post_restore",
    "board_post_delete",
    "market_comment_new",
    "market_comment_edit",
    "market_comment_restore",
    "market_comment_delete",
    "market_order_edit",
    "poll_vote_new",
    "vkpay_transaction",
    "app_payload",
    "donut_subscription_create",
    "donut_subscription_prolonged",
    "donut_subscription_expired",
    "donut_subscription_cancelled",
    "donut_subscription_price_changed",
    "donut_money_withdraw",
    "donut_money_withdraw_error",
    "lead_forms_edit",
    "customer_lead_forms_new",
    "online_conversion",
    "story_new",
    "story_reply_new",
];

/// The facts of one event: of a callback's body, or of an update of a long poll. What cannot be read is one fact of kind
/// Unparsed.
pub fn event(body: &[u8]) -> Vec<Inbound> {
    let event: Event = match serde_json::from_slice(&without_nul(body)) {
        Ok(event) => event,
        Err(error) => return vec![unparsed(format!("raw:{}", short_hash(body)), body, &said(&error))],
    };
    let id = event.event_id.clone().unwrap_or_default();
    of_kind(event).unwrap_or_else(|reason| vec![unparsed(format!("ev:{id}:{}", short_hash(body)), body, &reason)])
}

/// Who types, by an event that tells no more.
pub fn typing(body: &[u8]) -> Option<Peer> {
    let event: Event = serde_json::from_slice(body).ok()?;
    if event.kind != "message_typing_state" {
        return None;
    }
    let typing: TypingState = serde_json::from_value(event.object).ok()?;
    (typing.from_id > 0).then(|| message::peer(typing.from_id))
}

fn of_kind(event: Event) -> Result<Vec<Inbound>, String> {
    let Event { kind, object, group_id, event_id } = event;
    let id = event_id.unwrap_or_else(|| short_hash(object.to_string().as_bytes()));
    let facts = match kind.as_str() {
        "message_new" => message::received(message::of_new(object)?)?,
        "message_reply" => message::echo(read(&kind, object)?)?,
        "message_edit" => message::edited(read(&kind, object)?)?,
        "message_allow" => event::allowed(&read(&kind, object)?, &id),
        "message_deny" => event::denied(&read(&kind, object)?, &id),
        "message_event" => event::pressed(read(&kind, object)?),
        "message_read" => event::read(&read(&kind, object)?),
        "message_reaction_event" => event::reaction(&read(&kind, object)?, &id),
        "lead_forms_new" => event::lead(read(&kind, object)?, group_id),
        "market_order_new" => event::market_order(read(&kind, object)?),
        known if IGNORED.contains(&known) => Vec::new(),
        _ => return Err(format!("events of type {kind} are not known")),
    };
    Ok(facts.into_iter().map(|fact| Inbound { key: fit(fact.key), ..fact }).collect())
}

fn read<T: DeserializeOwned>(kind: &str, value: Value) -> Result<T, String> {
    serde_json::from_value(value).map_err(|error| format!("{kind}: {}", said(&error)))
}

/// A message of a history that cannot be read, with the bytes of an event that would bring it, for parsing again.
pub fn unreadable(peer: i64, message: Value, reason: &str) -> Inbound {
    let number = message["conversation_message_id"].as_i64().map(|number| number.to_string());
    let key = format!("hist:{peer}:{}", number.unwrap_or_else(|| short_hash(message.to_string().as_bytes())));
    let event = json!({ "type": "message_new", "object": { "message": message } });
    unparsed(key, event.to_string().as_bytes(), reason)
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

/// Unix seconds as a time; absent outside of years 2000 to 9999.
fn time(seconds: i64) -> Option<prost_types::Timestamp> {
    (946_684_800..253_402_300_800).contains(&seconds).then_some(prost_types::Timestamp { seconds, nanos: 0 })
}
