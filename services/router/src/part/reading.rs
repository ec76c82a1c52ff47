//! Reading a part in order, batch by batch, and telling who waits.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use bus::{Delivery, Inlet, ReadError};
use contracts::channel::{Beat, Confirmation, ConfirmationOutcome, inbound::Body};
use prost::Message;
use sqlx::PgConnection;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info_span, warn};
use uuid::Uuid;

use super::{Ended, Worker, arrivals::GivenUp, store::Cursor};
use crate::batch::{self, Fact, Verdict};

/// At most so many facts and bytes in one transaction.
pub(super) const BATCH: usize = 500;
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// Without facts, the lease is kept, the place checked and the heartbeat sent this often.
const IDLE: Duration = Duration::from_secs(1);
/// After a batch of fewer facts than [`FEW`] more are waited for so long. A transaction costs much the same whether it takes
/// eight or twenty: at a thousand facts a second this spares a third of them, and with them everyone's time.
const GATHER: Duration = Duration::from_millis(3);
const FEW: usize = 32;
/// Traces of facts that the trace of their batch names, at most.
const LINKS: usize = 64;

/// A session that holds a part.
pub struct Reading<'a> {
    pub(super) worker: &'a Worker,
    pub(super) part: u32,
    pub(super) owner: Uuid,
    pub(super) db: PgConnection,
    pub(super) cursor: Cursor,
    /// Facts in one transaction at most: fewer after one that took too long.
    pub(super) limit: usize,
    /// Old parts that nobody read when they were waited for.
    pub(super) given_up: HashMap<u32, GivenUp>,
    pub(super) lag: Duration,
    beaten: Option<Instant>,
}

impl<'a> Reading<'a> {
    pub fn new(worker: &'a Worker, part: u32, owner: Uuid, db: PgConnection, cursor: Cursor) -> Self {
        let given_up = HashMap::new();
        Self { worker, part, owner, db, cursor, limit: BATCH, given_up, lag: Duration::ZERO, beaten: None }
    }
}

impl Reading<'_> {
    /// Reads and commits until `stop`; opens the inlet anew when the stream behind it is another one (rule I10).
    pub async fn work(&mut self, stop: &CancellationToken) -> Result<(), Ended> {
        loop {
            let connections = self.worker.bus.connections();
            let (mut inlet, mut at) = self.open().await?;
            let opened = inlet.state().await?;
            loop {
                if stop.is_cancelled() {
                    return Ok(());
                }
                let batch = inlet.next(self.limit, BATCH_BYTES, IDLE).await?;
                if self.worker.bus.connections() != connections {
                    break; // the server was away: is the place still what it was?
                }
                match batch.last() {
                    Some(last) => {
                        at = last.sequence;
                        self.take(&batch, stop).await?;
                        if batch.len() < FEW {
                            sleep(GATHER).await;
                        }
                    }
                    None => {
                        let state = inlet.state().await?;
                        if state.created_ns != opened.created_ns || state.last < at {
                            warn!(
                                part = self.part,
                                at,
                                last = state.last,
                                "the stream is another one; reading it from its first fact"
                            );
                            break;
                        }
                        self.keep().await?;
                        self.lag = Duration::ZERO;
                    }
                }
                self.beat().await;
            }
        }
    }

    /// Opens the inlet behind the cursor, or at the first fact when the one at the cursor is not the one we know.
    async fn open(&self) -> Result<(Inlet, u64), ReadError> {
        let at = self.cursor.sequence.cast_unsigned();
        let mut inlet = Inlet::open(&self.worker.bus, self.part, at).await?;
        if at == 0 || inlet.at(at).await?.is_some_and(|bytes| batch::place_key(&bytes) == self.cursor.key) {
            return Ok((inlet, at));
        }
        warn!(part = self.part, at, "the fact at the cursor is gone; reading from the first: repeats change nothing");
        Ok((Inlet::open(&self.worker.bus, self.part, 0).await?, 0))
    }

    async fn take(&mut self, deliveries: &[Delivery], stop: &CancellationToken) -> Result<(), Ended> {
        let started = Instant::now();
        let mut facts: Vec<(usize, Fact)> =
            deliveries.iter().enumerate().filter_map(|(i, d)| Some((i, Fact::read(self.part, d)?))).collect();
        if facts.iter().any(|(_, fact)| self.is_news(fact)) {
            self.worker.directory.reload(&self.worker.pool).await?;
        }
        if !self.wait_for_old_parts(&facts, stop).await? {
            return Ok(()); // asked to stop
        }
        let _spans = self.spans(&mut facts);
        let span = self.span(deliveries);
        self.commit(&facts, deliveries, stop).instrument(span).await?;
        metrics::histogram!("okno_router_batch_seconds").record(started.elapsed().as_secs_f64());
        Ok(())
    }

    /// Tells whoever waits for facts that are committed, and that the part is alive.
    pub(super) async fn committed(
        &mut self,
        facts: &[(usize, Fact)],
        deliveries: &[Delivery],
        through: &[Delivery],
        verdicts: &[Verdict],
    ) {
        for ((i, fact), verdict) in facts.iter().zip(verdicts) {
            self.confirm(&deliveries[*i], *verdict).await;
            if *verdict == Verdict::DeadLetter {
                let channel = fact.channel.to_string();
                metrics::counter!("okno_router_dead_letters_total", "channel" => channel).increment(1);
            }
        }
        for (_, fact) in facts.iter().filter(|(_, f)| matches!(f.inbound.body, Some(Body::PollPosition(_)))) {
            let _ = self.worker.positions.try_send((fact.channel.clone(), fact.account));
        }
        self.worker.wakes.relay.notify_one();
        self.worker.wakes.dispatch.notify_one();
        let stored = through.last().map_or(0, |d| d.stored_ms);
        let lag_ms = u64::try_from(chrono::Utc::now().timestamp_millis() - stored).unwrap_or_default();
        self.lag = Duration::from_millis(lag_ms);
        for (_, fact) in facts.iter().filter(|(_, fact)| fact.stands_in) {
            let channel = fact.channel.to_string();
            metrics::counter!("okno_router_accepted_unconfirmed_total", "channel" => channel).increment(1);
        }
        metrics::counter!("okno_router_facts_total").increment(facts.len() as u64);
        metrics::histogram!("okno_router_batch_size").record(facts.len() as f64);
        self.beat().await;
    }

    /// Whether the fact's account was not known before, or not in this part.
    fn is_news(&self, fact: &Fact) -> bool {
        self.worker.directory.account(fact.account).is_none_or(|account| account.part != self.part.cast_signed())
    }

    /// Router's part in the traces of the facts, up to the commit; what they bring about goes on from there.
    fn spans(&self, facts: &mut [(usize, Fact)]) -> Vec<tracing::Span> {
        let traced = facts.iter_mut().filter(|(_, fact)| !fact.traceparent.is_empty()).take(LINKS);
        let span = |fact: &mut Fact| {
            let span = info_span!("fact", part = self.part, sequence = fact.sequence);
            runtime::trace::continue_from(&span, &fact.traceparent);
            let ours = span.in_scope(runtime::trace::parent);
            if !ours.is_empty() {
                fact.traceparent = ours;
            }
            span
        };
        traced.map(|(_, fact)| span(fact)).collect()
    }

    /// The batch belongs to no trace of its facts, but names them.
    fn span(&self, deliveries: &[Delivery]) -> tracing::Span {
        let span = info_span!("batch", part = self.part, facts = deliveries.len());
        for parent in deliveries.iter().filter_map(|d| d.traceparent.as_deref()).take(LINKS) {
            runtime::trace::link(&span, |name| (name == "traceparent").then_some(parent));
        }
        span
    }

    async fn confirm(&self, delivery: &Delivery, verdict: Verdict) {
        let Some(subject) = &delivery.confirm else { return };
        let outcome = match verdict {
            Verdict::Committed => ConfirmationOutcome::Committed,
            Verdict::DeadLetter => ConfirmationOutcome::DeadLetter,
            Verdict::Granted => ConfirmationOutcome::Granted,
            Verdict::Refused => ConfirmationOutcome::Refused,
        };
        let confirmation = Confirmation { outcome: outcome.into() };
        // A lost confirmation is repaired by the repeat.
        let _ = self.worker.bus.client.publish(subject.clone(), confirmation.encode_to_vec().into()).await;
    }

    /// The heartbeat, each second, only after a commit, a check of the place, or of the lease while an old part is waited
    /// for (rule I7).
    pub(super) async fn beat(&mut self) {
        if self.beaten.is_some_and(|at| at.elapsed() < IDLE) {
            return;
        }
        self.beaten = Some(Instant::now());
        metrics::gauge!("okno_router_lag_seconds", "part" => self.part.to_string()).set(self.lag.as_secs_f64());
        // A gauge keeps what was last said: that nothing is said any more shows only in when it was.
        let now = chrono::Utc::now().timestamp() as f64;
        metrics::gauge!("okno_router_beat_timestamp_seconds", "part" => self.part.to_string()).set(now);
        let lag_ms = u32::try_from(self.lag.as_millis()).unwrap_or(u32::MAX);
        let beat = Beat { part: self.part, lag_ms, sequence: self.cursor.sequence.cast_unsigned() };
        bus::publish_beat(&self.worker.bus, &beat).await;
    }
}
