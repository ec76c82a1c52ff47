//! One order at a time in a lane, lanes side by side.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use bus::Dispatch;
use contracts::channel::order::Body;
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{Instrument, debug, info_span, warn};

use crate::{Gateway, carry, worker::Session};

/// Lanes with work; what comes for more of them is published again by router.
const LANES: usize = 512;
/// Orders that wait in one lane.
const WAITING: usize = 8;

/// Carries out orders until the session's `end`; those in flight are waited for until `cut`.
pub(crate) async fn run<G: Gateway>(
    session: &Arc<Session<G>>,
    mut orders: mpsc::Receiver<Dispatch>,
    cut: &CancellationToken,
) {
    let (free, mut freed) = mpsc::channel(LANES);
    let mut lanes = Lanes { session, running: HashMap::new(), tasks: TaskTracker::new(), free };
    loop {
        tokio::select! {
            biased;
            () = session.end.cancelled() => break,
            Some(lane) = freed.recv() => lanes.go_on(lane),
            Some(dispatch) = orders.recv() => lanes.accept(dispatch),
            else => break,
        }
    }
    lanes.tasks.close();
    if cut.run_until_cancelled(lanes.tasks.wait()).await.is_none() {
        warn!(account.id = %session.account.id, left = lanes.tasks.len(), "orders in flight were given up");
    }
}

struct Lanes<'a, G> {
    session: &'a Arc<Session<G>>,
    running: HashMap<String, Lane>,
    tasks: TaskTracker,
    free: mpsc::Sender<String>,
}

struct Lane {
    now: Mark,
    waiting: VecDeque<Dispatch>,
}

/// What makes two dispatches the same piece of work.
#[derive(PartialEq, Eq)]
struct Mark {
    order: String,
    attempt: u32,
}

impl<G: Gateway> Lanes<'_, G> {
    fn accept(&mut self, dispatch: Dispatch) {
        let mark = mark(&dispatch);
        if let Some(lane) = self.running.get_mut(&dispatch.order.lane) {
            let known = lane.now == mark || lane.waiting.iter().any(|waiting| self::mark(waiting) == mark);
            if !known && lane.waiting.len() < WAITING {
                lane.waiting.push_back(dispatch);
            }
        } else if self.running.len() < LANES {
            self.start(dispatch);
        } else {
            debug!(account.id = %self.session.account.id, "too many lanes; the order will come again");
        }
    }

    /// The lane's order is done: the next one, if there is one.
    fn go_on(&mut self, lane: String) {
        let Some(mut done) = self.running.remove(&lane) else { return };
        if let Some(next) = done.waiting.pop_front() {
            self.start(next);
            if let Some(lane) = self.running.get_mut(&lane) {
                lane.waiting = done.waiting;
            }
        }
    }

    fn start(&mut self, dispatch: Dispatch) {
        let session = self.session.clone();
        let name = dispatch.order.lane.clone();
        self.running.insert(name.clone(), Lane { now: mark(&dispatch), waiting: VecDeque::new() });
        let done = Done { lane: Some(name), free: self.free.clone() };
        let work = async move {
            let _done = done;
            let Ok(_place) = session.account.lanes.clone().acquire_owned().await else { return };
            if session.end.is_cancelled() {
                return;
            }
            let span = info_span!("order", account.id = %session.account.id, order.id = dispatch.order.order_id);
            runtime::trace::adopt(&span, |name| dispatch.traceparent.as_deref().filter(|_| name == "traceparent"));
            carry::order(&session, dispatch.order).instrument(span).await;
        };
        // Tracked twice: the drain waits for it even when the session does not.
        self.session.kit.work.spawn(self.tasks.track_future(work));
    }
}

fn mark(dispatch: &Dispatch) -> Mark {
    let attempt = if let Some(Body::Send(send)) = &dispatch.order.body { send.attempt } else { 0 };
    Mark { order: dispatch.order.order_id.clone(), attempt }
}

/// Frees the lane, also after a panic.
struct Done {
    lane: Option<String>,
    free: mpsc::Sender<String>,
}

impl Drop for Done {
    fn drop(&mut self) {
        // Never full: a lane has one order at work, and there are no more lanes than places.
        let _ = self.lane.take().map(|lane| self.free.try_send(lane));
    }
}
