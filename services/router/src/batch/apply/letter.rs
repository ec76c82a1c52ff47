//! A letter's markup, its original and the files that the markup shows become attachments like any other: they are kept, seen
//! and deleted as their message is. The head of the letter says which is which.

use std::mem::take;

use contracts::channel::{Attachment, AttachmentState, Content, InlineFile};
use model::{AccountId, AttachmentId};

use super::orders::only_own_bytes;

type File = (AttachmentId, Attachment);

/// Files that one letter's markup may show; the rest are attachments as any.
const INLINE: usize = 100;

/// Takes the files out of a fact's content, each with an id of ours.
pub(super) fn files(account: AccountId, content: &mut Content) -> Vec<File> {
    let mut files: Vec<File> =
        take(&mut content.attachments).into_iter().map(|file| (AttachmentId::new(), file)).collect();
    let Some(letter) = content.letter.as_deref_mut() else {
        files.iter_mut().for_each(|(_, file)| file.content_id.clear());
        return files;
    };
    // What we sent ourselves comes back with the ids that its files had then.
    let told = take(&mut letter.inline).into_iter().filter_map(|shown| {
        Some(InlineFile { file_id: renamed(&files, &shown.file_id)?, content_id: shown.content_id })
    });
    letter.inline = told.collect();
    letter.html_file_id = renamed(&files, &letter.html_file_id).unwrap_or_default();
    letter.raw_file_id = renamed(&files, &letter.raw_file_id).unwrap_or_default();
    letter.inline.extend(files.iter_mut().filter_map(shown));
    letter.inline.truncate(INLINE);
    if let Some(html) = kept(account, take(&mut letter.html_object_key), "letter.html", "text/html") {
        letter.html_file_id = html.0.to_string();
        files.push(html);
    }
    if let Some(raw) = kept(account, take(&mut letter.raw_object_key), "letter.eml", "message/rfc822") {
        letter.raw_file_id = raw.0.to_string();
        files.push(raw);
    }
    files
}

fn renamed(files: &[File], old: &str) -> Option<String> {
    files.iter().find(|(_, file)| !old.is_empty() && file.attachment_id == old).map(|(id, _)| id.to_string())
}

fn shown((id, file): &mut File) -> Option<InlineFile> {
    let content_id = take(&mut file.content_id);
    (!content_id.is_empty()).then(|| InlineFile { content_id, file_id: id.to_string() })
}

/// Of no kind: lists that tell a picture from a document leave it out.
fn kept(account: AccountId, object_key: String, name: &str, mime_type: &str) -> Option<File> {
    if object_key.is_empty() {
        return None;
    }
    let mut file = Attachment {
        name: name.to_owned(),
        mime_type: mime_type.to_owned(),
        object_key,
        state: AttachmentState::Stored.into(),
        ..Attachment::default()
    };
    only_own_bytes(account, &mut file);
    Some((AttachmentId::new(), file))
}

#[cfg(test)]
mod tests {
    use contracts::channel::Letter;

    use super::*;

    fn with(letter: Letter, attachments: Vec<Attachment>) -> Content {
        Content { letter: Some(Box::new(letter)), attachments, ..Content::default() }
    }

    #[test]
    fn markup_original_and_shown_files_are_attachments_that_the_head_names() {
        let account = AccountId::new();
        let key = |name: &str| format!("in/{account}/letters/{name}");
        let letter = Letter { html_object_key: key("a.html"), raw_object_key: key("a.eml"), ..Letter::default() };
        let logo = Attachment { content_id: "logo@x".into(), ..Attachment::default() };
        let mut content = with(letter, vec![logo, Attachment::default()]);
        let files = files(account, &mut content);
        let head = content.letter.unwrap();
        let id = |place: usize| files[place].0.to_string();
        assert_eq!(files.len(), 4);
        assert_eq!(head.inline, [InlineFile { content_id: "logo@x".into(), file_id: id(0) }]);
        assert_eq!((head.html_file_id, head.raw_file_id), (id(2), id(3)));
        assert!(head.html_object_key.is_empty() && head.raw_object_key.is_empty() && files[0].1.content_id.is_empty());
        assert_eq!((files[2].1.mime_type.as_str(), files[2].1.state()), ("text/html", AttachmentState::Stored));
    }

    #[test]
    fn bytes_of_another_account_are_none_of_this_letters() {
        for key in [format!("in/{}/letters/a.html", AccountId::new()), "up/1".to_owned()] {
            let mut content = with(Letter { html_object_key: key, ..Letter::default() }, Vec::new());
            let files = files(AccountId::new(), &mut content);
            assert_eq!((files[0].1.object_key.as_str(), files[0].1.state()), ("", AttachmentState::Failed));
        }
    }

    #[test]
    fn a_head_names_nothing_that_did_not_come_with_it() {
        let ours = Attachment { attachment_id: "1".into(), ..Attachment::default() };
        let inline = vec![InlineFile { content_id: "a".into(), file_id: "2".into() }];
        let letter = Letter { html_file_id: "1".into(), raw_file_id: "3".into(), inline, ..Letter::default() };
        let mut content = with(letter, vec![ours]);
        let files = files(AccountId::new(), &mut content);
        let head = content.letter.unwrap();
        assert_eq!((head.html_file_id, head.raw_file_id), (files[0].0.to_string(), String::new()));
        assert!(head.inline.is_empty());
    }
}
