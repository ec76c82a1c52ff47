//! A reply whose latest time has come: what has not gone by then is called off.

use ::store::{Schema, event, timer::Timer};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    channel::{Failure, FailureReason},
    inbox::MessageStatus,
    live::{ConversationChanged, event::What},
};
use model::MessageId;
use prost::Message as _;
use sqlx::PgConnection;

use super::store;
use crate::{
    access,
    conversations::{self, Locked},
};

/// The timer of a reply with a latest time; its key is the message's id.
pub const EXPIRE: &str = "expire";
/// An adapter holds the reply: it may still come back unsent.
const LOOK_AGAIN: TimeDelta = TimeDelta::seconds(15);

/// One timer for each part of a reply.
pub fn timers(ids: &[MessageId], at: DateTime<Utc>) -> Vec<Timer> {
    let timer = |id: &MessageId| Timer {
        kind: EXPIRE.to_owned(),
        key: id.to_string(),
        due_at: at,
        payload: serde_json::Value::Null,
    };
    ids.iter().map(timer).collect()
}

/// Calls off a reply that is still queued; the work of timer [`EXPIRE`]. Claims are refused from that time on, so that it is
/// no matter how late the timer is. Returns when to look again at what an adapter holds.
///
/// # Errors
/// [`::store::Conflict`] when the conversation was merged meanwhile; what the database answers.
pub async fn expire(db: &mut PgConnection, id: MessageId) -> sqlx::Result<Option<DateTime<Utc>>> {
    let Some(conversation) = store::conversation_of(&mut *db, id).await? else { return Ok(None) };
    let Some(mut locked) = conversations::lock(&mut *db, conversation).await? else {
        return Err(::store::Conflict.into());
    };
    let now = Utc::now();
    let Some(message) = store::waiting(&mut *db, conversation, id).await? else { return Ok(None) };
    let Some(not_after) = message.not_after.filter(|_| !message.is_over()) else { return Ok(None) };
    if message.status == MessageStatus::Sending || not_after > now {
        return Ok(Some(not_after.max(now + LOOK_AGAIN)));
    }
    let failure = Failure { reason: FailureReason::Expired.into(), ..Failure::default() };
    store::call_off(&mut *db, conversation, id, &failure.encode_to_vec()).await?;
    if locked.last.message == Some(id) {
        locked.last.status = MessageStatus::Failed as i16;
    }
    tell(db, &locked, id).await?;
    Ok(None)
}

/// Writes a locked conversation back and tells of a message that has changed in it.
///
/// # Errors
/// What the database answers.
pub async fn tell(db: &mut PgConnection, locked: &Locked, id: MessageId) -> sqlx::Result<()> {
    conversations::save(&mut *db, locked).await?;
    let place = locked.place();
    let others = conversations::other_watchers(&mut *db, locked.id).await?;
    let employees = place.assignee.map(uuid::Uuid::from).into_iter().chain(others);
    let audience = access::audience(place.owner, employees, place.department.map(uuid::Uuid::from));
    let what = What::ConversationChanged(ConversationChanged {
        conversation_id: locked.id.to_string(),
        revision: (locked.revision + 1).cast_unsigned(),
        message_ids: vec![id.to_string()],
        ..ConversationChanged::default()
    });
    event::append(db, Schema::Inbox, &[(what, audience)]).await
}
