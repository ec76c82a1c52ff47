//! A letter handed to the mailbox's SMTP server: one connection, one letter, each step within its time.

use std::{sync::atomic::Ordering, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use lettre::{
    Address,
    transport::smtp::{
        Error,
        authentication::{Credentials, Mechanism},
        client::AsyncSmtpConnection,
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension, MailBodyParameter, MailParameter},
    },
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    time::timeout,
};

use super::{trial, wire::Watched};
use crate::{
    config::Settings,
    error::{MailboxError, Phase, Told},
    login::{Shown, xoauth2},
    net::{BoxedWire, Security},
};

const STEP_WAIT: Duration = Duration::from_secs(15);
/// For the whole letter to be written and taken.
const LETTER_WAIT: Duration = Duration::from_secs(60);
/// A greeting is longer at no server.
const LINE_BYTES: usize = 4 << 10;

/// A letter was taken, but not for everybody.
#[derive(Debug, Default)]
pub struct Taken {
    /// Addresses and the server's words.
    pub refused: Vec<(String, String)>,
}

/// Signs in, and sends a letter from the mailbox to itself.
///
/// # Errors
/// [`Told`].
pub async fn check(settings: &Settings) -> Result<(), Told> {
    let words = "5.1.3 the mailbox's own address is none that letters go to";
    let letter =
        trial::letter(settings).ok_or(Told::Refused { phase: Phase::To, code: 553, words: words.to_owned() })?;
    send(settings, &letter.from, &letter.to, &letter.bytes).await.map(drop)
}

/// Hands over one letter.
///
/// # Errors
/// [`Told`]; only [`Told::Unknown`] leaves open whether it was sent.
pub async fn send(settings: &Settings, from: &str, to: &[String], letter: &[u8]) -> Result<Taken, Told> {
    let address = |text: &String| {
        let told = |_| Told::Refused { phase: Phase::To, code: 553, words: "5.1.3 this is no address".to_owned() };
        text.parse::<Address>().map_err(told)
    };
    let to = to.iter().map(address).collect::<Result<Vec<_>, _>>()?;
    let mut connection = Connection::open(settings).await?;
    let taken = connection.letter(from.parse().ok(), &to, letter).await;
    connection.quit().await;
    taken
}

struct Connection {
    inner: AsyncSmtpConnection,
    ended: std::sync::Arc<std::sync::atomic::AtomicBool>,
}

impl Connection {
    async fn open(settings: &Settings) -> Result<Self, Told> {
        let server = &settings.smtp;
        let wire = settings.dialer.connect(server).await.map_err(|error| Told::NotSent(error.to_string()))?;
        let (wire, before): (_, &[u8]) = match server.security {
            Security::StartTls => (start_tls(settings, wire).await?, b"220 secure\r\n"),
            Security::Tls | Security::Plain => (wire, b""),
        };
        let (wire, ended) = Watched::new(wire, before);
        let domain = settings.address.rsplit('@').next().unwrap_or("localhost").to_owned();
        let name = ClientId::Domain(domain);
        let opening = AsyncSmtpConnection::connect_with_transport(Box::new(wire), &name);
        let inner =
            timeout(STEP_WAIT, opening).await.map_err(|_| slow())?.map_err(|error| told(Phase::Hello, &error))?;
        let mut connection = Self { inner, ended };
        connection.sign_in(settings).await?;
        Ok(connection)
    }

    async fn sign_in(&mut self, settings: &Settings) -> Result<(), Told> {
        let login = &settings.smtp_login;
        let shown = login.shown().await.map_err(|error| match error {
            MailboxError::Consent(word) => Told::NoConsent(word),
            other => Told::NotSent(other.to_string()),
        })?;
        let signed = timeout(STEP_WAIT, self.show(&login.user, &shown)).await.map_err(|_| slow())?;
        let Err(error) = signed else { return Ok(()) };
        login.refused().await;
        Err(match (told(Phase::SignIn, &error), shown) {
            (Told::Refused { code: 500.., words, .. }, Shown::Token(_)) => Told::NoConsent(words),
            (told, _) => told,
        })
    }

    async fn show(&mut self, user: &str, shown: &Shown) -> Result<(), Error> {
        match shown {
            Shown::Password(password) => {
                let credentials = Credentials::new(user.to_owned(), password.expose().to_owned());
                self.inner.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await.map(drop)
            }
            // By hand: the client takes the reason that a server gives before it says no for a fault of its own.
            Shown::Token(token) => {
                let words = STANDARD.encode(xoauth2(user, token));
                let answer = self.inner.command(format!("AUTH XOAUTH2 {words}\r\n")).await?;
                if answer.has_code(334) {
                    return self.inner.command("\r\n").await.map(drop);
                }
                Ok(())
            }
        }
    }

    async fn letter(&mut self, from: Option<Address>, recipients: &[Address], letter: &[u8]) -> Result<Taken, Told> {
        let mut options = Vec::new();
        if !letter.is_ascii() && self.inner.server_info().supports_feature(Extension::EightBitMime) {
            options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        self.step(Phase::From, Mail::new(from, options)).await?;
        let mut taken = Taken::default();
        let mut last = None;
        for to in recipients {
            match self.step(Phase::To, Rcpt::new(to.clone(), Vec::new())).await {
                Ok(()) => {}
                Err(told @ Told::Refused { .. }) => {
                    taken.refused.push((to.to_string(), told.to_string()));
                    last = Some(told);
                }
                Err(other) => return Err(other),
            }
        }
        if let Some(last) = last.filter(|_| taken.refused.len() == recipients.len()) {
            return Err(last);
        }
        self.step(Phase::Data, Data).await?;
        let writing = timeout(LETTER_WAIT, self.inner.message(letter)).await;
        match writing {
            Ok(Ok(_)) => Ok(taken),
            Ok(Err(error)) if error.status().is_some() => Err(told(Phase::End, &error)),
            // Before its end was written no server takes a letter; after that nobody knows.
            _ if !self.ended.load(Ordering::SeqCst) => {
                Err(Told::NotSent("the connection broke before the letter's end".to_owned()))
            }
            Ok(Err(_)) => Err(Told::Unknown("the connection broke after the letter's end".to_owned())),
            Err(_) => Err(Told::Unknown("the server did not say in time whether it took the letter".to_owned())),
        }
    }

    async fn step(&mut self, phase: Phase, command: impl std::fmt::Display) -> Result<(), Told> {
        let done = timeout(STEP_WAIT, self.inner.command(command)).await.map_err(|_| slow())?;
        done.map(drop).map_err(|error| told(phase, &error))
    }

    /// Nobody waits for long for the answer.
    async fn quit(&mut self) {
        let _ = timeout(Duration::from_secs(1), self.inner.quit()).await;
    }
}

/// STARTTLS (RFC 3207) by hand: the connection under the client is ours, and it can only begin with TLS.
async fn start_tls(settings: &Settings, wire: BoxedWire) -> Result<BoxedWire, Told> {
    let mut wire = BufReader::new(wire);
    let talking = async {
        answer(&mut wire).await?;
        wire.write_all(b"EHLO localhost\r\n").await.map_err(|_| broke())?;
        answer(&mut wire).await?;
        wire.write_all(b"STARTTLS\r\n").await.map_err(|_| broke())?;
        answer(&mut wire).await
    };
    timeout(STEP_WAIT, talking).await.map_err(|_| slow())??;
    if !wire.buffer().is_empty() {
        // Somebody has put words into the server's mouth, to be taken for protected ones.
        return Err(Told::NotSent("the server said something before TLS stood".to_owned()));
    }
    let secure = settings.dialer.protect(wire.into_inner(), &settings.smtp.host).await;
    secure.map_err(|error| Told::NotSent(error.to_string()))
}

async fn answer(wire: &mut BufReader<BoxedWire>) -> Result<(), Told> {
    use tokio::io::AsyncReadExt;
    loop {
        let mut line = Vec::new();
        let read = (&mut *wire).take(LINE_BYTES as u64).read_until(b'\n', &mut line).await.map_err(|_| broke())?;
        if read == 0 {
            return Err(broke());
        }
        if line.get(3) != Some(&b'-') {
            let good = line.starts_with(b"2");
            return if good { Ok(()) } else { Err(Told::NotSent("the server offers no STARTTLS".to_owned())) };
        }
    }
}

fn broke() -> Told {
    Told::NotSent("the connection to the server broke".to_owned())
}

fn slow() -> Told {
    Told::NotSent("the server does not answer in time".to_owned())
}

/// What the client says of an answer: with a code it is the server's word, without one the letter was not handed over.
fn told(phase: Phase, error: &Error) -> Told {
    let words = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    let words = gateway_kit::words::clean(&words, 400);
    match error.status() {
        Some(code) => Told::Refused { phase, code: code.into(), words },
        None if error.is_client() && phase == Phase::SignIn => {
            Told::Refused { phase, code: 504, words: "the server offers no way to sign in that we know".to_owned() }
        }
        None => Told::NotSent(if words.is_empty() { "the connection to the server broke".to_owned() } else { words }),
    }
}
