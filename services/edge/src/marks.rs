use std::time::Duration;

use redis::{
    Client, FromRedisValue, RedisError, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use runtime::Secret;
use tracing::debug;

/// No call waits longer for Redis: it holds only what may be lost.
const PATIENCE: Duration = Duration::from_millis(300);

/// Redis, as far as it is there. `None` from a call means: go on without it.
#[derive(Clone)]
pub struct Marks(Option<ConnectionManager>);

impl Marks {
    /// Connects when it is first used, and again whenever it comes back. `None`: there is no Redis.
    ///
    /// # Errors
    /// When the URL cannot be read.
    pub fn new(url: Option<&Secret>) -> Result<Self, RedisError> {
        let Some(url) = url else { return Ok(Self(None)) };
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(1);
        let connection = ConnectionManager::new_lazy_with_config(Client::open(url.expose())?, config)?;
        Ok(Self(Some(connection)))
    }

    /// Runs a script; `None` when Redis is not there or does not answer in time.
    pub async fn run<T: FromRedisValue>(&self, script: &Script, keys: &[&str], args: &[String]) -> Option<T> {
        let mut connection = self.0.clone()?;
        let mut call = script.prepare_invoke();
        for key in keys {
            call.key(*key);
        }
        for arg in args {
            call.arg(arg);
        }
        let answer = tokio::time::timeout(PATIENCE * 2, call.invoke_async(&mut connection)).await;
        match answer {
            Ok(Ok(value)) => Some(value),
            failed => {
                metrics::counter!("okno_edge_redis_missed_total").increment(1);
                debug!("Redis did not serve: {:?}", failed.map(|answer| answer.err()));
                None
            }
        }
    }
}
