//! A signed-in connection to the mailbox's IMAP server. Every command has its time, and one that fails or is given up ends
//! the connection: nobody knows what the server would answer next.

mod folders;
mod guard;
mod idle;
mod letters;
mod sent;
mod utf7;

use std::{collections::BTreeSet, time::Duration};

use async_imap::{Authenticator, Client, Session, error::Error};
pub use folders::MOST_CHOSEN;
use guard::Guard;
pub use letters::{Body, Found, LETTER_BYTES};
use runtime::Secret;
use tokio::time::timeout;

use crate::{
    config::Settings,
    error::MailboxError,
    login::{Login, Shown, xoauth2},
    net::{BoxedWire, Dialer, NetError, Security, Server},
};

/// Greeting, sign-in, and what the server answers from memory.
const COMMAND_WAIT: Duration = Duration::from_secs(15);
/// A letter may have 50 MB.
const LETTER_WAIT: Duration = Duration::from_secs(45);

pub type Wire = Guard<BoxedWire>;

/// A mailbox as it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Opened {
    pub validity: u32,
    /// 0: the server does not tell.
    pub next: u32,
}

pub struct Line {
    session: Session<Wire>,
    /// The open folder, and how it was when it was opened.
    selected: (String, Opened),
    pub can_idle: bool,
    /// The folder of what was sent, as the server writes it; empty: there is none.
    pub sent: String,
    /// Other folders that are read, the same way.
    pub others: Vec<String>,
    /// Folders that the owner chose and that are not there, as he wrote them.
    pub missing: Vec<String>,
}

impl Line {
    /// Connects, signs in, and finds out what the server can do.
    ///
    /// # Errors
    /// [`MailboxError`].
    pub async fn open(settings: &Settings) -> Result<Self, MailboxError> {
        let server = settings.incoming.as_ref().ok_or(NetError::NoName)?;
        let client = greet(&settings.dialer, server).await?;
        let mut session = sign_in(client, &settings.login).await?;
        let capabilities = within(COMMAND_WAIT, session.capabilities()).await?;
        let can_idle = capabilities.has_str("IDLE");
        let selected = <_>::default();
        let (others, missing) = (Vec::new(), Vec::new());
        let mut line = Self { session, selected, can_idle, sent: String::new(), others, missing };
        let found = line.find_folders(settings).await?;
        (line.sent, line.others, line.missing) = (found.sent, found.others, found.missing);
        Ok(line)
    }

    /// Opens a folder, unless it is open.
    ///
    /// # Errors
    /// [`MailboxError`].
    pub async fn select(&mut self, folder: &str) -> Result<Opened, MailboxError> {
        if self.selected.0 == folder {
            return Ok(self.selected.1);
        }
        self.selected.0.clear();
        let opened = within(COMMAND_WAIT, self.session.select(folder)).await?;
        let validity = opened.uid_validity.unwrap_or(0);
        let opened = Opened { validity, next: opened.uid_next.unwrap_or(0) };
        self.selected = (folder.to_owned(), opened);
        Ok(opened)
    }

    /// What the server would tell of a folder, without opening it.
    ///
    /// # Errors
    /// [`MailboxError`].
    pub async fn status(&mut self, folder: &str) -> Result<Opened, MailboxError> {
        let status = within(COMMAND_WAIT, self.session.status(folder, "(UIDNEXT UIDVALIDITY)")).await?;
        Ok(Opened { validity: status.uid_validity.unwrap_or(0), next: status.uid_next.unwrap_or(0) })
    }

    /// UIDs of the open folder that fit, lowest first.
    ///
    /// # Errors
    /// [`MailboxError`].
    pub async fn search(&mut self, what: &str) -> Result<BTreeSet<u32>, MailboxError> {
        Ok(within(COMMAND_WAIT, self.session.uid_search(what)).await?.into_iter().collect())
    }

    /// Says good-bye; nobody waits for the answer.
    pub async fn close(mut self) {
        let _ = timeout(Duration::from_secs(2), self.session.logout()).await;
    }
}

async fn greet(dialer: &Dialer, server: &Server) -> Result<Client<Wire>, MailboxError> {
    let wire = dialer.connect(server).await?;
    let mut client = greeted(wire).await?;
    if server.security == Security::StartTls {
        // What came before TLS is thrown away with the client.
        let asked = within(COMMAND_WAIT, client.run_command_and_check_ok("STARTTLS", None)).await;
        asked.map_err(
            |error| if matches!(error, MailboxError::Refused(_)) { MailboxError::NoStartTls } else { error },
        )?;
        let wire = dialer.protect(client.into_inner().into_inner(), &server.host).await?;
        client = Client::new(Guard::new(wire, LETTER_BYTES));
    }
    Ok(client)
}

async fn greeted(wire: BoxedWire) -> Result<Client<Wire>, MailboxError> {
    let mut client = Client::new(Guard::new(wire, LETTER_BYTES));
    let greeting = timeout(COMMAND_WAIT, client.read_response()).await.map_err(|_| MailboxError::Slow)?;
    match greeting {
        Ok(Some(_)) => Ok(client),
        Ok(None) => Err(MailboxError::Broken("it was closed before the greeting".to_owned())),
        Err(error) => Err(MailboxError::Broken(error.kind().to_string())),
    }
}

async fn sign_in(client: Client<Wire>, login: &Login) -> Result<Session<Wire>, MailboxError> {
    let shown = login.shown().await?;
    let signing = async {
        match &shown {
            Shown::Password(password) => client.login(&login.user, password.expose()).await,
            Shown::Token(token) => client.authenticate("XOAUTH2", Words::of(&login.user, token)).await,
        }
    };
    let error = match timeout(COMMAND_WAIT, signing).await.map_err(|_| MailboxError::Slow)? {
        Ok(session) => return Ok(session),
        Err((error, _)) => MailboxError::from(error),
    };
    match error {
        MailboxError::Refused(words) if !is_for_now(&words) => {
            login.refused().await;
            Err(if matches!(shown, Shown::Token(_)) {
                MailboxError::Consent(words)
            } else {
                MailboxError::SignIn(words)
            })
        }
        other => Err(other),
    }
}

/// The words of XOAUTH2. A server that refuses them says why and waits for an empty line before it says no.
struct Words(String);

impl Words {
    fn of(user: &str, token: &Secret) -> Self {
        Self(xoauth2(user, token))
    }
}

impl Authenticator for Words {
    type Response = String;

    fn process(&mut self, _challenge: &[u8]) -> String {
        std::mem::take(&mut self.0)
    }
}

/// What a server says when it is itself that cannot sign in anybody now (RFC 5530).
fn is_for_now(words: &str) -> bool {
    let words = words.to_uppercase();
    ["UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "TOO MANY", "TRY AGAIN", "TEMPORAR"]
        .iter()
        .any(|w| words.contains(w))
}

/// A command with its time.
async fn within<T>(wait: Duration, command: impl Future<Output = Result<T, Error>>) -> Result<T, MailboxError> {
    timeout(wait, command).await.map_err(|_| MailboxError::Slow)?.map_err(Into::into)
}

impl From<Error> for MailboxError {
    /// Without bytes of letters, which stand in what the library says of an answer that it cannot read.
    fn from(error: Error) -> Self {
        match error {
            Error::No(words) | Error::Bad(words) => Self::Refused(said(&words)),
            Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => Self::Broken(error.to_string()),
            Error::Io(error) if error.kind() == std::io::ErrorKind::Other => {
                Self::Broken("an answer cannot be read".to_owned())
            }
            Error::Io(error) => Self::Broken(error.kind().to_string()),
            Error::ConnectionLost => Self::Broken("it was closed".to_owned()),
            Error::Validate(_) => Self::Refused("a name or password holds characters that it cannot hold".to_owned()),
            _ => Self::Broken("an answer cannot be read".to_owned()),
        }
    }
}

/// The library writes `code: Some(…), info: Some("words")`.
fn said(text: &str) -> String {
    let words = text.split_once("info: Some(\"").and_then(|(_, rest)| rest.rsplit_once("\")"));
    let words = words.map_or(text, |(words, _)| words);
    gateway_kit::words::clean(words, 300)
}
