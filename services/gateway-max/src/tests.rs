//! What needs shorter deadlines than the real ones.

use std::sync::Arc;

use contracts::channel::{Content, OrderTarget, SendOrder, order::Body};
use gateway_kit::conformance::hand;
use object_store::memory::InMemory;
use testkit::max::{Customer, FakeMax, Fault, MaxOptions};

use super::*;

async fn send(gateway: &Max, to: &Customer) -> SendOutcome {
    let content = Content { text: "Здравствуйте".into(), ..Content::default() };
    let target = OrderTarget { reply_address: to.chat_id().to_string(), ..OrderTarget::default() };
    let send = SendOrder { content: Some(content), ..SendOrder::default() };
    let order = Order { target: Some(target), body: Some(Body::Send(send)), ..Order::default() };
    gateway.carry_out(&order, &Tools::alone(AccountId::new(), Arc::new(InMemory::new()))).await
}

#[tokio::test]
async fn a_send_that_takes_too_long_is_unknown() {
    let max = FakeMax::start_with(MaxOptions::unlimited()).await;
    let bot = max.bot();
    let anna = bot.customer(88_100, "Анна");
    anna.text("?");
    let setup = hand::setup(&[("token", bot.token()), ("api_url", &max.base_url())], &[]);
    let deadlines = Deadlines { call: Duration::from_millis(300), ..Deadlines::default() };
    let gateway = Max::with_deadlines(&setup, deadlines).unwrap();
    for fault in [Fault::Slow(Duration::from_secs(60)), Fault::SlowBody(Duration::from_secs(60))] {
        max.fail_next("send", fault);
        let outcome = send(&gateway, &anna).await;
        assert!(matches!(outcome, SendOutcome::Unknown { .. }), "{outcome:?}");
    }
    assert_eq!(anna.received().len(), 2, "they did arrive");
}
