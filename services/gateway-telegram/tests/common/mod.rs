//! A bot connected to the fake, and orders for it.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use contracts::channel::{Attachment, AttachmentKind, Content, Order, OrderTarget, SendOrder, order::Body};
use gateway_kit::{AccountSetup, Gateway, SendOutcome, Sent, Tools};
use gateway_telegram::Telegram;
use model::AccountId;
use object_store::{ObjectStoreExt, memory::InMemory, path::Path};
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
    pub async fn file(&self, kind: AttachmentKind, name: &str, mime: &str, bytes: impl Into<Bytes>) -> Attachment {
        let bytes = bytes.into();
        let object_key = format!("up/{}", uuid::Uuid::now_v7());
        let size_bytes = bytes.len() as i64;
        self.tools.media.0.put(&Path::from(object_key.as_str()), bytes.into()).await.expect("a store in memory");
        let (name, mime_type) = (name.to_owned(), mime.to_owned());
        Attachment { kind: kind.into(), name, mime_type, size_bytes, object_key, ..Attachment::default() }
    }
}

pub fn setup(api_url: &str, token: &str, more: &[(&str, &str)]) -> AccountSetup {
    let mut settings =
        HashMap::from([("token".to_owned(), token.to_owned()), ("api_url".to_owned(), api_url.to_owned())]);
    settings.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    AccountSetup { account: AccountId::new(), settings, allow_private_addresses: true }
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

pub fn text(text: &str) -> Content {
    Content { text: text.to_owned(), ..Content::default() }
}

pub fn files(text: &str, attachments: Vec<Attachment>) -> Content {
    Content { text: text.to_owned(), attachments, ..Content::default() }
}

pub fn sent(outcome: SendOutcome) -> Sent {
    match outcome {
        SendOutcome::Accepted(sent) => sent,
        other => panic!("not accepted: {other:?}"),
    }
}

/// Why an order was refused.
pub fn reason(outcome: SendOutcome) -> contracts::channel::FailureReason {
    match outcome {
        SendOutcome::Refused(failure) => failure.reason(),
        other => panic!("not refused: {other:?}"),
    }
}
