//! Facts of an account that has just moved here wait for those that it left in its old part (rule I8).

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use tracing::{debug, warn};

use super::{Ended, reading::Reading, store};
use crate::batch::Fact;

/// How long at most. Whoever reads the other part may be gone with it; what lies there is committed when somebody does.
const LONGEST: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(20);

impl Reading<'_> {
    /// Waits until the old parts of these facts' accounts are committed as far as they went when the facts were read:
    /// whatever their gateway published there came before. For a while after a move only, until every gateway has
    /// surely learnt of it.
    pub(super) async fn wait_for_old_parts(&mut self, facts: &[(usize, Fact)]) -> Result<(), Ended> {
        let now = chrono::Utc::now();
        let part = self.part.cast_signed();
        let accounts = facts.iter().filter_map(|(_, fact)| self.worker.directory.account(fact.account));
        let old: BTreeSet<u32> = accounts
            .filter(|account| account.part == part)
            .filter_map(|account| account.coming_from(now))
            .map(i32::cast_unsigned)
            .collect();
        for part in old {
            self.wait_for(part).await?;
        }
        Ok(())
    }

    async fn wait_for(&mut self, old: u32) -> Result<(), Ended> {
        let began = Instant::now();
        let Ok(end) = bus::inlet_state(&self.worker.bus, old).await else { return Ok(()) }; // no such part any more
        let mut kept = Instant::now();
        while began.elapsed() < LONGEST {
            if self.is_read(old, end.last).await? {
                debug!(part = self.part, old, waited_ms = began.elapsed().as_millis(), "the old part is committed");
                return Ok(());
            }
            if kept.elapsed() > Duration::from_secs(1) {
                self.keep().await?;
                kept = Instant::now();
            }
            tokio::time::sleep(LOOK).await;
        }
        warn!(
            part = self.part,
            old, "nobody reads part {old}; facts of an account that left it are no longer waited for"
        );
        Ok(())
    }

    /// Whether a part is committed up to a sequence. A cursor beyond its stream is of a stream that is gone.
    async fn is_read(&mut self, part: u32, sequence: u64) -> Result<bool, Ended> {
        let cursor = store::cursor(&mut self.db, part.cast_signed()).await?.unwrap_or_default().cast_unsigned();
        if cursor < sequence {
            return Ok(false);
        }
        Ok(bus::inlet_state(&self.worker.bus, part).await.is_ok_and(|state| cursor <= state.last))
    }
}
