//! The suite that every gateway runs, on every fixture.

use std::{fs, path::Path};

use gateway_vk::Vk;

#[test]
fn vk_conforms() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let files = fs::read_dir(folder).expect("fixtures").map(|entry| entry.expect("an entry").path());
    let samples: Vec<Vec<u8>> = files.map(|path| fs::read(path).expect("a fixture")).collect();
    gateway_kit::conformance::check::<Vk>(&samples);
}

#[test]
fn one_message_by_callback_by_poll_and_from_the_history_is_one_fact() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let body = fs::read(folder.join("event-message_new.json")).expect("a fixture");
    let mut polled: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    polled.as_object_mut().expect("an object").remove("secret");
    polled["event_id"] = "another".into();
    let mut old = polled.clone();
    old["object"] = old["object"]["message"].take();
    let deliveries = [body, polled.to_string().into_bytes(), old.to_string().into_bytes()];
    gateway_kit::conformance::one_event::<Vk>(&deliveries);
}
