//! Every row of the contract's tables of events and of a message's fields, and what strangers may send instead. A quirk is
//! a file in `fixtures/`, named `<table>-<row>[-<variant>].json`; its snapshot tells what becomes of it.

use std::{fs, path::PathBuf};

use contracts::channel::{Inbound, inbound::Body};
use gateway_custom::Custom;
use gateway_kit::Gateway;

use crate::common::ACCOUNT;

/// docs/custom-channel.md, "Your events to Okno"; "unknown" is one that is newer.
const EVENTS: [&str; 12] = [
    "message.created",
    "message.edited",
    "message.deleted",
    "message.delivered",
    "message.read",
    "message.failed",
    "button.pressed",
    "conversation.started",
    "person.blocked",
    "person.unblocked",
    "ping",
    "unknown",
];

/// The same, "A message"; `id` and `person` stand in all of them.
const MESSAGES: [&str; 9] =
    ["text", "reply_to", "conversation", "staff", "source", "files", "location", "contact", "nothing"];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn names() -> Vec<String> {
    let files = fs::read_dir(folder()).expect("the fixtures").map(|entry| entry.expect("a fixture").path());
    files.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect()
}

fn parse(body: &[u8]) -> Vec<Inbound> {
    Custom::parse(ACCOUNT, body)
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
        let empty = [": \"\",", ": 0,", ": 0.0,", ": None,", ": [],", ": {},", ": Unspecified,", ": Pending,"];
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
fn every_row_of_the_contracts_tables_has_a_fixture() {
    let names = names();
    for (table, rows) in [("event", EVENTS.as_slice()), ("message", &MESSAGES)] {
        for row in rows {
            let name = format!("{table}-{row}");
            let found = names.iter().any(|file| *file == name || file.starts_with(&format!("{name}-")));
            assert!(found, "no fixture for {name}");
        }
    }
}

#[test]
fn the_contract_names_every_event_that_is_read() {
    let contract = include_str!("../../../docs/custom-channel.md");
    for event in EVENTS.iter().filter(|event| **event != "unknown") {
        assert!(contract.contains(&format!("`{event}`")), "{event}");
    }
}

#[test]
fn what_cannot_be_read_keeps_its_bytes_and_says_why_without_the_persons_words() {
    for name in names().into_iter().filter(|name| name.starts_with("hostile-")) {
        let body = fs::read(folder().join(format!("{name}.json"))).unwrap();
        for fact in parse(&body) {
            assert!(!format!("{fact:?}").contains("\\0") || matches!(fact.body, Some(Body::Unparsed(_))), "{name}");
            if let Some(Body::Unparsed(unparsed)) = fact.body {
                assert_eq!(unparsed.raw, body, "{name}");
                assert!(!unparsed.reason.is_empty() && !unparsed.reason.contains("Анна"), "{name}");
            }
        }
    }
}
