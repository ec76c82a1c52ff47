use contracts::channel::{Attachment, AttachmentKind, AttachmentState, ContactCard, Content, Location};

use gateway_kit::words::{clean, storable};

use crate::wire::{self, Message};

/// The most bytes of `Attachment.remote_ref`.
const REMOTE_REF_BYTES: usize = 2048;

/// All that a message shows. What has no form of ours keeps its name in `unsupported`.
pub fn of(message: &Message) -> Content {
    let text = message.text.as_deref().map(storable).unwrap_or_default();
    let content = Content { text, ..Content::default() };
    match message.kind.as_str() {
        "text" => content,
        "picture" => with_file(content, message, AttachmentKind::Image),
        "video" => with_file(content, message, AttachmentKind::Video),
        "file" => with_file(content, message, of_file(message)),
        "sticker" => with_file(content, message, AttachmentKind::Sticker),
        "url" => with_link(content, message),
        "location" if message.location.is_some() => {
            Content { location: message.location.as_ref().map(location), ..content }
        }
        "contact" if message.contact.is_some() => {
            Content { contact_card: message.contact.as_ref().map(contact), ..content }
        }
        kind => Content { unsupported: named(kind), ..content },
    }
}

fn named(kind: &str) -> String {
    let name = clean(kind, 64);
    if name.is_empty() { "message".into() } else { name }
}

fn with_file(content: Content, message: &Message, kind: AttachmentKind) -> Content {
    Content { attachments: vec![attachment(message, kind)], ..content }
}

/// The text that stands beside a link, if any, and the link.
fn with_link(content: Content, message: &Message) -> Content {
    let link = message.media.as_deref().map(storable).unwrap_or_default();
    let both = [content.text.as_str(), link.as_str()].into_iter().filter(|part| !part.is_empty());
    let text = both.collect::<Vec<_>>().join("\n");
    if text.is_empty() { Content { unsupported: "url".into(), ..content } } else { Content { text, ..content } }
}

fn attachment(message: &Message, kind: AttachmentKind) -> Attachment {
    let media = message.media.as_deref().unwrap_or_default();
    let (state, problem) = if !(1..=REMOTE_REF_BYTES).contains(&media.len()) || media.contains('\0') {
        (AttachmentState::Failed, "Viber gave the file no usable address")
    } else {
        (AttachmentState::Pending, "")
    };
    let name = match kind {
        AttachmentKind::Sticker => message.sticker_id.map(|id| id.to_string()).unwrap_or_default(),
        _ => clean(message.file_name.as_deref().unwrap_or_default(), 255),
    };
    Attachment {
        kind: kind.into(),
        mime_type: mime_type(&name, kind).into(),
        name,
        size_bytes: message.size.unwrap_or_default().max(0),
        duration_ms: number(message.duration.map(|seconds| seconds.saturating_mul(1000))),
        remote_ref: if state == AttachmentState::Failed { String::new() } else { media.to_owned() },
        state: state.into(),
        problem: problem.into(),
        ..Attachment::default()
    }
}

fn number(value: Option<i64>) -> u32 {
    u32::try_from(value.unwrap_or_default().max(0)).unwrap_or(u32::MAX)
}

/// Sounds come as files; only their names tell.
fn of_file(message: &Message) -> AttachmentKind {
    let name = message.file_name.as_deref().unwrap_or_default();
    let mime = mime_type(name, AttachmentKind::Document);
    if mime.starts_with("audio/") { AttachmentKind::Audio } else { AttachmentKind::Document }
}

fn mime_type(name: &str, kind: AttachmentKind) -> &'static str {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    match (ending.as_str(), kind) {
        ("jpg" | "jpeg", _) => "image/jpeg",
        ("png", _) | (_, AttachmentKind::Sticker) => "image/png",
        ("gif", _) => "image/gif",
        ("mp4", _) | (_, AttachmentKind::Video) => "video/mp4",
        ("mp3", _) => "audio/mpeg",
        ("m4a", _) => "audio/mp4",
        ("ogg" | "oga" | "opus", _) => "audio/ogg",
        ("wav", _) => "audio/wav",
        ("aac", _) => "audio/aac",
        ("amr", _) => "audio/amr",
        ("pdf", _) => "application/pdf",
        (_, AttachmentKind::Image) => "image/jpeg",
        _ => "application/octet-stream",
    }
}

fn location(at: &wire::Location) -> Location {
    Location {
        latitude: at.lat,
        longitude: at.lon,
        title: String::new(),
        address: clean(at.address.as_deref().unwrap_or_default(), 500),
    }
}

/// Whose number it is cannot be seen: a person may share anybody's. So it is no alias of the contact point.
fn contact(contact: &wire::Contact) -> ContactCard {
    let phone = clean(contact.phone_number.as_deref().unwrap_or_default(), 32);
    ContactCard {
        name: clean(contact.name.as_deref().unwrap_or_default(), 200),
        phones: Some(phone).filter(|phone| !phone.is_empty()).into_iter().collect(),
        emails: Vec::new(),
    }
}
