//! The suite that every gateway runs, on every fixture.

use std::{fs, path::Path};

use gateway_whatsapp::WhatsApp;

#[test]
fn whatsapp_conforms() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let files = fs::read_dir(folder).expect("fixtures").map(|entry| entry.expect("an entry").path());
    let samples: Vec<Vec<u8>> = files.map(|path| fs::read(path).expect("a fixture")).collect();
    gateway_kit::conformance::check::<WhatsApp>(&samples);
}

/// Meta batches as it likes: the same message comes alone and among others.
#[test]
fn one_event_alone_and_escaped_is_one_fact() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let body = fs::read(folder.join("message-text.json")).expect("a fixture");
    let again: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    let escaped = again.to_string().replace('З', "\\u0417").into_bytes();
    gateway_kit::conformance::one_event::<WhatsApp>(&[body, escaped]);
}
