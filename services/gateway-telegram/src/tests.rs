//! What needs shorter deadlines than the real ones, or a look inside.

use std::{collections::HashMap, sync::Arc, time::Duration};

use contracts::channel::{Content, Order, OrderTarget, SendOrder, order::Body};
use object_store::memory::InMemory;
use testkit::{
    telegram::{FakeTelegram, Fault},
    tls::{CA, ConnectProxy, TlsFront},
};

use super::*;

fn setup(settings: &[(&str, &str)], allow_private_addresses: bool) -> AccountSetup {
    let settings: HashMap<_, _> =
        settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    AccountSetup { account: AccountId::new(), settings, allow_private_addresses }
}

fn order() -> Order {
    let content = Content { text: "Здравствуйте".into(), ..Content::default() };
    let send = SendOrder { content: Some(content), ..SendOrder::default() };
    let target = OrderTarget { address: "5001".into(), ..OrderTarget::default() };
    Order { target: Some(target), body: Some(Body::Send(send)), ..Order::default() }
}

async fn send(gateway: &Telegram) -> SendOutcome {
    gateway.carry_out(&order(), &Tools::alone(AccountId::new(), Arc::new(InMemory::new()))).await
}

#[tokio::test]
async fn a_send_that_takes_too_long_is_unknown() {
    let telegram = FakeTelegram::start().await;
    let bot = telegram.bot();
    let olga = bot.customer(5001, "Покупатель 1");
    olga.text("?");
    let deadlines = Deadlines { call: Duration::from_millis(300), ..Deadlines::default() };
    let settings = setup(&[("token", bot.token()), ("api_url", &telegram.base_url())], true);
    let gateway = Telegram::with_deadlines(&settings, deadlines).unwrap();
    for fault in [Fault::Slow(Duration::from_secs(60)), Fault::SlowBody(Duration::from_secs(60))] {
        telegram.fail_next("sendMessage", fault);
        let outcome = send(&gateway).await;
        assert!(matches!(outcome, SendOutcome::Unknown { .. }), "{outcome:?}");
    }
    assert_eq!(olga.received().len(), 2, "they did arrive");
}

const TOKEN: &str = "77000001:Test_token-of_a_bot_that_is_a_fake1";

#[tokio::test]
async fn no_account_reaches_into_our_own_network_without_permission() {
    for url in ["https://127.0.0.1", "https://[::1]", "https://169.254.169.254", "http://localhost:8081"] {
        let Err(error) = Telegram::connect(&setup(&[("token", TOKEN), ("api_url", url)], false)) else {
            panic!("{url} was allowed");
        };
        assert_eq!(error.field, "api_url", "{url}");
    }
    let gateway = Telegram::connect(&setup(&[("token", TOKEN), ("api_url", "https://localhost")], false)).unwrap();
    let outcome = send(&gateway).await;
    assert!(matches!(outcome, SendOutcome::NotSent { .. }), "a name that leads home: {outcome:?}");
}

#[tokio::test]
async fn everything_goes_through_the_accounts_proxy() {
    let telegram = FakeTelegram::start().await;
    let bot = telegram.bot();
    bot.customer(5001, "Покупатель 1").text("?");
    let proxy = telegram.base_url();
    // Nobody knows this name, so only a proxy can have taken the calls there.
    let url = ("api_url", "http://telegram.example.invalid");
    let settings = setup(&[("token", bot.token()), url, ("proxy", &proxy)], true);
    let gateway = Telegram::connect(&settings).unwrap();
    assert!(matches!(send(&gateway).await, SendOutcome::Accepted(_)));
    let unproxied = Telegram::connect(&setup(&[("token", bot.token()), url], true)).unwrap();
    assert!(matches!(send(&unproxied).await, SendOutcome::NotSent { .. }));
}

#[tokio::test]
async fn a_server_under_a_root_of_ones_own_is_reached_through_the_proxy() {
    let telegram = FakeTelegram::start().await;
    let bot = telegram.bot();
    bot.customer(5001, "Покупатель 1").text("?");
    let front = TlsFront::start(telegram.address()).await;
    let proxy = ConnectProxy::start(front.address()).await;
    let way = [("token", bot.token()), ("api_url", "https://telegram.example.invalid"), ("proxy", &proxy.url())];
    let gateway = Telegram::connect(&setup(&[&way[..], &[("ca", CA)]].concat(), false)).unwrap();
    let outcome = send(&gateway).await;
    assert!(matches!(outcome, SendOutcome::Accepted(_)), "{outcome:?}");
    assert_eq!(proxy.tunnels(), ["telegram.example.invalid:443"]);
    let stranger = Telegram::connect(&setup(&way, false)).unwrap();
    assert!(matches!(send(&stranger).await, SendOutcome::NotSent { .. }), "a root that nobody trusts");
}

#[tokio::test]
async fn no_error_holds_the_token_or_its_url() {
    let telegram = FakeTelegram::start().await;
    let bot = telegram.bot();
    bot.customer(5001, "Покупатель 1").text("?");
    let secret = bot.token().split_once(':').unwrap().1.to_owned();
    let gateway =
        Telegram::connect(&setup(&[("token", bot.token()), ("api_url", &telegram.base_url())], true)).unwrap();
    for fault in [Fault::DropBefore, Fault::DropAfterAccept, Fault::Status(400, "Bad Request: x".into())] {
        telegram.fail_next("sendMessage", fault.clone());
        telegram.fail_next("getUpdates", fault.clone());
        telegram.fail_next("getFile", fault);
        let told = format!(
            "{:?} {:?} {:?}",
            send(&gateway).await,
            gateway.poll(None).await,
            gateway.fetch(&Attachment::default()).await.err()
        );
        assert!(!told.contains(&secret) && !told.contains("/bot") && !told.contains("http://"), "{told}");
    }
}

#[test]
fn our_pace_stays_below_telegrams() {
    let pacing = Telegram::pacing();
    assert!(pacing.per_account.every * 30 >= Duration::from_secs(1));
    assert!(pacing.per_address.every >= Duration::from_secs(1));
    assert!(pacing.per_account.burst.get() <= 30 && pacing.per_address.burst.get() <= 5);
}
