//! Every row of VK's tables of events, attachments and fields of a message, and what strangers may send instead.
//! A quirk is a file in `fixtures/`, named `<table>-<row>[-<variant>].json`; its snapshot tells what becomes of it.

use std::{fs, path::PathBuf};

use contracts::channel::{Inbound, inbound::Body};
use gateway_kit::Gateway;
use gateway_vk::Vk;
use model::AccountId;

/// Events (<https://dev.vk.com/ru/api/community-events/json-schema>, read 2026-11-26) that tell of conversations, leads or
/// orders, and some that are passed over.
const EVENTS: [&str; 16] = [
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
const MESSAGES: [&str; 9] =
    ["payload", "start", "ref", "reply_message", "fwd_messages", "chat", "action", "is_cropped", "keyboard"];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn names() -> Vec<String> {
    let files = fs::read_dir(folder()).expect("the fixtures").map(|entry| entry.expect("a fixture").path());
    files.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect()
}

fn parse(body: &[u8]) -> Vec<Inbound> {
    Vk::parse(AccountId::default(), body)
}

fn parse_fixture(name: &str) -> Vec<Inbound> {
    parse(&fs::read(folder().join(format!("{name}.json"))).expect("a fixture"))
}

/// A fact as text, one field a line; what is empty is left out, bytes stand as their number.
fn shown(facts: &[Inbound]) -> String {
    let mut shown = format!("{} fact(s)\n", facts.len());
    for fact in facts {
        let mut fact = fact.clone();
        if let Some(Body::Unparsed(unparsed)) = &mut fact.body {
            shown += &format!("raw: {} bytes\n", unparsed.raw.len());
            unparsed.raw.clear();
        }
        let empty =
            [": \"\",", ": 0,", ": 0.0,", ": None,", ": [],", ": {},", ": Unspecified,", ": Pending,", "nanos: 0,"];
        let text = format!("{fact:#?}");
        for line in text.lines().filter(|line| !empty.iter().any(|end| line.ends_with(end))) {
            shown += &format!("{line}\n");
        }
    }
    shown
}

#[test]
fn every_fixture_normalizes_as_recorded() {
    insta::glob!("fixtures/*.json", |path| {
        let facts = parse(&fs::read(path).unwrap());
        insta::assert_snapshot!(shown(&facts));
    });
}

#[test]
fn every_row_of_vks_tables_has_a_fixture() {
    let names = names();
    for (table, rows) in [("event", EVENTS.as_slice()), ("attachment", &ATTACHMENTS), ("message", &MESSAGES)] {
        for row in rows {
            let name = format!("{table}-{row}");
            let found = names.iter().any(|file| *file == name || file.starts_with(&format!("{name}-")));
            assert!(found, "no fixture for {name}");
        }
    }
}

#[test]
fn every_fact_of_every_fixture_keeps_the_rules_of_keys_and_dates() {
    for name in names() {
        for fact in parse_fixture(&name) {
            assert!(!fact.key.is_empty() && fact.key.len() <= 200, "{name}: {}", fact.key);
            assert!(fact.body.is_some(), "{name}");
            assert!(!format!("{fact:?}").contains("\\0"), "{name}: PostgreSQL cannot hold NUL");
            let seconds = [fact.sent_on, fact.shown_at].into_iter().flatten().map(|at| at.seconds);
            assert!(seconds.into_iter().all(|at| (1..253_402_300_800).contains(&at)), "{name}");
        }
    }
}

#[test]
fn the_same_bytes_give_the_same_facts() {
    for name in names() {
        assert_eq!(parse_fixture(&name), parse_fixture(&name), "{name}");
    }
}

/// The same event may come by a callback and by a long poll, and be repeated under another id (rule I1).
#[test]
fn a_message_under_another_event_id_is_the_same_fact() {
    let is_message = |name: &String| name.starts_with("message-") || name.starts_with("attachment-");
    for name in names().into_iter().filter(is_message) {
        let text = fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
        let mut event: serde_json::Value = serde_json::from_str(&text).unwrap();
        event["event_id"] = "another".into();
        assert_eq!(parse(event.to_string().as_bytes()), parse_fixture(&name), "{name}");
    }
}

#[test]
fn what_cannot_be_read_keeps_its_bytes() {
    for name in names().into_iter().filter(|name| name.starts_with("hostile-")) {
        let body = fs::read(folder().join(format!("{name}.json"))).unwrap();
        for fact in parse(&body) {
            if let Some(Body::Unparsed(unparsed)) = fact.body {
                assert_eq!(unparsed.raw, body, "{name}");
                assert!(!unparsed.reason.is_empty(), "{name}");
            }
        }
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
    let message = serde_json::json!({
        "date": 1_795_420_800, "peer_id": 77_001, "from_id": 77_001, "conversation_message_id": 1, "text": text,
    });
    let body = serde_json::json!({ "type": "message_new", "object": { "message": message }, "group_id": 1 });
    let facts = parse(body.to_string().as_bytes());
    let Some(Body::Message(message)) = &facts[0].body else { panic!("a message") };
    assert_eq!(message.content.as_ref().unwrap().text, text);
}
