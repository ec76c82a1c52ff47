use std::sync::Arc;

use bus::Bus;
use model::Channel;
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{Config, facts::Facts};

/// What all parts of a gateway process share.
pub(crate) struct Kit {
    pub channel: Channel,
    pub config: Config,
    pub bus: Bus,
    pub facts: Facts,
    /// Places for files that are fetched at the same time.
    pub downloads: Semaphore,
    /// Who holds our leases.
    pub instance: String,
    /// What the drain waits for.
    pub work: TaskTracker,
    /// Begin nothing new.
    pub stop: CancellationToken,
    /// The drain's time is over: what waits for router gives up.
    pub give_up: CancellationToken,
}

pub(crate) type SharedKit = Arc<Kit>;
