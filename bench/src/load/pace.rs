//! An open model: the moment of each message is fixed by the rate before the run begins. Who is late is late, and the
//! wait counts; nothing is sent later because an answer was (no coordinated omission).

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::Latency;

/// So many messages a second, for so long.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    pub rate: f64,
    pub seconds: u64,
}

/// What was sent.
pub struct Offered {
    pub messages: u64,
    /// How much later than meant each was handed over: the generator's own fault, which stands in every latency.
    pub late: Latency,
    /// The run was ended early: so many were unanswered that nobody can speak of this rate any more.
    pub overrun: bool,
}

impl Pace {
    pub fn messages(&self) -> u64 {
        (self.rate * self.seconds as f64).round().max(1.0) as u64
    }

    /// When message `n` is meant to be sent.
    pub fn moment(&self, began: Instant, n: u64) -> Instant {
        began + Duration::from_secs_f64(n as f64 / self.rate)
    }

    /// Hands every message over at its moment; `send` must not wait. It answers `false` to end the run.
    pub async fn run(&self, mut send: impl FnMut(u64, Instant) -> bool) -> Offered {
        let began = Instant::now() + Duration::from_millis(5);
        let mut offered = Offered { messages: 0, late: Latency::default(), overrun: false };
        for n in 0..self.messages() {
            let moment = self.moment(began, n);
            if moment > Instant::now() {
                sleep_until(moment).await;
            } else if n % 64 == 63 {
                tokio::task::yield_now().await; // far behind: let the answers in
            }
            offered.late.record(moment.elapsed());
            if !send(n, moment) {
                offered.overrun = true;
                break;
            }
            offered.messages += 1;
        }
        offered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_is_held_up_does_not_move_what_comes_after() {
        let pace = Pace { rate: 100.0, seconds: 1 };
        let mut moments = Vec::new();
        let offered = pace
            .run(|_, moment| {
                moments.push(moment);
                true
            })
            .await;
        assert_eq!((offered.messages, offered.overrun), (100, false));
        let gaps: Vec<_> = moments.windows(2).map(|pair| (pair[1] - pair[0]).as_millis()).collect();
        assert!(gaps.iter().all(|gap| *gap == 10 || *gap == 9), "{gaps:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_has_enough_ends_the_run() {
        let pace = Pace { rate: 10.0, seconds: 10 };
        let offered = pace.run(|n, _| n < 5).await;
        assert_eq!((offered.messages, offered.overrun), (5, true));
    }
}
