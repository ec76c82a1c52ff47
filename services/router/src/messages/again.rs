//! A message that did not arrive, sent once more: as a new one that the old one names (rule O4), in its conversation or in
//! another one of the same client.

use contracts::{
    channel::{Content, Letter},
    inbox::MessageStatus,
};
use model::{AttachmentId, ConversationId, MessageId};
use serde_json::json;

use super::{
    domain::{MessageError, Reply, Speech},
    insert, letters,
    plan::plan,
    rows,
    send::{begin, capabilities, may_write, messages},
    store::{self, Held},
};
use crate::{
    access::Viewer,
    conversations::{self, Change, ConversationError, Db, Last},
    files::{Upload, VOICE},
    mailings::without_exit,
    messages::NewMessage,
    requests,
};

/// Sends a failed message, or one of unknown outcome, again. Repeating it, also from another window, gives the message that
/// was made first.
///
/// # Errors
/// [`MessageError`].
pub async fn again(
    db: &Db,
    viewer: &Viewer,
    id: MessageId,
    new: MessageId,
    elsewhere: Option<ConversationId>,
) -> Result<MessageId, MessageError> {
    let from = store::conversation_of(&db.pool, id).await?.ok_or(MessageError::NotFound(id))?;
    let to = match elsewhere {
        Some(to) => conversations::elsewhere(db, from, to).await?,
        None => None,
    };
    match to {
        Some(to) => over_there(db, viewer, (from, id), new, to).await,
        None => here(db, viewer, id, new).await,
    }
}

async fn here(db: &Db, viewer: &Viewer, id: MessageId, new: MessageId) -> Result<MessageId, MessageError> {
    let (mut change, held) = begin(db, viewer, id).await?;
    if let Some(made) = held.sent_again_as {
        return Ok(made);
    }
    change.must_be_full()?;
    check(&mut change, &held, new).await?;
    may_write(&change, None, held.content.template.is_some())?;
    let copies: Vec<AttachmentId> = (0..held.files).map(|_| AttachmentId::new()).collect();
    let letter = letter(&mut change, &held, &copies).await?;
    let Content { spans, buttons, template, .. } = held.content;
    let speech = Speech { text: held.text, spans, buttons, template, letter };
    let message = NewMessage { reply_to: held.reply_to, ..NewMessage::queued(new, speech) };
    insert::insert(&mut change, std::slice::from_ref(&message)).await?;
    let conversation = change.conversation.id;
    insert::copy_files(change.db(), id, new, &copies).await?;
    insert::queue_sends(&mut change, &[new], None).await?;
    store::link_again(change.db(), conversation, id, new).await?;
    change.conversation.last_activity_at = change.now;
    change.refresh_last().await?;
    requests::replied(&mut change).await?;
    change.tell_message(id);
    finish(change, id, new).await
}

/// The head of a letter, with the ids of its files' copies.
async fn letter(
    change: &mut Change<'_>,
    held: &Held,
    copies: &[AttachmentId],
) -> Result<Option<Box<Letter>>, MessageError> {
    let Some(head) = held.content.letter.clone() else { return Ok(None) };
    let files = rows::files_for_order(change.db(), held.id).await?;
    let old: Vec<AttachmentId> = files.iter().filter_map(|file| file.attachment_id.parse().ok()).collect();
    Ok(Some(letters::copied(head, &old, copies)))
}

/// In another conversation it is a reply like any other: by the limits and abilities of that channel.
async fn over_there(
    db: &Db,
    viewer: &Viewer,
    (from, id): (ConversationId, MessageId),
    new: MessageId,
    to: ConversationId,
) -> Result<MessageId, MessageError> {
    let mut change = db.change_beside(viewer, to, from).await.map_err(|error| match error {
        ConversationError::NotFound(which) if which == from => MessageError::NotFound(id),
        other => other.into(),
    })?;
    let from = change.beside()?.id;
    let held = store::held(change.db(), from, id).await?.ok_or(MessageError::NotFound(id))?;
    if let Some(made) = held.sent_again_as {
        return Ok(made);
    }
    let to = change.conversation.id;
    if !conversations::same_person(change.db(), from, to).await? {
        return Err(MessageError::OtherClient);
    }
    change.must_be_full()?;
    change.beside()?.must_be_full(viewer.standing(&change.beside()?.place()))?;
    check(&mut change, &held, new).await?;
    let can = capabilities(&mut change).await?;
    may_write(&change, None, false)?;
    let reply = reply(&held, new, to);
    let uploads = uploads(&mut change, &held).await?;
    let parts = if can.letters {
        vec![letters::whole(&reply.speech, uploads, &can, false)?]
    } else {
        plan(&reply.speech, uploads, &can)?
    };
    let messages = messages(&reply, parts);
    let ids: Vec<MessageId> = messages.iter().map(|message| message.id).collect();
    insert::insert(&mut change, &messages).await?;
    insert::queue_sends(&mut change, &ids, None).await?;
    store::link_again(change.db(), from, id, new).await?;
    if let Some(last) = messages.last() {
        let kind = last.files.first().map_or(0, |file| file.kind);
        change.show_last(Last::queued(last.id, &last.speech.text, kind, change.now));
    }
    requests::replied(&mut change).await?;
    change.tell_beside(id);
    finish(change, id, new).await
}

async fn check(change: &mut Change<'_>, held: &Held, new: MessageId) -> Result<(), MessageError> {
    if !matches!(held.status, MessageStatus::Failed | MessageStatus::Unknown) {
        let why = "is neither failed nor of unknown outcome";
        return Err(MessageError::Invalid { field: "message_id", why });
    }
    if store::conversation_of(change.db(), new).await?.is_some() {
        return Err(MessageError::Invalid { field: "new_message_id", why: "was used for another message" });
    }
    Ok(())
}

/// What it answered is not known over there, nor is a template: its text is a text like any other.
fn reply(held: &Held, id: MessageId, conversation: ConversationId) -> Reply {
    let content = held.content.clone();
    let is_mailing = content.letter.as_ref().is_some_and(|letter| letter.unsubscribe.is_some());
    let text = if is_mailing { without_exit(&held.text) } else { held.text.clone() };
    let speech = Speech { spans: content.spans, buttons: content.buttons, ..Speech::plain(&text) };
    Reply {
        id,
        conversation,
        speech,
        files: Vec::new(),
        reply_to: None,
        not_before: None,
        not_after: None,
        letter: None,
    }
}

/// The files of the old message, as if they were uploaded anew: their bytes lie where they lie. What stands within a letter
/// is nothing outside of it.
async fn uploads(change: &mut Change<'_>, held: &Held) -> Result<Vec<Upload>, MessageError> {
    let mut files = rows::files_for_order(change.db(), held.id).await?;
    if let Some(head) = &held.content.letter {
        files.retain(|file| !letters::is_within(head, &file.attachment_id));
    }
    let upload = |file: contracts::channel::Attachment| Upload {
        id: file.attachment_id.parse().unwrap_or_default(),
        name: file.name,
        mime_type: file.mime_type,
        size_bytes: file.size_bytes,
        width: file.width.cast_signed(),
        height: file.height.cast_signed(),
        duration_ms: file.duration_ms.cast_signed(),
        object_key: file.object_key,
        voice: file.kind == i32::from(VOICE),
    };
    let uploads: Vec<Upload> = files.into_iter().map(upload).collect();
    match uploads.iter().find(|upload| upload.object_key.is_empty()) {
        Some(missing) => Err(MessageError::FileNotReady(missing.id)),
        None => Ok(uploads),
    }
}

async fn finish(mut change: Change<'_>, id: MessageId, new: MessageId) -> Result<MessageId, MessageError> {
    let conversation_id = change.conversation.id;
    let after = json!({ "new_message_id": new, "conversation_id": conversation_id });
    change.audit("sent_again", "message", id.0, None, Some(after));
    change.commit().await?;
    Ok(new)
}
