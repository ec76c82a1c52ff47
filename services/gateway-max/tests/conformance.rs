//! The suite that every gateway runs, on every fixture.

use gateway_kit::conformance::{Fixtures, check, one_event};
use gateway_max::Max;

// acceptance: XC-1
#[test]
fn max_conforms() {
    check::<Max>(&Fixtures::of(env!("CARGO_MANIFEST_DIR")).samples());
}

/// The update's own time is of its making; the message keeps its own.
#[test]
fn one_message_by_webhook_and_by_poll_is_one_fact() {
    let fixtures = Fixtures::of(env!("CARGO_MANIFEST_DIR"));
    let body = fixtures.get("update-message_created").to_vec();
    let mut again: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    again["timestamp"] = 1_795_420_900_000_i64.into();
    again["something_new"] = true.into();
    one_event::<Max>(&[body, again.to_string().into_bytes()]);
}
