//! How often each of many may do something: a bucket a key, in memory, bounded.

use std::{
    collections::HashMap,
    hash::Hash,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

/// Keys that one limit keeps; beyond it nobody new is let in before somebody has been quiet for long enough.
const KEYS_MOST: usize = 50_000;
/// Looking through all keys costs: not more often than this.
const TIDY_EVERY: Duration = Duration::from_secs(1);
/// When more comes at once than may ever come.
const NEVER: Duration = Duration::from_secs(60);

/// So many at once, refilled evenly (GCRA: a key is kept as the moment at which its bucket is full again).
pub struct Pace<K> {
    /// For one to come back.
    every: Duration,
    /// For all to come back.
    whole: Duration,
    most: usize,
    kept: Mutex<Kept<K>>,
}

struct Kept<K> {
    full_at: HashMap<K, Instant>,
    tidied: Option<Instant>,
}

impl<K: Hash + Eq> Pace<K> {
    /// `burst` at once, `count` in each `within`.
    #[must_use]
    pub fn new(count: u32, within: Duration, burst: u32) -> Self {
        let every = within / count.max(1);
        let kept = Mutex::new(Kept { full_at: HashMap::new(), tidied: None });
        Self { every, whole: every * burst, most: KEYS_MOST, kept }
    }

    /// Takes `count` at `now`.
    ///
    /// # Errors
    /// How long to wait; then nothing was taken.
    pub fn check(&self, key: K, count: u32, now: Instant) -> Result<(), Duration> {
        let cost = self.every * count;
        if cost > self.whole {
            return Err(NEVER);
        }
        let mut kept = self.kept.lock();
        let known = kept.full_at.get(&key).copied();
        if known.is_none() && kept.full_at.len() >= self.most && !kept.make_room(self.most, now) {
            return Err(TIDY_EVERY);
        }
        let full_at = known.map_or(now, |at| at.max(now)) + cost;
        let wait = full_at.duration_since(now).saturating_sub(self.whole);
        if !wait.is_zero() {
            return Err(wait);
        }
        kept.full_at.insert(key, full_at);
        Ok(())
    }

    /// Forgets whose bucket is full.
    pub fn tidy(&self, now: Instant) {
        self.kept.lock().tidy(now);
    }
}

impl<K: Hash + Eq> Kept<K> {
    fn make_room(&mut self, most: usize, now: Instant) -> bool {
        if self.tidied.is_none_or(|at| now.duration_since(at) >= TIDY_EVERY) {
            self.tidy(now);
        }
        self.full_at.len() < most
    }

    fn tidy(&mut self, now: Instant) {
        self.tidied = Some(now);
        self.full_at.retain(|_, full_at| *full_at > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_burst_and_then_one_by_one() {
        let (pace, start) = (Pace::new(60, MINUTE, 5), Instant::now());
        for _ in 0..5 {
            pace.check("a", 1, start).unwrap();
        }
        assert_eq!(pace.check("a", 1, start), Err(Duration::from_secs(1)));
        assert_eq!(pace.check("b", 6, start), Err(NEVER));
        pace.check("b", 5, start).unwrap();
        pace.check("a", 1, start + Duration::from_secs(1)).unwrap();
        assert_eq!(pace.check("a", 5, start + Duration::from_secs(2)), Err(Duration::from_secs(4)));
        pace.check("a", 5, start + MINUTE).unwrap();
    }

    #[test]
    fn beyond_its_bound_it_takes_nobody_new_and_goes_on_with_those_it_knows() {
        let (pace, start) = (Pace { most: 3, ..Pace::new(60, MINUTE, 5) }, Instant::now());
        for key in 0..3 {
            pace.check(key, 2, start).unwrap();
        }
        assert_eq!(pace.check(3, 1, start), Err(TIDY_EVERY));
        pace.check(0, 3, start).unwrap();
        // 1 and 2 are quiet by then, but it has looked just before.
        let soon = start + Duration::from_millis(2_000);
        pace.tidy(soon - Duration::from_millis(500));
        assert_eq!(pace.check(3, 1, soon), Err(TIDY_EVERY));
        pace.check(3, 1, soon + TIDY_EVERY).unwrap();
        assert_eq!(pace.kept.lock().full_at.len(), 2);
    }
}
