use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_nats::HeaderMap;
use contracts::channel::{Confirmation, ConfirmationOutcome, Inbound};
use futures::StreamExt;
use model::{AccountId, Channel};
use parking_lot::Mutex;
use prost::Message;
use tokio::sync::oneshot;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{Beats, Bus, names};

/// A fact may be this large on the bus; larger parts go to the object store first.
pub const MAX_FACT_BYTES: usize = 256 * 1024;

/// How far a fact has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Router has committed it, now or earlier.
    Confirmed(ConfirmationOutcome),
    /// It lies on the bus, unconfirmed: JetStream has acknowledged it, router has not answered in time.
    OnBusOnly,
}

/// The fact is on its way nowhere: nothing accepted it.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Larger than [`MAX_FACT_BYTES`]: put its parts into the object store first.
    #[error("a fact of {0} bytes is too large for the bus")]
    TooLarge(usize),
    /// IN is full, or its stream is missing, or NATS is away.
    #[error("the bus did not take the fact: {0}")]
    NotTaken(String),
}

type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<ConfirmationOutcome>>>>;

/// Publishes facts of one channel and waits for router's confirmations.
#[derive(Clone)]
pub struct FactPublisher {
    bus: Bus,
    channel: Channel,
    reply_prefix: Arc<str>,
    waiting: Waiting,
    next: Arc<AtomicU64>,
    beats: Beats,
}

impl FactPublisher {
    /// Subscribes to the confirmations of this instance.
    ///
    /// # Errors
    /// When NATS does not take the subscription.
    pub async fn start(
        bus: Bus,
        channel: Channel,
        beats: Beats,
        tasks: &TaskTracker,
        stop: CancellationToken,
    ) -> Result<Self, async_nats::SubscribeError> {
        let instance = uuid::Uuid::now_v7().simple();
        let reply_prefix: Arc<str> = format!("{}.confirm.{instance}", names::inbox_prefix(&channel)).into();
        let mut confirmations = bus.client.subscribe(format!("{reply_prefix}.*")).await?;
        let waiting = Waiting::default();
        let answered = waiting.clone();
        tasks.spawn(async move {
            loop {
                let message = tokio::select! {
                    biased;
                    () = stop.cancelled() => break,
                    message = confirmations.next() => message,
                };
                let Some(message) = message else { break };
                let number = message.subject.rsplit('.').next().and_then(|n| n.parse::<u64>().ok());
                let Some(sender) = number.and_then(|n| answered.lock().remove(&n)) else { continue };
                if let Ok(confirmation) = Confirmation::decode(message.payload) {
                    // The asker may have given up; then a repeat will be confirmed.
                    let _ = sender.send(confirmation.outcome());
                }
            }
        });
        Ok(Self { bus, channel, reply_prefix, waiting, next: Arc::default(), beats })
    }

    /// Publishes one fact and waits at most `wait` for router. Without router's heartbeat it does not wait (the
    /// fact is on the bus meanwhile).
    ///
    /// # Errors
    /// [`PublishError`] when not even the bus has it.
    pub async fn publish(
        &self,
        part: u32,
        account: AccountId,
        fact: &Inbound,
        wait: Duration,
    ) -> Result<Outcome, PublishError> {
        let payload = fact.encode_to_vec();
        if payload.len() > MAX_FACT_BYTES {
            return Err(PublishError::TooLarge(payload.len()));
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, mut confirmed) = oneshot::channel();
        self.waiting.lock().insert(number, sender);
        let _forget = Forget { waiting: &self.waiting, number };
        let mut headers = HeaderMap::new();
        headers.insert(names::CONFIRM_HEADER, format!("{}.{number}", self.reply_prefix));
        for (name, value) in runtime::trace::inject() {
            headers.insert(name, value);
        }
        let subject = names::inlet(part, &self.channel, account);
        let published = self.bus.jetstream.publish_with_headers(subject, headers, payload.into()).await;
        let acknowledged = published.map_err(|e| PublishError::NotTaken(e.to_string()))?;
        let deadline = tokio::time::Instant::now() + wait;
        let taken = tokio::select! {
            biased;
            outcome = &mut confirmed => return Ok(Outcome::Confirmed(outcome.unwrap_or_default())),
            taken = tokio::time::timeout_at(deadline, acknowledged.into_future()) => taken,
        };
        taken
            .map_err(|_| PublishError::NotTaken("JetStream does not answer".to_owned()))?
            .map_err(|e| PublishError::NotTaken(e.to_string()))?;
        if !self.beats.alive(part) {
            return Ok(Outcome::OnBusOnly);
        }
        match tokio::time::timeout_at(deadline, confirmed).await {
            Ok(Ok(outcome)) => Ok(Outcome::Confirmed(outcome)),
            _ => Ok(Outcome::OnBusOnly),
        }
    }

    /// Facts whose confirmation is awaited now.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.waiting.lock().len()
    }
}

/// Forgets a question whose asker is gone, also when its future is dropped.
struct Forget<'a> {
    waiting: &'a Waiting,
    number: u64,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.waiting.lock().remove(&self.number);
    }
}
