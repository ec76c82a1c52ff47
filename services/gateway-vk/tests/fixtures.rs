//! Every row of VK's tables of events, attachments and fields of a message, and what strangers may send instead.
//! A quirk is a file in `fixtures/`, named `<table>-<row>[-<variant>].json`; its snapshot tells what becomes of it.

use std::fs;

use contracts::channel::{Inbound, inbound::Body};
use gateway_kit::{
    Gateway,
    conformance::{Fixtures, shown},
};
use gateway_vk::Vk;
use model::AccountId;
use serde_json::{Value, json};

/// Events (<https://dev.vk.com/ru/api/community-events/json-schema>, read 2026-11-26) that tell of conversations, leads or
/// orders, and some that are passed over.
const EVENTS: [&str; 18] = [
    "message_new",
    "message_reply",
    "message_edit",
    "message_allow",
    "message_deny",
    "message_event",
    "message_read",
    "message_typing_state",
    "message_reaction_event",
    "group_join",
    "group_leave",
    "lead_forms_new",
    "user_block",
    "user_unblock",
    "market_order_new",
    "wall_reply_new",
    "confirmation",
    "of_no_kind",
];

/// <https://dev.vk.com/ru/reference/objects/attachments-message>, read 2026-11-26.
const ATTACHMENTS: [&str; 19] = [
    "photo",
    "video",
    "audio",
    "doc",
    "audio_message",
    "sticker",
    "link",
    "market",
    "wall",
    "wall_reply",
    "poll",
    "gift",
    "graffiti",
    "story",
    "article",
    "call",
    "video_message",
    "geo",
    "unknown",
];

/// Fields of a message that change what becomes of it.
const MESSAGES: [&str; 10] =
    ["payload", "start", "ref", "reply_message", "fwd_messages", "chat", "action", "is_cropped", "keyboard", "empty"];

fn fixtures() -> Fixtures {
    Fixtures::of(env!("CARGO_MANIFEST_DIR"))
}

fn parse(body: &[u8]) -> Vec<Inbound> {
    Vk::parse(AccountId::default(), body)
}

#[test]
fn every_fixture_normalizes_as_recorded() {
    insta::glob!("fixtures/*.json", |path| {
        insta::assert_snapshot!(shown(&parse(&fs::read(path).unwrap())));
    });
}

#[test]
fn every_row_of_vks_tables_has_a_fixture() {
    fixtures().stand_for(&[("event", &EVENTS), ("attachment", &ATTACHMENTS), ("message", &MESSAGES)]);
}

/// The same event may come by a callback and by a long poll, and be repeated under another id (rule I1).
#[test]
fn a_message_under_another_event_id_is_the_same_fact() {
    let fixtures = fixtures();
    let messages = fixtures.real().filter(|(name, _)| !name.starts_with("event-"));
    for (name, body) in messages {
        let mut event: Value = serde_json::from_slice(body).unwrap();
        event["event_id"] = "another".into();
        assert_eq!(parse(event.to_string().as_bytes()), parse(body), "{name}");
    }
}

#[test]
fn a_reason_does_not_repeat_what_the_customer_wrote() {
    let body = br#"{"type":"message_new","object":{"message":{"date":"a secret of mine","from_id":1}},"group_id":1}"#;
    let facts = parse(body);
    let Some(Body::Unparsed(unparsed)) = &facts[0].body else { panic!("it cannot be read") };
    assert!(!unparsed.reason.contains("secret"), "{}", unparsed.reason);
}

#[test]
fn a_text_of_a_hundred_thousand_characters_arrives_whole() {
    let text = "я".repeat(100_000);
    let message = json!({
        "date": 1_795_420_800, "peer_id": 77_001, "from_id": 77_001, "conversation_message_id": 1, "text": text,
    });
    let body = json!({ "type": "message_new", "object": { "message": message }, "group_id": 1 });
    let facts = parse(body.to_string().as_bytes());
    let Some(Body::Message(message)) = &facts[0].body else { panic!("a message") };
    assert_eq!(message.content.as_ref().unwrap().text, text);
}
