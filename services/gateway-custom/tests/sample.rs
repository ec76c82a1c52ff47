//! The sample of docs/custom-channel.md, as it is: started, written to, and heard.

use std::{
    process::{Child, Command, Stdio},
    sync::Arc,
};

use crate::common::{SOON, send_order, setup, text};
use contracts::channel::{ReceiptStatus, inbound::Body};
use gateway_custom::Custom;
use gateway_kit::{Gateway, SendOutcome, Tools, conformance::Listener};
use object_store::memory::InMemory;
use testkit::{eventually, servers::free_port};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/sample/chat.py");
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

struct Sample(Child);

impl Sample {
    fn start(port: u16, hook: &str) -> Self {
        let mut python = Command::new("python3");
        python.arg(SAMPLE).arg(port.to_string()).env("OKNO_SECRET", SECRET).env("OKNO_HOOK", hook);
        Self(python.stderr(Stdio::null()).spawn().expect("python3"))
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_sample_is_short_and_needs_nothing_but_python() {
    let text = std::fs::read_to_string(SAMPLE).unwrap();
    assert!(text.lines().count() <= 50);
    let imports = text.lines().filter(|line| line.starts_with("import") || line.starts_with("from"));
    assert!(imports.count() == 2);
}

/// "Check settings" is the suite that every chat has to pass.
#[tokio::test]
async fn the_sample_keeps_the_whole_contract() {
    let (listener, port) = (Listener::start().await, free_port());
    let url = format!("http://127.0.0.1:{port}/");
    let _sample = Sample::start(port, &listener.hook());
    let setup = setup(&url, SECRET, &[]);
    let gateway = Custom::connect(&setup).unwrap();
    eventually("the sample takes a ping", SOON, async || gateway.open(None).await.ok()).await;
    let steps = Custom::probe(&setup).await.steps;
    assert!(steps.len() >= 6 && steps.iter().all(|step| step.passed), "{steps:?}");
    let rotated = Custom::connect(&crate::common::setup(&url, OTHER, &[("secret_before", SECRET)])).unwrap();
    rotated.open(None).await.expect("while the secret changes it is signed with both");
    let changed = Custom::connect(&crate::common::setup(&url, OTHER, &[])).unwrap();
    assert!(changed.open(None).await.is_err());
}

#[tokio::test]
async fn the_sample_takes_a_message_and_answers() {
    let (listener, port) = (Listener::start().await, free_port());
    let url = format!("http://127.0.0.1:{port}/");
    let gateway = Arc::new(Custom::connect(&setup(&url, SECRET, &[])).unwrap());
    listener.serve(gateway.clone());
    let _sample = Sample::start(port, &listener.hook());
    eventually("the sample takes a ping", SOON, async || gateway.open(None).await.ok()).await;

    let tools = Tools::alone(model::AccountId::new(), Arc::new(InMemory::new()));
    let outcome = gateway.carry_out(&send_order(text("Здравствуйте")), &tools).await;
    let SendOutcome::Accepted(sent) = outcome else { panic!("{outcome:?}") };
    let facts =
        eventually("mark and answer", SOON, async || Some(listener.facts()).filter(|facts| facts.len() == 2)).await;
    let Some(Body::Receipt(receipt)) = &facts[0].body else { panic!("{facts:?}") };
    assert_eq!((receipt.status(), &facts[0].message_key), (ReceiptStatus::Read, &sent.provider_keys[0]));
    let Some(Body::Message(message)) = &facts[1].body else { panic!("{facts:?}") };
    assert_eq!(message.content.as_ref().unwrap().text, "Echo: Здравствуйте");
    assert_eq!(facts[1].peer.as_ref().unwrap().address, "u-42");
    assert_eq!(listener.refused(), 0);
}
