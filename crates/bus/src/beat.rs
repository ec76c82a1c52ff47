use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use contracts::channel::Beat;
use futures::StreamExt;
use parking_lot::Mutex;
use prost::Message;
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{Bus, names};

/// After this long without a beat, router counts as away.
const SILENCE: Duration = Duration::from_millis(2_500);

/// Says that the part's worker lives and how far behind it is (rule I7).
pub async fn publish_beat(bus: &Bus, beat: &Beat) {
    // Lost beats are what makes them meaningful.
    let _ = bus.client.publish(names::beat(beat.part), beat.encode_to_vec().into()).await;
}

/// Who is alive on router's side, as the heartbeats tell.
#[derive(Debug, Clone)]
pub struct Beats {
    heard: Arc<Mutex<HashMap<u32, (Instant, u32)>>>,
    since: Instant,
    news: Arc<Notify>,
}

impl Default for Beats {
    fn default() -> Self {
        Self { heard: Arc::default(), since: Instant::now(), news: Arc::default() }
    }
}

impl Beats {
    /// Listens to every part's heartbeat until `stop`.
    ///
    /// # Errors
    /// When NATS does not take the subscription.
    pub async fn listen(
        bus: &Bus,
        tasks: &TaskTracker,
        stop: CancellationToken,
    ) -> Result<Self, async_nats::SubscribeError> {
        let beats = Self::default();
        let heard = beats.clone();
        let mut messages = bus.client.subscribe("okno.beat.*").await?;
        tasks.spawn(async move {
            loop {
                let message = tokio::select! {
                    biased;
                    () = stop.cancelled() => break,
                    message = messages.next() => message,
                };
                let Some(message) = message else { break };
                if let Ok(beat) = Beat::decode(message.payload) {
                    heard.heard.lock().insert(beat.part, (Instant::now(), beat.lag_ms));
                    heard.news.notify_waiters();
                }
            }
        });
        Ok(beats)
    }

    /// Whether the part's worker has been heard lately. Who has only begun to listen takes it for alive.
    #[must_use]
    pub fn alive(&self, part: u32) -> bool {
        self.silent_for(part) < SILENCE
    }

    /// Whether any part's worker has been heard lately. Who has only begun to listen has heard nobody.
    #[must_use]
    pub fn anybody(&self) -> bool {
        self.heard.lock().values().any(|(at, _)| at.elapsed() < SILENCE)
    }

    /// How far behind the part's worker is; `None` when it is silent.
    #[must_use]
    pub fn lag(&self, part: u32) -> Option<Duration> {
        let beats = self.heard.lock();
        let (at, lag_ms) = beats.get(&part)?;
        (at.elapsed() < SILENCE).then(|| Duration::from_millis(u64::from(*lag_ms)))
    }

    /// How long the part's worker has not been heard; since the start when it never was.
    #[must_use]
    pub fn silent_for(&self, part: u32) -> Duration {
        self.heard.lock().get(&part).map_or(self.since, |(at, _)| *at).elapsed()
    }

    /// Waits for the next beat of any part.
    pub async fn next(&self) {
        self.news.notified().await;
    }
}
