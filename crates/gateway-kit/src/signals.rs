//! Typing, from the page to the person. Lost signals cost nothing.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use bus::names;
use contracts::channel::{Signal, SignalKind};
use futures::StreamExt;
use model::AccountId;
use prost::Message;
use tokio::{sync::Semaphore, time::timeout};

use crate::{Gateway, kit::SharedKit, sessions::Sessions};

/// One typing signal per conversation in this span; providers show it for about five seconds.
const ONE_PER: Duration = Duration::from_secs(4);
const CALL_WAIT: Duration = Duration::from_secs(5);
/// Calls at the same time; further signals are dropped.
const CALLS: usize = 16;

/// Shows people that an operator types, until `stop`; only where the account is worked here.
pub(crate) async fn run<G: Gateway>(kit: &SharedKit, sessions: Arc<Sessions<G>>) -> Result<(), bus::SubscribeError> {
    let mut signals = kit.bus.client.subscribe(names::signals(&kit.channel)).await?;
    let kit = kit.clone();
    kit.clone().work.spawn(async move {
        let calls = Arc::new(Semaphore::new(CALLS));
        let mut shown = Shown::default();
        while let Some(Some(message)) = kit.stop.run_until_cancelled(signals.next()).await {
            let account = message.subject.rsplit('.').next().and_then(|id| id.parse::<AccountId>().ok());
            let (Some(account), Ok(signal)) = (account, Signal::decode(message.payload)) else { continue };
            if signal.kind() != SignalKind::OperatorTyping {
                continue;
            }
            let (Some(session), Some(target)) = (sessions.find(account), signal.target) else { continue };
            let Ok(place) = calls.clone().try_acquire_owned() else { continue };
            if shown.lately(account, &signal.conversation_id) {
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

/// The conversations that were shown typing a moment ago.
#[derive(Default)]
struct Shown(HashMap<(AccountId, String), Instant>);

impl Shown {
    fn lately(&mut self, account: AccountId, conversation: &str) -> bool {
        self.0.retain(|_, at| at.elapsed() < ONE_PER);
        let key = (account, conversation.to_owned());
        let known = self.0.contains_key(&key);
        self.0.entry(key).or_insert_with(Instant::now);
        known
    }
}
