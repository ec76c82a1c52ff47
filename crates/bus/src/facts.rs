use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_nats::{HeaderMap, jetstream::context::PublishAckFuture};
use contracts::channel::{Confirmation, ConfirmationOutcome, Inbound};
use futures::StreamExt;
use model::{AccountId, Channel};
use parking_lot::Mutex;
use prost::Message;
use tokio::{
    sync::oneshot,
    time::{Instant, timeout_at},
};
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
        let deadline = Instant::now() + wait;
        let mut sending = self.send(part, account, fact, deadline).await?;
        self.answer(&mut sending, deadline).await
    }

    /// Hands one fact to the bus; facts handed over one after the other arrive in that order.
    ///
    /// # Errors
    /// [`PublishError`] when it is too large, NATS is away, or does not take it until `deadline`.
    pub async fn send(
        &self,
        part: u32,
        account: AccountId,
        fact: &Inbound,
        deadline: Instant,
    ) -> Result<Sending, PublishError> {
        self.hand_over(part, account, fact, deadline, false).await
    }

    /// [`Self::send`] for a fact that will be answered for with the bus's acknowledgement alone, should router stay
    /// silent: it carries a mark, which router counts.
    ///
    /// # Errors
    /// As there.
    pub async fn send_standing_in(
        &self,
        part: u32,
        account: AccountId,
        fact: &Inbound,
        deadline: Instant,
    ) -> Result<Sending, PublishError> {
        self.hand_over(part, account, fact, deadline, true).await
    }

    async fn hand_over(
        &self,
        part: u32,
        account: AccountId,
        fact: &Inbound,
        deadline: Instant,
        stands_in: bool,
    ) -> Result<Sending, PublishError> {
        let payload = fact.encode_to_vec();
        if payload.len() > MAX_FACT_BYTES {
            return Err(PublishError::TooLarge(payload.len()));
        }
        // The client would keep it until NATS is back, and every repeat of it too.
        if !self.bus.is_connected() {
            return Err(PublishError::NotTaken("NATS is away".to_owned()));
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, confirmed) = oneshot::channel();
        self.waiting.lock().insert(number, sender);
        let forget = Forget { waiting: self.waiting.clone(), number };
        let mut headers = HeaderMap::new();
        headers.insert(names::CONFIRM_HEADER, format!("{}.{number}", self.reply_prefix));
        if stands_in {
            headers.insert(names::STANDS_IN_HEADER, "bus");
        }
        for (name, value) in runtime::trace::inject() {
            headers.insert(name, value);
        }
        let subject = names::inlet(part, &self.channel, account);
        let publish = self.bus.jetstream.publish_with_headers(subject, headers, payload.into());
        let published = timeout_at(deadline, publish).await.map_err(|_| silent())?;
        let acknowledged = published.map_err(|e| PublishError::NotTaken(e.to_string()))?;
        Ok(Sending { part, acknowledged: Some(acknowledged), confirmed, _forget: forget })
    }

    /// What becomes of a fact until `deadline`. Without router's heartbeat it waits for JetStream only.
    ///
    /// # Errors
    /// [`PublishError::NotTaken`].
    pub async fn answer(&self, sending: &mut Sending, deadline: Instant) -> Result<Outcome, PublishError> {
        if let Some(outcome) = sending.taken(deadline).await? {
            return Ok(Outcome::Confirmed(outcome));
        }
        if !self.beats.alive(sending.part) {
            return Ok(Outcome::OnBusOnly);
        }
        Ok(sending.confirmed(deadline).await.map_or(Outcome::OnBusOnly, Outcome::Confirmed))
    }

    /// Facts whose confirmation is awaited now.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.waiting.lock().len()
    }
}

/// A fact that was handed to the bus. Dropping it ends the wait, not the fact.
pub struct Sending {
    part: u32,
    acknowledged: Option<PublishAckFuture>,
    confirmed: oneshot::Receiver<ConfirmationOutcome>,
    _forget: Forget,
}

impl Sending {
    /// Waits until JetStream has the fact, or router has confirmed it, whichever comes first.
    ///
    /// # Errors
    /// [`PublishError::NotTaken`].
    pub async fn taken(&mut self, deadline: Instant) -> Result<Option<ConfirmationOutcome>, PublishError> {
        let Some(acknowledged) = self.acknowledged.take() else { return Ok(None) };
        let taken = tokio::select! {
            biased;
            Ok(outcome) = &mut self.confirmed => return Ok(Some(outcome)),
            taken = timeout_at(deadline, acknowledged.into_future()) => taken,
        };
        taken.map_err(|_| silent())?.map(|_| None).map_err(|e| PublishError::NotTaken(e.to_string()))
    }

    /// Waits for router; `None` when it has not answered by `deadline`. It may be asked again.
    pub async fn confirmed(&mut self, deadline: Instant) -> Option<ConfirmationOutcome> {
        timeout_at(deadline, &mut self.confirmed).await.ok()?.ok()
    }
}

fn silent() -> PublishError {
    PublishError::NotTaken("JetStream does not answer".to_owned())
}

/// Forgets a question whose asker is gone, also when its future is dropped.
struct Forget {
    waiting: Waiting,
    number: u64,
}

impl Drop for Forget {
    fn drop(&mut self) {
        self.waiting.lock().remove(&self.number);
    }
}
