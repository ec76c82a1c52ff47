//! Mailboxes of a real Dovecot, and the letters in them.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use sqlx::PgPool;
use testkit::{
    mail::{FakeSmtp, PASSWORD},
    servers::DovecotServer,
    tls,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::sleep,
};

use crate::{accounts, house::House, people::Person};

/// Mailboxes that are connected at the same time: each is tried by three connections before it is kept.
const AT_ONCE: usize = 8;
const CONNECTED_WAIT: Duration = Duration::from_secs(120);

/// The servers of all mailboxes.
pub struct Boxes {
    pub dovecot: DovecotServer,
    smtp: FakeSmtp,
}

impl Boxes {
    /// # Errors
    /// Dovecot is not installed or does not start.
    pub async fn start() -> Result<Self> {
        let smtp = FakeSmtp::start().await;
        let dovecot = DovecotServer::start(smtp.port()).await.context("Dovecot did not start")?;
        Ok(Self { dovecot, smtp })
    }

    /// Connects the mailboxes of these users, and waits until all of them are.
    pub async fn connect(&self, house: &House, admin: &Person, users: &[String], is_safe: bool) -> Result<()> {
        let connect = |user: &String| {
            let user = user.clone();
            async move { self.account(house, admin, &user, is_safe).await }
        };
        stream::iter(users).map(connect).buffer_unordered(AT_ONCE).try_collect::<Vec<_>>().await?;
        let end = Instant::now() + CONNECTED_WAIT;
        while connected(&house.pool).await? < users.len() as u64 {
            ensure!(Instant::now() < end, "not all mailboxes are connected after {CONNECTED_WAIT:?}");
            sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    async fn account(&self, house: &House, admin: &Person, user: &str, is_safe: bool) -> Result<String> {
        let (address, smtp) = (address(user), self.smtp.port().to_string());
        let (port, security) =
            if is_safe { (self.dovecot.imaps_port(), "tls") } else { (self.dovecot.imap_port(), "none") };
        let port = port.to_string();
        let settings = [
            ("address", address.as_str()),
            ("provider", "other"),
            ("user", user),
            ("password", PASSWORD),
            ("in_host", "localhost"),
            ("in_port", port.as_str()),
            ("in_security", security),
            ("smtp_host", "localhost"),
            ("smtp_port", smtp.as_str()),
            ("smtp_security", "none"),
            ("ca", tls::CA),
        ];
        accounts::connect(admin, &house.pool, "email", user, &settings).await
    }
}

/// Where a letter to this user goes.
pub fn address(user: &str) -> String {
    format!("{user}@example.org")
}

async fn connected(pool: &PgPool) -> Result<u64> {
    let count: i64 =
        sqlx::query_scalar("select count(*) from inbox.account_state where health = 1").fetch_one(pool).await?;
    Ok(count.cast_unsigned())
}

/// Letter `n` of somebody's: text and markup, about 3 KB, as mail programs write them.
pub fn letter(n: u64, to: &str) -> String {
    let date = chrono::Utc::now().to_rfc2822();
    let mut letter = format!(
        "From: Customer {who} <customer-{who}@example.com>\r\nTo: {to}\r\nSubject: Order {n}\r\nDate: {date}\r\n\
         Message-ID: <letter-{n}@example.com>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/alternative; boundary=\"b-{n}\"\r\n\r\n",
        who = n % 1_000
    );
    let words = "Good day. We would like to know when the windows of our order will be there.";
    for (kind, open, close) in [("plain", "", ""), ("html", "<p style=\"margin:0\">", "</p>")] {
        let _ =
            write!(letter, "--b-{n}\r\nContent-Type: text/{kind}; charset=utf-8\r\n\r\n{open}letter {n}{close}\r\n");
        for _ in 0..15 {
            let _ = write!(letter, "{open}{words}{close}\r\n");
        }
    }
    let _ = write!(letter, "--b-{n}--\r\n");
    letter
}

/// Fetches every letter of a mailbox, one after the other, as the simplest program would; how many, and how long.
pub async fn plain_loop(port: u16, user: &str) -> Result<(u64, Duration)> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.context("no IMAP")?;
    stream.set_nodelay(true)?;
    let mut imap = Imap(BufReader::new(stream));
    imap.line().await?;
    imap.command(&format!("LOGIN {user} {PASSWORD}")).await?;
    let letters = imap.command("SELECT INBOX").await?.exists;
    let began = Instant::now();
    for n in 1..=letters {
        let fetched = imap.command(&format!("FETCH {n} (UID BODY.PEEK[])")).await?;
        ensure!(fetched.bytes > 0, "letter {n} is empty");
    }
    Ok((letters, began.elapsed()))
}

/// As much of IMAP as the loop needs.
struct Imap(BufReader<TcpStream>);

#[derive(Default)]
struct Answer {
    exists: u64,
    /// Of literals.
    bytes: u64,
}

impl Imap {
    async fn command(&mut self, command: &str) -> Result<Answer> {
        self.0.write_all(format!("a {command}\r\n").as_bytes()).await?;
        let mut answer = Answer::default();
        loop {
            let line = self.line().await?;
            if let Some(end) = line.strip_prefix("a ") {
                return if end.starts_with("OK") { Ok(answer) } else { bail!("{command}: {end}") };
            }
            if let Some(count) = line.strip_prefix("* ").and_then(|rest| rest.strip_suffix(" EXISTS")) {
                answer.exists = count.parse()?;
            }
            if let Some(bytes) = line.strip_suffix('}').and_then(|rest| rest.rsplit_once('{')) {
                let mut literal = vec![0; bytes.1.parse()?];
                self.0.read_exact(&mut literal).await?;
                answer.bytes += literal.len() as u64;
            }
        }
    }

    async fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        ensure!(self.0.read_line(&mut line).await? > 0, "IMAP closed the connection");
        Ok(line.trim_end().to_owned())
    }
}
