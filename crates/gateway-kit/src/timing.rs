use std::time::Duration;

/// The kit's spans and pauses. They are part of what a gateway promises; only tests shorten them.
#[derive(Debug, Clone)]
pub struct Timing {
    /// How long a webhook waits for router before it answers 503.
    pub accept: Duration,
    /// An unconfirmed fact of ours is published again after this.
    pub repeat: Duration,
    /// The same while router is silent and the bus has the fact: it fills IN for nothing.
    pub repeat_silent: Duration,
    /// A claim is repeated at most this long; then it is given back.
    pub ask: Duration,
    /// A send starts only within this of the first asking for its claim (rule O3).
    pub claim: Duration,
    /// How long an order may wait for its pacing slot (rule O5).
    pub slot: Duration,
    /// No successful poll for this long counts as a lost connection. A long poll lasts 50 s at most.
    pub watchdog: Duration,
    /// How often a connected account is opened again, and its state told again.
    pub refresh: Duration,
    /// Pauses after a provider's temporary error: the first and the longest.
    pub backoff: (Duration, Duration),
    /// Pauses while only an administrator can help.
    pub account_backoff: (Duration, Duration),
    /// How often a lease that another instance holds is tried.
    pub lease: Duration,
    /// How often the templates of an account are listed anew.
    pub templates: Duration,
    /// How often the gateway announces itself.
    pub announce: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            accept: seconds(2),
            repeat: seconds(2),
            repeat_silent: seconds(30),
            ask: seconds(25),
            claim: seconds(30),
            slot: seconds(30),
            watchdog: seconds(55),
            refresh: seconds(300),
            backoff: (seconds(1), seconds(30)),
            account_backoff: (seconds(30), seconds(300)),
            lease: seconds(2),
            templates: seconds(3_600),
            announce: seconds(60),
        }
    }
}
