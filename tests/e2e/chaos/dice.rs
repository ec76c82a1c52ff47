//! Chance that can be had again: the same seed draws the same numbers.

use std::{ops::Range, time::Duration};

/// SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>, read 2026-11-26): small, and good enough to choose victims.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Dice for another task, so that who runs first does not change what either draws.
    pub fn split(&mut self) -> Self {
        Self(self.draw())
    }

    pub fn one_in(&mut self, sides: u64) -> bool {
        self.draw().is_multiple_of(sides)
    }

    pub fn milliseconds(&mut self, range: Range<u64>) -> Duration {
        Duration::from_millis(range.start + self.draw() % (range.end - range.start))
    }

    /// # Panics
    /// When there is nothing to pick from.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.place(from.len())]
    }

    pub fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            all.swap(last, self.place(last + 1));
        }
    }

    fn place(&mut self, places: usize) -> usize {
        let places = u64::try_from(places).expect("a count");
        usize::try_from(self.draw() % places).expect("a place")
    }
}

#[test]
fn the_same_seed_draws_the_same_and_leaves_nobody_out() {
    let shuffled = |seed| {
        let mut all: Vec<u32> = (0..20).collect();
        Dice::new(seed).shuffle(&mut all);
        all
    };
    assert_eq!(shuffled(7), shuffled(7));
    assert_ne!(shuffled(7), shuffled(8));
    let mut sorted = shuffled(7);
    sorted.sort_unstable();
    assert!(sorted.into_iter().eq(0..20));
}
