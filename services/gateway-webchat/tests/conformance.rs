//! The suite that every gateway runs.

use gateway_webchat::Webchat;

#[test]
fn webchat_conforms() {
    gateway_kit::conformance::check::<Webchat>(&[b"{}".to_vec(), br#"{"t":"msg"}"#.to_vec()]);
}
