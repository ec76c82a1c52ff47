use contracts::channel::{Attachment, AttachmentKind, AttachmentState, ContactCard, Content, Location};
use gateway_kit::words::{clean, storable};

use crate::wire::{Contact, Data, File};

/// The most bytes of `Attachment.remote_ref`.
const REMOTE_REF_BYTES: usize = 2048;
/// Files of one message; more are left out.
pub const FILES_MOST: usize = 10;
/// The names of kinds on the wire.
pub const KINDS: [(&str, AttachmentKind); 8] = [
    ("image", AttachmentKind::Image),
    ("video", AttachmentKind::Video),
    ("video_note", AttachmentKind::VideoNote),
    ("voice", AttachmentKind::Voice),
    ("audio", AttachmentKind::Audio),
    ("animation", AttachmentKind::Animation),
    ("sticker", AttachmentKind::Sticker),
    ("document", AttachmentKind::Document),
];

/// All that a message shows. One that shows nothing is named as such.
pub fn of(data: &Data) -> Content {
    let content = Content {
        text: storable(&data.text),
        attachments: data.files.iter().take(FILES_MOST).map(attachment).collect(),
        location: data.location.as_ref().map(|at| Location {
            latitude: at.latitude,
            longitude: at.longitude,
            title: clean(&at.title, 200),
            address: clean(&at.address, 500),
        }),
        contact_card: data.contact.as_ref().map(contact),
        ..Content::default()
    };
    let shows_nothing = content.text.is_empty()
        && content.attachments.is_empty()
        && content.location.is_none()
        && content.contact_card.is_none();
    if shows_nothing { Content { unsupported: "message".into(), ..content } } else { content }
}

fn attachment(file: &File) -> Attachment {
    let usable = (1..=REMOTE_REF_BYTES).contains(&file.url.len()) && !file.url.contains('\0');
    let state = if usable { AttachmentState::Pending } else { AttachmentState::Failed };
    Attachment {
        kind: kind(file).into(),
        name: clean(&file.name, 255),
        mime_type: clean(&file.mime_type, 100),
        size_bytes: file.size.max(0),
        width: file.width,
        height: file.height,
        duration_ms: file.duration_ms,
        remote_ref: if usable { file.url.clone() } else { String::new() },
        state: state.into(),
        problem: if usable { String::new() } else { "the file has no usable address".into() },
        ..Attachment::default()
    }
}

/// As the chat says, else by the type.
fn kind(file: &File) -> AttachmentKind {
    let said = KINDS.iter().find(|(name, _)| *name == file.kind).map(|(_, kind)| *kind);
    said.unwrap_or(match file.mime_type.split('/').next() {
        Some("image") => AttachmentKind::Image,
        Some("video") => AttachmentKind::Video,
        Some("audio") => AttachmentKind::Audio,
        _ => AttachmentKind::Document,
    })
}

fn contact(contact: &Contact) -> ContactCard {
    let list = |values: &[String], most| values.iter().take(10).map(|value| clean(value, most)).collect();
    ContactCard {
        name: clean(&contact.name, 200),
        phones: list(&contact.phones, 32),
        emails: list(&contact.emails, 254),
    }
}
