//! A community connected to the fake, and orders for it.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use contracts::channel::{Attachment, AttachmentKind, Content, Order, OrderTarget, SendOrder, order::Body};
use gateway_kit::{AccountSetup, Gateway, SendOutcome, Sent, Tools};
use gateway_vk::Vk;
use model::AccountId;
use object_store::{ObjectStoreExt, memory::InMemory, path::Path};
use testkit::vk::{Community, FakeVk, Person, VkOptions};

pub struct World {
    pub vk: FakeVk,
    pub shop: Community,
    pub anna: Person,
    pub gateway: Vk,
    pub tools: Tools,
}

impl World {
    pub async fn start() -> Self {
        Self::start_with(VkOptions::default(), &[]).await
    }

    /// Anna has written already, so she can be answered.
    pub async fn start_with(options: VkOptions, settings: &[(&str, &str)]) -> Self {
        let vk = FakeVk::start_with(options).await;
        let shop = vk.community();
        let anna = shop.person(77_001, "Анна");
        anna.text("Здравствуйте");
        let gateway = Vk::connect(&setup(&vk, &shop, settings)).expect("good settings");
        Self { vk, shop, anna, gateway, tools: Tools::alone(AccountId::new(), Arc::new(InMemory::new())) }
    }

    pub async fn carry_out(&self, order: &Order) -> SendOutcome {
        self.gateway.carry_out(order, &self.tools).await
    }

    pub async fn send(&self, content: Content) -> SendOutcome {
        self.carry_out(&send_order(content)).await
    }

    /// Sends and expects it to be taken.
    pub async fn accepted(&self, content: Content) -> Sent {
        sent(self.send(content).await)
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

pub fn setup(vk: &FakeVk, shop: &Community, more: &[(&str, &str)]) -> AccountSetup {
    let known = [("token", shop.token()), ("group_id", shop.id().to_string()), ("api_url", vk.base_url())];
    let mut settings: HashMap<_, _> = known.map(|(name, value)| (name.to_owned(), value)).into();
    settings.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    AccountSetup { account: AccountId::new(), settings, allow_private_addresses: true }
}

pub fn send_order(content: Content) -> Order {
    let key = uuid::Uuid::now_v7().to_string();
    order(Body::Send(SendOrder {
        message_id: key.clone(),
        idempotency_key: key,
        attempt: 1,
        content: Some(content),
        ..<_>::default()
    }))
}

pub fn order(body: Body) -> Order {
    let target = OrderTarget { address: "77001".into(), reply_address: "77001".into(), ..OrderTarget::default() };
    let now = std::time::SystemTime::now();
    Order {
        order_id: uuid::Uuid::now_v7().to_string(),
        target: Some(target),
        created_at: Some(now.into()),
        body: Some(body),
        ..Order::default()
    }
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
