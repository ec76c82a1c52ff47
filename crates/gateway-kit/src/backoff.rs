use std::time::Duration;

/// Growing pauses, each somewhere between its half and its whole, so that accounts do not come in step.
pub(crate) struct Backoff {
    usual: (Duration, Duration),
    account: (Duration, Duration),
    failures: u32,
}

impl Backoff {
    pub fn new(usual: (Duration, Duration), account: (Duration, Duration)) -> Self {
        Self { usual, account, failures: 0 }
    }

    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// After an error that goes away by itself.
    pub fn next(&mut self) -> Duration {
        let (first, longest) = self.usual;
        self.grow(first, longest)
    }

    /// While only an administrator can help.
    pub fn next_for_account(&mut self) -> Duration {
        let (first, longest) = self.account;
        self.grow(first, longest)
    }

    fn grow(&mut self, first: Duration, longest: Duration) -> Duration {
        let whole = first.saturating_mul(1 << self.failures.min(16)).min(longest);
        self.failures += 1;
        // The last bits of a UUIDv7 are random.
        let chance = (uuid::Uuid::now_v7().as_u128() & 0xffff) as u32;
        whole / 2 + whole / 2 * chance / 0xffff
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_their_bound_and_begin_anew() {
        let seconds = Duration::from_secs;
        let mut pauses = Backoff::new((seconds(1), seconds(30)), (seconds(30), seconds(300)));
        for whole in [1, 2, 4, 8, 16, 30, 30] {
            let pause = pauses.next();
            assert!(pause >= seconds(whole) / 2 && pause <= seconds(whole), "{pause:?} for {whole} s");
        }
        pauses.reset();
        assert!(pauses.next() <= seconds(1));
        assert!(pauses.next_for_account() <= seconds(60));
    }
}
