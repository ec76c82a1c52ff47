//! What needs shorter deadlines than the real ones, or a look inside.

use std::{collections::HashMap, sync::Arc, time::Duration};

use contracts::channel::{Content, Order, OrderTarget, SendOrder, order::Body};
use object_store::memory::InMemory;
use testkit::whatsapp::{FakeWhatsApp, Fault};

use super::*;

pub const SECRET: &str = "0123456789abcdef0123456789abcdef";

pub fn setup(pairs: &[(&str, &str)], allow_private_addresses: bool) -> AccountSetup {
    let usual = [
        ("phone_number_id", "106540352242922"),
        ("waba_id", "102290129340398"),
        ("token", "EAAtestEAAtestEAAtest"),
        ("app_secret", SECRET),
    ];
    let settings: HashMap<_, _> =
        usual.iter().chain(pairs).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    AccountSetup { account: AccountId::new(), settings, allow_private_addresses }
}

pub fn settings(pairs: &[(&str, &str)]) -> Settings {
    Settings::read(&setup(pairs, false)).unwrap()
}

fn order() -> Order {
    let content = Content { text: "Здравствуйте".into(), ..Content::default() };
    let message_id = "0190a1b2-0000-7000-8000-000000000001".into();
    let send = SendOrder { message_id, attempt: 1, content: Some(content), ..SendOrder::default() };
    let target = OrderTarget { address: "79990000001".into(), ..OrderTarget::default() };
    Order { target: Some(target), body: Some(Body::Send(send)), ..Order::default() }
}

async fn send(gateway: &WhatsApp) -> SendOutcome {
    gateway.carry_out(&order(), &Tools::alone(AccountId::new(), Arc::new(InMemory::new()))).await
}

/// Settings of a number of the fake.
fn of(whatsapp: &FakeWhatsApp, number: &testkit::whatsapp::Number, more: &[(&str, &str)]) -> AccountSetup {
    let url = whatsapp.base_url();
    let own = [
        ("phone_number_id", number.id()),
        ("waba_id", number.business()),
        ("token", number.token()),
        ("app_secret", number.app_secret()),
        ("api_url", url.as_str()),
    ];
    setup(&[own.as_slice(), more].concat(), true)
}

#[tokio::test]
async fn a_send_that_takes_too_long_is_unknown() {
    let whatsapp = FakeWhatsApp::start().await;
    let number = whatsapp.number();
    let anna = number.user(testkit::whatsapp::Shape::phone("79990000001", "Анна"));
    anna.text("?");
    let deadlines = Deadlines { call: Duration::from_millis(300), ..Deadlines::default() };
    let gateway = WhatsApp::with_deadlines(&of(&whatsapp, &number, &[]), deadlines).unwrap();
    for fault in [Fault::Slow(Duration::from_secs(60)), Fault::SlowBody(Duration::from_secs(60))] {
        whatsapp.fail_next("messages", fault);
        let outcome = send(&gateway).await;
        assert!(matches!(outcome, SendOutcome::Unknown { .. }), "{outcome:?}");
    }
    assert_eq!(anna.received().len(), 2, "they did arrive");
}

#[tokio::test]
async fn no_account_reaches_into_our_own_network_without_permission() {
    let own = setup(&[("api_url", "https://127.0.0.1")], false);
    let Err(error) = WhatsApp::connect(&own) else { panic!("it was allowed") };
    assert_eq!(error.field, "api_url");
    let gateway = WhatsApp::connect(&setup(&[("api_url", "https://localhost")], false)).unwrap();
    let outcome = send(&gateway).await;
    assert!(matches!(outcome, SendOutcome::NotSent { .. }), "a name that leads home: {outcome:?}");
}

#[tokio::test]
async fn everything_goes_through_the_accounts_proxy() {
    let whatsapp = FakeWhatsApp::start().await;
    let number = whatsapp.number();
    number.user(testkit::whatsapp::Shape::phone("79990000001", "Анна")).text("?");
    let proxy = whatsapp.base_url();
    // Nobody knows this name, so only a proxy can have taken the calls there.
    let url = ("api_url", "http://whatsapp.example.invalid");
    let gateway = WhatsApp::connect(&of(&whatsapp, &number, &[url, ("proxy", &proxy)])).unwrap();
    assert!(matches!(send(&gateway).await, SendOutcome::Accepted(_)));
    let unproxied = WhatsApp::connect(&of(&whatsapp, &number, &[url])).unwrap();
    assert!(matches!(send(&unproxied).await, SendOutcome::NotSent { .. }));
}

#[tokio::test]
async fn no_error_holds_the_token_or_a_url() {
    let whatsapp = FakeWhatsApp::start().await;
    let number = whatsapp.number();
    let gateway = WhatsApp::connect(&of(&whatsapp, &number, &[])).unwrap();
    for fault in [Fault::DropBefore, Fault::DropAfterAccept, Fault::Html(502), Fault::error(400, 190)] {
        for method in ["messages", "media", "message_templates", "number"] {
            whatsapp.fail_next(method, fault.clone());
        }
        let told = format!(
            "{:?} {:?} {:?} {:?}",
            send(&gateway).await,
            gateway.open(None).await,
            gateway.templates().await,
            gateway.fetch(&Attachment { remote_ref: "1".into(), ..Attachment::default() }).await.err()
        );
        assert!(!told.contains(number.token()) && !told.contains("http://") && !told.contains("127.0.0.1"), "{told}");
    }
}

#[test]
fn our_pace_stays_below_whatsapps() {
    let pacing = WhatsApp::pacing();
    assert!(pacing.per_account.every * 80 >= Duration::from_secs(1));
    assert!(pacing.per_address.every >= Duration::from_secs(6));
    assert!(pacing.per_account.burst.get() <= 80 && pacing.per_address.burst.get() <= 45);
}
