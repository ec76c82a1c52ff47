//! Internal notes: seen by staff only, never sent.

use contracts::inbox::MessageKind;
use model::MessageId;
use serde_json::json;

use super::{
    domain::{MessageError, NewMessage, Note},
    insert,
    plan::natural_kinds,
    send::{id_in_use, new_file, uploads},
    store,
};
use crate::{
    access::Viewer,
    conversations::{self, Change, Db},
    files::Upload,
};

/// Stores a note; whoever sees the conversation may write one. Those mentioned see the conversation from now on.
/// Repeating it gives what is stored.
///
/// # Errors
/// [`MessageError`].
pub async fn add(db: &Db, viewer: &Viewer, note: &Note) -> Result<MessageId, MessageError> {
    let mut change = db.change(viewer, note.conversation).await?;
    if is_repeat(&mut change, note.id).await? {
        return Ok(note.id);
    }
    let uploads = uploads(&mut change, &note.files).await?;
    if note.text.trim().is_empty() && uploads.is_empty() {
        return Err(MessageError::Empty);
    }
    if store::active(change.db(), &note.mentions).await?.len() != note.mentions.len() {
        return Err(MessageError::Invalid {
            field: "mention_employee_ids",
            why: "names somebody who does not work here",
        });
    }
    if !note.mentions.is_empty() && change.conversation.account.owner.is_some() {
        return Err(MessageError::Invalid {
            field: "mention_employee_ids",
            why: "has to be empty: a personal account is closed to others",
        });
    }
    let kind_of = |upload: &Upload| natural_kinds(upload).first().map_or(0, |kind| *kind as i16);
    let files = uploads.into_iter().map(|upload| new_file(kind_of(&upload), upload));
    let message =
        NewMessage { mentions: note.mentions.clone(), files: files.collect(), ..NewMessage::note(note.id, &note.text) };
    insert::insert(&mut change, &[message]).await?;
    let conversation = change.conversation.id;
    insert::insert_mentions(change.db(), conversation, note.id, &note.mentions).await?;
    change.tell_mentions(&note.mentions);
    let draft = conversations::draft_sent(change.db(), viewer, conversation, true).await?;
    draft.into_iter().for_each(|what| change.tell_self(what));
    let after = json!({ "conversation_id": conversation, "mentions": note.mentions });
    change.audit("noted", "message", note.id.0, None, Some(after));
    change.commit().await?;
    Ok(note.id)
}

async fn is_repeat(change: &mut Change<'_>, id: MessageId) -> Result<bool, MessageError> {
    let conversation = change.conversation.id;
    match store::conversation_of(change.db(), id).await? {
        None => Ok(false),
        Some(of) if of != conversation => Err(id_in_use()),
        Some(_) => {
            let held = store::held(change.db(), conversation, id).await?;
            let author = Some(change.viewer.employee);
            let same = held.is_some_and(|held| held.is(MessageKind::Note) && held.author == author);
            if same { Ok(true) } else { Err(id_in_use()) }
        }
    }
}
