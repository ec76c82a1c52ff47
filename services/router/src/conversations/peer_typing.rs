//! "The person is typing": from adapters to the colleagues who see the conversation, over core NATS; never stored.

use std::{sync::Arc, time::Duration};

use bus::{Bus, names};
use contracts::{
    channel::{Signal, SignalKind},
    live::{TypingSignal, live_signal},
};
use futures::StreamExt;
use model::{AccountId, Channel, ConversationId};
use prost::Message as _;
use sqlx::PgPool;
use tokio::{sync::Semaphore, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::debug;

use super::{store, typing::for_colleagues};
use crate::questions::{self, QuestionError};

/// Signals that are looked up at the same time; further ones are dropped, the adapter says it again.
const AT_ONCE: usize = 8;
/// Later than this nobody types any more.
const DEADLINE: Duration = Duration::from_secs(2);

/// Passes signals on until `stop`; one router of all hears each.
///
/// # Errors
/// When NATS does not take the subscription.
pub async fn listen(
    pool: &PgPool,
    bus: &Bus,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> Result<(), bus::SubscribeError> {
    let mut signals = bus.client.queue_subscribe(names::ALL_SIGNALS, "router".to_owned()).await?;
    let (pool, bus, stop, work) = (pool.clone(), bus.clone(), stop.clone(), tasks.clone());
    tasks.spawn(async move {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        while let Some(Some(message)) = stop.run_until_cancelled(signals.next()).await {
            let Some((channel, account)) = names::parse_signal(&message.subject) else { continue };
            let Ok(signal) = Signal::decode(message.payload) else { continue };
            let Ok(place) = places.clone().try_acquire_owned() else { continue };
            if signal.kind() == SignalKind::PeerTyping {
                let (pool, bus) = (pool.clone(), bus.clone());
                work.spawn(async move {
                    let _place = place;
                    let told = timeout(DEADLINE, tell(&pool, &bus, &channel, account, &signal)).await;
                    if !matches!(told, Ok(Ok(()))) {
                        debug!(account.id = %account, "a person's typing was not passed on");
                    }
                });
            }
        }
    });
    Ok(())
}

async fn tell(
    pool: &PgPool,
    bus: &Bus,
    channel: &Channel,
    account: AccountId,
    signal: &Signal,
) -> Result<(), QuestionError> {
    let addresses = std::slice::from_ref(&signal.peer_address);
    let found = questions::conversations_of(pool, channel, account, &signal.peer_scope, addresses).await?;
    let Some(id) = found.first().map(|id| ConversationId::from(*id)) else { return Ok(()) };
    let Some(at) = store::whereabouts(pool, id).await? else { return Ok(()) };
    let others = store::other_watchers(pool, id).await?;
    let typing = TypingSignal { conversation_id: id.to_string(), employee_id: String::new() };
    let telling = for_colleagues(&at, &others, live_signal::What::Typing(typing));
    // The bus is away: then nobody would hear of it anyway.
    let _ = bus::publish_live_signal(bus, &telling).await;
    Ok(())
}
