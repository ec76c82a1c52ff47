//! Whose page is open: marks in Redis that the edge sets and that expire by themselves.
//!
//! Redis holds only what may be lost: without it everyone counts as offline, and nothing follows from that.

use std::{collections::HashSet, time::Duration};

use model::EmployeeId;
use redis::{
    AsyncCommands as _, Client, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use tokio::time::timeout;
use tracing::debug;

/// Nobody waits longer than this for a comfort.
const DEADLINE: Duration = Duration::from_millis(300);

/// Reads the marks. Clones share one connection.
#[derive(Clone)]
pub struct Online(Option<ConnectionManager>);

impl Online {
    /// Connects when first asked, and again after a loss.
    ///
    /// # Errors
    /// When the URL is none of Redis.
    pub fn at(url: &str) -> RedisResult<Self> {
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(Duration::from_secs(1)))
            .set_response_timeout(Some(DEADLINE))
            .set_number_of_retries(1);
        Ok(Self(Some(ConnectionManager::new_lazy_with_config(Client::open(url)?, config)?)))
    }

    /// Without Redis everyone is offline.
    #[must_use]
    pub const fn nobody() -> Self {
        Self(None)
    }

    /// Those of `ids` whose page is open.
    pub async fn of(&self, ids: &[EmployeeId]) -> HashSet<EmployeeId> {
        let Some(redis) = &self.0 else { return HashSet::new() };
        if ids.is_empty() {
            return HashSet::new();
        }
        let keys: Vec<String> = ids.iter().map(|id| key(*id)).collect();
        let mut redis = redis.clone();
        let marks: Vec<Option<String>> = match timeout(DEADLINE, redis.mget(&keys)).await {
            Ok(Ok(marks)) => marks,
            Ok(Err(error)) => return offline(&error),
            Err(elapsed) => return offline(&elapsed),
        };
        ids.iter().zip(marks).filter(|(_, mark)| mark.is_some()).map(|(id, _)| *id).collect()
    }
}

fn offline(why: &dyn std::fmt::Display) -> HashSet<EmployeeId> {
    debug!(%why, "Redis does not say who is online");
    metrics::counter!("okno_presence_unknown_total").increment(1);
    HashSet::new()
}

/// The key of an employee's mark; what it holds does not matter.
#[must_use]
pub fn key(id: EmployeeId) -> String {
    format!("okno:online:{id}")
}
