//! The mail house by its protocols alone: what a client sees.

use std::time::Duration;

use testkit::{
    eventually,
    mail::{Fault, HostileImap, MailHouse, Trick, letter},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

const SOON: Duration = Duration::from_secs(20);

struct Client(BufReader<TcpStream>);

impl Client {
    async fn open(port: u16) -> Self {
        let mut client = Self(BufReader::new(TcpStream::connect(("127.0.0.1", port)).await.expect("a server")));
        client.line().await;
        client
    }

    /// Says a line, and reads until one begins so.
    async fn ask(&mut self, line: &str, until: &str) -> Vec<String> {
        self.0.write_all(format!("{line}\r\n").as_bytes()).await.expect("a connection");
        let mut lines = Vec::new();
        loop {
            let line = self.line().await;
            let last = line.starts_with(until) || line.is_empty();
            lines.push(line);
            if last {
                return lines;
            }
        }
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        // A connection that was reset is at its end, too.
        let _ = self.0.read_line(&mut line).await;
        line.trim_end().to_owned()
    }
}

#[tokio::test]
async fn a_letter_that_is_delivered_lies_in_the_mailbox_and_is_numbered_anew_on_demand() {
    let mut house = MailHouse::start().await.expect("a mail house");
    let text = letter("anna@example.com", "support@example.org", "Hello", "1@example.com", "A line\r\n.with a dot");
    house.dovecot.deliver("support+token@example.org", &text).await;
    house.dovecot.append("support", "Sent", &text).await;
    for folder in ["INBOX", "Sent"] {
        let letters = house.dovecot.letters("support", folder);
        assert_eq!(letters.len(), 1, "{folder}");
        assert!(String::from_utf8_lossy(&letters[0].1).contains("\n.with a dot"), "{folder}");
    }
    let validity = async |port| {
        let mut imap = Client::open(port).await;
        imap.ask("a LOGIN support secret", "a OK").await;
        let opened = imap.ask("b SELECT INBOX", "b OK").await;
        opened.into_iter().find(|line| line.contains("UIDVALIDITY")).expect("a validity")
    };
    let before = validity(house.dovecot.imap_port()).await;
    house.dovecot.renumber("support").await.expect("a restart");
    let after = validity(house.dovecot.imap_port()).await;
    assert!(before != after && house.dovecot.letters("support", "INBOX").len() == 1);
}

#[tokio::test]
async fn the_smtp_server_refuses_and_breaks_as_it_is_told() {
    let house = MailHouse::start().await.expect("a mail house");
    house.smtp.refuse("gone@example.com", "550 5.1.1 no such user");
    let mut smtp = Client::open(house.smtp.port()).await;
    smtp.ask("EHLO example.org", "250 ").await;
    smtp.ask("MAIL FROM:<support@example.org>", "250").await;
    assert_eq!(smtp.ask("RCPT TO:<gone@example.com>", "5").await, ["550 5.1.1 no such user"]);
    smtp.ask("RCPT TO:<anna@example.com>", "250").await;
    smtp.ask("DATA", "354").await;
    smtp.ask("Subject: x\r\n\r\n..dot\r\n.", "250").await;
    let taken = house.smtp.taken();
    assert_eq!(
        (taken[0].to.as_slice(), taken[0].letter.as_slice()),
        (["anna@example.com".to_owned()].as_slice(), b"Subject: x\r\n\r\n.dot\r\n".as_slice())
    );
    assert_eq!(house.dovecot.letters("anna", "INBOX").len(), 1);

    house.smtp.breaks(Some(Fault::ClosesAfterDot));
    smtp.ask("MAIL FROM:<support@example.org>", "250").await;
    smtp.ask("RCPT TO:<anna@example.com>", "250").await;
    smtp.ask("DATA", "354").await;
    assert_eq!(smtp.ask("Subject: y\r\n\r\n.", "250").await, [""], "closed without a word");
    assert_eq!(house.smtp.taken().len(), 2);
}

#[tokio::test]
async fn the_hostile_server_keeps_to_the_protocol_until_its_trick() {
    let server = HostileImap::start(Trick::None).await;
    server.put("Subject: x\r\n\r\ntext\r\n");
    let mut imap = Client::open(server.port()).await;
    imap.ask("a LOGIN support secret", "a OK").await;
    imap.ask("b SELECT INBOX", "b OK").await;
    let fetched = imap.ask("c UID FETCH 1 (UID BODY.PEEK[])", "c OK").await;
    assert!(fetched.contains(&"Subject: x".to_owned()), "{fetched:?}");
    server.play(Trick::DropsIn(1));
    let broken = imap.ask("d UID FETCH 1 (UID BODY.PEEK[])", "d OK").await;
    assert_eq!(broken.last().map(String::as_str), Some(""), "closed");
    server.play(Trick::None);
    let mut imap = Client::open(server.port()).await;
    imap.ask("a IDLE", "+").await;
    server.put("Subject: y\r\n\r\n");
    assert_eq!(imap.line().await, "* 2 EXISTS");
    assert_eq!(imap.ask("DONE", "a OK").await, ["a OK done"]);
    eventually("both connections to be counted", SOON, async || (server.connections() == 2).then_some(())).await;
}
