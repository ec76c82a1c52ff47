//! Every row of Viber's tables of events and messages, and what strangers may send instead. A quirk is a file in
//! `fixtures/`, named `<table>-<row>[-<variant>].json`; its snapshot tells what becomes of it.

use std::fs;

use contracts::channel::{Inbound, ReceiptStatus, inbound::Body};
use gateway_kit::{
    Gateway,
    conformance::{Fixtures, shown},
};
use gateway_viber::Viber;
use model::AccountId;

/// <https://developers.viber.com/docs/api/rest-bot-api/#callbacks>, read 2026-11-26; "unknown" is one that is newer.
const EVENTS: [&str; 9] = [
    "webhook",
    "message",
    "conversation_started",
    "subscribed",
    "unsubscribed",
    "delivered",
    "seen",
    "failed",
    "unknown",
];

/// <https://developers.viber.com/docs/api/rest-bot-api/#receive-message-from-user>, read 2026-11-26.
const MESSAGES: [&str; 10] =
    ["text", "picture", "video", "file", "location", "contact", "url", "sticker", "rich_media", "unknown"];

fn fixtures() -> Fixtures {
    Fixtures::of(env!("CARGO_MANIFEST_DIR"))
}

fn parse(body: &[u8]) -> Vec<Inbound> {
    Viber::parse(AccountId::default(), body)
}

fn parse_fixture(name: &str) -> Vec<Inbound> {
    fixtures().facts::<Viber>(name)
}

#[test]
fn every_fixture_normalizes_as_recorded() {
    insta::glob!("fixtures/*.json", |path| {
        insta::assert_snapshot!(shown(&parse(&fs::read(path).unwrap())));
    });
}

#[test]
fn every_row_of_vibers_tables_has_a_fixture() {
    fixtures().stand_for(&[("event", &EVENTS), ("message", &MESSAGES)]);
}

#[test]
fn a_token_of_19_digits_stays_exact() {
    let facts = parse_fixture("event-message");
    assert_eq!(facts[0].message_key, "6012345678901234567");
    assert_eq!((facts[0].key.as_str(), facts[0].position), ("msg:6012345678901234567", 6_012_345_678_901_234_567));
    let facts = parse_fixture("hostile-largest_token");
    assert_eq!(facts[0].message_key, "18446744073709551615");
}

#[test]
fn seen_means_all_before_it_too_and_each_device_delivers_for_itself() {
    let facts = parse_fixture("event-seen");
    let Some(Body::Receipt(receipt)) = &facts[0].body else { panic!("a receipt") };
    assert_eq!((receipt.status(), receipt.read_up_to_position), (ReceiptStatus::Read, 6_012_345_678_901_234_567));
    let [first, second] =
        ["event-delivered", "event-delivered-second_device"].map(|name| parse_fixture(name).remove(0));
    assert_eq!(first.message_key, second.message_key);
    assert_ne!(first.key, second.key);
}

#[test]
fn a_reason_does_not_repeat_what_the_person_wrote() {
    let body = br#"{"event":"message","message_token":1,"sender":{"id":"a"},"message":{"type":"location","location":"a secret of mine"}}"#;
    let facts = parse(body);
    let Some(Body::Unparsed(unparsed)) = &facts[0].body else { panic!("it cannot be read") };
    assert!(!unparsed.reason.contains("secret"), "{}", unparsed.reason);
}

#[test]
fn a_text_of_a_hundred_thousand_characters_arrives_whole() {
    let text = "я".repeat(100_000);
    let body = serde_json::json!({
        "event": "message", "timestamp": 1_764_150_000_123_i64, "message_token": 6_012_345_678_901_234_567_u64,
        "sender": { "id": "a==" }, "message": { "type": "text", "text": text },
    });
    let facts = parse(body.to_string().as_bytes());
    let Some(Body::Message(message)) = &facts[0].body else { panic!("a message") };
    assert_eq!(message.content.as_ref().unwrap().text, text);
}
