//! An account connected to the fake company, orders for it, and a listener that takes its events.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::{sync::Arc, time::Duration};

use contracts::channel::{Content, Inbound, Order, OrderTarget, SendOrder, order::Body};
use gateway_custom::Custom;
pub use gateway_kit::conformance::hand::{files, reason, sent, text};
use gateway_kit::{
    AccountSetup, Gateway, SendOutcome, Tools,
    conformance::{Listener, hand},
};
use object_store::memory::InMemory;
use testkit::{company::FakeCompany, eventually};

pub const SOON: Duration = Duration::from_secs(10);

pub struct World {
    pub company: FakeCompany,
    pub gateway: Arc<Custom>,
    pub tools: Tools,
    pub listener: Listener,
}

impl World {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        let (company, listener) = (FakeCompany::start().await, Listener::start().await);
        let setup = setup(&company.url(), company.secret(), settings);
        let gateway = Arc::new(Custom::connect(&setup).expect("good settings"));
        listener.serve(gateway.clone());
        company.connect(&listener.hook());
        let tools = Tools::alone(setup.account, Arc::new(InMemory::new()));
        Self { company, gateway, tools, listener }
    }

    pub async fn carry_out(&self, order: &Order) -> SendOutcome {
        self.gateway.carry_out(order, &self.tools).await
    }

    pub async fn send(&self, content: Content) -> SendOutcome {
        self.carry_out(&send_order(content)).await
    }

    /// Waits for a fact that has come.
    pub async fn fact(&self, what: &str, is: impl Fn(&Inbound) -> bool) -> Inbound {
        eventually(what, SOON, async || self.listener.facts().into_iter().find(|fact| is(fact))).await
    }
}

pub fn setup(url: &str, secret: &str, more: &[(&str, &str)]) -> AccountSetup {
    hand::setup(&[("secret", secret), ("api_url", url)], more)
}

pub fn send_order(content: Content) -> Order {
    order(Body::Send(SendOrder {
        message_id: model::MessageId::new().to_string(),
        content: Some(content),
        author_name: "Борис".into(),
        ..SendOrder::default()
    }))
}

pub fn order(body: Body) -> Order {
    let target = OrderTarget { address: "u-42".into(), ..OrderTarget::default() };
    Order { order_id: model::OrderId::new().to_string(), target: Some(target), body: Some(body), ..Order::default() }
}
