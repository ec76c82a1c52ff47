//! A bot connected to the fake, orders for it, and a listener that takes its webhook.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use contracts::channel::{Attachment, AttachmentKind, Content, Inbound, Order, OrderTarget, SendOrder, order::Body};
pub use gateway_kit::conformance::hand::{files, reason, text};
use gateway_kit::{
    AccountSetup, Gateway, PUBLIC_URL, SendOutcome, Sent, Tools,
    conformance::{Listener, hand},
};
use gateway_viber::Viber;
use object_store::memory::InMemory;
use testkit::{
    eventually,
    viber::{FakeBot, FakeViber, Person, ViberOptions},
};

pub const SOON: Duration = Duration::from_secs(10);

pub struct World {
    pub viber: FakeViber,
    pub bot: FakeBot,
    pub gateway: Arc<Viber>,
    pub tools: Tools,
    pub listener: Listener,
}

impl World {
    /// A bot whose webhook is set.
    pub async fn start() -> Self {
        Self::start_with(ViberOptions::default(), &[]).await
    }

    pub async fn start_with(options: ViberOptions, settings: &[(&str, &str)]) -> Self {
        let world = Self::unopened(options, settings).await;
        world.gateway.open(Some(&world.listener.hook())).await.expect("an account");
        world
    }

    /// A bot that nobody has opened.
    pub async fn unopened(options: ViberOptions, settings: &[(&str, &str)]) -> Self {
        let viber = FakeViber::start_with(options).await;
        let bot = viber.bot();
        let listener = Listener::start().await;
        let mut settings = settings.to_vec();
        let url = listener.url();
        settings.push((PUBLIC_URL, &url));
        let setup = setup(&viber.base_url(), bot.token(), &settings);
        let gateway = Arc::new(Viber::connect(&setup).expect("good settings"));
        listener.serve(gateway.clone());
        let tools = Tools::alone(setup.account, Arc::new(InMemory::new()));
        Self { viber, bot, gateway, tools, listener }
    }

    /// Somebody who has written once.
    pub fn anna(&self) -> Person {
        let anna = self.bot.person("Qk1YvH3tT0a9sJ2w5xZ8bA==", "Анна");
        anna.text("?");
        anna
    }

    pub async fn carry_out(&self, order: &Order) -> SendOutcome {
        self.gateway.carry_out(order, &self.tools).await
    }

    pub async fn send(&self, to: &Person, content: Content) -> SendOutcome {
        self.carry_out(&send_order(to.id(), content)).await
    }

    /// Sends and expects it to be taken.
    pub async fn accepted(&self, to: &Person, content: Content) -> Sent {
        hand::sent(self.send(to, content).await)
    }

    /// Stores bytes and gives an attachment that names them.
    pub async fn file(
        &self,
        kind: AttachmentKind,
        name: &str,
        mime: &str,
        bytes: impl Into<Bytes> + Send,
    ) -> Attachment {
        hand::stored(&self.tools, kind, name, mime, bytes).await
    }

    /// Waits for a fact that has come by webhook.
    pub async fn fact(&self, what: &str, is: impl Fn(&Inbound) -> bool) -> Inbound {
        eventually(what, SOON, async || self.listener.facts().into_iter().find(|fact| is(fact))).await
    }
}

pub fn setup(api_url: &str, token: &str, more: &[(&str, &str)]) -> AccountSetup {
    hand::setup(&[("token", token), ("api_url", api_url)], more)
}

pub fn send_order(to: &str, content: Content) -> Order {
    let body = SendOrder {
        message_id: uuid::Uuid::now_v7().to_string(),
        content: Some(content),
        author_name: "Борис".into(),
        attempt: 1,
        ..SendOrder::default()
    };
    order(to, Body::Send(body))
}

pub fn order(to: &str, body: Body) -> Order {
    let target = OrderTarget { address: to.to_owned(), ..OrderTarget::default() };
    Order { order_id: uuid::Uuid::now_v7().to_string(), target: Some(target), body: Some(body), ..Order::default() }
}
