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

/// Lanes with work; what comes for more of them is published again by router. Files have lanes of their own number, so
/// that many of them hold up no reply.
const LANES: usize = 512;
const FILES: usize = 256;
/// Orders that wait in one lane.
const WAITING: usize = 8;

/// Carries out orders until the session's `end`; those in flight are waited for until `cut`.
pub(crate) async fn run<G: Gateway>(
    session: &Arc<Session<G>>,
    mut orders: mpsc::Receiver<Dispatch>,
    cut: &CancellationToken,
) {
    let (free, mut freed) = mpsc::channel(LANES + FILES);
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
    file: bool,
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
        } else if self.has_room(is_file(&dispatch)) {
            self.start(dispatch);
        } else {
            debug!(account.id = %self.session.account.id, "too many lanes; the order will come again");
        }
    }

    fn has_room(&self, file: bool) -> bool {
        let running = self.running.values().filter(|lane| lane.file == file).count();
        running < if file { FILES } else { LANES }
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
        let file = is_file(&dispatch);
        self.running.insert(name.clone(), Lane { now: mark(&dispatch), file, waiting: VecDeque::new() });
        let done = Done { lane: Some(name), free: self.free.clone() };
        let work = async move {
            let _done = done;
            // A file takes its place among the process's downloads instead.
            let place = async { session.account.lanes.clone().acquire_owned().await.ok() };
            let _place = if file { None } else { place.await };
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

fn is_file(dispatch: &Dispatch) -> bool {
    matches!(dispatch.order.body, Some(Body::FetchAttachment(_)))
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
