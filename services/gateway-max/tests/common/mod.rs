//! A bot connected to the fake, and orders for it.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use contracts::channel::{
    Attachment, AttachmentKind, Content, FailureReason, Inbound, Order, OrderTarget, SendOrder, inbound, order::Body,
};
use gateway_kit::{AccountSetup, Gateway, SendOutcome, Sent, Tools};
use gateway_max::Max;
use model::AccountId;
use object_store::{ObjectStoreExt, memory::InMemory, path::Path};
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

pub fn send_order(to: &Customer, content: Content) -> Order {
    let message_id = uuid::Uuid::now_v7().to_string();
    order(to, Body::Send(SendOrder { message_id, content: Some(content), ..<_>::default() }))
}

pub fn order(to: &Customer, body: Body) -> Order {
    let (address, reply_address) = (to.user_id().to_string(), to.chat_id().to_string());
    let target = OrderTarget { address, reply_address, ..OrderTarget::default() };
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
pub fn reason(outcome: SendOutcome) -> FailureReason {
    match outcome {
        SendOutcome::Refused(failure) => failure.reason(),
        other => panic!("not refused: {other:?}"),
    }
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
