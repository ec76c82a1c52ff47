//! How many dialogs views hold, remembered for a moment: an open page asks again and again.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use rpc::Fingerprint;
use sqlx::PgPool;
use tonic::Status;

use super::domain::View;
use crate::{access::Viewer, fault::broken};

/// Rule E5.
const REMEMBERED: Duration = Duration::from_secs(10);
/// More is shown as this.
const MOST: u16 = 1_000;
/// Counts above which those that are forgotten anyway are cleared away, and the rest is not remembered.
const MANY: usize = 10_000;

/// Counts of this process.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    known: Arc<Mutex<HashMap<String, (Instant, u32)>>>,
}

impl Counts {
    /// How many dialogs a view holds for a viewer, up to 1,000; of the last 10 s.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn of(&self, pool: &PgPool, viewer: &Viewer, view: &View) -> Result<u32, Status> {
        let list = view.list()?;
        let sight = (viewer.employee, viewer.administrator, &viewer.own, &viewer.headed);
        let key = format!("{:?}", Fingerprint::of("CountViews", &(&list, sight)));
        let known = self.known.lock().get(&key).copied();
        if let Some((since, count)) = known
            && since.elapsed() < REMEMBERED
        {
            return Ok(count);
        }
        let count = list.count(pool, viewer, MOST).await.map_err(broken)?;
        self.remember(key, count);
        Ok(count)
    }

    fn remember(&self, key: String, count: u32) {
        let mut known = self.known.lock();
        if known.len() >= MANY {
            known.retain(|_, (since, _)| since.elapsed() < REMEMBERED);
        }
        if known.len() < MANY {
            known.insert(key, (Instant::now(), count));
        }
    }
}
