//! NATS as Okno uses it: the names, the streams, publishing with router's confirmation, reading a part in order,
//! questions, heartbeats, accounts and leases in KV buckets.
//!
//! JetStream carries and buffers; correctness never rests on it. Runs on nats-server 2.9 and later.

pub mod accounts;
mod ask;
mod beat;
mod connection;
mod erase;
mod events;
mod facts;
mod inlet;
pub mod lease;
pub mod names;
mod orders;
pub mod permissions;
pub mod positions;
pub mod seal;
mod topology;
mod visits;

pub use ask::{AskError, Asker, Reply, answer, answer_asker, ask};
pub use async_nats::{Message, Subject, SubscribeError};
pub use beat::{Beats, publish_beat};
pub use connection::{Bus, BusConfig, ConnectError};
pub use erase::{erase_facts, erase_orders};
pub use events::{EventFeed, EventSink, LiveSignals, each_event, publish_live_signal, what};
pub use facts::{FactPublisher, MAX_FACT_BYTES, Outcome, PublishError, Sending};
pub use inlet::{Delivery, Inlet, InletState, ReadError, inlet_state, visits_state};
pub use orders::{Dispatch, OrderFeed, publish_order};
pub use topology::{TopologyError, ensure_gateway_stream, ensure_streams, stream_limits};
pub use visits::{MAX_REPORT_BYTES, publish_visits};
