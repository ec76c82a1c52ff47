//! E-mail: real processes, real servers, a real Dovecot.

mod brought;
mod consent;
mod folders;
mod later;
mod letters;
mod mailings;
mod markup;
mod office;
mod personal;
mod quarantine;
mod replies;
mod source;

use contracts::{
    channel::Content,
    inbox::{Assignment, Message},
};
use testkit::mail::{MailHouse, PASSWORD, letter};

use crate::{operator::Operator, world::World};

pub const SUPPORT: &str = "support@example.org";

pub struct Scene {
    pub house: MailHouse,
    pub account_id: String,
    pub admin: Operator,
    pub operator: Operator,
}

impl Scene {
    /// A mailbox that is connected and empty.
    pub async fn set(world: &World) -> Self {
        let house = MailHouse::start().await.expect("a mail house");
        let admin = world.operator("admin").await;
        let account_id = world.connect(&admin, "email", settings(&house, PASSWORD), Assignment::default()).await;
        Self { house, account_id, admin, operator: world.operator("operator1").await }
    }

    /// A conversation that the operator has taken, begun by a letter of Anna's.
    pub async fn talk(&self, subject: &str, message_id: &str, text: &str) -> String {
        self.receive("Anna <anna@example.com>", subject, message_id, text).await;
        let row = self.operator.conversation_with("Anna").await;
        self.operator.take(&row.request.expect("a request").request_id).await.expect("taken");
        row.conversation_id
    }

    /// A letter to the mailbox.
    pub async fn receive(&self, from: &str, subject: &str, message_id: &str, text: &str) {
        self.house.dovecot.deliver(SUPPORT, letter(from, SUPPORT, subject, message_id, text)).await;
    }
}

pub fn settings(house: &MailHouse, password: &str) -> [(&'static str, String); 11] {
    [
        ("address", SUPPORT.to_owned()),
        ("provider", "other".to_owned()),
        ("user", "support".to_owned()),
        ("password", password.to_owned()),
        ("in_host", "localhost".to_owned()),
        ("in_port", house.dovecot.imaps_port().to_string()),
        ("smtp_host", "localhost".to_owned()),
        ("smtp_port", house.dovecot.submission_port().to_string()),
        ("smtp_security", "starttls".to_owned()),
        ("period_seconds", "10".to_owned()),
        ("ca", testkit::tls::CA.to_owned()),
    ]
}

/// A letter with these fields more in its head.
pub fn with_head(from: &str, subject: &str, message_id: &str, head: &[&str], text: &str) -> String {
    let plain = letter(from, SUPPORT, subject, message_id, text);
    let head: String = head.iter().map(|field| format!("{field}\r\n")).collect();
    head + &plain
}

pub fn content_of(message: &Message) -> Content {
    message.content.clone().unwrap_or_default()
}
