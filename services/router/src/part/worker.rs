use std::time::{Duration, Instant};

use bus::{Bus, Delivery, Inlet, ReadError};
use contracts::channel::{Beat, Confirmation, ConfirmationOutcome, inbound::Body};
use prost::Message;
use sqlx::{Connection, PgConnection, PgPool};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};
use uuid::Uuid;

use super::store::{self, Cursor};
use crate::{
    Wakes,
    batch::{self, Fact, Verdict},
    directory::Directory,
    gateways::Positions,
};

/// At most so many facts and bytes in one transaction.
const BATCH: usize = 500;
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// Without facts, the lease is kept, the place checked and the heartbeat sent this often.
const IDLE: Duration = Duration::from_secs(1);
/// A batch that met another transaction's locks is tried this often before the session begins anew.
const CONFLICTS: u32 = 3;

/// What a worker needs.
#[derive(Clone)]
pub struct Worker {
    pub pool: PgPool,
    pub bus: Bus,
    pub directory: Directory,
    pub wakes: Wakes,
    pub positions: Positions,
}

/// Why a round of work ended; the next one begins after a pause.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("another worker has this part")]
    Lost,
    #[error("the database does not answer")]
    Database(#[from] sqlx::Error),
    #[error("the bus does not answer")]
    Bus(#[from] ReadError),
}

/// Works on one part until `stop`; stands by while another process does.
pub async fn run(worker: Worker, part: u32, stop: CancellationToken) {
    let owner = Uuid::now_v7();
    while !stop.is_cancelled() {
        let pause = match session(&worker, part, owner, &stop).await {
            Ok(()) => Duration::from_millis(500),
            Err(Ended::Lost) => Duration::from_millis(500),
            Err(ended) => {
                warn!(part, cause = %runtime::chain(&ended), "part {part} is not read; trying again");
                Duration::from_millis(500)
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// One session of one database connection: take the part, work, give it back.
async fn session(worker: &Worker, part: u32, owner: Uuid, stop: &CancellationToken) -> Result<(), Ended> {
    let mut db = worker.pool.acquire().await?.detach();
    store::ensure(&mut db, part.cast_signed()).await?;
    store::end_stalled(&mut db, part.cast_signed()).await?;
    let Some(cursor) = store::take(&mut db, part.cast_signed(), owner).await? else {
        return Ok(());
    };
    info!(part, sequence = cursor.sequence, "this worker reads part {part}");
    let mut reading = Reading { worker, part, owner, db, cursor, lag: Duration::ZERO, beaten: None };
    let ended = reading.work(stop).await;
    if ended.is_ok() {
        store::give_back(&mut reading.db, part.cast_signed(), owner).await?;
    }
    ended
}

struct Reading<'a> {
    worker: &'a Worker,
    part: u32,
    owner: Uuid,
    db: PgConnection,
    cursor: Cursor,
    lag: Duration,
    beaten: Option<Instant>,
}

impl Reading<'_> {
    /// Reads and commits until `stop`; opens the inlet anew when the stream behind it is another one (rule I10).
    async fn work(&mut self, stop: &CancellationToken) -> Result<(), Ended> {
        loop {
            let connections = self.worker.bus.connections();
            let (mut inlet, mut at) = self.open().await?;
            let opened = inlet.state().await?;
            loop {
                if stop.is_cancelled() {
                    return Ok(());
                }
                let batch = inlet.next(BATCH, BATCH_BYTES, IDLE).await?;
                if self.worker.bus.connections() != connections {
                    break; // the server was away: is the place still what it was?
                }
                match batch.last() {
                    Some(last) => {
                        at = last.sequence;
                        self.take(&batch).await?;
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
                        if !store::keep(&mut self.db, self.part.cast_signed(), self.owner).await? {
                            return Err(Ended::Lost);
                        }
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

    async fn take(&mut self, deliveries: &[Delivery]) -> Result<(), Ended> {
        let started = Instant::now();
        let facts: Vec<(usize, Fact)> =
            deliveries.iter().enumerate().filter_map(|(i, d)| Some((i, Fact::read(self.part, d)?))).collect();
        if facts.iter().any(|(_, fact)| self.worker.directory.account(fact.account).is_none()) {
            self.worker.directory.reload(&self.worker.pool).await?;
        }
        let verdicts = Box::pin(self.commit(&facts, deliveries)).await?;
        for ((i, fact), verdict) in facts.iter().zip(&verdicts) {
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
        let stored = deliveries.last().map_or(0, |d| d.stored_ms);
        let lag_ms = u64::try_from(chrono::Utc::now().timestamp_millis() - stored).unwrap_or_default();
        self.lag = Duration::from_millis(lag_ms);
        metrics::counter!("okno_router_facts_total").increment(facts.len() as u64);
        metrics::histogram!("okno_router_batch_size").record(facts.len() as f64);
        metrics::histogram!("okno_router_batch_seconds").record(started.elapsed().as_secs_f64());
        Ok(())
    }

    /// Commits a batch; one that breaks is halved until the fact that breaks it stands alone and is buried.
    async fn commit(&mut self, facts: &[(usize, Fact)], deliveries: &[Delivery]) -> Result<Vec<Verdict>, Ended> {
        match self.transaction_again(facts, deliveries).await {
            Ok(verdicts) => Ok(verdicts),
            Err(Ended::Database(cause)) if !::store::is_outage(&cause) && !::store::is_conflict(&cause) => {
                if facts.len() <= 1 {
                    return self.bury(facts, deliveries, &cause).await;
                }
                warn!(part = self.part, facts = facts.len(), %cause, "a batch breaks; it is halved to find the fact that breaks it");
                let middle = facts.len() / 2;
                let (first, second) = facts.split_at(middle);
                let mut verdicts = Box::pin(self.commit(first, &deliveries[..second[0].0])).await?;
                verdicts.extend(Box::pin(self.commit(second, deliveries)).await?);
                Ok(verdicts)
            }
            Err(ended) => Err(ended),
        }
    }

    /// A conflict says nothing about the facts: whoever holds the locks lets go within seconds.
    async fn transaction_again(
        &mut self,
        facts: &[(usize, Fact)],
        deliveries: &[Delivery],
    ) -> Result<Vec<Verdict>, Ended> {
        for _ in 1..CONFLICTS {
            match self.transaction(facts, deliveries).await {
                Err(Ended::Database(cause)) if ::store::is_conflict(&cause) => {
                    metrics::counter!("okno_router_conflicts_total").increment(1);
                    debug!(part = self.part, facts = facts.len(), %cause, "a batch met another transaction; trying again");
                }
                done => return done,
            }
        }
        self.transaction(facts, deliveries).await
    }

    async fn transaction(&mut self, facts: &[(usize, Fact)], deliveries: &[Delivery]) -> Result<Vec<Verdict>, Ended> {
        let Some(to) = place_behind(deliveries) else { return Ok(Vec::new()) };
        let mut tx = self.db.begin().await?;
        if !store::advance(&mut tx, self.part.cast_signed(), self.owner, self.cursor.sequence, &to).await? {
            return Err(Ended::Lost);
        }
        let plain: Vec<Fact> = facts.iter().map(|(_, fact)| fact.clone()).collect();
        let verdicts = batch::process(&mut tx, &self.worker.directory, &plain).await?;
        tx.commit().await?;
        self.cursor = to;
        Ok(verdicts)
    }

    async fn bury(
        &mut self,
        facts: &[(usize, Fact)],
        deliveries: &[Delivery],
        cause: &sqlx::Error,
    ) -> Result<Vec<Verdict>, Ended> {
        let Some((fact, to)) = facts.first().map(|(_, f)| f).zip(place_behind(deliveries)) else {
            return Ok(Vec::new());
        };
        error!(part = self.part, sequence = fact.sequence, %cause, "a fact cannot be stored; it is a dead letter now");
        let mut tx = self.db.begin().await?;
        if !store::advance(&mut tx, self.part.cast_signed(), self.owner, self.cursor.sequence, &to).await? {
            return Err(Ended::Lost);
        }
        store::bury(&mut tx, fact, fact.account, &cause.to_string()).await?;
        tx.commit().await?;
        self.cursor = to;
        Ok(vec![Verdict::DeadLetter])
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

    /// The heartbeat, each second, only after a commit or a cursor check (rule I7).
    async fn beat(&mut self) {
        if self.beaten.is_some_and(|at| at.elapsed() < IDLE) {
            return;
        }
        self.beaten = Some(Instant::now());
        metrics::gauge!("okno_router_lag_seconds", "part" => self.part.to_string()).set(self.lag.as_secs_f64());
        let lag_ms = u32::try_from(self.lag.as_millis()).unwrap_or(u32::MAX);
        let beat = Beat { part: self.part, lag_ms, sequence: self.cursor.sequence.cast_unsigned() };
        bus::publish_beat(&self.worker.bus, &beat).await;
    }
}

/// The cursor behind these facts; foreign deliveries at the end are passed over with the last of them.
fn place_behind(deliveries: &[Delivery]) -> Option<Cursor> {
    let last = deliveries.last()?;
    Some(Cursor { sequence: last.sequence.cast_signed(), key: batch::place_key(&last.payload) })
}

/// Reads accounts and capabilities anew each second, until `stop`.
pub async fn keep_directory(pool: PgPool, directory: Directory, stop: CancellationToken) {
    loop {
        if let Err(cause) = directory.reload(&pool).await {
            warn!(%cause, "accounts cannot be read; what is known stays");
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
    }
}
