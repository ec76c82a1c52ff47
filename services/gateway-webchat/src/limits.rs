//! How much one visitor, one address and one instance may do. All of it in memory, bounded, per instance.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use uuid::Uuid;

use crate::pace::Pace;

/// Chats open at the same time in one instance, and from one address: an office behind one address has many.
const OPEN: usize = 8_000;
const OPEN_PER_ADDRESS: usize = 300;
/// What one visitor and one address may upload within an hour, in KiB.
const VISITOR_KIB: u32 = 300 << 10;
const ADDRESS_KIB: u32 = 2 << 20;
const HOUR: Duration = Duration::from_secs(3_600);
const MINUTE: Duration = Duration::from_secs(60);
/// A typing signal at most this often.
const TYPING: Duration = Duration::from_millis(2_500);

/// The limits of docs/webchat-protocol.md, and some beyond that no widget meets.
pub struct Limits {
    messages: Pace<Uuid>,
    newcomers: Pace<IpAddr>,
    uploads: Pace<Uuid>,
    visitor_kib: Pace<Uuid>,
    address_kib: Pace<IpAddr>,
    receipts: Pace<Uuid>,
    questions: Pace<Uuid>,
    address_questions: Pace<IpAddr>,
    typing: Pace<Uuid>,
    calls: Pace<IpAddr>,
    reports: Pace<Uuid>,
    address_reports: Pace<IpAddr>,
    open: Arc<Open>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            messages: Pace::new(60, MINUTE, 5),
            newcomers: Pace::new(20, MINUTE, 20),
            uploads: Pace::new(30, MINUTE, 10),
            visitor_kib: Pace::new(VISITOR_KIB, HOUR, VISITOR_KIB),
            address_kib: Pace::new(ADDRESS_KIB, HOUR, ADDRESS_KIB),
            receipts: Pace::new(600, MINUTE, 200),
            questions: Pace::new(120, MINUTE, 80),
            address_questions: Pace::new(1_200, MINUTE, 300),
            typing: Pace::new(1, TYPING, 1),
            calls: Pace::new(1_200, MINUTE, 300),
            reports: Pace::new(60, MINUTE, 20),
            address_reports: Pace::new(1_200, MINUTE, 300),
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
        take(&self.messages, visitor, 1)
    }

    /// One new visitor: 20 a minute from one address.
    ///
    /// # Errors
    /// How long to wait.
    pub fn newcomer(&self, address: IpAddr) -> Result<(), Duration> {
        take(&self.newcomers, network(address), 1)
    }

    /// One upload of so many bytes: 10 at once, 30 a minute; 300 MiB an hour of one visitor, 2 GiB of one address.
    ///
    /// # Errors
    /// How long to wait.
    pub fn upload(&self, visitor: Uuid, address: IpAddr, bytes: u64) -> Result<(), Duration> {
        let kib = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
        take(&self.uploads, visitor, 1)?;
        take(&self.visitor_kib, visitor, kib)?;
        take(&self.address_kib, network(address), kib)
    }

    /// One question for history: of one visitor 80 at once, 120 a minute; of one address 300 at once, 1,200 a minute. Who
    /// is `None` is known by the address alone.
    ///
    /// # Errors
    /// How long to wait.
    pub fn question(&self, who: Option<Uuid>, address: IpAddr) -> Result<(), Duration> {
        who.map_or(Ok(()), |who| take(&self.questions, who, 1))?;
        take(&self.address_questions, network(address), 1)
    }

    /// Whether staff may be told once more that this one types: once in 2.5 s.
    #[must_use]
    pub fn typing(&self, who: Uuid) -> bool {
        take(&self.typing, who, 1).is_ok()
    }

    /// So many receipts: 200 at once, 600 a minute.
    ///
    /// # Errors
    /// How long to wait.
    pub fn receipts(&self, visitor: Uuid, count: usize) -> Result<(), Duration> {
        take(&self.receipts, visitor, u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// One call or one new connection: 300 at once, 1,200 a minute from one address.
    ///
    /// # Errors
    /// How long to wait.
    pub fn call(&self, address: IpAddr) -> Result<(), Duration> {
        take(&self.calls, network(address), 1)
    }

    /// One report of visits, counted apart from what the chat does: of one guest 20 at once, 60 a minute.
    ///
    /// # Errors
    /// How long to wait.
    pub fn report(&self, guest: Uuid) -> Result<(), Duration> {
        take(&self.reports, guest, 1)
    }

    /// The same of one address: 300 at once, 1,200 a minute.
    ///
    /// # Errors
    /// How long to wait.
    pub fn reports_from(&self, address: IpAddr) -> Result<(), Duration> {
        take(&self.address_reports, network(address), 1)
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
        let now = Instant::now();
        let visitors =
            [&self.messages, &self.uploads, &self.visitor_kib, &self.receipts, &self.questions, &self.typing];
        for pace in visitors.into_iter().chain([&self.reports]) {
            pace.tidy(now);
        }
        let addresses = [&self.newcomers, &self.address_kib, &self.address_questions, &self.calls];
        for pace in addresses.into_iter().chain([&self.address_reports]) {
            pace.tidy(now);
        }
    }
}

fn take<K: Hash + Eq>(pace: &Pace<K>, key: K, count: u32) -> Result<(), Duration> {
    pace.check(key, count, Instant::now())
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

    #[test]
    fn one_visitor_uploads_so_much_an_hour_and_one_address_more() {
        let (limits, address) = (Limits::default(), "192.0.2.1".parse().unwrap());
        let visitor = Uuid::now_v7();
        limits.upload(visitor, address, 299 << 20).unwrap();
        assert!(limits.upload(visitor, address, 20 << 20).unwrap_err() > Duration::from_secs(60));
        for _ in 0..5 {
            limits.upload(Uuid::now_v7(), address, 300 << 20).unwrap();
        }
        assert!(limits.upload(Uuid::now_v7(), address, 300 << 20).is_err());
        limits.upload(Uuid::now_v7(), "192.0.2.2".parse().unwrap(), 300 << 20).unwrap();
    }

    #[test]
    fn questions_are_limited_by_visitor_and_by_address() {
        let (limits, address) = (Limits::default(), "192.0.2.1".parse().unwrap());
        let visitor = Uuid::now_v7();
        for _ in 0..80 {
            limits.question(Some(visitor), address).unwrap();
        }
        assert!(limits.question(Some(visitor), address).is_err());
        // A script with a new visitor for each question; some tokens may have come back meanwhile.
        let taken = (0..400).filter(|_| limits.question(Some(Uuid::now_v7()), address).is_ok()).count();
        assert!((220..400).contains(&taken), "{taken}");
    }

    #[test]
    fn typing_is_told_once_in_a_while() {
        let (limits, visitor) = (Limits::default(), Uuid::now_v7());
        assert!(limits.typing(visitor) && !limits.typing(visitor) && limits.typing(Uuid::now_v7()));
    }
}
