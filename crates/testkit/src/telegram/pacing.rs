use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::error::{Answer, ApiError};

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

/// A token bucket of one chat or bot.
#[derive(Debug)]
struct Bucket {
    rate: Rate,
    tokens: f64,
    filled_at: Instant,
}

impl Bucket {
    fn new(rate: Rate) -> Self {
        Self { rate, tokens: f64::from(rate.burst), filled_at: Instant::now() }
    }

    fn fill(&mut self) {
        let now = Instant::now();
        let more = (now - self.filled_at).as_secs_f64() * self.rate.per_second;
        self.tokens = (self.tokens + more).min(f64::from(self.rate.burst));
        self.filled_at = now;
    }

    /// How long until `count` tokens are there; more than the bucket holds count as a full one.
    fn wait(&self, count: f64) -> Duration {
        let missing = count.min(f64::from(self.rate.burst)) - self.tokens;
        Duration::from_secs_f64((missing / self.rate.per_second).max(0.0))
    }
}

/// What a bot may still send, in all and to each chat.
#[derive(Debug)]
pub(super) struct Pacing {
    bot: Bucket,
    chats: HashMap<i64, Bucket>,
    chat_rate: Rate,
    group_rate: Rate,
}

impl Pacing {
    pub(super) fn new(bot_rate: Rate, chat_rate: Rate, group_rate: Rate) -> Self {
        Self { bot: Bucket::new(bot_rate), chats: HashMap::new(), chat_rate, group_rate }
    }

    /// Takes `count` messages to `chat_id` out of the buckets, or answers 429 with whole seconds to wait.
    pub(super) fn take(&mut self, chat_id: i64, count: usize) -> Answer<()> {
        let count = f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        let rate = if chat_id < 0 { self.group_rate } else { self.chat_rate };
        let chat = self.chats.entry(chat_id).or_insert_with(|| Bucket::new(rate));
        chat.fill();
        self.bot.fill();
        let wait = chat.wait(count).max(self.bot.wait(count));
        if !wait.is_zero() {
            return Err(ApiError::too_many(wait.as_secs_f64().ceil().max(1.0) as u64));
        }
        chat.tokens -= count;
        self.bot.tokens -= count;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_the_chat_waits_alone() {
        let mut pacing = Pacing::new(Rate::new(30.0, 30), Rate::new(1.0, 2), Rate::new(1.0, 1));
        pacing.take(1, 2).unwrap();
        let refused = pacing.take(1, 1).unwrap_err();
        assert_eq!((refused.code, refused.description.as_str()), (429, "Too Many Requests: retry after 1"));
        pacing.take(2, 1).unwrap();
    }

    #[test]
    fn an_album_larger_than_the_bucket_passes_when_the_bucket_is_full() {
        let mut pacing = Pacing::new(Rate::new(30.0, 30), Rate::new(1.0, 3), Rate::new(1.0, 1));
        pacing.take(1, 10).unwrap();
        assert_eq!(pacing.take(1, 1).unwrap_err().parameters.unwrap()["retry_after"], 8);
    }
}
