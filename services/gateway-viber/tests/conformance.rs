//! The suite that every gateway runs, on every fixture.

use gateway_kit::conformance::{Fixtures, check, one_event};
use gateway_viber::Viber;

// acceptance: XC-1
#[test]
fn viber_conforms() {
    let fixtures = Fixtures::of(env!("CARGO_MANIFEST_DIR"));
    // A date outside of all time is made up; its snapshot tells what becomes of it.
    let timely = fixtures.iter().filter(|(name, _)| !name.ends_with("-far_future"));
    check::<Viber>(&timely.map(|(_, body)| body).collect::<Vec<_>>());
}

#[test]
fn a_callback_that_comes_again_is_one_fact() {
    let fixtures = Fixtures::of(env!("CARGO_MANIFEST_DIR"));
    let [number, text] = ["event-message", "event-message-token_as_text"].map(|name| fixtures.get(name));
    one_event::<Viber>(&[number, number, text]);
}
