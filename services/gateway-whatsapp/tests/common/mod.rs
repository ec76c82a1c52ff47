//! A number connected to the fake, and orders for it.
#![allow(dead_code, reason = "each test module uses its part")]

use std::sync::Arc;

use bytes::Bytes;
use contracts::channel::{Attachment, AttachmentKind, Content, Order, OrderTarget, SendOrder, order::Body};
pub use gateway_kit::conformance::hand::{files, reason, text};
use gateway_kit::{AccountSetup, Gateway, SendOutcome, Sent, Tools, conformance::hand};
use gateway_whatsapp::WhatsApp;
use model::AccountId;
use object_store::memory::InMemory;
use testkit::whatsapp::{FakeWhatsApp, Number, Rate, Shape, User, WhatsAppOptions};

pub const ANNA: &str = "79990000001";

pub struct World {
    pub whatsapp: FakeWhatsApp,
    pub number: Number,
    pub gateway: WhatsApp,
    pub tools: Tools,
}

impl World {
    /// A fake without rate limits: for tests of what is sent, not how fast.
    pub async fn start() -> Self {
        let rates = WhatsAppOptions { number_rate: Rate::UNLIMITED, pair_rate: Rate::UNLIMITED, ..<_>::default() };
        Self::start_with(rates).await
    }

    pub async fn start_with(options: WhatsAppOptions) -> Self {
        let whatsapp = FakeWhatsApp::start_with(options).await;
        let number = whatsapp.number();
        let gateway = WhatsApp::connect(&setup(&whatsapp, &number, &[])).expect("good settings");
        Self { whatsapp, number, gateway, tools: Tools::alone(AccountId::new(), Arc::new(InMemory::new())) }
    }

    /// Anna, who has just written.
    pub fn anna(&self) -> User {
        let anna = self.number.user(Shape::full(ANNA, "RU.1", "anna", "Анна"));
        anna.text("Здравствуйте");
        anna
    }

    pub async fn carry_out(&self, order: &Order) -> SendOutcome {
        self.gateway.carry_out(order, &self.tools).await
    }

    pub async fn send(&self, content: Content) -> SendOutcome {
        self.carry_out(&send_order(ANNA, content)).await
    }

    /// Sends and expects it to be taken.
    pub async fn accepted(&self, content: Content) -> Sent {
        hand::sent(self.send(content).await)
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

pub fn setup(whatsapp: &FakeWhatsApp, number: &Number, more: &[(&str, &str)]) -> AccountSetup {
    let url = whatsapp.base_url();
    let own = [
        ("phone_number_id", number.id()),
        ("waba_id", number.business()),
        ("token", number.token()),
        ("app_secret", number.app_secret()),
        ("api_url", url.as_str()),
    ];
    hand::setup(&own, more)
}

pub fn send_order(to: &str, content: Content) -> Order {
    let message_id = uuid::Uuid::now_v7().to_string();
    order(to, Body::Send(SendOrder { message_id, attempt: 1, content: Some(content), ..<_>::default() }))
}

pub fn order(to: &str, body: Body) -> Order {
    let target = OrderTarget { address: ANNA.into(), reply_address: to.to_owned(), ..OrderTarget::default() };
    Order { order_id: uuid::Uuid::now_v7().to_string(), target: Some(target), body: Some(body), ..Order::default() }
}
