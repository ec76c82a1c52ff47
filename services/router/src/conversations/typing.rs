//! "Is typing" and "looks at it": said over core NATS to colleagues and to the channel, never stored.

use std::time::Duration;

use bus::{Bus, names};
use contracts::{
    channel::{Signal, SignalKind, SignalTarget},
    live::{LiveSignal, TypingSignal, ViewingSignal, live_signal},
};
use model::{Channel, ConversationId};
use prost::Message as _;
use sqlx::PgPool;
use tracing::debug;
use uuid::Uuid;

use super::{
    domain::{ConversationError, Whereabouts},
    store,
};
use crate::access::{self, Viewer};

/// A signal that takes longer is late anyway.
const DEADLINE: Duration = Duration::from_secs(1);

/// Tells that the viewer is typing. Only who may answer is heard; a bus that is away costs nothing but the signal.
///
/// # Errors
/// [`ConversationError`].
pub async fn signal(
    pool: &PgPool,
    bus: Option<&Bus>,
    viewer: &Viewer,
    id: ConversationId,
) -> Result<(), ConversationError> {
    let id = *store::visible(pool, viewer, &[id]).await?.first().ok_or(ConversationError::NotFound(id))?;
    let at = store::whereabouts(pool, id).await?.ok_or(ConversationError::NotFound(id))?;
    let why = viewer.standing(&at.place).cannot_reply_reason(&at.place);
    if !why.is_empty() {
        return Err(ConversationError::NotAllowed { id, why });
    }
    let Some(bus) = bus else { return Ok(()) };
    let others = store::other_watchers(pool, id).await?;
    let telling = async {
        let typing = TypingSignal { conversation_id: id.to_string(), employee_id: viewer.employee.to_string() };
        let signal = for_colleagues(&at, &others, live_signal::What::Typing(typing));
        bus::publish_live_signal(bus, &signal).await?;
        match at.account.channel.parse::<Channel>() {
            Ok(channel) => {
                let subject = names::signal(&channel, at.account.id);
                bus.client.publish(subject, for_the_person(at, id, viewer).encode_to_vec().into()).await
            }
            Err(_) => Ok(()),
        }
    };
    if !matches!(tokio::time::timeout(DEADLINE, telling).await, Ok(Ok(()))) {
        debug!(conversation.id = %id, "a typing signal was not published");
    }
    Ok(())
}

/// Tells colleagues that the viewer has the conversation open, or has left it.
///
/// # Errors
/// [`ConversationError`].
pub async fn viewing(
    pool: &PgPool,
    bus: Option<&Bus>,
    viewer: &Viewer,
    id: ConversationId,
    left: bool,
) -> Result<(), ConversationError> {
    let id = *store::visible(pool, viewer, &[id]).await?.first().ok_or(ConversationError::NotFound(id))?;
    let at = store::whereabouts(pool, id).await?.ok_or(ConversationError::NotFound(id))?;
    let Some(bus) = bus else { return Ok(()) };
    let others = store::other_watchers(pool, id).await?;
    let viewing = ViewingSignal { conversation_id: id.to_string(), employee_id: viewer.employee.to_string(), left };
    let signal = for_colleagues(&at, &others, live_signal::What::Viewing(viewing));
    let telling = bus::publish_live_signal(bus, &signal);
    if !matches!(tokio::time::timeout(DEADLINE, telling).await, Ok(Ok(()))) {
        debug!(conversation.id = %id, "a viewing signal was not published");
    }
    Ok(())
}

/// To whoever learns of the conversation's events.
pub(super) fn for_colleagues(at: &Whereabouts, others: &[Uuid], what: live_signal::What) -> LiveSignal {
    let watchers = at.place.assignee.map(Uuid::from).into_iter().chain(others.iter().copied());
    let audience = access::audience(at.place.owner, watchers, at.place.department.map(Uuid::from));
    LiveSignal { audience: Some(audience), what: Some(what) }
}

fn for_the_person(at: Whereabouts, id: ConversationId, viewer: &Viewer) -> Signal {
    let peer = at.peer;
    Signal {
        conversation_id: id.to_string(),
        kind: SignalKind::OperatorTyping.into(),
        target: Some(SignalTarget {
            thread_key: peer.thread_key.clone(),
            address: peer.address.clone(),
            reply_address: peer.reply_address,
        }),
        peer_address: peer.address,
        peer_scope: peer.scope,
        thread_key: peer.thread_key,
        employee_id: viewer.employee.to_string(),
    }
}
