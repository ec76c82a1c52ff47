//! Router as far as a gateway sees it: reads IN, confirms, grants claims, beats, tells positions.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use bus::{Bus, Delivery, Inlet, names};
use contracts::channel::{
    AskPositionRequest, AskPositionResponse, Beat, Claim, Confirmation, ConfirmationOutcome, Inbound, inbound::Body,
};
use model::AccountId;
use parking_lot::Mutex;
use prost::Message;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

#[derive(Default)]
pub struct State {
    /// Every fact that came by, repeats included.
    pub arrived: Mutex<Vec<(AccountId, Inbound)>>,
    /// Keys that are "committed".
    pub committed: Mutex<HashSet<(AccountId, String)>>,
    granted: Mutex<HashMap<String, String>>,
    pub positions: Mutex<HashMap<String, String>>,
    /// The last sequence that was read.
    pub after: AtomicU64,
    /// How often a position was asked for.
    pub asked: AtomicUsize,
    /// Commits without telling: this many confirmations get lost.
    pub lose: AtomicUsize,
    /// The part whose worker it is.
    pub part: AtomicU32,
    /// While set, it is away: no beat, nothing read.
    pub away: AtomicBool,
    /// While set, it beats but confirms nothing and commits nothing.
    pub stalled: AtomicBool,
    /// While set, claims are refused.
    pub refuses: AtomicBool,
    /// While set, positions are not answered.
    pub forgetful: AtomicBool,
}

impl State {
    fn rests(&self) -> bool {
        self.away.load(Ordering::Relaxed) || self.stalled.load(Ordering::Relaxed)
    }
}

#[derive(Clone)]
pub struct Router {
    pub state: Arc<State>,
}

impl Router {
    pub async fn start(bus: Bus, tasks: &TaskTracker, stop: CancellationToken) -> Self {
        let state = Arc::new(State::default());
        let router = Self { state: state.clone() };
        tasks.spawn(beat(bus.clone(), state.clone(), stop.clone()));
        tasks.spawn(read(bus.clone(), state.clone(), stop.clone()));
        let asked = state;
        let answer = move |question: AskPositionRequest| {
            let state = asked.clone();
            async move {
                state.asked.fetch_add(1, Ordering::Relaxed);
                if state.forgetful.load(Ordering::Relaxed) {
                    tokio::time::sleep(Duration::from_secs(60)).await;
                }
                let value = state.positions.lock().get(&question.account_id).cloned().unwrap_or_default();
                Some(AskPositionResponse { value })
            }
        };
        bus::answer(&bus, names::question("position"), tasks, stop, answer).await.unwrap();
        router
    }

    /// Facts that arrived for an account, repeats included.
    pub fn arrived(&self, account: AccountId) -> Vec<Inbound> {
        let arrived = self.state.arrived.lock();
        arrived.iter().filter(|(of, _)| *of == account).map(|(_, fact)| fact.clone()).collect()
    }

    pub fn keys(&self, account: AccountId) -> Vec<String> {
        self.arrived(account).into_iter().map(|fact| fact.key).collect()
    }

    pub fn committed(&self, account: AccountId, key: &str) -> bool {
        self.state.committed.lock().contains(&(account, key.to_owned()))
    }

    /// The first fact of an account that fits.
    pub async fn fact(&self, account: AccountId, what: &str, fits: impl Fn(&Inbound) -> bool) -> Inbound {
        testkit::eventually(what, Duration::from_secs(20), async || self.arrived(account).into_iter().find(&fits)).await
    }

    pub fn set(&self, flag: impl Fn(&State) -> &AtomicBool, on: bool) {
        flag(&self.state).store(on, Ordering::Relaxed);
    }
}

async fn beat(bus: Bus, state: Arc<State>, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(Duration::from_millis(100))).await.is_some() {
        if !state.away.load(Ordering::Relaxed) {
            let part = state.part.load(Ordering::Relaxed);
            bus::publish_beat(&bus, &Beat { part, ..Beat::default() }).await;
        }
    }
}

async fn read(bus: Bus, state: Arc<State>, stop: CancellationToken) {
    let (mut inlet, mut connections) = (None::<Inlet>, bus.connections());
    while !stop.is_cancelled() {
        if bus.connections() != connections {
            // The server may have forgotten the reader.
            (inlet, connections) = (None, bus.connections());
        }
        if state.rests() {
            inlet = None;
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        }
        if inlet.is_none() {
            inlet = Inlet::open(&bus, 0, state.after.load(Ordering::Relaxed)).await.ok();
        }
        let Some(open) = &mut inlet else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        if open.state().await.is_ok_and(|now| now.last < state.after.load(Ordering::Relaxed)) {
            // A wiped stream: from the first (rule I10).
            state.after.store(0, Ordering::Relaxed);
            inlet = None;
            continue;
        }
        let Ok(batch) = open.next(100, 1 << 20, Duration::from_millis(50)).await else {
            inlet = None;
            continue;
        };
        for delivery in batch {
            if state.rests() {
                inlet = None;
                break;
            }
            state.after.store(delivery.sequence, Ordering::Relaxed);
            take(&bus, &state, delivery).await;
        }
    }
}

async fn take(bus: &Bus, state: &State, delivery: Delivery) {
    let (Some((_, account)), Ok(fact)) = (delivery.from, Inbound::decode(delivery.payload)) else { return };
    state.arrived.lock().push((account, fact.clone()));
    state.committed.lock().insert((account, fact.key.clone()));
    let outcome = match &fact.body {
        Some(Body::Claim(claim)) => decide(state, claim),
        Some(Body::Unparsed(_)) => ConfirmationOutcome::DeadLetter,
        Some(Body::PollPosition(position)) => {
            state.positions.lock().insert(account.to_string(), position.value.clone());
            ConfirmationOutcome::Committed
        }
        _ => ConfirmationOutcome::Committed,
    };
    let lost = state.lose.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
    if let (Some(confirm), false) = (delivery.confirm, lost) {
        let confirmation = Confirmation { outcome: outcome.into() };
        bus.client.publish(confirm, confirmation.encode_to_vec().into()).await.unwrap();
    }
}

/// One nonce per message and attempt.
fn decide(state: &State, claim: &Claim) -> ConfirmationOutcome {
    let mut granted = state.granted.lock();
    let holder =
        granted.entry(format!("{}:{}", claim.message_id, claim.attempt)).or_insert_with(|| claim.nonce.clone());
    let refused = state.refuses.load(Ordering::Relaxed) || *holder != claim.nonce;
    if refused { ConfirmationOutcome::Refused } else { ConfirmationOutcome::Granted }
}
