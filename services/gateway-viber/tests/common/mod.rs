//! A bot connected to the fake, orders for it, and a listener that takes its webhook.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::{collections::HashMap, sync::Arc, time::Duration};

use bytes::Bytes;
use contracts::channel::{
    Attachment, AttachmentKind, Content, FailureReason, Inbound, Order, OrderTarget, SendOrder, order::Body,
};
use gateway_kit::{AccountSetup, Gateway, PUBLIC_URL, SendOutcome, Sent, Tools};
use gateway_viber::Viber;
use model::AccountId;
use object_store::{ObjectStoreExt, memory::InMemory, path::Path};
use testkit::{
    eventually,
    viber::{FakeBot, FakeViber, Person, ViberOptions},
};

use self::listener::Listener;

mod listener;

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
        match self.send(to, content).await {
            SendOutcome::Accepted(sent) => sent,
            other => panic!("not accepted: {other:?}"),
        }
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

    /// Waits for a fact that has come by webhook.
    pub async fn fact(&self, what: &str, is: impl Fn(&Inbound) -> bool) -> Inbound {
        eventually(what, SOON, async || self.listener.facts().into_iter().find(|fact| is(fact))).await
    }
}

pub fn setup(api_url: &str, token: &str, more: &[(&str, &str)]) -> AccountSetup {
    let mut settings =
        HashMap::from([("token".to_owned(), token.to_owned()), ("api_url".to_owned(), api_url.to_owned())]);
    settings.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    AccountSetup { account: AccountId::new(), settings, allow_private_addresses: true }
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

pub fn text(text: &str) -> Content {
    Content { text: text.to_owned(), ..Content::default() }
}

pub fn files(text: &str, attachments: Vec<Attachment>) -> Content {
    Content { text: text.to_owned(), attachments, ..Content::default() }
}

/// Why an order was refused.
pub fn reason(outcome: SendOutcome) -> FailureReason {
    match outcome {
        SendOutcome::Refused(failure) => failure.reason(),
        other => panic!("not refused: {other:?}"),
    }
}
