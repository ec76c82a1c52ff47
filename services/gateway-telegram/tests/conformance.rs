//! The suite that every gateway runs, on every fixture.

use std::{fs, path::Path};

use gateway_telegram::Telegram;

#[test]
fn telegram_conforms() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let files = fs::read_dir(folder).expect("fixtures").map(|entry| entry.expect("an entry").path());
    let samples: Vec<Vec<u8>> = files.map(|path| fs::read(path).expect("a fixture")).collect();
    gateway_kit::conformance::check::<Telegram>(&samples);
}

#[test]
fn one_event_by_webhook_and_by_poll_is_one_fact() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let body = fs::read(folder.join("update-message-text.json")).expect("a fixture");
    let mut again: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    again["update_id"] = 900_001.into();
    let again = again.to_string().into_bytes();
    gateway_kit::conformance::one_event::<Telegram>(&[body, again]);
}
