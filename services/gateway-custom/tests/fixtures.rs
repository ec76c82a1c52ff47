//! Every row of the contract's tables of events and of a message's fields, and what strangers may send instead. A quirk is
//! a file in `fixtures/`, named `<table>-<row>[-<variant>].json`; its snapshot tells what becomes of it.

use std::fs;

use contracts::channel::{Inbound, inbound::Body};
use gateway_custom::Custom;
use gateway_kit::{
    Gateway,
    conformance::{ACCOUNT, Fixtures, shown},
};

/// docs/custom-channel.md, "Your events to Okno"; "unknown" is one that is newer.
const EVENTS: [&str; 13] = [
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
    "typing",
    "ping",
    "unknown",
];

/// The same, "A message"; `id` and `person` stand in all of them.
const MESSAGES: [&str; 9] =
    ["text", "reply_to", "conversation", "staff", "source", "files", "location", "contact", "nothing"];

fn fixtures() -> Fixtures {
    Fixtures::of(env!("CARGO_MANIFEST_DIR"))
}

fn parse(body: &[u8]) -> Vec<Inbound> {
    Custom::parse(ACCOUNT, body)
}

#[test]
fn every_fixture_normalizes_as_recorded() {
    insta::glob!("fixtures/*.json", |path| {
        insta::assert_snapshot!(shown(&parse(&fs::read(path).unwrap())));
    });
}

#[test]
fn every_row_of_the_contracts_tables_has_a_fixture() {
    fixtures().stand_for(&[("event", &EVENTS), ("message", &MESSAGES)]);
}

#[test]
fn the_contract_names_every_event_that_is_read() {
    let contract = include_str!("../../../docs/custom-channel.md");
    for event in EVENTS.iter().filter(|event| **event != "unknown") {
        assert!(contract.contains(&format!("`{event}`")), "{event}");
    }
}

#[test]
fn who_types_is_named_as_in_their_messages() {
    let fixtures = fixtures();
    let typing = |name: &str| Custom::typed(ACCOUNT, fixtures.get(name));
    let message = fixtures.facts::<Custom>("event-message.created").remove(0).peer.unwrap();
    let peer = typing("event-typing").unwrap();
    assert_eq!((peer.address, peer.scope), (message.address, message.scope));
    let nobody = ["event-typing-nobody", "event-message.created", "hostile-truncated"];
    assert!(nobody.into_iter().all(|name| typing(name).is_none()));
}

#[test]
fn a_reason_does_not_repeat_what_the_person_wrote() {
    let names_anna = |body: &&[u8]| String::from_utf8_lossy(body).contains("Анна");
    let fixtures = fixtures();
    for body in fixtures.iter().map(|(_, body)| body).filter(names_anna) {
        for fact in parse(body) {
            let Some(Body::Unparsed(unparsed)) = &fact.body else { continue };
            assert!(!unparsed.reason.contains("Анна"), "{}", unparsed.reason);
        }
    }
    let body = br#"{"type":"message.created","data":{"id":"m","person":{"id":"u"},"text":{"a":"a secret of mine"}}}"#;
    let facts = parse(body);
    let Some(Body::Unparsed(unparsed)) = &facts[0].body else { panic!("it cannot be read") };
    assert!(!unparsed.reason.contains("secret"), "{}", unparsed.reason);
}
