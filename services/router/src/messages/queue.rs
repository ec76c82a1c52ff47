//! What may be done with a message before an adapter has sent it, and with one whose outcome is unknown.

use chrono::{DateTime, Utc};
use contracts::inbox::MessageStatus;
use model::MessageId;
use serde_json::json;

use super::{
    domain::MessageError,
    send::{begin, may_write},
    store::{self, Held},
};
use crate::{
    access::Viewer,
    conversations::{Change, Db},
    requests,
};

/// Takes a queued message back, every part of a split one with it. Of this and an adapter's claim the first decides.
///
/// # Errors
/// [`MessageError::AlreadyClaimed`] and others of [`MessageError`].
pub async fn cancel(db: &Db, viewer: &Viewer, id: MessageId) -> Result<Vec<MessageId>, MessageError> {
    let (mut change, held) = begin(db, viewer, id).await?;
    change.must_be_full()?;
    let parts = queued_parts(&mut change, &held).await?;
    if held.status == MessageStatus::Cancelled {
        return Ok(parts);
    }
    let conversation = change.conversation.id;
    let cancelled = store::cancel(change.db(), conversation, &parts).await?;
    if !cancelled.contains(&id) {
        return Err(MessageError::AlreadyClaimed);
    }
    change.refresh_last().await?;
    requests::reply_taken_back(&mut change).await?;
    cancelled.iter().for_each(|id| change.tell_message(*id));
    change.audit("cancelled", "message", id.0, None, Some(json!({ "parts": cancelled.len() })));
    change.commit().await?;
    Ok(parts)
}

/// Moves the time of a queued message, and of every part of a split one; `None` means now.
///
/// # Errors
/// [`MessageError::AlreadyClaimed`] and others of [`MessageError`].
pub async fn reschedule(
    db: &Db,
    viewer: &Viewer,
    id: MessageId,
    not_before: Option<DateTime<Utc>>,
) -> Result<Vec<MessageId>, MessageError> {
    let (mut change, held) = begin(db, viewer, id).await?;
    change.must_be_full()?;
    may_write(&change, not_before, held.content.template.is_some())?;
    if held.not_after.is_some_and(|latest| not_before.unwrap_or(change.now) >= latest) {
        return Err(MessageError::Invalid { field: "not_before", why: "is not before the latest time of the message" });
    }
    let parts = queued_parts(&mut change, &held).await?;
    let conversation = change.conversation.id;
    let moved = store::reschedule(change.db(), conversation, &parts, not_before).await?;
    if !moved.contains(&id) {
        return Err(MessageError::AlreadyClaimed);
    }
    moved.iter().for_each(|id| change.tell_message(*id));
    change.has_orders();
    change.audit("rescheduled", "message", id.0, None, Some(json!({ "not_before": not_before })));
    change.commit().await?;
    Ok(parts)
}

/// The parts of a message of ours that is or was queued.
async fn queued_parts(change: &mut Change<'_>, held: &Held) -> Result<Vec<MessageId>, MessageError> {
    if !held.is_ours() || held.status == MessageStatus::Unspecified {
        return Err(MessageError::Invalid { field: "message_id", why: "is no message that is sent" });
    }
    let conversation = change.conversation.id;
    Ok(store::parts(change.db(), conversation, held).await?)
}

/// "It arrived": settles an unknown outcome by hand. Repeating it changes nothing.
///
/// # Errors
/// [`MessageError::NotSentYet`] when the outcome is not unknown, and others of [`MessageError`].
pub async fn settle(db: &Db, viewer: &Viewer, id: MessageId) -> Result<(), MessageError> {
    let (mut change, held) = begin(db, viewer, id).await?;
    change.must_be_full()?;
    if held.is_ours() && held.is_sent() {
        return Ok(());
    }
    let conversation = change.conversation.id;
    if !store::settle(change.db(), conversation, id).await? {
        return Err(MessageError::NotSentYet);
    }
    if change.conversation.last.message == Some(id) {
        change.conversation.last.status = MessageStatus::Sent as i16;
    }
    change.tell_message(id);
    change.audit("settled", "message", id.0, None, None);
    change.commit().await?;
    Ok(())
}
