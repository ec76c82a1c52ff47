use std::time::Duration;

use async_nats::{
    HeaderMap,
    jetstream::{
        consumer::{DeliverPolicy, pull},
        stream::Stream as JetStream,
    },
};
use contracts::channel::Order;
use futures::StreamExt;
use model::{AccountId, Channel};
use prost::Message;
use tracing::{Instrument as _, warn};

use crate::{Bus, ReadError, names};

/// Publishes one order to its lane and waits until the broker has it.
///
/// # Errors
/// The text of what NATS refused; the dispatcher publishes again.
pub async fn publish_order(bus: &Bus, channel: &Channel, account: AccountId, order: &Order) -> Result<(), String> {
    let subject = names::outlet(channel, account, &order.lane);
    let mut headers = HeaderMap::new();
    let span = tracing::info_span!("publish order", order.id = order.order_id);
    runtime::trace::continue_from(&span, &order.traceparent);
    for (name, value) in span.in_scope(runtime::trace::inject) {
        headers.insert(name, value);
    }
    let payload = order.encode_to_vec().into();
    let publish = async {
        let sent = bus.jetstream.publish_with_headers(subject, headers, payload).await.map_err(|e| e.to_string())?;
        sent.await.map(drop).map_err(|e| e.to_string())
    };
    publish.instrument(span).await
}

/// One order as it lies in its stream.
#[derive(Debug, Clone)]
pub struct Dispatch {
    pub account: AccountId,
    pub order: Order,
    pub sequence: u64,
    /// W3C trace context of the dispatcher.
    pub traceparent: Option<String>,
}

/// A channel's orders: the newest of each lane first, then as they come. What was done already is refused at the claim.
pub struct OrderFeed {
    name: String,
    prefix: String,
    stream: JetStream,
    messages: pull::Ordered,
    read_up_to: u64,
}

impl OrderFeed {
    /// Opens the channel's order stream.
    ///
    /// # Errors
    /// [`ReadError::NoStream`] until router has seen this gateway's first announcement.
    pub async fn open(bus: &Bus, channel: &Channel) -> Result<Self, ReadError> {
        let name = names::outlet_stream(channel);
        let missing = |_| ReadError::NoStream(name.clone());
        let stream = bus.jetstream.get_stream(&name).await.map_err(missing)?;
        let config = pull::OrderedConfig {
            name: Some(format!("okno-{channel}-orders-{}", uuid::Uuid::now_v7().simple())),
            filter_subject: names::outlet_subjects(channel),
            deliver_policy: DeliverPolicy::LastPerSubject,
            ..pull::OrderedConfig::default()
        };
        let consumer = stream.create_consumer(config).await.map_err(|e| broken(&name, e))?;
        let messages = consumer.messages().await.map_err(|e| broken(&name, e))?;
        Ok(Self { prefix: format!("okno.out.{channel}."), name, stream, messages, read_up_to: 0 })
    }

    /// The next order; `None` when nothing came within `wait`. Nothing is lost when the future is dropped.
    ///
    /// # Errors
    /// [`ReadError::Broken`]: open the feed again.
    pub async fn next(&mut self, wait: Duration) -> Result<Option<Dispatch>, ReadError> {
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            let Ok(next) = tokio::time::timeout_at(deadline, self.messages.next()).await else { return Ok(None) };
            let message = next.ok_or_else(|| broken(&self.name, "the reader ended"))?;
            let message = message.map_err(|e| broken(&self.name, e))?;
            self.read_up_to = message.info().map_err(|e| broken(&self.name, e))?.stream_sequence;
            let account = message.subject.strip_prefix(&self.prefix).and_then(|rest| rest.split('.').next());
            let account = account.and_then(|text| text.parse::<AccountId>().ok());
            let traceparent = message.headers.as_ref().and_then(|h| Some(h.get("traceparent")?.as_str().to_owned()));
            if let (Some(account), Ok(order)) = (account, Order::decode(message.payload.clone())) {
                return Ok(Some(Dispatch { account, order, sequence: self.read_up_to, traceparent }));
            }
            warn!(stream = self.name, "an order cannot be read");
        }
    }

    /// Whether the stream is still the one that is read. A wiped one begins again at 1, where this feed would wait for
    /// the old numbers; a restarted server has forgotten the reader.
    ///
    /// # Errors
    /// [`ReadError`]: open the feed again.
    pub async fn check(&mut self) -> Result<(), ReadError> {
        let info = self.stream.get_info().await.map_err(|_| ReadError::NoStream(self.name.clone()))?;
        let known = self.stream.cached_info();
        if info.created != known.created || info.state.last_sequence < self.read_up_to {
            return Err(broken(&self.name, "the stream was made anew"));
        }
        Ok(())
    }
}

fn broken(stream: &str, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ReadError {
    ReadError::Broken { stream: stream.to_owned(), cause: cause.into() }
}
