//! The suite that every gateway runs, on every fixture.

use gateway_kit::conformance::{Fixtures, check, one_event};
use gateway_whatsapp::WhatsApp;

#[test]
fn whatsapp_conforms() {
    check::<WhatsApp>(&Fixtures::of(env!("CARGO_MANIFEST_DIR")).samples());
}

/// Meta writes the same letters plainly and escaped.
#[test]
fn one_event_plain_and_escaped_is_one_fact() {
    let fixtures = Fixtures::of(env!("CARGO_MANIFEST_DIR"));
    let body = fixtures.get("message-text").to_vec();
    let again: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    let escaped = again.to_string().replace('З', "\\u0417").into_bytes();
    one_event::<WhatsApp>(&[body, escaped]);
}
