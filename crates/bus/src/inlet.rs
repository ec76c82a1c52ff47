use std::time::Duration;

use async_nats::jetstream::{
    consumer::{DeliverPolicy, pull},
    message::Message,
    stream::{RawMessageErrorKind, Stream as JetStream},
};
use bytes::Bytes;
use futures::{FutureExt, StreamExt};
use model::{AccountId, Channel};
use tokio::time::timeout;

use crate::{Bus, names};

/// One fact as it lies in its stream.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub sequence: u64,
    /// Of the subject, never of the payload; `None` for a subject that is no inlet.
    pub from: Option<(Channel, AccountId)>,
    pub payload: Bytes,
    /// Where to confirm, if the sender waits and the subject is its own (rule I4).
    pub confirm: Option<String>,
    /// When the broker took it: Unix milliseconds.
    pub stored_ms: i64,
    /// W3C trace context of the sender.
    pub traceparent: Option<String>,
    /// Its gateway answers for it with the bus's acknowledgement alone (the named exception of the first law).
    pub stands_in: bool,
}

/// What the stream is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InletState {
    /// Unix nanoseconds; another value means another stream.
    pub created_ns: i128,
    pub first: u64,
    pub last: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("stream {0} does not exist or does not answer")]
    NoStream(String),
    #[error("reading {stream} broke off")]
    Broken {
        stream: String,
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What a part's stream is now, for whoever does not read it.
///
/// # Errors
/// [`ReadError::NoStream`].
pub async fn inlet_state(bus: &Bus, part: u32) -> Result<InletState, ReadError> {
    named_state(bus, names::inlet_stream(part)).await
}

/// The same of the stream of visits.
///
/// # Errors
/// [`ReadError::NoStream`].
pub async fn visits_state(bus: &Bus) -> Result<InletState, ReadError> {
    named_state(bus, names::VISITS.to_owned()).await
}

async fn named_state(bus: &Bus, name: String) -> Result<InletState, ReadError> {
    let mut stream = bus.jetstream.get_stream_no_info(&name).await.map_err(|_| ReadError::NoStream(name.clone()))?;
    state_of(&mut stream, &name).await
}

async fn state_of<I>(stream: &mut JetStream<I>, name: &str) -> Result<InletState, ReadError> {
    let info = stream.get_info().await.map_err(|_| ReadError::NoStream(name.to_owned()))?;
    Ok(InletState {
        created_ns: info.created.unix_timestamp_nanos(),
        first: info.state.first_sequence,
        last: info.state.last_sequence,
    })
}

/// Reads one part of IN, or VISITS, in order, from any place, without acknowledging anything: the place is kept by the reader.
pub struct Inlet {
    name: String,
    stream: JetStream,
    messages: pull::Ordered,
}

impl Inlet {
    /// Opens the part after a sequence; 0 means from the first message that is there.
    ///
    /// # Errors
    /// [`ReadError::NoStream`] when the part has no stream yet.
    pub async fn open(bus: &Bus, part: u32, after: u64) -> Result<Self, ReadError> {
        Self::read(bus, names::inlet_stream(part), "router", after).await
    }

    /// Opens what browsers report of visits in the same way; a delivery's `confirm` is empty there.
    ///
    /// # Errors
    /// [`ReadError::NoStream`] when there is no such stream yet.
    pub async fn visits(bus: &Bus, after: u64) -> Result<Self, ReadError> {
        Self::read(bus, names::VISITS.to_owned(), "crm-core", after).await
    }

    async fn read(bus: &Bus, name: String, reader: &str, after: u64) -> Result<Self, ReadError> {
        let stream = bus.jetstream.get_stream(&name).await.map_err(|_| ReadError::NoStream(name.clone()))?;
        let config = pull::OrderedConfig {
            name: Some(format!("okno-{reader}-{}", uuid::Uuid::now_v7().simple())),
            deliver_policy: if after == 0 {
                DeliverPolicy::All
            } else {
                DeliverPolicy::ByStartSequence { start_sequence: after + 1 }
            },
            ..pull::OrderedConfig::default()
        };
        let broken =
            |cause: Box<dyn std::error::Error + Send + Sync>| ReadError::Broken { stream: name.clone(), cause };
        let consumer = stream.create_consumer(config).await.map_err(|e| broken(e.into()))?;
        let messages = consumer.messages().await.map_err(|e| broken(e.into()))?;
        Ok(Self { name, stream, messages })
    }

    /// What is there now, at most `max` facts and `max_bytes`; waits at most `wait` for the first. Empty: nothing came.
    ///
    /// # Errors
    /// [`ReadError::Broken`]: open the inlet again.
    pub async fn next(&mut self, max: usize, max_bytes: usize, wait: Duration) -> Result<Vec<Delivery>, ReadError> {
        let mut batch = Vec::new();
        let mut bytes = 0;
        // Tokio's cooperative budget would end a batch after 64 polls.
        tokio::task::unconstrained(async {
            let Ok(first) = timeout(wait, self.messages.next()).await else { return Ok(batch) };
            let mut next = first;
            while let Some(message) = next {
                let delivery = self.delivery(message)?;
                bytes += delivery.payload.len();
                batch.push(delivery);
                if batch.len() >= max || bytes >= max_bytes {
                    break;
                }
                match self.messages.next().now_or_never() {
                    Some(more) => next = more,
                    None => break,
                }
            }
            Ok(batch)
        })
        .await
    }

    /// What the stream is now; reading does not stop for it.
    ///
    /// # Errors
    /// [`ReadError::NoStream`] when it is gone.
    pub async fn state(&mut self) -> Result<InletState, ReadError> {
        state_of(&mut self.stream, &self.name).await
    }

    /// Takes away what lies there up to a sequence, that one included: it is kept elsewhere by now.
    ///
    /// # Errors
    /// [`ReadError::Broken`] when the broker does not do it.
    pub async fn drop_through(&mut self, sequence: u64) -> Result<(), ReadError> {
        let purged = self.stream.purge().sequence(sequence + 1).await;
        purged.map(drop).map_err(|error| ReadError::Broken { stream: self.name.clone(), cause: error.into() })
    }

    /// The bytes at a place; `None` when nothing lies there.
    ///
    /// # Errors
    /// [`ReadError::Broken`] when the broker does not tell.
    pub async fn at(&mut self, sequence: u64) -> Result<Option<Bytes>, ReadError> {
        match self.stream.get_raw_message(sequence).await {
            Ok(message) => Ok(Some(message.payload)),
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(ReadError::Broken { stream: self.name.clone(), cause: error.into() }),
        }
    }

    fn delivery<E>(&self, message: Result<Message, E>) -> Result<Delivery, ReadError>
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        let broken = |cause| ReadError::Broken { stream: self.name.clone(), cause };
        let message = message.map_err(|e| broken(e.into()))?;
        let info = message.info().map_err(broken)?;
        let (sequence, stored) = (info.stream_sequence, info.published.unix_timestamp_nanos());
        let from = names::parse_inlet(&message.subject).or_else(|| names::parse_visit(&message.subject));
        let header = |name: &str| message.headers.as_ref()?.get(name).map(|value| value.as_str().to_owned());
        let confirm = header(names::CONFIRM_HEADER)
            .filter(|subject| from.as_ref().is_some_and(|(channel, _)| names::is_confirm_of(channel, subject)));
        Ok(Delivery {
            sequence,
            from,
            confirm,
            traceparent: header("traceparent"),
            stands_in: header(names::STANDS_IN_HEADER).is_some(),
            payload: message.payload.clone(),
            stored_ms: i64::try_from(stored / 1_000_000).unwrap_or_default(),
        })
    }
}
