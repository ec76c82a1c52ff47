use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use metrics::Gauge;
use model::{AccountId, Channel};
use parking_lot::Mutex;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use crate::{Pacing, meters, pacing::Pacer, pulse::Teller};

/// Webhook deliveries of one account that wait for router at the same time (rule I5).
const DELIVERIES: usize = 1_024;
/// Lanes of one account that are at work at the same time.
const LANES: usize = 64;

/// For how long a delivery that an account's secret does not prove makes it doubtful.
const DOUBT: Duration = Duration::from_secs(600);
/// Doubts are told again after this.
const DOUBT_TOLD: Duration = Duration::from_secs(60);

/// What outlives a connection: an account keeps its pacing and its bounds when its settings change.
pub(crate) struct Account {
    pub id: AccountId,
    pub pacer: Pacer,
    pub teller: Teller,
    pub lanes: Arc<Semaphore>,
    part: AtomicU32,
    deliveries: Arc<Semaphore>,
    unconfirmed: Gauge,
    /// When a delivery last named it that its own secret does not prove.
    doubted: Mutex<Option<Doubt>>,
}

struct Doubt {
    since: Instant,
    told: Instant,
}

impl Account {
    pub fn new(channel: &Channel, id: AccountId, part: u32, pacing: Pacing) -> Self {
        Self {
            id,
            pacer: Pacer::new(pacing),
            teller: Teller::default(),
            lanes: Arc::new(Semaphore::new(LANES)),
            part: AtomicU32::new(part),
            deliveries: Arc::new(Semaphore::new(DELIVERIES)),
            unconfirmed: meters::unconfirmed(channel, id),
            doubted: Mutex::default(),
        }
    }

    /// A delivery names the account and its secret does not prove it; `true`: router is to be told of it now.
    pub fn doubt(&self) -> bool {
        let now = Instant::now();
        let mut doubted = self.doubted.lock();
        let told = doubted.as_ref().map(|doubt| doubt.told).filter(|told| now - *told < DOUBT_TOLD);
        *doubted = Some(Doubt { since: now, told: told.unwrap_or(now) });
        told.is_none()
    }

    pub fn is_doubted(&self) -> bool {
        self.doubted.lock().as_ref().is_some_and(|doubt| doubt.since.elapsed() < DOUBT)
    }

    /// A delivery was proven, or the secret is another now.
    pub fn trust(&self) {
        *self.doubted.lock() = None;
    }

    /// Where its facts go now; read it anew for every try (rule I8).
    pub fn part(&self) -> u32 {
        self.part.load(Ordering::Relaxed)
    }

    pub fn set_part(&self, part: u32) {
        self.part.store(part, Ordering::Relaxed);
    }

    /// Room for one more delivery in flight; `None` when there is none.
    pub fn room(&self) -> Option<OwnedSemaphorePermit> {
        self.deliveries.clone().try_acquire_owned().ok()
    }

    /// Counts one fact as unconfirmed for as long as the result lives.
    pub fn waiting(&self) -> Waiting<'_> {
        self.unconfirmed.increment(1);
        Waiting(&self.unconfirmed)
    }
}

pub(crate) struct Waiting<'a>(&'a Gauge);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}
