//! What needs shorter deadlines than the real ones, or a look inside.

use std::{collections::HashMap, sync::Arc, time::Duration};

use contracts::channel::{Content, Order, OrderTarget, SendOrder, order::Body};
use object_store::memory::InMemory;
use testkit::vk::{Community, FakeVk, Fault};

use super::*;

fn setup(settings: &[(&str, &str)], allow_private_addresses: bool) -> AccountSetup {
    let settings: HashMap<_, _> =
        settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    AccountSetup { account: AccountId::new(), settings, allow_private_addresses }
}

fn of(vk: &FakeVk, shop: &Community, more: &[(&str, &str)]) -> AccountSetup {
    let (token, id, url) = (shop.token(), shop.id().to_string(), vk.base_url());
    let known = [("token", token.as_str()), ("group_id", id.as_str()), ("api_url", url.as_str())];
    setup(&[&known, more].concat(), true)
}

fn order() -> Order {
    let content = Content { text: "Здравствуйте".into(), ..Content::default() };
    let send = SendOrder { content: Some(content), idempotency_key: "k".into(), ..SendOrder::default() };
    let target = OrderTarget { address: "77001".into(), ..OrderTarget::default() };
    Order { target: Some(target), body: Some(Body::Send(send)), ..Order::default() }
}

async fn send(gateway: &Vk) -> SendOutcome {
    gateway.carry_out(&order(), &Tools::alone(AccountId::new(), Arc::new(InMemory::new()))).await
}

#[tokio::test]
async fn a_send_that_takes_too_long_is_unknown_and_arrives_once() {
    let vk = FakeVk::start().await;
    let shop = vk.community();
    let anna = shop.person(77_001, "Анна");
    anna.text("?");
    let deadlines = Deadlines { call: Duration::from_millis(300), ..Deadlines::default() };
    let gateway = Vk::with_deadlines(&of(&vk, &shop, &[]), deadlines).unwrap();
    for fault in [Fault::Slow(Duration::from_secs(60)), Fault::SlowBody(Duration::from_secs(60))] {
        vk.fail_next("messages.send", fault);
        let outcome = send(&gateway).await;
        assert!(matches!(outcome, SendOutcome::Unknown { .. }), "{outcome:?}");
    }
    assert!(matches!(send(&gateway).await, SendOutcome::Accepted(_)));
    assert_eq!(anna.received().len(), 1);
}

const KEY: (&str, &str) = ("token", "vk1.a.Test_key-of_a_community_that_is_a_fake");
const GROUP: (&str, &str) = ("group_id", "2200300");

#[tokio::test]
async fn no_account_reaches_into_our_own_network_without_permission() {
    for url in ["https://127.0.0.1", "https://[::1]", "https://169.254.169.254", "http://localhost:8081"] {
        let Err(error) = Vk::connect(&setup(&[KEY, GROUP, ("api_url", url)], false)) else {
            panic!("{url} was allowed");
        };
        assert_eq!(error.field, "api_url", "{url}");
    }
    let gateway = Vk::connect(&setup(&[KEY, GROUP, ("api_url", "https://localhost")], false)).unwrap();
    let outcome = send(&gateway).await;
    assert!(matches!(outcome, SendOutcome::NotSent { .. }), "a name that leads home: {outcome:?}");
    let attachment =
        Attachment { remote_ref: r#"{"u":"https://127.0.0.1/x","m":"1:1","k":"doc1_1"}"#.into(), ..<_>::default() };
    assert!(gateway.fetch(&attachment).await.is_err(), "nor by an address in a message");
}

#[tokio::test]
async fn everything_goes_through_the_accounts_proxy() {
    let vk = FakeVk::start().await;
    let shop = vk.community();
    shop.person(77_001, "Анна").text("?");
    let proxy = vk.base_url().trim_end_matches("/method").to_owned();
    // Nobody knows this name, so only a proxy can have taken the calls there.
    let url = ("api_url", "http://vk.example.invalid/method");
    let gateway = Vk::connect(&of(&vk, &shop, &[url, ("proxy", proxy.as_str())])).unwrap();
    assert!(matches!(send(&gateway).await, SendOutcome::Accepted(_)));
    let unproxied = Vk::connect(&of(&vk, &shop, &[url])).unwrap();
    assert!(matches!(send(&unproxied).await, SendOutcome::NotSent { .. }));
}

#[tokio::test]
async fn no_error_holds_the_key_or_its_url() {
    let vk = FakeVk::start().await;
    let shop = vk.community();
    shop.person(77_001, "Анна").text("?");
    let gateway = Vk::connect(&of(&vk, &shop, &[])).unwrap();
    for fault in [Fault::DropBefore, Fault::DropAfterAccept, Fault::Error(5), Fault::Html(502)] {
        vk.fail_next("messages.send", fault.clone());
        vk.fail_next("groups.getLongPollServer", fault.clone());
        vk.fail_next("groups.getById", fault);
        let told = format!(
            "{:?} {:?} {:?}",
            send(&gateway).await,
            gateway.poll(None).await.err(),
            gateway.open(None).await.err()
        );
        assert!(!told.contains(&shop.token()) && !told.contains("http://") && !told.contains("/method"), "{told}");
    }
}

#[test]
fn our_pace_stays_below_vks() {
    let pacing = Vk::pacing();
    assert!(pacing.per_account.every * 20 >= Duration::from_secs(1) && pacing.per_account.burst.get() <= 20);
}

#[test]
fn every_remedy_that_an_error_names_has_its_text() {
    let known = describe::gateway().settings.unwrap().remedies;
    assert_eq!(known.len(), describe::REMEDIES.len());
    for code in 0..4_000 {
        if let error::Verdict::Account(remedy) = error::verdict(code) {
            assert!(known.contains_key(remedy), "{remedy}");
        }
    }
}
