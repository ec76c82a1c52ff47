//! An SMTP server on loopback: refuses whom it is told to refuse, breaks where it is told to break, remembers what it
//! took, and delivers to Dovecot.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use super::Dialog;

/// Where the server breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Closes the connection before the letter has ended.
    ClosesBeforeDot,
    /// Takes the letter, and closes the connection instead of saying so.
    ClosesAfterDot,
    /// Takes the letter, and never says so.
    SilentAfterDot,
}

/// What it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub from: String,
    pub to: Vec<String>,
    /// As it was sent, dots undone.
    pub letter: Vec<u8>,
}

/// Ends when dropped.
pub struct FakeSmtp {
    port: u16,
    state: Arc<State>,
    _end: DropGuard,
}

#[derive(Default)]
struct State {
    /// Answers to RCPT, by address.
    refused: Mutex<HashMap<String, String>>,
    fault: Mutex<Option<Fault>>,
    /// The answer to the end of a letter.
    verdict: Mutex<Option<String>>,
    taken: Mutex<Vec<Taken>>,
    lmtp: Mutex<Option<u16>>,
}

impl FakeSmtp {
    /// # Panics
    /// When no port can be had.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("the port's number").port();
        let (state, end, tasks) = (Arc::new(State::default()), CancellationToken::new(), TaskTracker::new());
        tasks.spawn(end.clone().run_until_cancelled_owned(accept(listener, state.clone(), tasks.clone(), end.clone())));
        Self { port, state, _end: end.drop_guard() }
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on what is taken is delivered to the LMTP server at this port, too.
    pub fn deliver_to(&self, lmtp: u16) {
        *self.state.lmtp.lock() = Some(lmtp);
    }

    /// Answers `RCPT TO` of this address so, for example with "550 5.1.1 no such user".
    pub fn refuse(&self, address: &str, answer: &str) {
        self.state.refused.lock().insert(address.to_owned(), answer.to_owned());
    }

    /// Takes this address again.
    pub fn accept(&self, address: &str) {
        self.state.refused.lock().remove(address);
    }

    /// Answers the end of every letter so, and takes none; `None` takes them again.
    pub fn judge(&self, answer: Option<&str>) {
        *self.state.verdict.lock() = answer.map(str::to_owned);
    }

    /// Breaks so until told otherwise.
    pub fn breaks(&self, fault: Option<Fault>) {
        *self.state.fault.lock() = fault;
    }

    /// What it took, oldest first.
    #[must_use]
    pub fn taken(&self) -> Vec<Taken> {
        self.state.taken.lock().clone()
    }
}

async fn accept(listener: TcpListener, state: Arc<State>, tasks: TaskTracker, end: CancellationToken) {
    while let Ok((connection, _)) = listener.accept().await {
        let state = state.clone();
        tasks.spawn(end.clone().run_until_cancelled_owned(async move {
            // A broken connection is the client's business.
            let _ = Talk { stream: BufReader::new(connection), state, from: String::new(), to: Vec::new() }.run().await;
        }));
    }
}

struct Talk {
    stream: BufReader<TcpStream>,
    state: Arc<State>,
    from: String,
    to: Vec<String>,
}

impl Talk {
    async fn run(mut self) -> std::io::Result<()> {
        self.say("220 localhost ready").await?;
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                return Ok(());
            }
            let command = String::from_utf8_lossy(&line).trim_end().to_owned();
            let verb = command.split([' ', ':']).next().unwrap_or("").to_uppercase();
            match verb.as_str() {
                "EHLO" => {
                    self.say("250-localhost\r\n250-8BITMIME\r\n250-SIZE 52428800\r\n250 AUTH PLAIN LOGIN XOAUTH2")
                        .await?
                }
                "AUTH" => self.sign_in(&command).await?,
                "MAIL" => {
                    (self.from, self.to) = (address(&command), Vec::new());
                    self.say("250 2.1.0 ok").await?;
                }
                "RCPT" => self.recipient(&address(&command)).await?,
                "DATA" if self.to.is_empty() => self.say("554 5.5.1 no valid recipients").await?,
                "DATA" => {
                    if !self.letter().await? {
                        return Ok(());
                    }
                }
                "QUIT" => return self.say("221 2.0.0 bye").await,
                _ => self.say("250 2.0.0 ok").await?,
            }
        }
    }

    /// Any user, with [`super::PASSWORD`].
    async fn sign_in(&mut self, command: &str) -> std::io::Result<()> {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let said = command.split(' ').nth(2).unwrap_or_default();
        if command.contains(" XOAUTH2 ") {
            return self.take_token(said).await;
        }
        let said = STANDARD.decode(said).unwrap_or_default();
        let right = said.ends_with(format!("\0{}", super::PASSWORD).as_bytes());
        self.say(if right { "235 2.7.0 signed in" } else { "535 5.7.8 authentication failed" }).await
    }

    /// Any token of [`super::FakeTokens`].
    async fn take_token(&mut self, words: &str) -> std::io::Result<()> {
        if super::shows_token(words) {
            return self.say("235 2.7.0 signed in").await;
        }
        self.say(&format!("334 {}", super::REFUSED)).await?;
        self.line().await?;
        self.say("535 5.7.8 the token counts no more").await
    }

    async fn recipient(&mut self, to: &str) -> std::io::Result<()> {
        let refused = self.state.refused.lock().get(to).cloned();
        if refused.is_none() {
            self.to.push(to.to_owned());
        }
        self.say(refused.as_deref().unwrap_or("250 2.1.5 ok")).await
    }

    /// `false`: the connection is to be closed.
    async fn letter(&mut self) -> std::io::Result<bool> {
        self.say("354 go on").await?;
        let fault = *self.state.fault.lock();
        let mut letter = Vec::new();
        loop {
            let line = self.line().await?;
            if line.is_empty() || fault == Some(Fault::ClosesBeforeDot) {
                return Ok(false);
            }
            if line == b".\r\n" {
                break;
            }
            letter.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
        let verdict = self.state.verdict.lock().clone();
        if let Some(verdict) = verdict {
            self.say(&verdict).await?;
            return Ok(true);
        }
        self.keep(letter).await?;
        match fault {
            Some(Fault::ClosesAfterDot) => return Ok(false),
            Some(Fault::SilentAfterDot) => std::future::pending::<()>().await,
            Some(Fault::ClosesBeforeDot) | None => {}
        }
        self.say("250 2.0.0 taken").await?;
        Ok(true)
    }

    async fn keep(&self, letter: Vec<u8>) -> std::io::Result<()> {
        let lmtp = *self.state.lmtp.lock();
        for to in lmtp.iter().flat_map(|_| &self.to) {
            Dialog::deliver(lmtp.unwrap_or_default(), &self.from, to, &letter).await?;
        }
        self.state.taken.lock().push(Taken { from: self.from.clone(), to: self.to.clone(), letter });
        Ok(())
    }

    async fn say(&mut self, answer: &str) -> std::io::Result<()> {
        self.stream.write_all(format!("{answer}\r\n").as_bytes()).await
    }

    async fn line(&mut self) -> std::io::Result<Vec<u8>> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).await?;
        Ok(line)
    }
}

/// What stands between the angle brackets.
fn address(command: &str) -> String {
    let inner = command.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or("", |(address, _)| address).to_owned()
}
