//! Viber's callbacks as facts. Pure: the same bytes give the same facts.

mod content;
mod event;

use contracts::channel::{Inbound, Message as Said, Peer, Unparsed, inbound::Body};
use gateway_kit::words::{clean, fit, hash, said, without_nul};

use crate::wire::{Event, Person, Token};

/// The longest address of a person.
const ADDRESS_BYTES: usize = 256;

/// The facts of one callback. What cannot be read is one fact of kind Unparsed.
pub fn event(body: &[u8]) -> Vec<Inbound> {
    let event: Event = match serde_json::from_slice(&without_nul(body)) {
        Ok(event) => event,
        Err(error) => return vec![unparsed(body, &said(&error))],
    };
    facts(&event).unwrap_or_else(|reason| vec![unparsed(body, &reason)])
}

/// Whether a callback is of somebody who has just opened the chat.
pub fn opens_chat(body: &[u8]) -> bool {
    serde_json::from_slice::<Event>(body).is_ok_and(|event| event.event == "conversation_started")
}

fn facts(event: &Event) -> Result<Vec<Inbound>, String> {
    let fact = match event.event.as_str() {
        // The check of an address that is being set: it tells nothing.
        "webhook" => return Ok(Vec::new()),
        "message" => message(event)?,
        "conversation_started" => event::started(event)?,
        "subscribed" => event::subscribed(event)?,
        "unsubscribed" => event::unsubscribed(event)?,
        "delivered" => event::delivered(event)?,
        "seen" => event::seen(event)?,
        "failed" => event::failed(event)?,
        kind => return Err(format!("events of kind {} are not known", clean(kind, 50))),
    };
    Ok(vec![fact])
}

fn message(event: &Event) -> Result<Inbound, String> {
    let message = event.message.as_ref().ok_or("message: there is none in it")?;
    let sender = event.sender.as_ref().ok_or("message: it has no sender")?;
    let content = Some(content::of(message));
    let fact = fact(event, "msg", peer(sender)?, Body::Message(Said { content }))?;
    let message_key = natural_key(event)?;
    // In a group many people speak; the group has a conversation of its own.
    let thread_key = event.chat_id.as_deref().map(|chat| fit(clean(chat, 200))).unwrap_or_default();
    Ok(Inbound { message_key, thread_key, ..fact })
}

/// What every fact about a person has. Its key is the kind and the token, which a repeat has too.
fn fact(event: &Event, kind: &str, peer: Peer, body: Body) -> Result<Inbound, String> {
    let token = token(event)?;
    Ok(Inbound {
        key: format!("{kind}:{}", token.0),
        sent_on: time(event.timestamp),
        shown_at: time(event.timestamp),
        position: token.position(),
        peer: Some(peer),
        body: Some(body),
        ..Inbound::default()
    })
}

fn token(event: &Event) -> Result<Token, String> {
    event.message_token.ok_or_else(|| format!("{}: it has no message_token", clean(&event.event, 50)))
}

fn natural_key(event: &Event) -> Result<String, String> {
    Ok(token(event)?.0.to_string())
}

/// The id is one person's at one bot, so it needs no scope.
fn peer(person: &Person) -> Result<Peer, String> {
    Ok(Peer {
        address: address(&person.id)?,
        display_name: clean(person.name.as_deref().unwrap_or_default(), 200),
        language: clean(person.language.as_deref().unwrap_or_default(), 35),
        ..Peer::default()
    })
}

fn address(id: &str) -> Result<String, String> {
    let fits = (1..=ADDRESS_BYTES).contains(&id.len()) && !id.chars().any(char::is_control);
    if fits { Ok(id.to_owned()) } else { Err("a person's id of an unknown form".into()) }
}

/// Milliseconds as a time; absent outside of years 1970 to 9999.
fn time(ms: Option<i64>) -> Option<prost_types::Timestamp> {
    let ms = ms.filter(|ms| (1..253_402_300_800_000).contains(ms))?;
    let nanos = i32::try_from(ms % 1000).ok()? * 1_000_000;
    Some(prost_types::Timestamp { seconds: ms / 1000, nanos })
}

fn unparsed(body: &[u8], reason: &str) -> Inbound {
    let unparsed = Unparsed {
        raw: body.to_vec(),
        content_type: "application/json".into(),
        reason: clean(reason, 300),
        ..Unparsed::default()
    };
    Inbound { key: format!("raw:{}", hash(body)), body: Some(Body::Unparsed(unparsed)), ..Inbound::default() }
}
