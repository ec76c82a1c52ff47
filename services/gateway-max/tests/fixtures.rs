//! Every row of MAX's tables of updates, attachments and parts of a message, and what strangers may send instead.
//! A quirk is a file in `fixtures/`, named `<table>-<row>[-<variant>].json`; its snapshot tells what becomes of it.

use std::{fs, path::PathBuf};

use contracts::channel::{Inbound, inbound::Body};
use gateway_kit::Gateway;
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

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn names() -> Vec<String> {
    let files = fs::read_dir(folder()).expect("the fixtures").map(|entry| entry.expect("a fixture").path());
    files.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect()
}

fn parse(body: &[u8]) -> Vec<Inbound> {
    Max::parse(AccountId::default(), body)
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
fn every_row_of_maxs_tables_has_a_fixture() {
    let names = names();
    for (table, rows) in [("update", UPDATES.as_slice()), ("attachment", &ATTACHMENTS), ("message", &MESSAGES)] {
        for row in rows {
            let name = format!("{table}-{row}");
            let found = names.iter().any(|file| *file == name || file.starts_with(&format!("{name}-")));
            assert!(found, "no fixture for {name}");
        }
    }
}

#[test]
fn every_fixture_stands_for_a_row() {
    let tables = [("update", UPDATES.as_slice()), ("attachment", &ATTACHMENTS), ("message", &MESSAGES)];
    for name in names().into_iter().filter(|name| !name.starts_with("hostile-")) {
        let is_row = |(table, row): (&str, &&str)| {
            name == format!("{table}-{row}") || name.starts_with(&format!("{table}-{row}-"))
        };
        let found = tables.iter().any(|(table, rows)| rows.iter().any(|row| is_row((table, row))));
        assert!(found, "{name} names no row");
    }
}

#[test]
fn only_what_is_not_known_is_unparsed() {
    for name in names().into_iter().filter(|name| !name.starts_with("hostile-")) {
        let unparsed = parse_fixture(&name).iter().any(|fact| matches!(fact.body, Some(Body::Unparsed(_))));
        assert_eq!(unparsed, name == "update-unknown", "{name}");
    }
}

#[test]
fn a_number_above_two_to_the_53_stays_exact() {
    assert_eq!(parse_fixture("update-message_created")[0].position, 117_650_000_000_000_123);
    assert_eq!(parse_fixture("message-seq-above_2_53")[0].position, i64::MAX);
}

#[test]
fn the_customer_is_who_pressed_and_never_the_bot() {
    let bot = "900700";
    for name in names() {
        let peers = parse_fixture(&name).into_iter().filter_map(|fact| fact.peer);
        assert!(peers.into_iter().all(|peer| peer.address != bot), "{name}");
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
    let body = br#"{"update_type":"message_created","message":{"recipient":"a secret of mine"}}"#;
    let facts = parse(body);
    let Some(Body::Unparsed(unparsed)) = &facts[0].body else { panic!("it cannot be read") };
    assert!(!unparsed.reason.contains("secret"), "{}", unparsed.reason);
}
