//! The suite that every gateway runs, on every fixture.

use gateway_custom::Custom;
use gateway_kit::conformance::{Fixtures, check, one_event};

// acceptance: XC-1
#[test]
fn custom_conforms() {
    let fixtures = Fixtures::of(env!("CARGO_MANIFEST_DIR"));
    // A date outside of all time is made up; its snapshot tells what becomes of it.
    let timely = fixtures.iter().filter(|(name, _)| !name.ends_with("-far_future"));
    check::<Custom>(&timely.map(|(_, body)| body).collect::<Vec<_>>());
}

#[test]
fn an_event_that_comes_again_is_one_fact() {
    let fixtures = Fixtures::of(env!("CARGO_MANIFEST_DIR"));
    for name in ["event-message.created", "event-person.blocked", "event-message.edited"] {
        one_event::<Custom>(&[fixtures.get(name), fixtures.get(name)]);
    }
}
