//! The suite that every gateway runs, on every fixture.

use gateway_kit::conformance::{Fixtures, check, one_event};
use gateway_telegram::Telegram;

#[test]
fn telegram_conforms() {
    check::<Telegram>(&Fixtures::of(env!("CARGO_MANIFEST_DIR")).samples());
}

#[test]
fn one_event_by_webhook_and_by_poll_is_one_fact() {
    let fixtures = Fixtures::of(env!("CARGO_MANIFEST_DIR"));
    let body = fixtures.get("update-message-text").to_vec();
    let mut again: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    again["update_id"] = 900_001.into();
    let again = again.to_string().into_bytes();
    one_event::<Telegram>(&[body, again]);
}
