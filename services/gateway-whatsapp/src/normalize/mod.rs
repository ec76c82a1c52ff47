//! Meta's webhooks as facts. Pure: the same bytes give the same facts. One pass over each level of the body, and nothing
//! of it is copied before it is known to be needed: statuses come by the thousand.

mod content;
mod message;
mod peer;
mod status;

use std::collections::HashSet;

use bytes::Bytes;
use contracts::channel::{AccountHealth, AccountState, Inbound, Unparsed, inbound::Body};
use gateway_kit::{
    Share,
    words::{clean, fit},
};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    address::{is_plain_id, short_hash},
    describe::REMEDY_META,
    wire::{Addressed, Change, Delivery, Entry, Problem, Traffic},
};

/// The object of all webhooks of WhatsApp.
const OBJECT: &str = "whatsapp_business_account";

/// Fields that tell nothing of a conversation with a customer. They yield no fact: what they say of the account and its
/// templates is asked for.
const IGNORED: [&str; 26] = [
    "account_alerts",
    "account_review_update",
    "account_settings_update",
    "account_update",
    "automatic_events",
    "business_capability_update",
    "business_status_update",
    "business_username_update",
    "calls",
    "consumer_profile",
    "flows",
    "group_lifecycle_update",
    "group_participants_update",
    "group_settings_update",
    "group_status_update",
    "history",
    "message_template_components_update",
    "message_template_quality_update",
    "message_template_status_update",
    "messaging_handovers",
    "payment_configuration_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "security",
    "smb_app_state_sync",
    "template_category_update",
];

/// More of them, of which only what is switched on arrives.
const IGNORED_TOO: [&str; 4] =
    ["partner_solutions", "standby", "template_correct_category_detection", "user_preferences"];

/// The facts of one delivery. What cannot be read is a fact of kind Unparsed beside those of the rest.
pub fn delivery(body: &[u8]) -> Vec<Inbound> {
    let whole = |reason: &str| vec![unparsed(format!("raw:{}", short_hash(body)), body.to_vec(), reason)];
    let storable = gateway_kit::words::without_nul(body);
    let delivery: Delivery<'_> = match serde_json::from_slice(&storable) {
        Ok(delivery) => delivery,
        Err(error) => return whole(&said(&error)),
    };
    if delivery.object != OBJECT {
        return whole("a webhook of another product of Meta");
    }
    let mut facts = Vec::new();
    for entry in &delivery.entry {
        for raw in &entry.changes {
            if let Err(reason) = change(entry, raw, &mut facts) {
                let key = format!("chg:{}", short_hash(raw.get().as_bytes()));
                facts.push(unparsed(key, wrapped(entry, raw.get()), &reason));
            }
        }
    }
    let mut facts = without_repeats(facts);
    if let [Inbound { body: Some(Body::Unparsed(only)), .. }] = &mut facts[..] {
        only.raw = body.to_vec();
    }
    facts
}

/// Cuts a delivery by the numbers that it concerns; `None`: all of it concerns one, or nobody can tell.
pub fn shares(body: &[u8]) -> Option<Vec<Share>> {
    let delivery: Delivery<'_> = serde_json::from_slice(body).ok()?;
    if delivery.object != OBJECT {
        return None;
    }
    let mut shares: Vec<(String, Vec<u8>)> = Vec::new();
    let mut changes = 0;
    for entry in &delivery.entry {
        for raw in &entry.changes {
            changes += 1;
            add(&mut shares, number_of(raw), entry, raw.get());
        }
    }
    let whole = shares.len() == 1 && changes > 0;
    let share = |(name, mut wrapped): (String, Vec<u8>)| {
        wrapped.extend_from_slice(b"]}");
        Share { name, body: if whole { Bytes::copy_from_slice(body) } else { wrapped.into() } }
    };
    (!shares.is_empty()).then(|| shares.into_iter().map(share).collect())
}

/// The number that a change concerns; empty where it names none.
fn number_of(change: &RawValue) -> String {
    let addressed: Option<Addressed> = serde_json::from_str(change.get()).ok();
    addressed.map(|one| one.value.metadata.phone_number_id).filter(|id| is_plain_id(id)).unwrap_or_default()
}

/// Numbers in one delivery are few: it is of one account.
fn add(shares: &mut Vec<(String, Vec<u8>)>, number: String, of: &Entry<'_>, change: &str) {
    let entry = one_entry(of, change);
    match shares.iter_mut().find(|(name, _)| *name == number) {
        Some((_, body)) => {
            body.push(b',');
            body.extend_from_slice(&entry);
        }
        None => shares.push((number, [head().as_bytes(), &entry].concat())),
    }
}

fn head() -> String {
    format!(r#"{{"object":"{OBJECT}","entry":["#)
}

fn one_entry(of: &Entry<'_>, change: &str) -> Vec<u8> {
    let business = serde_json::to_string(&of.id).unwrap_or_default();
    let time = if of.time == 0 { String::new() } else { format!(r#""time":{},"#, of.time) };
    format!(r#"{{"id":{business},{time}"changes":[{change}]}}"#).into_bytes()
}

/// A delivery of this change alone: what a dead letter can be read from again.
fn wrapped(of: &Entry<'_>, change: &str) -> Vec<u8> {
    [head().as_bytes(), &one_entry(of, change), b"]}"].concat()
}

fn change(of: &Entry<'_>, raw: &RawValue, facts: &mut Vec<Inbound>) -> Result<(), String> {
    let change: Change<'_> = read("change", raw)?;
    match change.field.as_str() {
        "messages" | "smb_message_echoes" | "message_echoes" => traffic(of, &change, facts),
        field if IGNORED.contains(&field) || IGNORED_TOO.contains(&field) => Ok(()),
        field => Err(format!("webhooks of the field {field} are not known")),
    }
}

fn traffic(of: &Entry<'_>, change: &Change<'_>, facts: &mut Vec<Inbound>) -> Result<(), String> {
    let traffic: Traffic<'_> = read("value", change.value)?;
    let number = &traffic.metadata.phone_number_id;
    let from = message::From { business: &of.id, contacts: &traffic.contacts };
    for raw in &traffic.messages {
        put(facts, raw, "messages", of, &traffic, read("message", raw).and_then(|one| from.received(one)));
    }
    for raw in &traffic.message_echoes {
        put(facts, raw, "message_echoes", of, &traffic, read("echo", raw).and_then(|one| from.echoed(one)));
    }
    for raw in &traffic.statuses {
        let fact = read("status", raw).and_then(status::fact);
        facts.extend(fact.as_ref().ok().and_then(|fact| status::alarm(number, fact.as_ref()?)));
        put(facts, raw, "statuses", of, &traffic, fact);
    }
    facts.extend(traffic.errors.iter().map(|problem| trouble(number, of.time, problem)));
    let silent = [&traffic.messages, &traffic.message_echoes, &traffic.statuses].iter().all(|list| list.is_empty());
    if silent && traffic.errors.is_empty() { Err("a change that tells nothing".into()) } else { Ok(()) }
}

fn put(
    facts: &mut Vec<Inbound>,
    raw: &RawValue,
    list: &str,
    of: &Entry<'_>,
    traffic: &Traffic<'_>,
    fact: Result<Option<Inbound>, String>,
) {
    match fact {
        Ok(fact) => facts.extend(fact),
        Err(reason) => {
            let number = serde_json::to_string(&traffic.metadata.phone_number_id).unwrap_or_default();
            let field = if list == "message_echoes" { "smb_message_echoes" } else { "messages" };
            let change = format!(
                r#"{{"field":"{field}","value":{{"metadata":{{"phone_number_id":{number}}},"{list}":[{}]}}}}"#,
                raw.get()
            );
            let key = format!("one:{}", short_hash(raw.get().as_bytes()));
            facts.push(unparsed(key, wrapped(of, &change), &reason));
        }
    }
}

/// A problem of the number as a whole; that it is over needs no fact, for the kit tells the account's state again.
fn trouble(number: &str, at: i64, problem: &Problem) -> Inbound {
    let words = crate::error::words(problem);
    let key = format!("trouble:{number}:{}:{}", problem.code, short_hash(words.as_bytes()));
    // It may come again on another day: then it is news.
    let key = if time(at).is_some() { format!("{key}:{at}") } else { key };
    let remedy_key = crate::error::remedy(problem.code).unwrap_or(REMEDY_META);
    state(key, at, words, remedy_key)
}

fn state(key: String, at: i64, problem: String, remedy_key: &str) -> Inbound {
    let health = AccountHealth::Degraded.into();
    let state = AccountState { health, problem, remedy_key: remedy_key.into(), ..AccountState::default() };
    Inbound { key: fit(key), sent_on: time(at), body: Some(Body::AccountState(state)), ..Inbound::default() }
}

/// Repeats inside one delivery are one fact.
fn without_repeats(facts: Vec<Inbound>) -> Vec<Inbound> {
    if facts.len() < 2 {
        return facts;
    }
    let mut known = HashSet::with_capacity(facts.len());
    let news: Vec<bool> = facts.iter().map(|fact| known.insert(fact.key.as_str())).collect();
    facts.into_iter().zip(news).filter_map(|(fact, new)| new.then_some(fact)).collect()
}

fn read<'a, T: Deserialize<'a>>(what: &str, raw: &'a RawValue) -> Result<T, String> {
    serde_json::from_str(raw.get()).map_err(|error| format!("{what}: {}", said(&error)))
}

/// What serde says, without the customer's words that it quotes.
fn said(error: &serde_json::Error) -> String {
    error.to_string().split(['"', '`']).step_by(2).collect::<Vec<_>>().join("…")
}

fn unparsed(key: String, raw: Vec<u8>, reason: &str) -> Inbound {
    let body =
        Unparsed { raw, content_type: "application/json".into(), reason: clean(reason, 300), ..Unparsed::default() };
    Inbound { key: fit(key), body: Some(Body::Unparsed(body)), ..Inbound::default() }
}

/// Unix seconds as a time; absent outside of years 1970 to 9999.
fn time(seconds: i64) -> Option<prost_types::Timestamp> {
    (1..253_402_300_800).contains(&seconds).then_some(prost_types::Timestamp { seconds, nanos: 0 })
}
