//! Facts of an account that has just moved here wait for those that it left in its old part (rule I8).

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use bus::Bus;
use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::{Ended, reading::Reading, store};
use crate::batch::Fact;

/// How long at most. Whoever reads the other part may be gone with it; what lies there is committed when somebody does.
const LONGEST: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(20);
/// How often the lease is kept and the heartbeat sent meanwhile.
const BEAT: Duration = Duration::from_secs(1);

/// How an old part stood when it was waited for in vain.
#[derive(Debug, Clone, Copy)]
pub struct GivenUp {
    /// The last fact in it.
    end: u64,
    /// How far it was read.
    cursor: u64,
}

/// Whether a part is committed up to a sequence. A cursor beyond its stream is of a stream that is gone.
pub async fn is_read(db: &mut PgConnection, bus: &Bus, part: u32, sequence: u64) -> sqlx::Result<bool> {
    let cursor = store::cursor(db, part.cast_signed()).await?.unwrap_or_default().cast_unsigned();
    if cursor < sequence {
        return Ok(false);
    }
    Ok(bus::inlet_state(bus, part).await.is_ok_and(|state| cursor <= state.last))
}

impl Reading<'_> {
    /// Waits until the old parts of these facts' accounts are committed as far as they went when the facts were read:
    /// whatever their gateway published there came before. For a while after a move only, until every gateway has
    /// surely learnt of it. `false`: `stop` came first.
    pub(super) async fn wait_for_old_parts(
        &mut self,
        facts: &[(usize, Fact)],
        stop: &CancellationToken,
    ) -> Result<bool, Ended> {
        let now = chrono::Utc::now();
        let part = self.part.cast_signed();
        let accounts = facts.iter().filter_map(|(_, fact)| self.worker.directory.account(fact.account));
        let old: BTreeSet<u32> = accounts
            .filter(|account| account.part == part)
            .filter_map(|account| account.coming_from(now))
            .map(i32::cast_unsigned)
            .collect();
        for part in old {
            if !self.wait_for(part, stop).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn wait_for(&mut self, old: u32, stop: &CancellationToken) -> Result<bool, Ended> {
        let began = Instant::now();
        let Ok(end) = bus::inlet_state(&self.worker.bus, old).await else { return Ok(true) }; // no such part any more
        if self.is_given_up(old, end.last).await? {
            return Ok(true);
        }
        let mut kept = Instant::now();
        while began.elapsed() < LONGEST {
            if is_read(&mut self.db, &self.worker.bus, old, end.last).await? {
                debug!(part = self.part, old, waited_ms = began.elapsed().as_millis(), "the old part is committed");
                self.given_up.remove(&old);
                return Ok(true);
            }
            if kept.elapsed() > BEAT {
                self.keep().await?;
                self.lag = self.lag.max(began.elapsed());
                self.beat().await;
                kept = Instant::now();
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(false),
                () = tokio::time::sleep(LOOK) => {}
            }
        }
        self.give_up_on(old, end.last).await?;
        Ok(true)
    }

    /// Whether it was waited for in vain before, and nobody has read it since or all that is there was there then.
    async fn is_given_up(&mut self, old: u32, end: u64) -> Result<bool, Ended> {
        let Some(known) = self.given_up.get(&old).copied() else { return Ok(false) };
        Ok(end <= known.end || self.read_up_to(old).await? == known.cursor)
    }

    async fn give_up_on(&mut self, old: u32, end: u64) -> Result<(), Ended> {
        let cursor = self.read_up_to(old).await?;
        self.given_up.insert(old, GivenUp { end, cursor });
        warn!(
            part = self.part,
            old, "nobody reads part {old}; facts of an account that left it are no longer waited for"
        );
        Ok(())
    }

    async fn read_up_to(&mut self, part: u32) -> sqlx::Result<u64> {
        Ok(store::cursor(&mut self.db, part.cast_signed()).await?.unwrap_or_default().cast_unsigned())
    }
}
