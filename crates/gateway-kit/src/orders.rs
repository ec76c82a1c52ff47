//! Orders as they come from the bus, handed to whoever works their account here.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use bus::{Bus, Dispatch, OrderFeed, ReadError};
use model::AccountId;
use parking_lot::Mutex;
use tokio::{
    sync::{Notify, mpsc},
    time::sleep,
};
use tracing::{debug, info, warn};

use crate::kit::SharedKit;

/// Without orders for this long, the stream is checked.
const QUIET: Duration = Duration::from_secs(2);
/// The least pause between two openings.
const REOPEN: Duration = Duration::from_secs(1);
/// Dispatches that are remembered as handed over, so that opening the feed again repeats none.
const REMEMBERED: usize = 16_384;

/// The desks of the accounts that are worked here.
#[derive(Default)]
pub(crate) struct Desks {
    desks: Mutex<HashMap<AccountId, mpsc::Sender<Dispatch>>>,
    opened: Notify,
}

impl Desks {
    /// Orders of the account go to `orders` for as long as the result lives. What was published while nobody worked
    /// the account is read again.
    pub fn open(self: &Arc<Self>, account: AccountId, orders: mpsc::Sender<Dispatch>) -> Desk {
        self.desks.lock().insert(account, orders);
        self.opened.notify_one();
        Desk { desks: self.clone(), account }
    }

    /// `false`: it is not worked here, or its desk is full; router publishes the order again.
    fn hand_over(&self, dispatch: Dispatch) -> bool {
        let desk = self.desks.lock().get(&dispatch.account).cloned();
        desk.is_some_and(|desk| desk.try_send(dispatch).is_ok())
    }
}

pub(crate) struct Desk {
    desks: Arc<Desks>,
    account: AccountId,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.desks.desks.lock().remove(&self.account);
    }
}

/// Reads the channel's orders until `stop`.
pub(crate) async fn feed(kit: SharedKit, desks: Arc<Desks>) {
    let mut handed = Handed::default();
    let mut known = false;
    while !kit.stop.is_cancelled() {
        let reading = Box::pin(async {
            match OrderFeed::open(&kit.bus, &kit.channel).await {
                Ok(feed) => {
                    known = true;
                    read(feed, &kit.bus, &desks, &mut handed).await
                }
                Err(error) => Err(error),
            }
        });
        let Some(read) = kit.stop.run_until_cancelled(reading).await else { return };
        match read {
            Ok(()) => debug!("reading the orders from their beginning"),
            Err(ReadError::NoStream(stream)) if !known => info!(stream, "orders wait for router to make their stream"),
            Err(error) => warn!(error = runtime::chain(&error), "orders are read again"),
        }
        if kit.stop.run_until_cancelled(sleep(REOPEN)).await.is_none() {
            return;
        }
    }
}

/// Ends with `Ok` when the feed is to be read from its beginning: an account is new here, or the server behind a new
/// connection may have forgotten the reader.
async fn read(mut feed: OrderFeed, bus: &Bus, desks: &Desks, handed: &mut Handed) -> Result<(), ReadError> {
    let connections = bus.connections();
    loop {
        tokio::select! {
            biased;
            () = desks.opened.notified() => return Ok(()),
            next = feed.next(QUIET) => match next? {
                None if bus.connections() != connections => return Ok(()),
                None => feed.check().await?,
                Some(dispatch) => {
                    let mark = (dispatch.sequence, dispatch.order.order_id.clone());
                    if !handed.has(&mark) && desks.hand_over(dispatch) {
                        handed.add(mark);
                    }
                }
            },
        }
    }
}

#[derive(Default)]
struct Handed {
    marks: HashSet<(u64, String)>,
    oldest: VecDeque<(u64, String)>,
}

impl Handed {
    fn has(&self, mark: &(u64, String)) -> bool {
        self.marks.contains(mark)
    }

    fn add(&mut self, mark: (u64, String)) {
        if self.oldest.len() >= REMEMBERED
            && let Some(oldest) = self.oldest.pop_front()
        {
            self.marks.remove(&oldest);
        }
        self.marks.insert(mark.clone());
        self.oldest.push_back(mark);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_are_remembered() {
        let mut handed = Handed::default();
        for sequence in 0..=REMEMBERED as u64 {
            handed.add((sequence, String::new()));
        }
        assert!(!handed.has(&(0, String::new())));
        assert!(handed.has(&(1, String::new())));
        assert_eq!(handed.marks.len(), REMEMBERED);
    }
}
