//! A bot connected to the fake, and orders for it.

use std::sync::Arc;

use bytes::Bytes;
use contracts::channel::{
    Attachment, AttachmentKind, Content, Inbound, Order, OrderTarget, SendOrder, inbound, order::Body,
};
pub use gateway_kit::conformance::hand::{files, reason, sent, text};
use gateway_kit::{AccountSetup, Gateway, SendOutcome, Sent, Tools, conformance::hand};
use gateway_max::Max;
use model::AccountId;
use object_store::memory::InMemory;
use testkit::max::{Customer, FakeBot, FakeMax, MaxOptions};

pub struct World {
    pub max: FakeMax,
    pub bot: FakeBot,
    pub gateway: Max,
    pub tools: Tools,
}

impl World {
    /// A fake without rate limits: for tests of what is sent, not how fast.
    pub async fn start() -> Self {
        Self::start_with(MaxOptions::unlimited(), &[]).await
    }

    pub async fn start_with(options: MaxOptions, settings: &[(&str, &str)]) -> Self {
        let max = FakeMax::start_with(options).await;
        let bot = max.bot();
        let gateway = Max::connect(&setup(&max.base_url(), bot.token(), settings)).expect("good settings");
        Self { max, bot, gateway, tools: Tools::alone(AccountId::new(), Arc::new(InMemory::new())) }
    }

    pub async fn carry_out(&self, order: &Order) -> SendOutcome {
        self.gateway.carry_out(order, &self.tools).await
    }

    pub async fn send(&self, to: &Customer, content: Content) -> SendOutcome {
        self.carry_out(&send_order(to, content)).await
    }

    /// Sends and expects it to be taken.
    pub async fn accepted(&self, to: &Customer, content: Content) -> Sent {
        sent(self.send(to, content).await)
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
}

pub fn setup(api_url: &str, token: &str, more: &[(&str, &str)]) -> AccountSetup {
    hand::setup(&[("token", token), ("api_url", api_url)], more)
}

pub fn send_order(to: &Customer, content: Content) -> Order {
    let message_id = uuid::Uuid::now_v7().to_string();
    order(to, Body::Send(SendOrder { message_id, content: Some(content), ..<_>::default() }))
}

pub fn order(to: &Customer, body: Body) -> Order {
    let (address, reply_address) = (to.user_id().to_string(), to.chat_id().to_string());
    let target = OrderTarget { address, reply_address, ..OrderTarget::default() };
    Order { order_id: uuid::Uuid::now_v7().to_string(), target: Some(target), body: Some(body), ..Order::default() }
}

/// What facts of messages show.
pub fn contents(facts: &[Inbound]) -> Vec<Content> {
    let content = |fact: &Inbound| match &fact.body {
        Some(inbound::Body::Message(message)) => message.content.clone(),
        _ => None,
    };
    facts.iter().filter_map(content).collect()
}

pub fn texts(facts: &[Inbound]) -> Vec<String> {
    contents(facts).into_iter().map(|content| content.text).collect()
}
