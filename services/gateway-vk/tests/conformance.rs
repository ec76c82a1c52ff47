//! The suite that every gateway runs, on every fixture.

use gateway_kit::conformance::{Fixtures, check, one_event};
use gateway_vk::Vk;

// acceptance: XC-1
#[test]
fn vk_conforms() {
    check::<Vk>(&Fixtures::of(env!("CARGO_MANIFEST_DIR")).samples());
}

#[test]
fn one_message_by_callback_by_poll_and_from_the_history_is_one_fact() {
    let fixtures = Fixtures::of(env!("CARGO_MANIFEST_DIR"));
    let body = fixtures.get("event-message_new").to_vec();
    let mut polled: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    polled.as_object_mut().expect("an object").remove("secret");
    polled["event_id"] = "another".into();
    let mut old = polled.clone();
    old["object"] = old["object"]["message"].take();
    let deliveries = [body, polled.to_string().into_bytes(), old.to_string().into_bytes()];
    one_event::<Vk>(&deliveries);
}
