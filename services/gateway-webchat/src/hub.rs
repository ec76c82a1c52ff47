//! The chats that are open in this instance, and what the replicas tell them.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use futures::StreamExt;
use gateway_kit::{Peers, Said};
use model::AccountId;
use parking_lot::Mutex;
use prost::Message;
use tokio::{
    sync::{mpsc, watch},
    time::{interval, sleep},
};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;

use crate::event::Event;

/// Events that wait for one slow browser; more, and it must come again and ask.
const WAITING: usize = 256;

pub struct Hub {
    seats: Mutex<Seats>,
    /// Grows when events may have been lost: every chat asks router then.
    lost: watch::Sender<u64>,
}

#[derive(Default)]
struct Seats {
    by_address: HashMap<(AccountId, String), HashSet<Uuid>>,
    all: HashMap<Uuid, Taken>,
}

struct Taken {
    account: AccountId,
    addresses: Vec<String>,
    events: mpsc::Sender<Arc<Event>>,
}

/// One open chat's place; it hears of its addresses for as long as this lives.
pub struct Seat {
    hub: Arc<Hub>,
    id: Uuid,
}

impl Hub {
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self { seats: Mutex::default(), lost: watch::Sender::new(0) })
    }

    /// A place for one chat, and what it hears; that ends when the chat is too slow.
    pub fn take(self: &Arc<Self>, account: AccountId) -> (Seat, mpsc::Receiver<Arc<Event>>) {
        let (events, heard) = mpsc::channel(WAITING);
        let id = Uuid::now_v7();
        self.seats.lock().all.insert(id, Taken { account, addresses: Vec::new(), events });
        (Seat { hub: self.clone(), id }, heard)
    }

    /// Changes when events may have been lost.
    #[must_use]
    pub fn lost(&self) -> watch::Receiver<u64> {
        self.lost.subscribe()
    }

    /// How often events may have been lost up to now.
    #[must_use]
    pub fn losses(&self) -> u64 {
        *self.lost.borrow()
    }

    /// Hands what the replicas tell to the chats of this instance, until `stop`.
    pub async fn run(self: Arc<Self>, peers: Peers, stop: CancellationToken) {
        let mut first = true;
        while !stop.is_cancelled() {
            match peers.listen().await {
                Ok(heard) => {
                    // Whoever asked before this heard nothing of what came between.
                    if !std::mem::take(&mut first) {
                        self.lose();
                    }
                    if stop.run_until_cancelled(self.hear(&peers, heard)).await.is_none() {
                        return;
                    }
                }
                Err(error) => warn!(%error, "NATS does not let us hear the other replicas"),
            }
            self.lose();
            stop.run_until_cancelled(sleep(Duration::from_secs(1))).await;
        }
    }

    async fn hear(&self, peers: &Peers, mut heard: impl futures::Stream<Item = Said> + Unpin) {
        let (mut tick, mut connections) = (interval(Duration::from_secs(1)), peers.connections());
        let mut look = || {
            let now = peers.connections();
            if std::mem::replace(&mut connections, now) != now {
                self.lose();
            }
        };
        loop {
            tokio::select! {
                said = heard.next() => {
                    let Some(said) = said else { return };
                    // Before it is told: nothing told after a loss may pass for what joins on.
                    look();
                    if let Ok(event) = Event::decode(said.payload) {
                        self.tell(said.account, &Arc::new(event));
                    }
                }
                _ = tick.tick() => look(),
            }
        }
    }

    fn lose(&self) {
        self.lost.send_modify(|count| *count += 1);
    }

    /// Tells the chats of this instance.
    pub fn tell(&self, account: AccountId, event: &Arc<Event>) {
        let mut seats = self.seats.lock();
        let addressed = event.addresses.iter().filter_map(|a| seats.by_address.get(&(account, a.clone())));
        let told: HashSet<Uuid> = addressed.flatten().copied().collect();
        for id in told.into_iter().filter(|id| id.to_string() != event.except) {
            let full = seats.all.get(&id).is_some_and(|taken| taken.events.try_send(event.clone()).is_err());
            if full {
                seats.leave(id);
            }
        }
    }
}

impl Seats {
    fn move_to(&mut self, id: Uuid, addresses: Vec<String>) {
        self.stand_up(id);
        let Some(taken) = self.all.get_mut(&id) else { return };
        taken.addresses.clone_from(&addresses);
        let account = taken.account;
        for address in addresses {
            self.by_address.entry((account, address)).or_default().insert(id);
        }
    }

    fn stand_up(&mut self, id: Uuid) {
        let Some(taken) = self.all.get_mut(&id) else { return };
        for address in std::mem::take(&mut taken.addresses) {
            let key = (taken.account, address);
            if let Some(seats) = self.by_address.get_mut(&key) {
                seats.remove(&id);
                if seats.is_empty() {
                    self.by_address.remove(&key);
                }
            }
        }
    }

    fn leave(&mut self, id: Uuid) {
        self.stand_up(id);
        self.all.remove(&id);
    }
}

impl Seat {
    /// From now on it hears of these addresses.
    pub fn sit(&self, addresses: Vec<String>) {
        self.hub.seats.lock().move_to(self.id, addresses);
    }

    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.hub.seats.lock().leave(self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::What;

    fn event(addresses: &[&str], except: &str) -> Arc<Event> {
        let addresses = addresses.iter().map(|a| (*a).to_owned()).collect();
        Arc::new(Event { addresses, except: except.to_owned(), again: false, what: Some(What::Typing(true)) })
    }

    #[test]
    fn each_chat_of_a_person_hears_once_and_no_other() {
        let (hub, account) = (Hub::new(), AccountId::new());
        let (first, mut at_home) = hub.take(account);
        let (second, mut at_work) = hub.take(account);
        let (stranger, mut elsewhere) = hub.take(AccountId::new());
        first.sit(vec!["u-1".into(), "v-1".into()]);
        second.sit(vec!["u-1".into()]);
        stranger.sit(vec!["u-1".into()]);
        hub.tell(account, &event(&["u-1", "v-1"], ""));
        assert!(at_home.try_recv().is_ok() && at_home.try_recv().is_err());
        assert!(at_work.try_recv().is_ok() && elsewhere.try_recv().is_err());
        hub.tell(account, &event(&["u-1"], &first.id().to_string()));
        assert!(at_home.try_recv().is_err() && at_work.try_recv().is_ok());
    }

    #[test]
    fn a_chat_that_is_too_slow_hears_that_it_must_come_again() {
        let (hub, account) = (Hub::new(), AccountId::new());
        let (seat, mut heard) = hub.take(account);
        seat.sit(vec!["v-1".into()]);
        for _ in 0..=WAITING {
            hub.tell(account, &event(&["v-1"], ""));
        }
        for _ in 0..WAITING {
            assert!(heard.try_recv().is_ok());
        }
        assert_eq!(heard.try_recv(), Err(mpsc::error::TryRecvError::Disconnected));
    }

    #[test]
    fn who_has_left_or_moved_leaves_nothing_behind() {
        let (hub, account) = (Hub::new(), AccountId::new());
        let (seat, _heard) = hub.take(account);
        seat.sit(vec!["v-1".into()]);
        seat.sit(vec!["v-2".into()]);
        assert_eq!(hub.seats.lock().by_address.len(), 1);
        drop(seat);
        let seats = hub.seats.lock();
        assert!(seats.by_address.is_empty() && seats.all.is_empty());
    }
}
