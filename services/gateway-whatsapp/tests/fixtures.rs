//! Every row of Meta's tables of messages, echoes, statuses and changes, and what strangers may send instead.
//! A quirk is a file in `fixtures/`, named `<table>-<row>[-<variant>].json`; its snapshot tells what becomes of it.

use std::{fs, path::PathBuf};

use contracts::channel::{Inbound, inbound::Body};
use gateway_kit::Gateway;
use gateway_whatsapp::WhatsApp;
use model::AccountId;
use serde_json::{Value, json};

const MESSAGES: [&str; 28] = [
    "text",
    "image",
    "video",
    "audio",
    "voice",
    "document",
    "sticker",
    "location",
    "contacts",
    "interactive-button_reply",
    "interactive-list_reply",
    "interactive-nfm_reply",
    "interactive-call_permission_reply",
    "button",
    "reaction",
    "order",
    "system",
    "request_welcome",
    "edit",
    "revoke",
    "unsupported",
    "unknown",
    "context",
    "referral",
    "group_id",
    "identity-user_id_only",
    "identity-phone_only",
    "identity-parent",
];

const ECHOES: [&str; 5] = ["text", "image", "edit", "revoke", "reaction"];

const STATUSES: [&str; 5] = ["sent", "delivered", "read", "played", "failed"];

const CHANGES: [&str; 4] = ["several", "errors", "ignored", "something_new"];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn names() -> Vec<String> {
    let files = fs::read_dir(folder()).expect("the fixtures").map(|entry| entry.expect("a fixture").path());
    files.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect()
}

fn parse(body: &[u8]) -> Vec<Inbound> {
    WhatsApp::parse(AccountId::default(), body)
}

fn bytes(name: &str) -> Vec<u8> {
    fs::read(folder().join(format!("{name}.json"))).expect("a fixture")
}

/// A fact as text, one field a line; what is empty is left out, bytes stand as their number.
fn shown(facts: &[Inbound]) -> String {
    let mut shown = format!("{} fact(s)\n", facts.len());
    for fact in facts {
        let mut fact = fact.clone();
        if let Some(source) = &mut fact.source {
            let mut fields: Vec<_> = source.fields.drain().collect();
            fields.sort();
            shown += &format!("source: {fields:?}\n");
        }
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
fn every_row_of_metas_tables_has_a_fixture() {
    let names = names();
    let tables = [("message", MESSAGES.as_slice()), ("echo", &ECHOES), ("status", &STATUSES), ("change", &CHANGES)];
    for (table, rows) in tables {
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
        for fact in parse(&bytes(&name)) {
            assert!(!fact.key.is_empty() && fact.key.len() <= 200, "{name}: {}", fact.key);
            assert!(fact.body.is_some(), "{name}");
            let is_unparsed = matches!(fact.body, Some(Body::Unparsed(_)));
            assert!(is_unparsed || !format!("{fact:?}").contains("\\0"), "{name}: PostgreSQL cannot hold NUL");
            let seconds = [fact.sent_on, fact.shown_at].into_iter().flatten().map(|at| at.seconds);
            assert!(seconds.into_iter().all(|at| (1..253_402_300_800).contains(&at)), "{name}");
        }
    }
}

/// Only what a person writes opens the window, for 24 hours.
#[test]
fn a_window_ends_24_hours_after_the_persons_message() {
    for name in names() {
        for fact in parse(&bytes(&name)) {
            if let Some(until) = fact.reply_until {
                assert!(matches!(fact.body, Some(Body::Message(_))), "{name}");
                assert_eq!(until.seconds - fact.sent_on.unwrap().seconds, 86_400, "{name}");
            }
            if name.starts_with("message-") && !name.starts_with("message-system") {
                assert_eq!(fact.reply_until.is_some(), matches!(fact.body, Some(Body::Message(_))), "{name}");
            }
        }
    }
}

/// A dead letter of one message is a delivery of its own.
#[test]
fn what_cannot_be_read_can_be_read_again() {
    for name in names() {
        for fact in parse(&bytes(&name)) {
            let Some(Body::Unparsed(unparsed)) = &fact.body else { continue };
            assert!(!unparsed.reason.is_empty(), "{name}");
            let again = parse(&unparsed.raw);
            assert!(!again.is_empty() && again.iter().all(|one| matches!(one.body, Some(Body::Unparsed(_)))), "{name}");
        }
    }
}

#[test]
fn a_reason_does_not_repeat_what_the_person_wrote() {
    let message = json!({ "id": "wamid.1", "from": "79990000001", "type": "text", "text": "a secret of mine" });
    let value = json!({ "messages": [message] });
    let body = json!({ "object": "whatsapp_business_account", "entry": [
        { "id": "1", "changes": [{ "field": "messages", "value": value }] }] });
    let facts = parse(body.to_string().as_bytes());
    let Some(Body::Unparsed(unparsed)) = &facts[0].body else { panic!("it cannot be read") };
    assert!(!unparsed.reason.contains("secret"), "{}", unparsed.reason);
}

fn statuses(count: usize) -> Vec<u8> {
    let status = |n: usize| json!({ "id": format!("wamid.{n}"), "status": "sent", "timestamp": "1795420800" });
    let value = json!({ "metadata": { "phone_number_id": "106540352242922" }, "statuses": (0..count).map(status).collect::<Vec<_>>() });
    json!({ "object": "whatsapp_business_account", "entry": [
        { "id": "1", "changes": [{ "field": "messages", "value": value }] }] })
    .to_string()
    .into_bytes()
}

#[test]
fn three_thousand_statuses_of_one_body_are_as_many_facts() {
    let facts = parse(&statuses(3_000));
    assert_eq!(facts.len(), 3_000);
    assert!(facts.iter().all(|fact| matches!(fact.body, Some(Body::Receipt(_))) && fact.peer.is_none()));
}

#[test]
fn a_body_is_cut_by_the_numbers_in_it() {
    let mut body: Value = serde_json::from_slice(&bytes("message-text")).unwrap();
    assert_eq!(WhatsApp::shares(&bytes("message-text")).unwrap().len(), 1);
    let mut second = body["entry"][0]["changes"][0].clone();
    second["value"]["metadata"]["phone_number_id"] = "106540352242923".into();
    second["value"]["messages"][0]["id"] = "wamid.B".into();
    let nobodys = json!({ "field": "account_update", "value": {} });
    for change in [second.clone(), nobodys, second] {
        body["entry"][0]["changes"].as_array_mut().unwrap().push(change);
    }
    let shares = WhatsApp::shares(body.to_string().as_bytes()).unwrap();
    let names: Vec<_> = shares.iter().map(|share| share.name.as_str()).collect();
    assert_eq!(names, ["106540352242922", "106540352242923", ""]);
    let keys: Vec<Vec<String>> =
        shares.iter().map(|share| parse(&share.body).iter().map(|fact| fact.key.clone()).collect()).collect();
    assert_eq!(keys, [vec!["msg:wamid.HBgLA1".to_owned()], vec!["msg:wamid.B".to_owned()], Vec::new()]);
    assert_eq!(WhatsApp::shares(b"{}"), None, "what cannot be read is of the account that it came to");
}
