//! The suite that every gateway runs, on every fixture.

use gateway_email::Email;
use gateway_kit::conformance::{Fixtures, check, one_event, shown};

/// What the letters of the fixtures stand for.
const TABLES: [(&str, &[&str]); 3] = [
    ("letter", &["plain", "html", "alternative", "attachment", "thread", "no_message_id", "koi8", "too_large"]),
    ("automatic", &["reply", "bounce", "list", "receipt", "loop", "check"]),
    ("sent", &["phone", "own"]),
];

#[test]
fn email_conforms() {
    check::<Email>(&Fixtures::of(env!("CARGO_MANIFEST_DIR")).samples());
}

#[test]
fn every_row_has_a_fixture() {
    Fixtures::of(env!("CARGO_MANIFEST_DIR")).stand_for(&TABLES);
}

#[test]
fn every_fixture_normalizes_as_recorded() {
    let fixtures = Fixtures::of(env!("CARGO_MANIFEST_DIR"));
    for (name, _) in fixtures.iter() {
        insta::assert_snapshot!(name, shown(&fixtures.facts::<Email>(name)));
    }
}

/// The same letter in another folder, numbered anew and got at another time.
#[test]
fn a_letter_that_comes_twice_is_one_fact() {
    let fixtures = Fixtures::of(env!("CARGO_MANIFEST_DIR"));
    let letter = fixtures.get("letter-plain");
    let text = String::from_utf8_lossy(letter).replacen("1764154800", "1764999999", 1);
    assert_ne!(text.as_bytes(), letter);
    one_event::<Email>(&[letter.to_vec(), text.into_bytes()]);
}

mod long {
    use super::*;

    #[test]
    fn nothing_breaks_on_changed_letters() {
        gateway_kit::conformance::search::<Email>(&Fixtures::of(env!("CARGO_MANIFEST_DIR")).samples());
    }
}
