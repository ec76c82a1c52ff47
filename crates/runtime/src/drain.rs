use std::time::Duration;

use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use tracing::warn;

/// Waits until every task has ended, at most `deadline`. `false`, and a warning, when some were given up.
pub async fn drain(what: &str, tracker: &TaskTracker, deadline: Duration) -> bool {
    tracker.close();
    let done = timeout(deadline, tracker.wait()).await.is_ok();
    if !done {
        let left = tracker.len();
        warn!(what, left, "{what}: drain deadline of {deadline:?} passed with {left} tasks left; giving them up");
    }
    done
}
