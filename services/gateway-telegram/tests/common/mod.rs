//! A bot connected to the fake, and orders for it.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::sync::Arc;

use bytes::Bytes;
use contracts::channel::{Attachment, AttachmentKind, Content, Order, OrderTarget, SendOrder, order::Body};
pub use gateway_kit::conformance::hand::{files, reason, sent, text};
use gateway_kit::{AccountSetup, Gateway, SendOutcome, Sent, Tools, conformance::hand};
use gateway_telegram::Telegram;
use model::AccountId;
use object_store::memory::InMemory;
use testkit::telegram::{FakeBot, FakeTelegram, Rate, TelegramOptions};

pub struct World {
    pub telegram: FakeTelegram,
    pub bot: FakeBot,
    pub gateway: Telegram,
    pub tools: Tools,
}

impl World {
    /// A fake without rate limits: for tests of what is sent, not how fast.
    pub async fn start() -> Self {
        let unlimited = Rate::UNLIMITED;
        let rates =
            TelegramOptions { bot_rate: unlimited, chat_rate: unlimited, group_rate: unlimited, ..<_>::default() };
        Self::start_with(rates, &[]).await
    }

    pub async fn start_with(options: TelegramOptions, settings: &[(&str, &str)]) -> Self {
        let telegram = FakeTelegram::start_with(options).await;
        let bot = telegram.bot();
        let gateway = Telegram::connect(&setup(&telegram.base_url(), bot.token(), settings)).expect("good settings");
        Self { telegram, bot, gateway, tools: Tools::alone(AccountId::new(), Arc::new(InMemory::new())) }
    }

    pub async fn carry_out(&self, order: &Order) -> SendOutcome {
        self.gateway.carry_out(order, &self.tools).await
    }

    pub async fn send(&self, to: &str, content: Content) -> SendOutcome {
        self.carry_out(&send_order(to, content)).await
    }

    /// Sends and expects it to be taken.
    pub async fn accepted(&self, to: &str, content: Content) -> Sent {
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

pub fn send_order(to: &str, content: Content) -> Order {
    order(
        to,
        Body::Send(SendOrder {
            message_id: uuid::Uuid::now_v7().to_string(),
            content: Some(content),
            ..<_>::default()
        }),
    )
}

pub fn order(to: &str, body: Body) -> Order {
    let target = OrderTarget { address: "5001".into(), reply_address: to.to_owned(), ..OrderTarget::default() };
    Order { order_id: uuid::Uuid::now_v7().to_string(), target: Some(target), body: Some(body), ..Order::default() }
}
