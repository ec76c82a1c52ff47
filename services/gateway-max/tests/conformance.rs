//! The suite that every gateway runs, on every fixture.

use std::{fs, path::Path};

use gateway_max::Max;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

#[test]
fn max_conforms() {
    let files = fs::read_dir(folder()).expect("fixtures").map(|entry| entry.expect("an entry").path());
    let samples: Vec<Vec<u8>> = files.map(|path| fs::read(path).expect("a fixture")).collect();
    gateway_kit::conformance::check::<Max>(&samples);
}

/// The update's own time is of its making; the message keeps its own.
#[test]
fn one_message_by_webhook_and_by_poll_is_one_fact() {
    let body = fs::read(folder().join("update-message_created.json")).expect("a fixture");
    let mut again: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    again["timestamp"] = 1_795_420_900_000_i64.into();
    again["something_new"] = true.into();
    gateway_kit::conformance::one_event::<Max>(&[body, again.to_string().into_bytes()]);
}
