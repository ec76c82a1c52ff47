//! The providers beside Telegram and the site: WhatsApp's cloud and a mail house, who is reached there and what arrived.

use contracts::inbox::Assignment;
use testkit::{
    eventually,
    mail::{FakeSmtp, MailHouse, PASSWORD},
    servers::DovecotServer,
    whatsapp::{FakeWhatsApp, Number, Shape, User, WhatsAppOptions},
};

use super::verdict::numbered;
use crate::{
    operator::Operator,
    world::{SOON, World},
};

/// The mailbox to which letters go.
pub const MAILBOX: &str = "support@example.org";
const USERS: u32 = 4;

pub struct Outside {
    pub whatsapp: FakeWhatsApp,
    pub users: Vec<Someone>,
    pub mail: MailHouse,
    number: Number,
}

/// Somebody in WhatsApp with a name that no other has.
#[derive(Clone)]
pub struct Someone {
    pub name: String,
    pub phone: String,
    pub user: User,
}

impl Outside {
    /// Everything that Meta posts comes twice, and tries again soon.
    pub async fn open() -> Self {
        let options = WhatsAppOptions { clock_scale: 20.0, duplicates: true, ..WhatsAppOptions::default() };
        let whatsapp = FakeWhatsApp::start_with(options).await;
        let number = whatsapp.number();
        let users = (1..=USERS).map(|place| Someone::come(&number, place)).collect();
        let smtp = FakeSmtp::start().await;
        let dovecot = DovecotServer::start(smtp.port()).await.expect("dovecot");
        Self { whatsapp, users, mail: MailHouse { dovecot, smtp }, number }
    }

    /// Connects the number and the mailbox.
    pub async fn connect(&self, world: &World, admin: &Operator) {
        let whatsapp = [
            ("phone_number_id", self.number.id().to_owned()),
            ("waba_id", self.number.business().to_owned()),
            ("token", self.number.token().to_owned()),
            ("app_secret", self.number.app_secret().to_owned()),
            ("api_url", self.whatsapp.base_url()),
        ];
        world.connect(admin, "whatsapp", whatsapp, Assignment::default()).await;
        let mailbox = [
            ("address", MAILBOX.to_owned()),
            ("provider", "other".to_owned()),
            ("user", "support".to_owned()),
            ("password", PASSWORD.to_owned()),
            ("in_host", "localhost".to_owned()),
            ("in_port", self.mail.dovecot.imaps_port().to_string()),
            ("smtp_host", "localhost".to_owned()),
            ("smtp_port", self.mail.smtp.port().to_string()),
            ("smtp_security", "none".to_owned()),
            ("period_seconds", "10".to_owned()),
            ("ca", testkit::tls::CA.to_owned()),
        ];
        world.connect(admin, "email", mailbox, Assignment::default()).await;
        eventually("Meta knows the address", SOON, async || self.number.callback()).await;
    }

    pub fn token(&self) -> &str {
        self.number.token()
    }

    /// What arrived, each with the address where it did.
    pub fn arrived(&self) -> Vec<(String, String)> {
        let mut arrived = Vec::new();
        for one in &self.users {
            let received = one.user.received();
            arrived.extend(received.iter().map(|message| (one.phone.clone(), message.text().to_owned())));
        }
        // Before it is connected the mailbox writes a letter to itself.
        for taken in self.mail.smtp.taken().into_iter().filter(|taken| taken.to != [MAILBOX]) {
            arrived.push((taken.to.join(", "), first_line(&taken.letter)));
        }
        arrived
    }

    /// Whether WhatsApp tells of this address that what was sent there was delivered.
    pub fn tells_delivery(&self, address: &str) -> bool {
        self.users.iter().any(|one| one.phone == address)
    }
}

impl Someone {
    fn come(number: &Number, place: u32) -> Self {
        let (name, phone) = (format!("whatsapp-{place}"), format!("7000000{place:04}"));
        let user = number.user(Shape::phone(&phone, &name));
        Self { name, phone, user }
    }
}

/// The text of a plain letter, without what is quoted below.
fn first_line(letter: &[u8]) -> String {
    let letter = String::from_utf8_lossy(letter);
    let body = letter.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    body.lines().next().unwrap_or_default().trim_end().to_owned()
}

#[test]
fn a_letters_text_is_read_without_its_head() {
    let letter = b"Subject: Re: Hello\r\nTo: mail-1@example.com\r\n\r\nabc 7\r\n\r\n> mail-1 3\r\n";
    assert_eq!(first_line(letter), "abc 7");
    assert_eq!(numbered(&first_line(letter)), Some(("abc", 7)));
}
