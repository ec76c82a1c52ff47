//! How much one visitor, one address and one instance may do. All of it in memory, bounded, per instance.

use std::{collections::HashMap, hash::Hash, net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use parking_lot::Mutex;
use uuid::Uuid;

/// Chats open at the same time in one instance, and from one address: an office behind one address has many.
const OPEN: usize = 8_000;
const OPEN_PER_ADDRESS: usize = 300;
/// Keys that a limiter remembers before it forgets those that are quiet.
const REMEMBERED: usize = 20_000;

/// The limits of docs/webchat-protocol.md, and some beyond that no widget meets.
pub struct Limits {
    messages: Limit<Uuid>,
    newcomers: Limit<IpAddr>,
    uploads: Limit<Uuid>,
    receipts: Limit<Uuid>,
    calls: Limit<IpAddr>,
    open: Arc<Open>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            messages: Limit::new(60, 5),
            newcomers: Limit::new(20, 20),
            uploads: Limit::new(30, 10),
            receipts: Limit::new(600, 200),
            calls: Limit::new(1_200, 300),
            open: Arc::default(),
        }
    }
}

impl Limits {
    /// One message: 5 at once, 60 a minute.
    ///
    /// # Errors
    /// How long to wait.
    pub fn message(&self, visitor: Uuid) -> Result<(), Duration> {
        self.messages.check(visitor, 1)
    }

    /// One new visitor: 20 a minute from one address.
    ///
    /// # Errors
    /// How long to wait.
    pub fn newcomer(&self, address: IpAddr) -> Result<(), Duration> {
        self.newcomers.check(network(address), 1)
    }

    /// One upload: 10 at once, 30 a minute.
    ///
    /// # Errors
    /// How long to wait.
    pub fn upload(&self, visitor: Uuid) -> Result<(), Duration> {
        self.uploads.check(visitor, 1)
    }

    /// So many receipts: 200 at once, 600 a minute.
    ///
    /// # Errors
    /// How long to wait.
    pub fn receipts(&self, visitor: Uuid, count: usize) -> Result<(), Duration> {
        self.receipts.check(visitor, count)
    }

    /// One call or one new connection: 300 at once, 1,200 a minute from one address.
    ///
    /// # Errors
    /// How long to wait.
    pub fn call(&self, address: IpAddr) -> Result<(), Duration> {
        self.calls.check(network(address), 1)
    }

    /// A place for one more open chat; `None` when there is none.
    #[must_use]
    pub fn open(&self, address: IpAddr) -> Option<Place> {
        let address = network(address);
        let mut held = self.open.0.lock();
        let mine = held.by_address.get(&address).copied().unwrap_or_default();
        if held.all >= OPEN || mine >= OPEN_PER_ADDRESS {
            return None;
        }
        held.all += 1;
        held.by_address.insert(address, mine + 1);
        Some(Place { open: self.open.clone(), address })
    }

    /// Chats that are open now.
    #[must_use]
    pub fn opened(&self) -> usize {
        self.open.0.lock().all
    }

    /// Forgets who is quiet; call it now and then.
    pub fn tidy(&self) {
        self.messages.0.retain_recent();
        self.newcomers.0.retain_recent();
        self.uploads.0.retain_recent();
        self.receipts.0.retain_recent();
        self.calls.0.retain_recent();
    }
}

struct Limit<K: Hash + Eq + Clone>(DefaultKeyedRateLimiter<K>);

impl<K: Hash + Eq + Clone> Limit<K> {
    fn new(per_minute: u32, burst: u32) -> Self {
        let positive = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        Self(RateLimiter::keyed(Quota::per_minute(positive(per_minute)).allow_burst(positive(burst))))
    }

    fn check(&self, key: K, count: usize) -> Result<(), Duration> {
        if self.0.len() > REMEMBERED {
            self.0.retain_recent();
        }
        let Some(count) = u32::try_from(count).ok().and_then(NonZeroU32::new) else { return Ok(()) };
        match self.0.check_key_n(&key, count) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(early)) => Err(early.wait_time_from(DefaultClock::default().now())),
            // More than may ever come at once.
            Err(_) => Err(Duration::from_secs(60)),
        }
    }
}

#[derive(Default)]
struct Open(Mutex<Held>);

#[derive(Default)]
struct Held {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// One open chat.
pub struct Place {
    open: Arc<Open>,
    address: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.open.0.lock();
        held.all = held.all.saturating_sub(1);
        let left = held.by_address.get(&self.address).copied().unwrap_or_default().saturating_sub(1);
        if left == 0 {
            held.by_address.remove(&self.address);
        } else {
            held.by_address.insert(self.address, left);
        }
    }
}

/// An IPv6 customer has a whole /64: counting single addresses would count nothing.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() >> 64 << 64).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_messages_at_once_and_no_sixth() {
        let (limits, visitor) = (Limits::default(), Uuid::now_v7());
        for _ in 0..5 {
            limits.message(visitor).unwrap();
        }
        let wait = limits.message(visitor).unwrap_err();
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(1), "{wait:?}");
        limits.message(Uuid::now_v7()).unwrap();
    }

    #[test]
    fn one_address_brings_twenty_visitors_a_minute() {
        let limits = Limits::default();
        for n in 0..20 {
            limits.newcomer(format!("2001:db8::{n:x}").parse().unwrap()).unwrap();
        }
        assert!(limits.newcomer("2001:db8::ffff".parse().unwrap()).is_err());
        limits.newcomer("192.0.2.1".parse().unwrap()).unwrap();
    }

    #[test]
    fn places_are_given_back() {
        let limits = Limits::default();
        let address = "192.0.2.1".parse().unwrap();
        let places: Vec<_> = (0..OPEN_PER_ADDRESS).map(|_| limits.open(address).unwrap()).collect();
        assert!(limits.open(address).is_none());
        assert!(limits.open("192.0.2.2".parse().unwrap()).is_some());
        drop(places);
        assert_eq!(limits.opened(), 0);
        assert!(limits.open(address).is_some());
    }

    #[test]
    fn more_receipts_than_may_ever_come_at_once_are_refused() {
        assert!(Limits::default().receipts(Uuid::now_v7(), 201).is_err());
    }
}
