//! A community connected to the fake, and orders for it.

use std::sync::Arc;

use bytes::Bytes;
use contracts::channel::{Attachment, AttachmentKind, Content, Order, OrderTarget, SendOrder, order::Body};
pub use gateway_kit::conformance::hand::{files, reason, sent, text};
use gateway_kit::{AccountSetup, Gateway, SendOutcome, Sent, Tools, conformance::hand};
use gateway_vk::Vk;
use model::AccountId;
use object_store::memory::InMemory;
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

pub fn setup(vk: &FakeVk, shop: &Community, more: &[(&str, &str)]) -> AccountSetup {
    let (token, group, url) = (shop.token(), shop.id().to_string(), vk.base_url());
    hand::setup(&[("token", &token), ("group_id", &group), ("api_url", &url)], more)
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
