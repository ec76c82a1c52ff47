use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// The fake's own time, since its start: it runs `scale` times as fast as ours and can be set forward.
///
/// It drives what takes Telegram minutes to days: retries, expiry, the 24-hour rule. Rates and `retry_after` stay in real
/// time, for the other side waits in real time; dates in messages are real too.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Instant,
    scale: f64,
    ahead: Mutex<Duration>,
}

impl Clock {
    pub(crate) fn new(scale: f64) -> Self {
        assert!(scale > 0.0, "the clock runs forward");
        Self { start: Instant::now(), scale, ahead: Mutex::new(Duration::ZERO) }
    }

    pub(crate) fn now(&self) -> Duration {
        self.start.elapsed().mul_f64(self.scale) + *self.ahead.lock()
    }

    pub(crate) fn advance(&self, by: Duration) {
        *self.ahead.lock() += by;
    }

    /// When, in our time, the fake's clock will show `moment`.
    pub(crate) fn real(&self, moment: Duration) -> Instant {
        let left = moment.saturating_sub(self.now());
        Instant::now() + left.div_f64(self.scale)
    }
}

/// Unix seconds, as in a message's `date`.
pub(crate) fn unix_now() -> i64 {
    chrono::Utc::now().timestamp()
}
