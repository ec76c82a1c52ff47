use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_nats::{Client, ConnectOptions, Event, ServerAddr, connection::State, jetstream};
use model::Channel;
use percent_encoding::percent_decode_str;
use tracing::{info, warn};

use crate::names;

/// How to reach NATS.
#[derive(Debug, Clone)]
pub struct BusConfig {
    /// `OKNO_NATS_URL`; may hold user and password.
    pub url: String,
    /// Shown in the server's connection list: the target's name.
    pub name: String,
    /// Set for gateways: their user may only read below this channel's inbox prefix.
    pub channel: Option<Channel>,
}

/// One connection, with JetStream on it.
#[derive(Debug, Clone)]
pub struct Bus {
    pub client: Client,
    pub jetstream: jetstream::Context,
    connections: Arc<AtomicU64>,
}

#[derive(Debug, thiserror::Error)]
#[error("cannot reach NATS; check OKNO_NATS_URL and that nats-server runs with JetStream")]
pub struct ConnectError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl Bus {
    /// Connects, and keeps reconnecting for as long as the process lives.
    ///
    /// # Errors
    /// [`ConnectError`] when the first connection does not come up within 10 s.
    pub async fn connect(config: &BusConfig) -> Result<Self, ConnectError> {
        let name = config.name.clone();
        let connections = Arc::new(AtomicU64::new(0));
        let counter = connections.clone();
        let mut options = ConnectOptions::new()
            .name(&config.name)
            .connection_timeout(Duration::from_secs(10))
            .request_timeout(Some(Duration::from_secs(5)))
            .ping_interval(Duration::from_secs(5))
            .subscription_capacity(64 * 1024)
            .client_capacity(8 * 1024)
            .reconnect_delay_callback(|attempts| Duration::from_millis((attempts as u64 * 50).min(1_000)))
            .event_callback(move |event| {
                if matches!(event, Event::Connected) {
                    counter.fetch_add(1, Ordering::AcqRel);
                }
                log(name.clone(), event)
            });
        if let Some(channel) = &config.channel {
            options = options.custom_inbox_prefix(names::inbox_prefix(channel));
        }
        // The client keeps user and password of a URL to itself.
        let server: ServerAddr = config.url.parse().map_err(|error: std::io::Error| ConnectError(error.into()))?;
        if let (Some(user), Some(password)) = (server.username(), server.password()) {
            options = options.user_and_password(plain(user), plain(password));
        }
        let client = options.connect(config.url.as_str()).await.map_err(|error| ConnectError(error.into()))?;
        let jetstream = jetstream::ContextBuilder::new().timeout(Duration::from_secs(5)).build(client.clone());
        let version = client.server_info().version;
        info!(server.version = version, "connected to NATS {version}");
        Ok(Self { client, jetstream, connections })
    }

    /// How often the connection has come up: another value means that the server behind it may be another one.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Acquire)
    }

    /// Whether the connection is up at this moment.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }
}

/// A part of a URL as it is meant.
fn plain(part: &str) -> String {
    percent_decode_str(part).decode_utf8_lossy().into_owned()
}

async fn log(name: String, event: Event) {
    match event {
        Event::Connected => info!(target = name, "NATS connection is up"),
        Event::Disconnected => warn!(target = name, "NATS connection is lost; reconnecting"),
        Event::ServerError(error) => warn!(target = name, %error, "NATS refused something"),
        Event::SlowConsumer(_) => metrics::counter!("okno_bus_slow_consumer_total").increment(1),
        _ => {}
    }
}
