//! Every row of Telegram's tables of updates, messages and service messages, and what strangers may send instead.
//! A quirk is a file in `fixtures/`, named `<table>-<row>[-<variant>].json`; its snapshot tells what becomes of it.

use std::{fs, path::PathBuf};

use contracts::channel::{Inbound, inbound::Body};
use gateway_kit::Gateway;
use gateway_telegram::Telegram;
use model::AccountId;

const UPDATES: [&str; 27] = [
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "callback_query",
    "my_chat_member",
    "message_reaction",
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
    "guest_message",
    "managed_bot",
    "subscription",
    "stopped_message_generation",
];

const MESSAGES: [&str; 31] = [
    "text",
    "entities",
    "caption",
    "photo",
    "document",
    "animation",
    "video",
    "video_note",
    "voice",
    "audio",
    "sticker",
    "location",
    "venue",
    "contact",
    "live_photo",
    "rich_message",
    "poll",
    "paid_media",
    "story",
    "reply_to_message",
    "message_thread_id",
    "direct_messages_topic",
    "external_reply",
    "quote",
    "forward_origin",
    "media_group_id",
    "via_bot",
    "reply_markup",
    "sender_chat",
    "start",
    "ephemeral",
];

const SERVICES: [&str; 12] = [
    "new_chat_members",
    "left_chat_member",
    "group_chat_created",
    "migrate_to_chat_id",
    "migrate_from_chat_id",
    "pinned_message",
    "new_chat_title",
    "write_access_allowed",
    "users_shared",
    "chat_shared",
    "web_app_data",
    "successful_payment",
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn names() -> Vec<String> {
    let files = fs::read_dir(folder()).expect("the fixtures").map(|entry| entry.expect("a fixture").path());
    files.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect()
}

fn parse(body: &[u8]) -> Vec<Inbound> {
    Telegram::parse(AccountId::default(), body)
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
fn every_row_of_telegrams_tables_has_a_fixture() {
    let names = names();
    for (table, rows) in [("update", UPDATES.as_slice()), ("message", &MESSAGES), ("service", &SERVICES)] {
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

/// A queue that Telegram made anew repeats a message under another update id (rule I1).
#[test]
fn a_message_under_another_update_id_is_the_same_fact() {
    for name in names().into_iter().filter(|name| name.starts_with("message-") || name.starts_with("service-")) {
        let text = fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
        let mut update: serde_json::Value = serde_json::from_str(&text).unwrap();
        update["update_id"] = 1.into();
        assert_eq!(parse(update.to_string().as_bytes()), parse_fixture(&name), "{name}");
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
    let body = br#"{"update_id":1,"message":{"message_id":"a secret of mine","date":1,"chat":{"id":1}}}"#;
    let facts = parse(body);
    let Some(Body::Unparsed(unparsed)) = &facts[0].body else { panic!("it cannot be read") };
    assert!(!unparsed.reason.contains("secret"), "{}", unparsed.reason);
}

#[test]
fn a_text_of_a_hundred_thousand_characters_arrives_whole() {
    let text = "я".repeat(100_000);
    let body = serde_json::json!({ "update_id": 1, "message": {
        "message_id": 1, "date": 1_795_420_800, "chat": { "id": 1, "type": "private" }, "text": text,
    } });
    let facts = parse(body.to_string().as_bytes());
    let Some(Body::Message(message)) = &facts[0].body else { panic!("a message") };
    assert_eq!(message.content.as_ref().unwrap().text, text);
}
