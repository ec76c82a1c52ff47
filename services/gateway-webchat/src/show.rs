//! A message as the widget shows it, with links to its files that are signed for one person.

use chrono::Utc;
use contracts::channel::{Attachment, AttachmentKind, AttachmentState, Content, PeerMessage, TextSpan, TextStyle};
use model::AccountId;
use prost_types::Timestamp;

use crate::{
    normalize::client_id,
    token::{FileLink, Signer},
    wire::{Button, Field, File, Shown, Span},
};

/// Signs the links of one person's files.
#[derive(Clone)]
pub struct Shower {
    pub signer: Signer,
    pub account: AccountId,
}

impl Shower {
    /// `address` is the person's.
    #[must_use]
    pub fn show(&self, address: &str, message: &PeerMessage) -> Shown {
        let content = message.content.clone().unwrap_or_default();
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Shown {
            id: some(&message.message_id),
            client: client_id(&message.message_key).map(str::to_owned),
            own: message.own,
            author: some(&message.author_name).filter(|_| message.own),
            files: content.attachments.iter().map(|file| self.file(address, file)).collect(),
            spans: content.spans.iter().filter_map(span).collect(),
            buttons: buttons(&content),
            form: content.form.iter().map(field).collect(),
            text: content.text,
            at: message.shown_at.as_ref().map(ms),
            edited: message.edited_at.map(|_| true),
            read: message.read.then_some(true),
            group: some(&message.group_key),
            reply_to: some(client_id(&message.reply_to_key).unwrap_or(&message.reply_to_key)),
        }
    }

    fn file(&self, address: &str, file: &Attachment) -> File {
        File {
            id: file.attachment_id.clone(),
            kind: kind(file.kind()),
            name: file.name.clone(),
            mime: file.mime_type.clone(),
            size: file.size_bytes,
            w: file.width,
            h: file.height,
            ms: file.duration_ms,
            url: self.link(address, file).unwrap_or_default(),
        }
    }

    fn link(&self, address: &str, file: &Attachment) -> Option<String> {
        if file.object_key.is_empty() || file.state() != AttachmentState::Stored {
            return None;
        }
        let link = self.signer.sign(&FileLink {
            expires: FileLink::expiry(Utc::now().timestamp()),
            address: address.to_owned(),
            object_key: file.object_key.clone(),
            name: file.name.clone(),
            mime: file.mime_type.clone(),
        });
        Some(format!("/webchat/{}/files/{link}", self.account))
    }
}

fn kind(kind: AttachmentKind) -> &'static str {
    match kind {
        AttachmentKind::Image => "image",
        AttachmentKind::Video => "video",
        AttachmentKind::VideoNote => "video_note",
        AttachmentKind::Voice => "voice",
        AttachmentKind::Audio => "audio",
        AttachmentKind::Animation => "animation",
        AttachmentKind::Sticker => "sticker",
        AttachmentKind::Document | AttachmentKind::Unspecified => "document",
    }
}

/// The contract's word in lower case; what has none is plain text.
fn span(span: &TextSpan) -> Option<Span> {
    let style = match span.style() {
        TextStyle::Bold => "bold",
        TextStyle::Italic => "italic",
        TextStyle::Underline => "underline",
        TextStyle::Strike => "strike",
        TextStyle::Code => "code",
        TextStyle::Pre => "pre",
        TextStyle::Link => "link",
        TextStyle::Quote => "quote",
        TextStyle::Spoiler => "spoiler",
        TextStyle::Mention => "mention",
        TextStyle::Unspecified => return None,
    };
    let url = (style == "link").then(|| span.url.clone());
    Some(Span { style, offset: span.offset, length: span.length, url })
}

fn buttons(content: &Content) -> Vec<Vec<Button>> {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let button = |button: &contracts::channel::Button| Button {
        title: button.title.clone(),
        url: some(&button.url),
        data: some(&button.data),
    };
    content.buttons.iter().map(|row| row.buttons.iter().map(button).collect()).collect()
}

fn field(field: &contracts::channel::FormField) -> Field {
    Field { name: field.name.clone(), title: field.title.clone(), value: field.value.clone() }
}

/// In ms since 1970.
#[must_use]
pub fn ms(at: &Timestamp) -> i64 {
    at.seconds.saturating_mul(1_000).saturating_add(i64::from(at.nanos / 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shower() -> Shower {
        Shower { signer: Signer::new(&[3; 32]), account: AccountId::new() }
    }

    #[test]
    fn a_file_that_is_not_stored_has_no_link() {
        let stored = Attachment {
            object_key: "up/1".into(),
            state: AttachmentState::Stored.into(),
            name: "счёт.pdf".into(),
            ..Attachment::default()
        };
        let waiting = Attachment { state: AttachmentState::Pending.into(), ..stored.clone() };
        let content = Content { attachments: vec![stored, waiting], ..Content::default() };
        let shower = shower();
        let shown = shower.show("v-1", &PeerMessage { content: Some(content), own: true, ..PeerMessage::default() });
        let link = shown.files[0].url.rsplit('/').next().unwrap();
        let link: FileLink = shower.signer.open(link).unwrap();
        assert_eq!((link.address.as_str(), link.object_key.as_str(), link.name.as_str()), ("v-1", "up/1", "счёт.pdf"));
        assert_eq!(shown.files[1].url, "");
    }

    #[test]
    fn a_visitors_own_message_is_known_by_its_client_id() {
        let message = PeerMessage {
            message_key: "msg:0190:0191".into(),
            reply_to_key: "0192".into(),
            author_name: "nobody's business".into(),
            ..PeerMessage::default()
        };
        let shown = shower().show("v-1", &message);
        assert_eq!((shown.id, shown.client.as_deref(), shown.author), (None, Some("0191"), None));
        assert_eq!(shown.reply_to.as_deref(), Some("0192"));
    }
}
