use std::sync::Arc;

use bus::Bus;
use model::{AccountId, Channel};
use runtime::{Component, Health};
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{Config, Media, Peers, Tools, facts::Facts, signals::Typists};

/// What all parts of a gateway process share.
pub(crate) struct Kit {
    pub channel: Channel,
    pub config: Config,
    pub bus: Bus,
    pub facts: Facts,
    pub ready: Ready,
    /// Places for files that are fetched at the same time.
    pub downloads: Semaphore,
    pub typists: Typists,
    /// Who holds our leases.
    pub instance: String,
    /// What the drain waits for.
    pub work: TaskTracker,
    /// Begin nothing new.
    pub stop: CancellationToken,
    /// The drain's time is over: what waits for router gives up.
    pub give_up: CancellationToken,
}

impl Kit {
    pub fn tools(&self, account: AccountId) -> Tools {
        Tools { account, media: Media(self.config.objects.clone()), peers: self.peers() }
    }

    pub fn peers(&self) -> Peers {
        Peers::new(self.bus.clone(), self.channel.clone())
    }
}

/// What traffic depends on; not ready from the first moment of the process on.
pub(crate) struct Ready {
    pub accounts: Component,
    pub bus: Component,
}

impl Ready {
    pub fn new(channel: &Channel, health: &Health) -> Self {
        let component = |name| health.component(&format!("{channel} {name}"));
        Self { accounts: component("accounts"), bus: component("bus") }
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        self.accounts.remove();
        self.bus.remove();
    }
}

pub(crate) type SharedKit = Arc<Kit>;
