//! Every row of MAX's tables of updates, attachments and parts of a message, and what strangers may send instead.
//! A quirk is a file in `fixtures/`, named `<table>-<row>[-<variant>].json`; its snapshot tells what becomes of it.

use std::fs;

use contracts::channel::{Inbound, inbound::Body};
use gateway_kit::{
    Gateway,
    conformance::{Fixtures, shown},
};
use gateway_max::Max;
use model::AccountId;

/// <https://dev.max.ru/docs-api/objects/Update>, read 2026-11-26.
const UPDATES: [&str; 17] = [
    "message_created",
    "message_edited",
    "message_removed",
    "message_callback",
    "bot_started",
    "bot_stopped",
    "dialog_removed",
    "dialog_cleared",
    "dialog_muted",
    "dialog_unmuted",
    "bot_added",
    "bot_removed",
    "user_added",
    "user_removed",
    "chat_title_changed",
    "legacy",
    "unknown",
];

const ATTACHMENTS: [&str; 10] =
    ["image", "video", "audio", "file", "sticker", "contact", "location", "share", "inline_keyboard", "unknown"];

const MESSAGES: [&str; 7] = ["text", "markup", "link-reply", "link-forward", "body-null", "seq", "sender-username"];

fn fixtures() -> Fixtures {
    Fixtures::of(env!("CARGO_MANIFEST_DIR"))
}

fn parse(body: &[u8]) -> Vec<Inbound> {
    Max::parse(AccountId::default(), body)
}

#[test]
fn every_fixture_normalizes_as_recorded() {
    insta::glob!("fixtures/*.json", |path| {
        insta::assert_snapshot!(shown(&parse(&fs::read(path).unwrap())));
    });
}

#[test]
fn every_row_of_maxs_tables_has_a_fixture() {
    fixtures().stand_for(&[("update", &UPDATES), ("attachment", &ATTACHMENTS), ("message", &MESSAGES)]);
}

#[test]
fn only_what_is_not_known_is_unparsed() {
    for (name, body) in fixtures().real() {
        let unparsed = parse(body).iter().any(|fact| matches!(fact.body, Some(Body::Unparsed(_))));
        assert_eq!(unparsed, name == "update-unknown", "{name}");
    }
}

#[test]
fn a_number_above_two_to_the_53_stays_exact() {
    let position = |name| fixtures().facts::<Max>(name)[0].position;
    assert_eq!(position("update-message_created"), 117_650_000_000_000_123);
    assert_eq!(position("message-seq-above_2_53"), i64::MAX);
}

#[test]
fn the_customer_is_who_pressed_and_never_the_bot() {
    let bot = "900700";
    for (name, body) in fixtures().iter() {
        let peers = parse(body).into_iter().filter_map(|fact| fact.peer);
        assert!(peers.into_iter().all(|peer| peer.address != bot), "{name}");
    }
}

#[test]
fn a_reason_does_not_repeat_what_the_customer_wrote() {
    let body = br#"{"update_type":"message_created","message":{"recipient":"a secret of mine"}}"#;
    let facts = parse(body);
    let Some(Body::Unparsed(unparsed)) = &facts[0].body else { panic!("it cannot be read") };
    assert!(!unparsed.reason.contains("secret"), "{}", unparsed.reason);
}
