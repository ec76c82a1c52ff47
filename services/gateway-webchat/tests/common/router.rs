//! Router as far as this gateway sees it: reads IN, commits, confirms, grants claims, beats, and knows what was missed.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use bus::{Bus, Delivery, Inlet, names};
use contracts::channel::{
    AliasKind, AskMissedRequest, AskMissedResponse, AskOfficeRequest, AskOfficeResponse, Beat, Confirmation,
    ConfirmationOutcome, Inbound, PeerMessage, ReceiptStatus, inbound::Body,
};
use model::{AccountId, MessageId};
use parking_lot::Mutex;
use prost::Message;
use runtime::{Stop, TaskTracker};

/// Of what the asker has, so much is told again.
const OVERLAP: usize = 5;

#[derive(Default)]
pub struct State {
    /// Every fact that came by, repeats included.
    arrived: Mutex<Vec<(AccountId, Inbound)>>,
    committed: Mutex<HashSet<(AccountId, String)>>,
    /// What was said, with all that the person is known by.
    pub history: Mutex<Vec<(HashSet<String>, PeerMessage)>>,
    after: AtomicU64,
    /// While set, it beats but confirms nothing and commits nothing.
    pub stalled: AtomicBool,
    /// While set, it answers no question.
    pub silent: AtomicBool,
    /// How often it was asked what was missed.
    pub asked: AtomicUsize,
    pub closed: AtomicBool,
    /// While set, receipts are neither committed nor confirmed; they come again.
    pub holds_receipts: AtomicBool,
}

#[derive(Clone)]
pub struct Router {
    pub state: Arc<State>,
}

impl Router {
    pub async fn start(bus: Bus, tasks: &TaskTracker, stop: Stop) -> Self {
        let state = Arc::new(State::default());
        tasks.spawn(beat(bus.clone(), stop.clone()));
        tasks.spawn(read(bus.clone(), state.clone(), stop.clone()));
        let asked = state.clone();
        let missed = move |question: AskMissedRequest| {
            let state = asked.clone();
            async move { state.missed(&question) }
        };
        bus::answer(&bus, names::question("missed"), tasks, stop.clone(), missed).await.expect("subscribed");
        let asked = state.clone();
        let office = move |_: AskOfficeRequest| {
            let open = !asked.closed.load(Ordering::Relaxed);
            async move { Some(AskOfficeResponse { open, online: 2, reply_seconds: 60, opens_at: None }) }
        };
        bus::answer(&bus, names::question("office"), tasks, stop, office).await.expect("subscribed");
        Self { state }
    }

    /// Facts that arrived for an account, repeats included; what the kit tells by itself is left out.
    pub fn arrived(&self, account: AccountId) -> Vec<Inbound> {
        let arrived = self.state.arrived.lock();
        let told = |fact: &&Inbound| !matches!(fact.body, Some(Body::AccountState(_)));
        arrived.iter().filter(|(of, _)| *of == account).map(|(_, fact)| fact).filter(told).cloned().collect()
    }

    /// Keys without repeats.
    pub fn committed(&self, account: AccountId) -> HashSet<String> {
        let of = |fact: Inbound| fact.key;
        self.arrived(account).into_iter().map(of).collect()
    }

    /// The first fact of an account whose key begins so.
    pub async fn fact(&self, account: AccountId, key: &str) -> Inbound {
        testkit::eventually(key, super::LIMIT, async || {
            self.arrived(account).into_iter().find(|fact| fact.key.starts_with(key))
        })
        .await
    }

    pub fn set(&self, flag: impl Fn(&State) -> &AtomicBool, on: bool) {
        flag(&self.state).store(on, Ordering::Relaxed);
    }
}

impl State {
    fn missed(&self, question: &AskMissedRequest) -> Option<AskMissedResponse> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.silent.load(Ordering::Relaxed) {
            return None;
        }
        let history = self.history.lock();
        let theirs: Vec<PeerMessage> = history
            .iter()
            .filter(|(known, _)| question.addresses.iter().any(|address| known.contains(address)))
            .map(|(_, message)| message.clone())
            .collect();
        let place = |id: &str| theirs.iter().position(|message| message.message_id == id);
        let limit = usize::try_from(question.limit).unwrap_or(50).clamp(1, 200);
        let (from, to) = match (place(&question.after_message_id), place(&question.before_message_id)) {
            (Some(after), _) => ((after + 1).saturating_sub(OVERLAP), theirs.len()),
            (_, Some(before)) => (before.saturating_sub(limit), before),
            _ => (theirs.len().saturating_sub(limit), theirs.len()),
        };
        let known = place(&question.after_message_id);
        let end = known.map_or(to, |after| to.min(after + 1 + limit));
        Some(AskMissedResponse {
            messages: theirs[from..end].to_vec(),
            more: if known.is_some() { end < to } else { from > 0 },
            conversation_id: if theirs.is_empty() { String::new() } else { "c".to_owned() },
            unread: 0,
        })
    }

    fn remember(&self, fact: &Inbound) {
        let Some(peer) = &fact.peer else { return };
        let others = peer.aliases.iter().filter(|alias| alias.kind() == AliasKind::ProviderId);
        let known: HashSet<String> = others.map(|alias| alias.value.clone()).chain([peer.address.clone()]).collect();
        let mut history = self.history.lock();
        // One who is known by another's address is the same person.
        for (addresses, _) in history.iter_mut().filter(|(addresses, _)| !addresses.is_disjoint(&known)) {
            addresses.extend(known.iter().cloned());
        }
        let message = match &fact.body {
            Some(Body::Message(message)) => PeerMessage {
                message_id: MessageId::new().to_string(),
                message_key: fact.message_key.clone(),
                content: message.content.clone(),
                ..PeerMessage::default()
            },
            Some(Body::Receipt(receipt)) if receipt.status() == ReceiptStatus::Sent => PeerMessage {
                message_id: receipt.message_id.clone(),
                message_key: fact.message_key.clone(),
                own: true,
                content: receipt.sent.clone(),
                ..PeerMessage::default()
            },
            _ => return,
        };
        history.push((known, PeerMessage { shown_at: fact.shown_at, position: fact.position, ..message }));
    }
}

async fn beat(bus: Bus, stop: Stop) {
    while stop.run_until_cancelled(tokio::time::sleep(Duration::from_millis(100))).await.is_some() {
        bus::publish_beat(&bus, &Beat::default()).await;
    }
}

async fn read(bus: Bus, state: Arc<State>, stop: Stop) {
    let mut inlet = None::<Inlet>;
    while !stop.is_cancelled() {
        if state.stalled.load(Ordering::Relaxed) {
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
        let Ok(batch) = open.next(100, 1 << 20, Duration::from_millis(50)).await else {
            inlet = None;
            continue;
        };
        for delivery in batch {
            if state.stalled.load(Ordering::Relaxed) {
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
    if matches!(fact.body, Some(Body::Receipt(_))) && state.holds_receipts.load(Ordering::Relaxed) {
        return;
    }
    state.arrived.lock().push((account, fact.clone()));
    let new = state.committed.lock().insert((account, fact.key.clone()));
    if new {
        state.remember(&fact);
    }
    let outcome = match &fact.body {
        Some(Body::Claim(_)) => ConfirmationOutcome::Granted,
        Some(Body::Unparsed(_)) => ConfirmationOutcome::DeadLetter,
        _ => ConfirmationOutcome::Committed,
    };
    if let Some(confirm) = delivery.confirm {
        let confirmation = Confirmation { outcome: outcome.into() };
        bus.client.publish(confirm, confirmation.encode_to_vec().into()).await.expect("published");
    }
}
