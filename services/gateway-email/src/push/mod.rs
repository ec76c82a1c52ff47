//! Letters that a mail server brings to us, by LMTP or SMTP: taken only for mailboxes that are connected so, and only when
//! router has committed them.

mod command;
mod doors;
mod dots;
mod lines;
mod post;
mod room;
mod session;
#[cfg(test)]
mod tests;
mod tls;

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use command::Protocol;
use doors::Doors;
use gateway_kit::{Front, RunError};
use post::Office;
use room::Room;
use runtime::Env;
use tls::Certificate;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::{Email, imap::LETTER_BYTES};

/// A whole line of an answer, without its end: code, code of RFC 3463, words.
type Answer = &'static str;

/// The setting under which mailboxes are told that letters can be brought here.
pub const TAKEN: &str = "_letters_are_taken";

/// Where letters are taken. Nowhere unless it is set.
#[derive(Clone, Default)]
pub struct Config {
    /// `OKNO_GATEWAY_EMAIL_LMTP`, an address and a port. Whoever reaches it can bring letters: let only the mail server do.
    lmtp: Option<SocketAddr>,
    /// `OKNO_GATEWAY_EMAIL_SMTP`, the same for servers that speak no LMTP.
    smtp: Option<SocketAddr>,
    /// `OKNO_GATEWAY_EMAIL_CERTIFICATE` and `OKNO_GATEWAY_EMAIL_CERTIFICATE_KEY`, PEM files: STARTTLS is offered with them.
    certificate: Option<Certificate>,
}

impl Config {
    /// What is bad is noted in `env`.
    #[must_use]
    pub fn read(env: &Env) -> Self {
        let key: Option<PathBuf> = env.optional("OKNO_GATEWAY_EMAIL_CERTIFICATE_KEY");
        let certificate = |text: &str| Certificate::open(text.into(), key?);
        let (name, expected) = ("OKNO_GATEWAY_EMAIL_CERTIFICATE", "a PEM file, with its key in …_CERTIFICATE_KEY");
        Self {
            lmtp: env.optional("OKNO_GATEWAY_EMAIL_LMTP"),
            smtp: env.optional("OKNO_GATEWAY_EMAIL_SMTP"),
            certificate: env.optional_with(name, expected, false, certificate),
        }
    }

    #[must_use]
    pub fn is_on(&self) -> bool {
        self.lmtp.is_some() || self.smtp.is_some()
    }
}

/// The listeners, before anybody is served.
pub struct Bound {
    listeners: Vec<(Protocol, TcpListener)>,
    certificate: Option<Certificate>,
}

/// # Errors
/// [`RunError::Listen`] when an address cannot be had.
pub async fn bind(config: &Config) -> Result<Bound, RunError> {
    let wanted = [(Protocol::Lmtp, config.lmtp), (Protocol::Smtp, config.smtp)];
    let mut listeners = Vec::new();
    for (protocol, address) in wanted.into_iter().filter_map(|(protocol, address)| Some((protocol, address?))) {
        let listener = TcpListener::bind(address).await.map_err(|error| RunError::Listen(address, error))?;
        listeners.push((protocol, listener));
    }
    Ok(Bound { listeners, certificate: config.certificate.clone() })
}

/// Serves until the process stops.
pub fn serve(bound: Bound, front: &Arc<Front<Email>>) {
    let name = front.public_url().and_then(|url| url.host_str()).unwrap_or("localhost").to_owned();
    let limits = Limits::default();
    let terms = Terms {
        name,
        certificate: bound.certificate,
        room: Room::of(limits.room_bytes),
        limits,
        stop: front.stop().clone(),
    };
    let doors = Doors::new(Arc::new(terms), Arc::new(Office::new(front.clone())), front.tasks().clone());
    for (protocol, listener) in bound.listeners {
        if let Ok(address) = listener.local_addr() {
            info!(%address, ?protocol, "letters are taken at {address}");
        }
        front.tasks().spawn(doors.clone().accept(protocol, listener));
    }
}

/// What all connections have in common.
struct Terms {
    /// By which we greet.
    name: String,
    certificate: Option<Certificate>,
    room: Room,
    limits: Limits,
    stop: CancellationToken,
}

/// What one client, and all of them, may take of us.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// For a client to greet, after each connection and each STARTTLS.
    hello_wait: Duration,
    /// Between two commands (RFC 5321, section 4.5.3.2.7).
    command_wait: Duration,
    /// For a whole letter.
    letter_wait: Duration,
    letter_bytes: usize,
    /// Letters of all connections while they come in.
    room_bytes: usize,
    connections: usize,
    /// From one address. A mail server opens some dozens at most.
    connections_each: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            hello_wait: Duration::from_secs(30),
            command_wait: Duration::from_secs(300),
            letter_wait: Duration::from_secs(600),
            letter_bytes: usize::try_from(LETTER_BYTES).unwrap_or(usize::MAX),
            room_bytes: 192 << 20,
            connections: 256,
            connections_each: 64,
        }
    }
}
