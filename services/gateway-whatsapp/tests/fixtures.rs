//! Every row of Meta's tables of messages, echoes, statuses and changes, and what strangers may send instead.
//! A quirk is a file in `fixtures/`, named `<table>-<row>[-<variant>].json`; its snapshot tells what becomes of it.

use std::fs;

use contracts::channel::{Inbound, inbound::Body};
use gateway_kit::{
    Gateway,
    conformance::{Fixtures, shown},
};
use gateway_whatsapp::WhatsApp;
use model::AccountId;
use serde_json::{Value, json};

const MESSAGES: [&str; 30] = [
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
    "something_new",
    "context",
    "referral",
    "group_id",
    "identity-user_id_only",
    "identity-phone_only",
    "identity-parent",
    "identity-two_contacts",
];

const ECHOES: [&str; 5] = ["text", "image", "edit", "revoke", "reaction"];

const STATUSES: [&str; 6] = ["sent", "delivered", "read", "played", "failed", "something_new"];

const CHANGES: [&str; 6] = ["several", "errors", "ignored", "nothing", "repeats", "something_new"];

fn fixtures() -> Fixtures {
    Fixtures::of(env!("CARGO_MANIFEST_DIR"))
}

fn parse(body: &[u8]) -> Vec<Inbound> {
    WhatsApp::parse(AccountId::default(), body)
}

#[test]
fn every_fixture_normalizes_as_recorded() {
    insta::glob!("fixtures/*.json", |path| {
        insta::assert_snapshot!(shown(&parse(&fs::read(path).unwrap())));
    });
}

#[test]
fn every_row_of_metas_tables_has_a_fixture() {
    fixtures().stand_for(&[("message", &MESSAGES), ("echo", &ECHOES), ("status", &STATUSES), ("change", &CHANGES)]);
}

/// Only what a person writes opens the window, for 24 hours.
#[test]
fn a_window_ends_24_hours_after_the_persons_message() {
    for (name, body) in fixtures().iter() {
        for fact in parse(body) {
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
    for (name, body) in fixtures().iter() {
        for fact in parse(body) {
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
    let fixtures = fixtures();
    let text = fixtures.get("message-text");
    let mut body: Value = serde_json::from_slice(text).unwrap();
    assert_eq!(WhatsApp::shares(text).unwrap().len(), 1);
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
