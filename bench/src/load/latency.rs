//! Latencies in a histogram of three digits, from a microsecond to ten minutes.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

const LONGEST_US: u64 = 600_000_000;

/// How long many things took.
#[derive(Clone)]
pub struct Latency(Histogram<u64>);

/// The usual points of a distribution, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Quantiles {
    pub count: u64,
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    pub p999: f64,
    pub max: f64,
}

impl Default for Latency {
    #[expect(clippy::expect_used, reason = "the bounds are constants that the histogram takes")]
    fn default() -> Self {
        Self(Histogram::new_with_bounds(1, LONGEST_US, 3).expect("bounds that fit"))
    }
}

impl Latency {
    pub fn record(&mut self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(LONGEST_US);
        self.0.saturating_record(us.clamp(1, LONGEST_US));
    }

    pub fn quantiles(&self) -> Quantiles {
        let ms = |us: u64| us as f64 / 1_000.0;
        let at = |quantile: f64| ms(self.0.value_at_quantile(quantile));
        Quantiles {
            count: self.0.len(),
            p50: at(0.5),
            p95: at(0.95),
            p99: at(0.99),
            p999: at(0.999),
            max: ms(self.0.max()),
        }
    }

    /// Points of the curve (share of what took no longer, milliseconds), ever closer to all.
    pub fn curve(&self) -> Vec<(f64, f64)> {
        let shares = (0..=40).map(|n| 1.0 - 10_f64.powf(-f64::from(n) / 10.0));
        let enough = |share: &f64| (1.0 - share) * self.0.len() as f64 >= 1.0;
        shares.filter(enough).map(|share| (share, self.0.value_at_quantile(share) as f64 / 1_000.0)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_milliseconds() {
        let mut latency = Latency::default();
        (1..=1_000).for_each(|ms| latency.record(Duration::from_millis(ms)));
        let found = latency.quantiles();
        let near = |value: f64, expected: f64| (value - expected).abs() < expected / 500.0;
        assert!(near(found.p50, 500.0) && near(found.p99, 990.0) && near(found.max, 1_000.0), "{found:?}");
        let curve = latency.curve();
        assert_eq!(curve.len(), 31, "to one in a thousand, of which there is one");
        assert!(curve.is_sorted_by(|a, b| a.1 <= b.1));
    }
}
