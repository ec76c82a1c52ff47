//! A mailbox in a mail house, and orders for it.
#![allow(dead_code, reason = "each test module uses its part")]

use std::{collections::HashMap, sync::Arc, time::Duration};

use contracts::channel::{
    Answered, Content, FailureReason, Inbound, Letter, Order, OrderTarget, SendOrder, inbound, order::Body,
};
use gateway_email::Email;
use gateway_kit::{AccountSetup, Equipment, Gateway, Media, SendOutcome, Sent, Tools};
use model::AccountId;
use object_store::ObjectStore;
use tempfile::TempDir;
use testkit::mail::{MailHouse, PASSWORD};

pub const SOON: Duration = Duration::from_secs(30);
pub const SUPPORT: &str = "support@example.org";

pub struct World {
    pub house: MailHouse,
    pub gateway: Email,
    pub tools: Tools,
    position: Option<String>,
    _folder: TempDir,
}

impl World {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        let house = MailHouse::start().await.expect("a mail house");
        let setup = setup_of(&house, settings);
        let folder = tempfile::tempdir().expect("a folder");
        let objects = objects::open(folder.path()).expect("an object store");
        let gateway = connect(&setup, &objects);
        Self { house, gateway, tools: Tools::alone(setup.account, objects), position: None, _folder: folder }
    }

    /// The same mailbox by a new connection, from the position that was kept.
    pub fn begin_anew(&mut self) {
        let mut setup = setup_of(&self.house, &[]);
        setup.account = self.tools.account;
        self.gateway = connect(&setup, &self.tools.media.0);
    }

    /// What the next poll brings; its position is kept, as if all of it were confirmed.
    pub async fn poll(&mut self) -> Vec<Inbound> {
        let polled = self.gateway.poll(self.position.as_deref()).await.expect("a poll");
        if polled.position.is_some() {
            self.position = polled.position;
        }
        polled.facts
    }

    /// Polls until so many facts have come.
    pub async fn facts(&mut self, count: usize) -> Vec<Inbound> {
        let mut facts = Vec::new();
        let polling = async {
            while facts.len() < count {
                facts.extend(self.poll().await);
            }
        };
        tokio::time::timeout(SOON, polling).await.expect("the facts come in time");
        facts
    }

    pub async fn carry_out(&self, order: &Order) -> SendOutcome {
        self.gateway.carry_out(order, &self.tools).await
    }
}

pub fn connect(setup: &AccountSetup, objects: &Arc<dyn ObjectStore>) -> Email {
    let gateway = Email::connect(setup).expect("good settings");
    gateway.equip(Equipment::alone(Media(objects.clone())));
    gateway
}

pub fn setup_of(house: &MailHouse, more: &[(&str, &str)]) -> AccountSetup {
    let (imap, smtp) = (house.dovecot.imaps_port().to_string(), house.dovecot.submission_port().to_string());
    let usual = [("in_port", imap.as_str()), ("smtp_port", smtp.as_str()), ("smtp_security", "starttls")];
    setup(&[usual.as_slice(), more].concat())
}

/// Servers on this machine; the last of a name wins.
pub fn setup(more: &[(&str, &str)]) -> AccountSetup {
    let usual = [
        ("address", SUPPORT),
        ("user", "support"),
        ("password", PASSWORD),
        ("in_host", "localhost"),
        ("smtp_host", "localhost"),
        ("ca", testkit::tls::CA),
    ];
    let settings: HashMap<String, String> =
        usual.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    AccountSetup { account: AccountId::new(), settings, allow_private_addresses: true }
}

/// An answer to a letter of Anna's.
pub fn answer(to: &str, text: &str) -> Order {
    let letter = Letter {
        subject: "Где мой заказ?".into(),
        message_id: "2@example.com".into(),
        references: vec!["1@example.com".into()],
        ..Letter::default()
    };
    let body = SendOrder {
        message_id: model::MessageId::new().to_string(),
        content: Some(Content { text: text.to_owned(), ..Content::default() }),
        answers: Some(Box::new(Answered { message_key: "id:2@example.com".into(), letter: Some(letter) })),
        ..SendOrder::default()
    };
    let target = OrderTarget {
        conversation_id: model::ConversationId::new().to_string(),
        thread_key: "thread:1@example.com".into(),
        address: to.to_owned(),
        ..OrderTarget::default()
    };
    let order_id = model::OrderId::new().to_string();
    Order { order_id, target: Some(target), body: Some(Body::Send(body)), ..Order::default() }
}

/// Of a message or an echo.
pub fn content(fact: &Inbound) -> Content {
    match &fact.body {
        Some(inbound::Body::Message(message)) => message.content.clone().unwrap_or_default(),
        Some(inbound::Body::OwnEcho(echo)) => echo.content.clone().unwrap_or_default(),
        other => panic!("neither message nor echo: {other:?}"),
    }
}

pub fn sent(outcome: SendOutcome) -> Sent {
    match outcome {
        SendOutcome::Accepted(sent) => sent,
        other => panic!("not accepted: {other:?}"),
    }
}

/// Why an order was refused, and in whose words.
pub fn refusal(outcome: SendOutcome) -> (FailureReason, String) {
    match outcome {
        SendOutcome::Refused(failure) => (failure.reason(), failure.provider_text),
        other => panic!("not refused: {other:?}"),
    }
}
