use std::time::Duration;

use async_nats::jetstream::{
    self,
    stream::{Config, DiscardPolicy, RetentionPolicy, StorageType},
};
use model::Channel;

use crate::{Bus, names};

/// A stream or bucket that could not be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot make stream {stream}; does this NATS user hold router's permissions?")]
pub struct TopologyError {
    pub stream: String,
    #[source]
    pub cause: jetstream::context::CreateStreamError,
}

/// The bounds of streams that can fill: bytes.
#[must_use]
pub const fn stream_limits() -> (i64, i64) {
    (4 * 1024 * 1024 * 1024, 1024 * 1024 * 1024)
}

const VISIT_BYTES: i64 = 256 * 1024 * 1024;
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// Makes what is missing of IN, EVENTS, VISITS and the buckets. Only `okno migrate` and router call it (rule A3).
///
/// # Errors
/// [`TopologyError`] names the stream.
pub async fn ensure_streams(bus: &Bus, parts: u32, replicas: usize) -> Result<(), TopologyError> {
    let (inlet_bytes, events_bytes) = stream_limits();
    for part in 0..parts {
        make(
            bus,
            Config {
                name: names::inlet_stream(part),
                subjects: vec![names::inlet_subjects(part)],
                max_age: 7 * DAY,
                max_bytes: inlet_bytes,
                discard: DiscardPolicy::New,
                // The broker must not swallow the repeat that has to be confirmed.
                duplicate_window: Duration::from_millis(100),
                ..base(replicas)
            },
        )
        .await?;
    }
    let events = Config {
        name: names::EVENTS.to_owned(),
        subjects: vec!["okno.event.>".to_owned()],
        max_age: DAY,
        max_bytes: events_bytes,
        ..base(replicas)
    };
    make(bus, events).await?;
    let visits = Config {
        name: names::VISITS.to_owned(),
        subjects: vec![names::ALL_VISITS.to_owned()],
        max_age: 7 * DAY, // a withdrawal is told once
        max_bytes: VISIT_BYTES,
        // Its reader takes away what it has stored. A report that is refused comes again; one that was taken is not given up for it.
        discard: DiscardPolicy::New,
        ..base(replicas)
    };
    make(bus, visits).await?;
    make(bus, bucket(names::ACCOUNTS, Duration::ZERO, replicas)).await?;
    make(bus, bucket(names::LEASES, Duration::from_secs(15), replicas)).await?;
    make(bus, bucket(names::POSITIONS, Duration::ZERO, replicas)).await
}

/// Makes the order stream of a channel; router calls it when a gateway announces itself.
///
/// # Errors
/// [`TopologyError`] names the stream.
pub async fn ensure_gateway_stream(bus: &Bus, channel: &Channel, replicas: usize) -> Result<(), TopologyError> {
    let config = Config {
        name: names::outlet_stream(channel),
        subjects: vec![names::outlet_subjects(channel)],
        max_age: Duration::from_secs(600),
        max_messages_per_subject: 1,
        max_bytes: stream_limits().1,
        ..base(replicas)
    };
    make(bus, config).await
}

fn base(replicas: usize) -> Config {
    Config {
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        num_replicas: replicas,
        allow_direct: true,
        ..Config::default()
    }
}

/// A KV bucket as its stream: nats-server 2.9 answers the client's own call with a report it cannot read.
fn bucket(name: &str, max_age: Duration, replicas: usize) -> Config {
    Config {
        name: names::bucket_stream(name),
        subjects: vec![names::bucket_key(name, ">")],
        max_messages_per_subject: 1,
        max_age,
        discard: DiscardPolicy::New,
        deny_delete: true,
        allow_rollup: true,
        ..base(replicas)
    }
}

async fn make(bus: &Bus, config: Config) -> Result<(), TopologyError> {
    let stream = config.name.clone();
    bus.jetstream.get_or_create_stream(config).await.map(drop).map_err(|cause| TopologyError { stream, cause })
}
