//! The suite that every gateway runs, on every fixture.

use std::{fs, path::Path};

use gateway_custom::Custom;

// acceptance: XC-1
#[test]
fn custom_conforms() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let files = fs::read_dir(folder).expect("fixtures").map(|entry| entry.expect("an entry").path());
    // Dates outside of all time are made up, and tested in `fixtures`.
    let real = files.filter(|path| !path.to_string_lossy().ends_with("-far_future.json"));
    let samples: Vec<Vec<u8>> = real.map(|path| fs::read(path).expect("a fixture")).collect();
    gateway_kit::conformance::check::<Custom>(&samples);
}

#[test]
fn an_event_that_comes_again_is_one_fact() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    for name in ["event-message.created.json", "event-person.blocked.json", "event-message.edited.json"] {
        let body = fs::read(folder.join(name)).expect("a fixture");
        gateway_kit::conformance::one_event::<Custom>(&[body.clone(), body]);
    }
}
