//! Replies: stored as queued, one row per message that the channel will show, each with its order.

use ::store::{Schema, timer};
use contracts::{
    channel::{AttachmentKind, Capabilities, TemplateMessage},
    inbox::MessageKind,
};
use model::{AttachmentId, FileId, MessageId};
use serde_json::json;
use uuid::Uuid;

use super::{
    domain::{MessageError, NewFile, NewMessage, Reply, Speech},
    expire, insert, letters,
    plan::{Part, natural_kinds, plan},
    store::{self, Held},
};
use crate::{
    access::Viewer,
    conversations::{self, Change, ConversationError, Db, Last, answers_now},
    files::{self, Upload},
    requests,
    templates::{self, FileKind, TemplateError},
};

/// Stores a reply as queued, split by the channel's limits. Repeating it gives the ids that are stored.
///
/// # Errors
/// [`MessageError`].
pub async fn send(db: &Db, viewer: &Viewer, reply: &Reply) -> Result<Vec<MessageId>, MessageError> {
    let mut change = db.change(viewer, reply.conversation).await?;
    if let Some(stored) = repeated(&mut change, reply.id).await? {
        return Ok(stored);
    }
    change.must_be_full()?;
    let can = capabilities(&mut change).await?;
    may_write(&change, reply.not_before, reply.speech.template.is_some())?;
    check_reply_to(&mut change, reply.reply_to, &can).await?;
    let uploads = uploads(&mut change, &reply.files).await?;
    let messages = match &reply.speech.template {
        Some(template) => messages(reply, vec![filled(&mut change, template, uploads, &can).await?]),
        None if can.letters => vec![letters::message(&mut change, reply, uploads, &can).await?],
        None if reply.letter.is_some() => return Err(MessageError::ChannelCannot { ability: "letters" }),
        None => messages(reply, plan(&reply.speech, uploads, &can)?),
    };
    let ids: Vec<MessageId> = messages.iter().map(|message| message.id).collect();
    insert::insert(&mut change, &messages).await?;
    insert::queue_sends(&mut change, &ids, reply.not_before).await?;
    if let Some(at) = reply.not_after {
        timer::schedule(change.db(), Schema::Inbox, &expire::timers(&ids, at)).await?;
    }
    after_reply(&mut change, messages.last(), reply).await?;
    change.audit(
        "sent",
        "message",
        reply.id.0,
        None,
        Some(json!({ "conversation_id": change.conversation.id, "parts": ids.len() })),
    );
    change.commit().await?;
    Ok(ids)
}

/// A message in a conversation that the viewer may change, under its lock.
pub async fn begin<'a>(db: &'a Db, viewer: &'a Viewer, id: MessageId) -> Result<(Change<'a>, Held), MessageError> {
    let conversation = store::conversation_of(&db.pool, id).await?.ok_or(MessageError::NotFound(id))?;
    let mut change = db.change(viewer, conversation).await.map_err(|error| match error {
        ConversationError::NotFound(_) => MessageError::NotFound(id),
        other => other.into(),
    })?;
    let conversation = change.conversation.id;
    let held = store::held(change.db(), conversation, id).await?.ok_or(MessageError::NotFound(id))?;
    Ok((change, held))
}

/// The ids of what an earlier call with this id stored.
async fn repeated(change: &mut Change<'_>, id: MessageId) -> Result<Option<Vec<MessageId>>, MessageError> {
    let conversation = change.conversation.id;
    match store::conversation_of(change.db(), id).await? {
        None => Ok(None),
        Some(of) if of != conversation => Err(id_in_use()),
        Some(_) => {
            let held = store::held(change.db(), conversation, id).await?.ok_or(MessageError::NotFound(id))?;
            let ours = held.is(MessageKind::Message) && held.author == Some(change.viewer.employee);
            if ours { Ok(Some(store::parts(change.db(), conversation, &held).await?)) } else { Err(id_in_use()) }
        }
    }
}

pub fn id_in_use() -> MessageError {
    MessageError::Invalid { field: "message_id", why: "was used for another message" }
}

/// What the conversation's channel can do, as its gateway last announced.
///
/// # Errors
/// [`MessageError::NoGateway`] when none ever did.
pub async fn capabilities(change: &mut Change<'_>) -> Result<Capabilities, MessageError> {
    let (account, channel) = (change.conversation.account.id, change.conversation.account.channel.clone());
    conversations::capabilities(change.db(), account).await?.ok_or(MessageError::NoGateway(channel))
}

/// Whether anything may be sent there now, or at the time it is meant for. After the reply window only a template may.
pub fn may_write(
    change: &Change<'_>,
    not_before: Option<chrono::DateTime<chrono::Utc>>,
    is_template: bool,
) -> Result<(), MessageError> {
    let conversation = &change.conversation;
    if !conversation.account.enabled {
        return Err(MessageError::AccountOff);
    }
    if conversation.blocked {
        return Err(MessageError::Blocked);
    }
    let when = not_before.unwrap_or(change.now).max(change.now);
    if !is_template && conversation.reply_until.is_some_and(|until| when > until) {
        return Err(MessageError::WindowClosed);
    }
    Ok(())
}

/// A template as it goes out: one message, never split.
async fn filled(
    change: &mut Change<'_>,
    wanted: &TemplateMessage,
    uploads: Vec<Upload>,
    can: &Capabilities,
) -> Result<Part, MessageError> {
    if !can.templates {
        return Err(MessageError::ChannelCannot { ability: "templates" });
    }
    let account = change.conversation.account.id.0;
    let found = templates::find(change.db(), account, &wanted.name, &wanted.language).await?;
    let template = found.ok_or_else(|| TemplateError::NotFound { name: wanted.name.clone() })?;
    let (text, file) = templates::fill(&template, wanted)?;
    let files = header_files(file, uploads, can).ok_or(TemplateError::File { name: template.name })?;
    let speech = Speech { text, template: Some(wanted.clone()), ..Speech::default() };
    Ok(Part { speech, files: files? })
}

/// The file of a template's header; `None`: too many, too few, or not of its kind.
fn header_files(
    wanted: FileKind,
    uploads: Vec<Upload>,
    can: &Capabilities,
) -> Option<Result<Vec<(AttachmentKind, Upload)>, MessageError>> {
    let kind = match wanted {
        FileKind::None => return uploads.is_empty().then(|| Ok(Vec::new())),
        FileKind::One(kind) => kind,
    };
    let [upload] = <[Upload; 1]>::try_from(uploads).ok()?;
    if !natural_kinds(&upload).contains(&kind) {
        return None;
    }
    let limit = can.media.iter().find(|media| media.kind() == kind).map_or(i64::MAX, |media| media.max_bytes);
    if upload.size_bytes > limit {
        return Some(Err(MessageError::FileTooLarge { file: upload.id, limit_bytes: limit }));
    }
    Some(Ok(vec![(kind, upload)]))
}

async fn check_reply_to(
    change: &mut Change<'_>,
    reply_to: Option<MessageId>,
    can: &Capabilities,
) -> Result<(), MessageError> {
    let Some(id) = reply_to else { return Ok(()) };
    if !can.replies {
        return Err(MessageError::ChannelCannot { ability: "replies" });
    }
    let conversation = change.conversation.id;
    let target = store::held(change.db(), conversation, id).await?;
    let quotable = |held: &Held| held.is(MessageKind::Message) || held.is(MessageKind::Button);
    if target.as_ref().is_some_and(quotable) {
        return Ok(());
    }
    Err(MessageError::Invalid { field: "reply_to_message_id", why: "is no message of this conversation" })
}

/// The viewer's own uploads, complete and in order.
pub async fn uploads(change: &mut Change<'_>, ids: &[FileId]) -> Result<Vec<Upload>, MessageError> {
    let owner = change.viewer.employee;
    let found = files::uploads(change.db(), owner, ids).await?;
    if let Some(missing) = ids.iter().find(|id| !found.iter().any(|(upload, _)| upload.id == **id)) {
        return Err(MessageError::FileNotFound(*missing));
    }
    let ready =
        |(upload, there): (Upload, bool)| if there { Ok(upload) } else { Err(MessageError::FileNotReady(upload.id)) };
    found.into_iter().map(ready).collect()
}

/// The rows of a reply. The first has the client's id, the others ids made from it, so that a repeat finds them.
pub fn messages(reply: &Reply, parts: Vec<Part>) -> Vec<NewMessage> {
    let group_key = if parts.len() > 1 { reply.id.to_string() } else { String::new() };
    let message = |(place, part): (usize, Part)| NewMessage {
        group_key: group_key.clone(),
        reply_to: reply.reply_to.filter(|_| place == 0),
        not_before: reply.not_before,
        not_after: reply.not_after,
        files: part.files.into_iter().map(|(kind, upload)| new_file(kind as i16, upload)).collect(),
        ..NewMessage::queued(part_id(reply.id, place), part.speech)
    };
    parts.into_iter().enumerate().map(message).collect()
}

fn part_id(first: MessageId, place: usize) -> MessageId {
    if place == 0 { first } else { MessageId(Uuid::new_v5(&first.0, place.to_string().as_bytes())) }
}

pub fn new_file(kind: i16, upload: Upload) -> NewFile {
    NewFile { id: AttachmentId::new(), kind, upload }
}

/// What a reply changes beside the messages: the list row, the request, the draft.
async fn after_reply(change: &mut Change<'_>, last: Option<&NewMessage>, reply: &Reply) -> Result<(), MessageError> {
    if answers_now(reply.not_before, change.now) {
        if let Some(last) = last {
            let kind = last.files.first().map_or(0, |file| file.kind);
            change.show_last(Last::queued(last.id, &last.speech.text, kind, change.now));
        }
        requests::replied(change).await?;
    }
    let (viewer, conversation) = (change.viewer, change.conversation.id);
    let draft = conversations::draft_sent(change.db(), viewer, conversation, false).await?;
    draft.into_iter().for_each(|what| change.tell_self(what));
    Ok(())
}
