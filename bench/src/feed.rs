//! An operator's live stream as a measuring instrument: which conversation changed when, and which message of which
//! customer that was.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result};
use contracts::live::{event::What, watch_response};
use parking_lot::Mutex;
use sqlx::PgPool;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use crate::{load::Latency, people::Person, telegram::telegram_id};

/// How long the first word of a stream may take.
const HELLO_WAIT: Duration = Duration::from_secs(30);
/// Nothing more comes of what nothing came of for so long.
const QUIET: Duration = Duration::from_millis(700);

/// One change that the stream told of.
#[derive(Debug, Clone)]
pub struct Seen {
    pub conversation: Uuid,
    pub position: u64,
    /// Inbound messages that it names.
    pub inbound: usize,
    pub messages: Vec<Uuid>,
    pub at: Instant,
}

/// An open stream that writes down all it hears.
pub struct Feed {
    seen: Arc<Mutex<Vec<Seen>>>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Feed {
    /// Opens the stream of somebody who sees everything; what happens from now on is heard.
    pub async fn open(person: &Person) -> Result<Self> {
        let mut stream = person.watch().await?;
        let hello = timeout(HELLO_WAIT, stream.message()).await.context("the live feed says nothing")?;
        hello?.context("the live feed ended at once")?;
        let feed = Self { seen: Arc::default(), stop: CancellationToken::new(), tasks: TaskTracker::new() };
        let (seen, stop) = (feed.seen.clone(), feed.stop.clone());
        feed.tasks.spawn(async move {
            while let Some(Ok(Some(next))) = stop.run_until_cancelled(stream.message()).await {
                let at = Instant::now();
                let Some(watch_response::What::Event(event)) = next.what else { continue };
                let Some(What::ConversationChanged(changed)) = event.what else { continue };
                let Ok(conversation) = changed.conversation_id.parse() else { continue };
                let messages: Vec<Uuid> = changed.message_ids.iter().filter_map(|id| id.parse().ok()).collect();
                let inbound = if changed.inbound { messages.len() } else { 0 };
                seen.lock().push(Seen { conversation, position: event.position, inbound, messages, at });
            }
        });
        Ok(feed)
    }

    /// Waits until what happened before has been told, and forgets it.
    pub async fn forget(&self) {
        let mut known = usize::MAX;
        while known != self.seen.lock().len() {
            known = self.seen.lock().len();
            sleep(QUIET).await;
        }
        self.seen.lock().clear();
    }

    /// Waits until so many inbound messages were told of, at most so long.
    pub async fn settle(&self, inbound: u64, longest: Duration) {
        let end = Instant::now() + longest;
        while Instant::now() < end {
            let told: usize = self.seen.lock().iter().map(|seen| seen.inbound).sum();
            if told as u64 >= inbound {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Closes the stream; all that it told.
    pub async fn close(self) -> Vec<Seen> {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        std::mem::take(&mut *self.seen.lock())
    }
}

/// What was written by whom and meant to be sent when, in the order of sending.
pub type Written = Vec<(u64, Instant)>;

/// Which change told of which message: each conversation's in order. Gives the time from the intended moment to the
/// stream, the intended moment by the change's position, and how many messages no change told of.
pub async fn told(pool: &PgPool, written: &Written, seen: &[Seen]) -> Result<Told> {
    let rows: Vec<(Uuid, String)> = sqlx::query_as(
        "select c.conversation_id, p.address from inbox.conversation c join inbox.contact_point p using (contact_point_id)
         where p.channel = 'telegram'",
    )
    .fetch_all(pool)
    .await?;
    let person: HashMap<Uuid, u64> =
        rows.into_iter().filter_map(|(id, address)| Some((id, address.parse().ok()?))).collect();
    Ok(matched(&person, written, seen))
}

/// What [`told`] finds.
#[derive(Default)]
pub struct Told {
    pub latency: Latency,
    /// Intended moment of the first message of each change, by its position.
    pub moments: HashMap<u64, Instant>,
    pub missing: usize,
}

fn matched(person: &HashMap<Uuid, u64>, written: &Written, seen: &[Seen]) -> Told {
    let mut waiting: HashMap<u64, VecDeque<Instant>> = HashMap::new();
    for (customer, moment) in written {
        waiting.entry(telegram_id(*customer)).or_default().push_back(*moment);
    }
    let mut told = Told::default();
    for one in seen {
        let Some(moments) = person.get(&one.conversation).and_then(|id| waiting.get_mut(id)) else { continue };
        for _ in 0..one.inbound {
            let Some(moment) = moments.pop_front() else { break };
            told.latency.record(one.at.saturating_duration_since(moment));
            told.moments.entry(one.position).or_insert(moment);
        }
    }
    told.missing = waiting.values().map(VecDeque::len).sum();
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_conversations_messages_are_told_in_order() {
        let (one, other, began) = (Uuid::from_u128(1), Uuid::from_u128(2), Instant::now());
        let after = |ms| began + Duration::from_millis(ms);
        let person = HashMap::from([(one, telegram_id(0)), (other, telegram_id(1))]);
        let written = vec![(0, began), (1, after(10)), (0, after(20)), (1, after(30))];
        let seen = |conversation, position, inbound, ms| Seen {
            conversation,
            position,
            inbound,
            messages: Vec::new(),
            at: after(ms),
        };
        let told = matched(&person, &written, &[seen(other, 1, 1, 40), seen(one, 2, 2, 50)]);
        assert_eq!((told.latency.quantiles().count, told.missing), (3, 1));
        assert!((told.latency.quantiles().max - 50.0).abs() < 0.1);
        assert_eq!(told.moments[&2], began);
    }
}
