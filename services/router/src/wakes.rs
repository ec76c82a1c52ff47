use std::sync::Arc;

use tokio::sync::Notify;

/// Wakes the loops of this process that would otherwise find new work by polling.
#[derive(Debug, Clone, Default)]
pub struct Wakes {
    /// Events were appended.
    pub relay: Arc<Notify>,
    /// Orders were stored, or a lane became free.
    pub dispatch: Arc<Notify>,
}
