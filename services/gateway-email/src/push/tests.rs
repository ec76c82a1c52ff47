//! The listener on real sockets, with mailboxes of the test's own behind it.

use std::{collections::HashMap, time::Duration};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    address::Envelope,
    transport::smtp::client::{Certificate as Root, Tls, TlsParameters},
};
use parking_lot::Mutex;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};
use tokio_util::{sync::DropGuard, task::TaskTracker};

use super::{post::Post, *};

const SOON: Duration = Duration::from_secs(20);
const SUPPORT: &str = "support@example.org";
const SALES: &str = "sales@example.org";

/// Knows two mailboxes, and remembers what it got.
#[derive(Default)]
struct Boxes {
    taken: Mutex<Vec<(String, Vec<String>, String)>>,
    /// Answers to letters, by mailbox; others take them.
    verdicts: Mutex<HashMap<String, Answer>>,
}

impl Post for Boxes {
    type Place = ();

    fn find(&self, address: &str) -> Result<(), Answer> {
        if [SUPPORT, SALES].contains(&address) { Ok(()) } else { Err("550 5.1.1 there is no such mailbox here") }
    }

    async fn deliver(&self, from: &str, to: &[(String, ())], letter: &[u8]) -> Vec<Answer> {
        let to: Vec<_> = to.iter().map(|(address, ())| address.clone()).collect();
        let verdicts = self.verdicts.lock();
        let answers = to.iter().map(|to| verdicts.get(to).copied().unwrap_or("250 2.0.0 taken")).collect();
        self.taken.lock().push((from.to_owned(), to, String::from_utf8_lossy(letter).into_owned()));
        answers
    }

    fn count_refused(&self, _why: &'static str) {}
}

struct Server {
    port: u16,
    boxes: Arc<Boxes>,
    stop: CancellationToken,
    _end: DropGuard,
}

impl Server {
    async fn start(protocol: Protocol) -> Self {
        Self::start_with(protocol, Limits::default(), None).await
    }

    async fn start_with(protocol: Protocol, limits: Limits, certificate: Option<Certificate>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, stop) = (listener.local_addr().unwrap().port(), CancellationToken::new());
        let room = Room::of(limits.room_bytes);
        let terms = Terms { name: "mx.example.org".to_owned(), certificate, room, limits, stop: stop.clone() };
        let (boxes, tasks) = (Arc::new(Boxes::default()), TaskTracker::new());
        tasks.spawn(Doors::new(Arc::new(terms), boxes.clone(), tasks.clone()).accept(protocol, listener));
        Self { port, boxes, stop: stop.clone(), _end: stop.drop_guard() }
    }

    fn taken(&self) -> Vec<(String, Vec<String>, String)> {
        self.boxes.taken.lock().clone()
    }
}

struct Client(BufReader<TcpStream>);

impl Client {
    async fn open(server: &Server) -> Self {
        Self(BufReader::new(TcpStream::connect(("127.0.0.1", server.port)).await.unwrap()))
    }

    /// A client that has greeted.
    async fn greet(server: &Server, hello: &str) -> Self {
        let mut client = Self::open(server).await;
        client.expect(&["220"]).await;
        client.say(hello).await;
        client.answer().await;
        client
    }

    async fn write(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    async fn say(&mut self, line: &str) {
        self.write(format!("{line}\r\n").as_bytes()).await;
    }

    /// A whole answer, its last line; empty: the server has closed the connection.
    async fn answer(&mut self) -> String {
        loop {
            let mut line = String::new();
            timeout(SOON, self.0.read_line(&mut line)).await.expect("an answer in time").unwrap();
            if line.as_bytes().get(3) != Some(&b'-') {
                return line.trim_end().to_owned();
            }
        }
    }

    /// Answers with these beginnings, in their order.
    async fn expect(&mut self, beginnings: &[&str]) {
        for beginning in beginnings {
            let answer = self.answer().await;
            assert!(answer.starts_with(beginning), "{answer} and not {beginning}");
        }
    }

    async fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        timeout(SOON, self.0.read_to_end(&mut rest)).await.expect("an end in time").is_err() || rest.is_empty()
    }
}

fn certificate(folder: &tempfile::TempDir) -> Certificate {
    let (chain, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
    std::fs::write(&chain, testkit::tls::CERTIFICATE).unwrap();
    std::fs::write(&key, testkit::tls::KEY).unwrap();
    Certificate::open(chain, key).expect("a certificate")
}

#[tokio::test]
async fn a_mail_program_delivers_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_with(Protocol::Smtp, Limits::default(), Some(certificate(&folder))).await;
    // Half of a renewal must not end TLS.
    std::fs::write(folder.path().join("chain.pem"), "half").unwrap();
    let root = Root::from_pem(testkit::tls::CA.as_bytes()).unwrap();
    let tls = TlsParameters::builder("localhost".to_owned()).add_root_certificate(root).build_rustls().unwrap();
    let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("localhost");
    let transport = transport.port(server.port).tls(Tls::Required(tls)).build();
    let address = |text: &str| text.parse::<lettre::Address>().unwrap();
    let to = vec![address(SUPPORT), address(SALES)];
    let envelope = Envelope::new(Some(address("anna@example.com")), to).unwrap();
    let letter = "Subject: привет\r\n\r\n.a dot\r\n..\r\nend\r\n";
    transport.send_raw(&envelope, letter.as_bytes()).await.expect("it is taken");
    let (from, to, taken) = server.taken().remove(0);
    assert_eq!((from.as_str(), to), ("anna@example.com", vec![SUPPORT.to_owned(), SALES.to_owned()]));
    // Mail programs end it with a line of their own.
    assert_eq!(taken.trim_end(), letter.trim_end());

    let stranger = Envelope::new(Some(address("anna@example.com")), vec![address("nobody@example.org")]).unwrap();
    let refused = transport.send_raw(&stranger, letter.as_bytes()).await.unwrap_err();
    assert!(refused.is_permanent(), "{refused}");
    server.boxes.verdicts.lock().insert(SALES.to_owned(), "451 4.3.0 not now");
    assert!(transport.send_raw(&envelope, letter.as_bytes()).await.unwrap_err().is_transient());
}

/// All of it is said at once, before any answer is heard.
#[tokio::test]
async fn by_lmtp_each_recipient_has_an_answer() {
    let server = Server::start(Protocol::Lmtp).await;
    server.boxes.verdicts.lock().insert(SALES.to_owned(), "451 4.3.0 not now");
    let mut client = Client::open(&server).await;
    let said = format!(
        "LHLO mail.example.com\r\nMAIL FROM:<>\r\nRCPT TO:<{SUPPORT}>\r\nRCPT TO:<nobody@example.org>\r\nRCPT TO:<{SALES}>\r\nDATA\r\n\
         Subject: 1\r\n\r\n.\r\nMAIL FROM:<anna@example.com>\r\nRCPT TO:<{SUPPORT}>\r\nDATA\r\nSubject: 2\r\n\r\n.\r\nQUIT\r\n"
    );
    client.write(said.as_bytes()).await;
    client
        .expect(&["220 mx.example.org LMTP", "250 ", "250 2.1.0", "250 2.1.5", "550 5.1.1", "250 2.1.5", "354"])
        .await;
    client.expect(&["250 2.0.0", "451", "250 2.1.0", "250 2.1.5", "354", "250 2.0.0", "221"]).await;
    assert!(client.is_closed().await);
    let letters: Vec<_> = server.taken().into_iter().map(|(from, to, letter)| (from, to.len(), letter)).collect();
    assert_eq!(
        letters,
        [
            (String::new(), 2, "Subject: 1\r\n\r\n".to_owned()),
            ("anna@example.com".to_owned(), 1, "Subject: 2\r\n\r\n".to_owned())
        ]
    );
}

#[tokio::test]
async fn what_is_out_of_turn_is_refused_and_harms_nothing() {
    let server = Server::start(Protocol::Smtp).await;
    let mut client = Client::open(&server).await;
    client.expect(&["220"]).await;
    for (said, answer) in [
        ("MAIL FROM:<anna@example.com>", "503"),
        ("EHLO mail.example.com", "250 "),
        ("RCPT TO:<support@example.org>", "503"),
        ("DATA", "503"),
        ("MAIL FROM:<anna@example.com>", "250"),
        ("MAIL FROM:<boris@example.com>", "503"),
        ("RCPT TO:<nobody@example.org>", "550"),
        ("DATA", "503"),
        ("STARTTLS", "502"),
        ("VRFY support", "252"),
        ("RCPT TO:<поддержка@example.org>", "553"),
        ("RCPT TO:<support@example.org>", "250"),
        ("RSET", "250"),
        ("DATA", "503"),
        ("MAIL FROM:<анна@example.com> SMTPUTF8 BODY=8BITMIME SIZE=100", "250"),
        ("RCPT TO:<support@example.org>", "250"),
        ("DATA", "354"),
        ("Subject: x\r\n\r\n.", "250"),
        ("QUIT", "221"),
    ] {
        client.say(said).await;
        let heard = client.answer().await;
        assert!(heard.starts_with(answer), "{said}: {heard}");
    }
    assert_eq!(server.taken().len(), 1);
}

#[tokio::test]
async fn what_is_too_large_is_refused_and_the_next_letter_is_taken() {
    let limits = Limits { letter_bytes: 100_000, room_bytes: 100_000, ..Limits::default() };
    let server = Server::start_with(Protocol::Lmtp, limits, None).await;
    let mut client = Client::greet(&server, "LHLO mail.example.com").await;
    client.say("MAIL FROM:<anna@example.com> SIZE=100001").await;
    client.expect(&["552"]).await;
    for (bytes, answer) in [(200_000, "552"), (90_000, "250")] {
        client.say(&format!("MAIL FROM:<anna@example.com>\r\nRCPT TO:<{SUPPORT}>\r\nDATA")).await;
        client.expect(&["250", "250", "354"]).await;
        client.write("x".repeat(bytes).as_bytes()).await;
        client.say("\r\n.").await;
        client.expect(&[answer]).await;
    }
    assert_eq!(server.taken().len(), 1);
}

#[tokio::test]
async fn who_says_nothing_or_nonsense_is_let_go() {
    let short = Duration::from_millis(200);
    let limits = Limits { hello_wait: short, ..Limits::default() };
    let server = Server::start_with(Protocol::Smtp, limits, None).await;
    let mut silent = Client::open(&server).await;
    silent.expect(&["220", "421 4.4.2"]).await;
    assert!(silent.is_closed().await);

    let limits = Limits { letter_wait: short, ..Limits::default() };
    let server = Server::start_with(Protocol::Smtp, limits, None).await;
    let mut slow = Client::greet(&server, "EHLO mail.example.com").await;
    slow.say(&format!("MAIL FROM:<anna@example.com>\r\nRCPT TO:<{SUPPORT}>\r\nDATA\r\nSubject: x")).await;
    slow.expect(&["250", "250", "354", "421 4.4.2"]).await;

    let mut babbler = Client::greet(&server, "EHLO mail.example.com").await;
    for _ in 0..=20 {
        babbler.say("HELP ME").await;
    }
    babbler.expect(&["500"; 20]).await;
    babbler.expect(&["421 4.7.0"]).await;

    for odd in [b"x".repeat(3_000).as_slice(), b"NOOP\nNOOP\r\n", b"NOOP \xff\r\n"] {
        let mut client = Client::greet(&server, "EHLO mail.example.com").await;
        client.write(odd).await;
        client.expect(&["500 5.5.2"]).await;
    }
    assert!(server.taken().is_empty());
}

#[tokio::test]
async fn nobody_takes_all_places() {
    let limits = Limits { connections_each: 1, ..Limits::default() };
    let server = Server::start_with(Protocol::Smtp, limits, None).await;
    let mut first = Client::greet(&server, "EHLO mail.example.com").await;
    Client::open(&server).await.expect(&["421 4.3.2"]).await;
    first.say("QUIT").await;
    first.expect(&["221"]).await;
    assert!(first.is_closed().await);
    testkit::eventually("a free place", SOON, async || {
        Client::open(&server).await.answer().await.starts_with("220").then_some(())
    })
    .await;
}

/// What was said before TLS stood would else be taken for protected.
#[tokio::test]
async fn nothing_is_smuggled_into_tls() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_with(Protocol::Smtp, Limits::default(), Some(certificate(&folder))).await;
    let mut client = Client::greet(&server, "EHLO mail.example.com").await;
    client.say(&format!("STARTTLS\r\nMAIL FROM:<anna@example.com>\r\nRCPT TO:<{SUPPORT}>")).await;
    client.expect(&["220"]).await;
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn clients_are_told_when_we_stop() {
    let server = Server::start(Protocol::Lmtp).await;
    let mut client = Client::greet(&server, "LHLO mail.example.com").await;
    server.stop.cancel();
    client.expect(&["421 4.3.2"]).await;
    assert!(client.is_closed().await);
}
