use std::time::Duration;

use async_nats::jetstream::consumer::{DeliverPolicy, pull};
use contracts::channel::Order;
use futures::StreamExt;
use model::{AccountId, Channel};
use prost::Message;

use crate::{Bus, ReadError, names};

/// Publishes one order to its lane and waits until the broker has it.
///
/// # Errors
/// The text of what NATS refused; the dispatcher publishes again.
pub async fn publish_order(bus: &Bus, channel: &Channel, account: AccountId, order: &Order) -> Result<(), String> {
    let subject = names::outlet(channel, account, &order.lane);
    let sent = bus.jetstream.publish(subject, order.encode_to_vec().into()).await.map_err(|e| e.to_string())?;
    sent.await.map(drop).map_err(|e| e.to_string())
}

/// A channel's orders: the newest of each lane first, then as they come. What was done already is refused at the claim.
pub struct OrderFeed {
    stream: String,
    prefix: String,
    messages: pull::Ordered,
}

impl OrderFeed {
    /// Opens the channel's order stream.
    ///
    /// # Errors
    /// [`ReadError::NoStream`] until router has seen this gateway's first announcement.
    pub async fn open(bus: &Bus, channel: &Channel) -> Result<Self, ReadError> {
        let stream = names::outlet_stream(channel);
        let missing = |_| ReadError::NoStream(stream.clone());
        let handle = bus.jetstream.get_stream(&stream).await.map_err(missing)?;
        let config = pull::OrderedConfig {
            name: Some(format!("okno-{channel}-orders-{}", uuid::Uuid::now_v7().simple())),
            filter_subject: names::outlet_subjects(channel),
            deliver_policy: DeliverPolicy::LastPerSubject,
            ..pull::OrderedConfig::default()
        };
        let broken =
            |cause: Box<dyn std::error::Error + Send + Sync>| ReadError::Broken { stream: stream.clone(), cause };
        let consumer = handle.create_consumer(config).await.map_err(|e| broken(e.into()))?;
        let messages = consumer.messages().await.map_err(|e| broken(e.into()))?;
        Ok(Self { prefix: format!("okno.out.{channel}."), stream, messages })
    }

    /// The next order and its account; `None` when nothing came within `wait`.
    ///
    /// # Errors
    /// [`ReadError::Broken`]: open the feed again.
    pub async fn next(&mut self, wait: Duration) -> Result<Option<(AccountId, Order)>, ReadError> {
        let broken =
            |cause: Box<dyn std::error::Error + Send + Sync>| ReadError::Broken { stream: self.stream.clone(), cause };
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            let Ok(next) = tokio::time::timeout_at(deadline, self.messages.next()).await else { return Ok(None) };
            let message = next.ok_or_else(|| broken("the reader ended".into()))?.map_err(|e| broken(e.into()))?;
            let account = message.subject.strip_prefix(&self.prefix).and_then(|rest| rest.split('.').next());
            let account = account.and_then(|text| text.parse::<AccountId>().ok());
            if let (Some(account), Ok(order)) = (account, Order::decode(message.payload.clone())) {
                return Ok(Some((account, order)));
            }
        }
    }
}
