//! Changes of what is at the provider already: edits, deletions, reactions. The row changes at once, the order follows.

use chrono::TimeDelta;
use contracts::{
    channel::{Capabilities, Content, DeleteOrder, EditOrder, Order, ReactOrder, order::Body},
    inbox::{MessageKind, MessageStatus},
};
use model::{MessageId, OrderId};
use serde_json::json;
use uuid::Uuid;

use super::{
    domain::{MessageError, Speech},
    insert,
    plan::shown_spans,
    rows,
    send::{begin, capabilities, may_write},
    split::length,
    store::{self, Held},
};
use crate::{
    access::Viewer,
    conversations::{Change, Db},
};

/// The longest that an emoji of several code points is.
const EMOJI_BYTES: usize = 64;

/// Changes the text of a message of ours at the provider, or of an own note.
///
/// # Errors
/// [`MessageError`].
pub async fn edit(
    db: &Db,
    viewer: &Viewer,
    id: MessageId,
    speech: &Speech,
    request_id: Option<Uuid>,
) -> Result<(), MessageError> {
    let (mut change, held) = begin(db, viewer, id).await?;
    let is_note = own_note(&change, &held)?;
    if !is_note {
        change.must_be_full()?;
    }
    if !store::first_call(change.db(), request_id).await? {
        return Ok(());
    }
    if speech.text.trim().is_empty() && held.files == 0 {
        return Err(MessageError::Empty);
    }
    let order = if is_note { None } else { Some(edit_order(&mut change, &held, speech).await?) };
    let spans = order.as_ref().map_or_else(Vec::new, |(_, content)| content.spans.clone());
    let content = Content { spans, ..held.content.clone() };
    let (conversation, now) = (change.conversation.id, change.now);
    store::replace_text(change.db(), conversation, id, &speech.text, &content, now).await?;
    if let Some((order, _)) = order {
        insert::queue_order(&mut change, id, &order).await?;
    }
    if change.conversation.last.message == Some(id) {
        change.conversation.last.text = speech.text.chars().take(200).collect();
    }
    finish(change, "edited", &held).await
}

async fn edit_order(change: &mut Change<'_>, held: &Held, speech: &Speech) -> Result<(Order, Content), MessageError> {
    let can = capabilities(change).await?;
    may_write(change, None, false)?;
    if !can.edits {
        return Err(MessageError::ChannelCannot { ability: "edits" });
    }
    let limit = if held.files > 0 { can.caption_limit } else { can.text_limit };
    if length(&speech.text, can.text_unit()) > usize::try_from(limit).unwrap_or(usize::MAX) {
        return Err(MessageError::TooLong { limit });
    }
    let message_keys = keys(change, held).await?;
    let attachments = rows::files_for_order(change.db(), held.id).await?;
    let content = Content {
        text: speech.text.clone(),
        spans: shown_spans(&speech.spans, &can),
        attachments,
        ..held.content.clone()
    };
    let body = EditOrder { message_id: held.id.to_string(), message_keys, content: Some(content.clone()) };
    Ok((order(change, Body::Edit(body)), content))
}

/// Deletes a message of ours at the provider; an own note, or what was never sent, only here.
///
/// # Errors
/// [`MessageError`].
pub async fn delete(db: &Db, viewer: &Viewer, id: MessageId, request_id: Option<Uuid>) -> Result<(), MessageError> {
    let (mut change, held) = begin(db, viewer, id).await?;
    let is_note = own_note(&change, &held)?;
    if !is_note {
        change.must_be_full()?;
    }
    if held.deleted_at.is_some() || !store::first_call(change.db(), request_id).await? {
        return Ok(());
    }
    let never_sent = matches!(held.status, MessageStatus::Failed | MessageStatus::Cancelled);
    if !is_note && !never_sent {
        let can = capabilities(&mut change).await?;
        may_write(&change, None, false)?;
        check_delete(&change, &held, &can)?;
        let message_keys = keys(&mut change, &held).await?;
        let body = DeleteOrder { message_id: id.to_string(), message_keys };
        let order = order(&change, Body::Delete(body));
        insert::queue_order(&mut change, id, &order).await?;
    }
    let (conversation, now) = (change.conversation.id, change.now);
    store::mark_deleted(change.db(), conversation, id, now).await?;
    if change.conversation.last.message == Some(id) {
        change.refresh_last().await?;
    }
    finish(change, "deleted", &held).await
}

fn check_delete(change: &Change<'_>, held: &Held, can: &Capabilities) -> Result<(), MessageError> {
    let within = TimeDelta::seconds(can.delete_within_seconds.into());
    let too_old = !within.is_zero() && change.now - held.shown_at > within;
    if !can.deletes || too_old {
        return Err(MessageError::ChannelCannot { ability: if can.deletes { "deletes_old" } else { "deletes" } });
    }
    Ok(())
}

/// Sets our reaction to a message, or takes it back with an empty emoji.
///
/// # Errors
/// [`MessageError`].
pub async fn react(
    db: &Db,
    viewer: &Viewer,
    id: MessageId,
    emoji: &str,
    request_id: Option<Uuid>,
) -> Result<(), MessageError> {
    let (mut change, held) = begin(db, viewer, id).await?;
    change.must_be_full()?;
    if emoji.len() > EMOJI_BYTES || emoji.contains(char::is_control) {
        return Err(MessageError::Invalid { field: "emoji", why: "is no emoji" });
    }
    if !store::first_call(change.db(), request_id).await? {
        return Ok(());
    }
    if !capabilities(&mut change).await?.reactions {
        return Err(MessageError::ChannelCannot { ability: "reactions" });
    }
    may_write(&change, None, false)?;
    let message_key = keys_of(&mut change, &held).await?.into_iter().next().ok_or(MessageError::NotSentYet)?;
    let order = order(&change, Body::React(ReactOrder { message_key, emoji: emoji.to_owned() }));
    insert::queue_order(&mut change, id, &order).await?;
    let conversation = change.conversation.id;
    store::set_own_reaction(change.db(), conversation, id, emoji).await?;
    finish(change, "reacted", &held).await
}

/// Whether it is a note that the viewer may change; what is neither a note nor a message of ours may not be changed.
fn own_note(change: &Change<'_>, held: &Held) -> Result<bool, MessageError> {
    if held.is(MessageKind::Note) {
        let own = held.author == Some(change.viewer.employee) || change.viewer.administrator;
        let why = "is somebody else's note";
        return if own { Ok(true) } else { Err(MessageError::Invalid { field: "message_id", why }) };
    }
    if held.is(MessageKind::Message) && held.is_ours() {
        return Ok(false);
    }
    Err(MessageError::Invalid { field: "message_id", why: "is no message of ours" })
}

/// The provider's names of a message of ours that is sent.
async fn keys(change: &mut Change<'_>, held: &Held) -> Result<Vec<String>, MessageError> {
    if !held.is_sent() {
        return Err(MessageError::NotSentYet);
    }
    keys_of(change, held).await
}

async fn keys_of(change: &mut Change<'_>, held: &Held) -> Result<Vec<String>, MessageError> {
    let keys = store::provider_keys(change.db(), held.id).await?;
    if keys.is_empty() || held.deleted_at.is_some() { Err(MessageError::NotSentYet) } else { Ok(keys) }
}

/// An order in the conversation's lane.
fn order(change: &Change<'_>, body: Body) -> Order {
    let conversation = &change.conversation;
    Order {
        order_id: OrderId::new().to_string(),
        lane: conversation.id.to_string(),
        target: Some(conversation.peer.target(conversation.id)),
        created_at: Some(rpc::timestamp(change.now)),
        traceparent: runtime::trace::parent(),
        body: Some(body),
    }
}

async fn finish(mut change: Change<'_>, action: &'static str, held: &Held) -> Result<(), MessageError> {
    change.tell_message(held.id);
    let before = json!({ "status": held.status as i32 });
    change.audit(action, "message", held.id.0, Some(before), None);
    change.commit().await?;
    Ok(())
}
