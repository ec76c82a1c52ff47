//! Replies in channels of letters: one message, whatever it carries.

use contracts::channel::{AttachmentKind, Capabilities, InlineFile, Letter};
use model::{AttachmentId, FileId};

use super::{
    domain::{MessageError, NewFile, NewMessage, Reply, Speech, Written},
    plan::{Part, kind_for, shown_spans},
    send::{new_file, uploads},
};
use crate::{conversations::Change, files::Upload};

/// The largest markup that is sent.
const MARKUP_BYTES: i64 = 2 << 20;

/// The letter that a reply becomes.
///
/// # Errors
/// What the channel refuses, and files that are not there.
pub async fn message(
    change: &mut Change<'_>,
    reply: &Reply,
    files: Vec<Upload>,
    can: &Capabilities,
) -> Result<NewMessage, MessageError> {
    let part = whole(&reply.speech, files, can, reply.letter.as_ref().is_some_and(|letter| letter.html.is_some()))?;
    let mut files: Vec<NewFile> = part.files.into_iter().map(|(kind, file)| new_file(kind as i16, file)).collect();
    let head = match &reply.letter {
        Some(letter) => Some(within(change, letter, &mut files, can).await?),
        None => None,
    };
    Ok(NewMessage {
        reply_to: reply.reply_to,
        not_before: reply.not_before,
        not_after: reply.not_after,
        files,
        ..NewMessage::queued(reply.id, Speech { letter: head, ..part.speech })
    })
}

/// Text and files as one message.
///
/// # Errors
/// What the channel refuses.
pub fn whole(speech: &Speech, files: Vec<Upload>, can: &Capabilities, has_markup: bool) -> Result<Part, MessageError> {
    let limit = usize::try_from(can.text_limit).unwrap_or(usize::MAX);
    if speech.text.chars().count() > limit {
        return Err(MessageError::TooLong { limit: can.text_limit });
    }
    let kinds = files.into_iter().map(|file| Ok((kind_for(&file, can)?, file)));
    let files: Vec<(AttachmentKind, Upload)> = kinds.collect::<Result<_, MessageError>>()?;
    if speech.text.trim().is_empty() && files.is_empty() && !has_markup {
        return Err(MessageError::Empty);
    }
    Ok(Part { speech: Speech { spans: shown_spans(&speech.spans, can), ..speech.clone() }, files })
}

/// Puts the markup and the pictures that it shows behind the other files, and names them in the head.
async fn within(
    change: &mut Change<'_>,
    letter: &Written,
    files: &mut Vec<NewFile>,
    can: &Capabilities,
) -> Result<Box<Letter>, MessageError> {
    let mut head = letter.head.clone();
    let ids: Vec<FileId> = letter.inline.iter().map(|(_, id)| *id).collect();
    let pictures = uploads(change, &ids).await?;
    for ((content_id, _), picture) in letter.inline.iter().zip(pictures) {
        let file = new_file(kind_for(&picture, can)? as i16, picture);
        head.inline.push(InlineFile { content_id: content_id.clone(), file_id: file.id.to_string() });
        files.push(file);
    }
    if let Some(id) = letter.html {
        let markup = uploads(change, &[id]).await?.into_iter().next().ok_or(MessageError::FileNotFound(id))?;
        if markup.mime_type != "text/html" {
            return Err(MessageError::Invalid { field: "letter.html_file_id", why: "is no upload of type text/html" });
        }
        if markup.size_bytes > MARKUP_BYTES {
            return Err(MessageError::FileTooLarge { file: id, limit_bytes: MARKUP_BYTES });
        }
        // Of no kind, as that of a letter which came in.
        let file = new_file(0, markup);
        head.html_file_id = file.id.to_string();
        files.push(file);
    }
    Ok(head)
}

/// The head of a letter whose files have been copied.
#[must_use]
pub fn copied(mut head: Box<Letter>, from: &[AttachmentId], to: &[AttachmentId]) -> Box<Letter> {
    let copy_of = |old: &str| {
        let place = from.iter().position(|id| id.to_string() == old);
        place.and_then(|place| to.get(place)).map(ToString::to_string).unwrap_or_default()
    };
    head.html_file_id = copy_of(&head.html_file_id);
    head.raw_file_id = copy_of(&head.raw_file_id);
    head.inline.iter_mut().for_each(|file| file.file_id = copy_of(&file.file_id));
    head
}

/// Whether a file stands within its letter: it is nothing outside of it.
#[must_use]
pub fn is_within(head: &Letter, file_id: &str) -> bool {
    head.html_file_id == file_id || head.raw_file_id == file_id || head.inline.iter().any(|one| one.file_id == file_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copied_letter_names_the_copies() {
        let (from, to) = ([AttachmentId::new(), AttachmentId::new()], [AttachmentId::new(), AttachmentId::new()]);
        let inline = vec![InlineFile { content_id: "a".into(), file_id: from[0].to_string() }];
        let head = Letter { html_file_id: from[1].to_string(), inline, ..Letter::default() };
        assert!(is_within(&head, &from[0].to_string()) && !is_within(&head, "other"));
        let copy = copied(Box::new(head), &from, &to);
        assert_eq!((copy.html_file_id.clone(), copy.inline[0].file_id.clone()), (to[1].to_string(), to[0].to_string()));
        assert_eq!(copy.raw_file_id, "");
    }
}
