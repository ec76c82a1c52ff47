//! Typing, from the page to the person and back. Lost signals cost nothing.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use bus::names;
use contracts::channel::{Peer, Signal, SignalKind};
use futures::StreamExt;
use model::AccountId;
use parking_lot::Mutex;
use prost::Message;
use tokio::{sync::Semaphore, time::timeout};

use crate::{Gateway, kit::SharedKit, sessions::Sessions};

/// One typing signal per conversation in this span; providers show it for about five seconds.
const ONE_PER: Duration = Duration::from_secs(4);
/// The same for a person: providers say it again each three to ten seconds.
const PERSON_PER: Duration = Duration::from_secs(2);
const CALL_WAIT: Duration = Duration::from_secs(5);
/// Calls at the same time; further signals are dropped.
const CALLS: usize = 16;
/// People who type at the same time; further ones are not told of.
const TYPISTS: usize = 10_000;

/// Shows people that an operator types, until `stop`; only where the account is worked here.
pub(crate) async fn run<G: Gateway>(kit: &SharedKit, sessions: Arc<Sessions<G>>) -> Result<(), bus::SubscribeError> {
    let mut signals = kit.bus.client.subscribe(names::signals(&kit.channel)).await?;
    let kit = kit.clone();
    kit.clone().work.spawn(async move {
        let calls = Arc::new(Semaphore::new(CALLS));
        let mut shown = Lately::default();
        while let Some(Some(message)) = kit.stop.run_until_cancelled(signals.next()).await {
            let account = message.subject.rsplit('.').next().and_then(|id| id.parse::<AccountId>().ok());
            let (Some(account), Ok(signal)) = (account, Signal::decode(message.payload)) else { continue };
            if signal.kind() != SignalKind::OperatorTyping {
                continue;
            }
            let (Some(session), Some(target)) = (sessions.find(account), signal.target) else { continue };
            let Ok(place) = calls.clone().try_acquire_owned() else { continue };
            if shown.knows(account, signal.conversation_id, ONE_PER) {
                continue;
            }
            kit.work.spawn(async move {
                let _place = place;
                // Errors and time-outs are of no interest.
                let tools = session.kit.tools(account);
                let typing = session.gateway.typing(&target.address, &target.reply_address, &tools);
                let _ = timeout(CALL_WAIT, typing).await;
            });
        }
    });
    Ok(())
}

/// The people of whom colleagues were told a moment ago.
#[derive(Default)]
pub(crate) struct Typists(Mutex<Lately>);

/// Tells colleagues that a person types, once in a while however often the provider says it.
pub(crate) async fn person_types_on(kit: &SharedKit, account: AccountId, peer: Peer) {
    let whom = format!("{}\0{}", peer.scope, peer.address);
    let known = kit.typists.0.lock().knows(account, whom, PERSON_PER);
    if !known {
        person_types(kit, account, peer).await;
    }
}

pub(crate) async fn person_types(kit: &SharedKit, account: AccountId, peer: Peer) {
    if !kit.bus.is_connected() {
        return;
    }
    let signal = Signal {
        kind: SignalKind::PeerTyping.into(),
        peer_address: peer.address,
        peer_scope: peer.scope,
        ..Signal::default()
    };
    let subject = names::signal(&kit.channel, account);
    let _ = kit.bus.client.publish(subject, signal.encode_to_vec().into()).await;
}

/// What was said a moment ago, by account and whom it is about.
#[derive(Default)]
struct Lately(HashMap<(AccountId, String), Instant>);

impl Lately {
    /// Whether it was said, or cannot be noted any more; from now on it was.
    fn knows(&mut self, account: AccountId, whom: String, span: Duration) -> bool {
        self.0.retain(|_, at| at.elapsed() < span);
        let (full, key) = (self.0.len() >= TYPISTS, (account, whom));
        if full || self.0.contains_key(&key) {
            return true;
        }
        self.0.insert(key, Instant::now());
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_who_types_on_is_told_of_once_in_a_while() {
        let (mut lately, one, other) = (Lately::default(), AccountId::new(), AccountId::new());
        let mut knows = |account, whom: &str, span| lately.knows(account, whom.to_owned(), span);
        let hour = Duration::from_secs(3_600);
        assert!(!knows(one, "a", hour) && knows(one, "a", hour));
        assert!(!knows(one, "b", hour) && !knows(other, "a", hour));
        assert!(!knows(one, "a", Duration::ZERO), "a while later");
    }

    #[test]
    fn a_crowd_takes_no_more_than_its_room() {
        let (mut lately, account) = (Lately::default(), AccountId::new());
        let hour = Duration::from_secs(3_600);
        lately.0.extend((0..TYPISTS).map(|n| ((account, n.to_string()), Instant::now())));
        assert!(lately.knows(account, "one more".to_owned(), hour));
        assert_eq!(lately.0.len(), TYPISTS);
    }
}
