use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use governor::{
    DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use parking_lot::Mutex;

use crate::{Pacing, Rate};

/// Holds are forgotten with the addresses' budgets when there are this many.
const REMEMBERED: usize = 10_000;

/// Keeps to the provider's limits: a budget per account and per address, and the pauses that the provider asked for.
pub(crate) struct Pacer {
    account: DefaultDirectRateLimiter,
    addresses: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
    holds: Mutex<Holds>,
}

#[derive(Default)]
struct Holds {
    account: Option<Instant>,
    addresses: HashMap<String, Instant>,
}

impl Pacer {
    pub fn new(pacing: Pacing) -> Self {
        Self {
            account: RateLimiter::direct(quota(pacing.per_account)),
            addresses: RateLimiter::keyed(quota(pacing.per_address)),
            clock: DefaultClock::default(),
            holds: Mutex::default(),
        }
    }

    /// Waits for a slot, at most `most`; `None` when it would take longer. Gives the time it took. Without an address only
    /// the account's budget is asked.
    pub async fn slot(&self, address: Option<&str>, most: Duration) -> Option<Duration> {
        let began = Instant::now();
        let mut spent = Spent::default();
        while let Some(pause) = self.next(address, &mut spent) {
            if began.elapsed() + pause > most {
                return None;
            }
            tokio::time::sleep(pause).await;
        }
        Some(began.elapsed())
    }

    /// The provider asked to wait: one address, or the whole account.
    pub fn hold(&self, address: Option<&str>, pause: Duration) {
        let until = Instant::now() + pause;
        let mut holds = self.holds.lock();
        match address {
            None => holds.account = holds.account.max(Some(until)),
            Some(address) => {
                holds.addresses.retain(|_, until| *until > Instant::now());
                let known = holds.addresses.entry(address.to_owned()).or_insert(until);
                *known = until.max(*known);
            }
        }
    }

    /// What to wait for before asking again; `None`: now.
    fn next(&self, address: Option<&str>, spent: &mut Spent) -> Option<Duration> {
        if let Some(pause) = self.held(address) {
            return Some(pause);
        }
        if let Some(address) = address.filter(|_| !spent.address) {
            if let Err(early) = self.addresses.check_key(&address.to_owned()) {
                return Some(early.wait_time_from(self.clock.now()));
            }
            spent.address = true;
            if self.addresses.len() > REMEMBERED {
                self.addresses.retain_recent();
            }
        }
        self.account.check().err().map(|early| early.wait_time_from(self.clock.now()))
    }

    fn held(&self, address: Option<&str>) -> Option<Duration> {
        let holds = self.holds.lock();
        let of_address = address.and_then(|address| holds.addresses.get(address).copied());
        let until = holds.account.max(of_address)?;
        until.checked_duration_since(Instant::now()).filter(|pause| !pause.is_zero())
    }
}

/// Which budgets a waiting order has been charged to already.
#[derive(Default)]
struct Spent {
    address: bool,
}

fn quota(rate: Rate) -> Quota {
    let every = rate.every.max(Duration::from_nanos(1));
    Quota::with_period(every).map_or_else(|| Quota::per_second(rate.burst), |quota| quota.allow_burst(rate.burst))
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn rate(every_ms: u64, burst: u32) -> Rate {
        Rate { every: Duration::from_millis(every_ms), burst: NonZeroU32::new(burst).unwrap() }
    }

    #[tokio::test]
    async fn an_address_waits_for_its_turn_and_others_do_not() {
        let pacer = Pacer::new(Pacing { per_account: rate(1, 100), per_address: rate(150, 1) });
        let most = Duration::from_secs(1);
        assert!(pacer.slot(Some("a"), most).await.unwrap() < Duration::from_millis(50));
        assert!(pacer.slot(Some("b"), most).await.unwrap() < Duration::from_millis(50));
        assert!(pacer.slot(Some("a"), most).await.unwrap() >= Duration::from_millis(100));
    }

    #[tokio::test]
    async fn the_account_has_a_budget_of_its_own() {
        let pacer = Pacer::new(Pacing { per_account: rate(60_000, 2), per_address: rate(1, 100) });
        let most = Duration::from_millis(100);
        assert!(pacer.slot(Some("a"), most).await.is_some());
        assert!(pacer.slot(Some("b"), most).await.is_some());
        assert!(pacer.slot(Some("c"), most).await.is_none(), "a third would have to wait a minute");
    }

    #[tokio::test]
    async fn what_shows_a_person_nothing_asks_the_account_alone() {
        let pacer = Pacer::new(Pacing { per_account: rate(1, 100), per_address: rate(60_000, 1) });
        let most = Duration::from_millis(100);
        for _ in 0..5 {
            assert!(pacer.slot(None, most).await.is_some());
        }
        assert!(pacer.slot(Some("a"), most).await.is_some(), "the person's own budget is untouched");
        assert!(pacer.slot(Some("a"), most).await.is_none());
    }

    #[tokio::test]
    async fn a_pause_that_the_provider_asked_for_is_kept() {
        let pacer = Pacer::new(Pacing { per_account: rate(1, 100), per_address: rate(1, 100) });
        let most = Duration::from_secs(1);
        pacer.hold(Some("a"), Duration::from_millis(120));
        assert!(pacer.slot(Some("b"), most).await.unwrap() < Duration::from_millis(60));
        assert!(pacer.slot(Some("a"), most).await.unwrap() >= Duration::from_millis(100));
        pacer.hold(None, Duration::from_secs(60));
        assert!(pacer.slot(Some("b"), most).await.is_none());
    }
}
