use tokio::time::Instant;

/// How often something may happen: a bucket of `burst` tokens that fills with `per_second`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    pub per_second: f64,
    pub burst: u32,
}

impl Rate {
    /// No limit in practice.
    pub const UNLIMITED: Self = Self { per_second: 1e9, burst: u32::MAX };

    pub const fn new(per_second: f64, burst: u32) -> Self {
        Self { per_second, burst }
    }
}

/// What one number, or one number to one person, may still send.
#[derive(Debug)]
pub(super) struct Bucket {
    rate: Rate,
    tokens: f64,
    filled_at: Instant,
}

impl Bucket {
    pub(super) fn new(rate: Rate) -> Self {
        Self { rate, tokens: f64::from(rate.burst), filled_at: Instant::now() }
    }

    /// Takes one; `false`: there is none.
    pub(super) fn take(&mut self) -> bool {
        let now = Instant::now();
        let more = (now - self.filled_at).as_secs_f64() * self.rate.per_second;
        self.tokens = (self.tokens + more).min(f64::from(self.rate.burst));
        self.filled_at = now;
        let there = self.tokens >= 1.0;
        if there {
            self.tokens -= 1.0;
        }
        there
    }
}
