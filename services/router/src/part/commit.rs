//! One batch becomes one transaction; one that cannot be committed is halved until the fact that breaks it stands alone.
//! What has been committed is told at once, and the next batches are as small as went well.

use std::time::{Duration, Instant};

use bus::Delivery;
use sqlx::Connection;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, warn};

use super::{
    Ended,
    reading::{BATCH, Reading},
    store::{self, Cursor},
};
use crate::batch::{self, Fact, Verdict};

/// How long one attempt may take. Two of them fit into a lease, so that nobody takes the part while the first is undone.
pub const PATIENCE: Duration = Duration::from_millis(2_500);
/// A batch that met another transaction's locks is tried this often before the session begins anew.
const CONFLICTS: u32 = 3;
/// A fact that takes too long all by itself is tried this often before it is put aside.
const SLOW: u32 = 3;
/// A database that needs longer for one small row is slow with everything: then no fact is to blame.
const BRISK: Duration = Duration::from_millis(500);

impl Reading<'_> {
    /// Commits facts in pieces of at most [`Reading::limit`], each confirmed before the next begins. A piece that breaks or
    /// takes too long is halved until the fact to blame stands alone and is buried; each that went well doubles the limit.
    /// Ends early on `stop`: what is not committed by then is read again.
    pub(super) async fn commit(
        &mut self,
        mut facts: &[(usize, Fact)],
        deliveries: &[Delivery],
        stop: &CancellationToken,
    ) -> Result<(), Ended> {
        loop {
            let (piece, rest) = facts.split_at(facts.len().min(self.limit));
            let through = &deliveries[..rest.first().map_or(deliveries.len(), |(place, _)| *place)];
            match Box::pin(self.piece(piece, through)).await? {
                Some(verdicts) => {
                    self.limit = (self.limit * 2).min(BATCH);
                    self.committed(piece, deliveries, through, &verdicts).await;
                    facts = rest;
                }
                None => self.limit = (piece.len() / 2).max(1),
            }
            if facts.is_empty() || stop.is_cancelled() {
                return Ok(());
            }
        }
    }

    /// Commits one piece, or buries the one fact that is all of it; `None`: it has to be halved.
    async fn piece(&mut self, facts: &[(usize, Fact)], deliveries: &[Delivery]) -> Result<Option<Vec<Verdict>>, Ended> {
        let cause = match self.attempts(facts, deliveries).await {
            Err(ended @ (Ended::TooSlow | Ended::Database(_))) if blames_facts(&ended) => ended,
            done => return done.map(Some),
        };
        if facts.len() <= 1 {
            return self.give_up(facts, deliveries, &cause).await.map(Some);
        }
        warn!(part = self.part, facts = facts.len(), %cause, "a batch breaks; it is halved to find the fact that breaks it");
        Ok(None)
    }

    /// A conflict says nothing about the facts: whoever holds the locks lets go within seconds.
    async fn attempts(&mut self, facts: &[(usize, Fact)], deliveries: &[Delivery]) -> Result<Vec<Verdict>, Ended> {
        for _ in 1..CONFLICTS {
            match self.attempt(facts, deliveries).await {
                Err(Ended::Database(cause)) if ::store::is_conflict(&cause) => {
                    metrics::counter!("okno_router_conflicts_total").increment(1);
                    debug!(part = self.part, facts = facts.len(), %cause, "a batch met another transaction; trying again");
                    self.keep().await?;
                }
                done => return done,
            }
        }
        self.attempt(facts, deliveries).await
    }

    /// At most 14 statements (rule I16), within [`PATIENCE`]. What takes longer is rolled back.
    async fn attempt(&mut self, facts: &[(usize, Fact)], deliveries: &[Delivery]) -> Result<Vec<Verdict>, Ended> {
        let patience = self.worker.patience;
        match timeout(patience, self.transaction(facts, deliveries)).await {
            Ok(Err(Ended::Database(cause))) if !::store::is_timeout(&cause) => Err(Ended::Database(cause)),
            Ok(Err(Ended::Database(_))) | Err(_) => {
                metrics::counter!("okno_router_slow_batches_total").increment(1);
                // Also waits until the session has stopped what it was doing.
                self.keep().await?;
                Err(Ended::TooSlow)
            }
            Ok(done) => done,
        }
    }

    async fn transaction(&mut self, facts: &[(usize, Fact)], deliveries: &[Delivery]) -> Result<Vec<Verdict>, Ended> {
        let Some(to) = place_behind(deliveries) else { return Ok(Vec::new()) };
        let mut tx = self.db.begin().await?;
        if !store::advance(&mut tx, self.part.cast_signed(), self.owner, self.cursor.sequence, &to).await? {
            return Err(Ended::Lost);
        }
        let plain: Vec<&Fact> = facts.iter().map(|(_, fact)| fact).collect();
        let verdicts = Box::pin(batch::process(&mut tx, &self.worker.directory, &plain)).await?;
        tx.commit().await?;
        self.cursor = to;
        Ok(verdicts)
    }

    /// One fact alone cannot be committed. It is buried, unless it only takes too long because everything does.
    async fn give_up(
        &mut self,
        facts: &[(usize, Fact)],
        deliveries: &[Delivery],
        cause: &Ended,
    ) -> Result<Vec<Verdict>, Ended> {
        let Ended::TooSlow = cause else { return self.bury(facts, deliveries, cause).await };
        for _ in 1..SLOW {
            match self.attempts(facts, deliveries).await {
                Err(Ended::TooSlow) => {}
                done => return done,
            }
        }
        let asked = Instant::now();
        self.keep().await?;
        if asked.elapsed() > BRISK {
            return Err(Ended::Overloaded);
        }
        self.bury(facts, deliveries, cause).await
    }

    async fn bury(
        &mut self,
        facts: &[(usize, Fact)],
        deliveries: &[Delivery],
        cause: &Ended,
    ) -> Result<Vec<Verdict>, Ended> {
        let Some((fact, to)) = facts.first().map(|(_, f)| f).zip(place_behind(deliveries)) else {
            return Ok(Vec::new());
        };
        let reason = runtime::chain(cause);
        error!(part = self.part, sequence = fact.sequence, cause = %reason, "a fact cannot be stored; it is a dead letter now");
        let mut tx = self.db.begin().await?;
        if !store::advance(&mut tx, self.part.cast_signed(), self.owner, self.cursor.sequence, &to).await? {
            return Err(Ended::Lost);
        }
        store::bury(&mut tx, fact, fact.account, &reason).await?;
        tx.commit().await?;
        self.cursor = to;
        Ok(vec![Verdict::DeadLetter])
    }

    /// Keeps the lease.
    ///
    /// # Errors
    /// [`Ended::Lost`] when somebody else has the part.
    pub(super) async fn keep(&mut self) -> Result<(), Ended> {
        let part = self.part.cast_signed();
        let kept = match store::keep(&mut self.db, part, self.owner).await {
            // A statement that was given up ends only now, and its end is the first answer that the session gives.
            Err(cause) if ::store::is_timeout(&cause) => store::keep(&mut self.db, part, self.owner).await?,
            kept => kept?,
        };
        if kept { Ok(()) } else { Err(Ended::Lost) }
    }
}

/// Whether it may be the facts' fault.
fn blames_facts(ended: &Ended) -> bool {
    match ended {
        Ended::TooSlow => true,
        Ended::Database(cause) => !::store::is_outage(cause) && !::store::is_conflict(cause),
        _ => false,
    }
}

/// The cursor behind these facts; foreign deliveries at the end are passed over with the last of them.
fn place_behind(deliveries: &[Delivery]) -> Option<Cursor> {
    let last = deliveries.last()?;
    Some(Cursor { sequence: last.sequence.cast_signed(), key: batch::place_key(&last.payload) })
}
