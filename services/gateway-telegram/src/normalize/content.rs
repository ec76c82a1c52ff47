use contracts::channel::{
    Attachment, AttachmentKind, AttachmentState, Button, ButtonRow, ContactCard, Content, Location, TextSpan,
};
use gateway_kit::words::{clean, storable};

use super::{entities, peer, service};
use crate::wire::{self, File, Message};

/// The most bytes of `Attachment.remote_ref`.
const REMOTE_REF_BYTES: usize = 2048;

/// All that a message shows. In a group its author's name stands before the text, for the contact point is the group.
pub fn of(message: &Message) -> Content {
    let (text, spans) = words(message);
    let mut content = Content {
        text,
        spans,
        attachments: attachment(message).into_iter().collect(),
        location: location(message),
        contact_card: message.contact.as_ref().map(contact),
        buttons: buttons(message.reply_markup.as_ref()),
        forwarded_from: message.forward_origin.as_ref().map(origin).unwrap_or_default(),
        quote_text: message.quote.as_ref().map(|quote| storable(&quote.text)).unwrap_or_default(),
        ..Content::default()
    };
    if content.attachments.is_empty() && (content.text.is_empty() || message.text.is_none()) {
        if let Some(event) = service::event(&message.rest) {
            content.event_key = event.key.to_owned();
            content.event_text = event.text;
            content.event_args = [String::new()].into_iter().chain(event.about).collect();
        }
        if content.event_text.is_empty() && content.location.is_none() && content.contact_card.is_none() {
            content.unsupported = unsupported(message);
        }
    }
    if !peer::is_private(&message.chat) && peer::of_direct(message).is_none() {
        name_the_author(&mut content, &peer::author(message));
    }
    content
}

fn words(message: &Message) -> (String, Vec<TextSpan>) {
    let (text, formatting) = match (&message.text, &message.caption) {
        (Some(text), _) => (text.as_str(), &message.entities),
        (None, Some(caption)) => (caption.as_str(), &message.caption_entities),
        (None, None) => (service::form_data(&message.rest).unwrap_or_default(), &message.entities),
    };
    (storable(text), entities::spans(text, formatting))
}

/// The name of content that we do not show: a field that is newer than we are, or one that we left out.
fn unsupported(message: &Message) -> String {
    let holds_something = |value: &serde_json::Value| value.is_object() || value.is_array();
    let field = message.rest.iter().find(|(name, value)| holds_something(value) && !BESIDES.contains(&name.as_str()));
    clean(field.map_or("message", |(name, _)| name), 64)
}

/// Fields beside the content that hold an object or a list.
const BESIDES: [&str; 8] = [
    "via_bot",
    "external_reply",
    "link_preview_options",
    "reply_to_story",
    "suggested_post_info",
    "forward_from",
    "forward_from_chat",
    "receiver_user",
];

fn attachment(message: &Message) -> Option<Attachment> {
    use AttachmentKind::{Animation, Audio, Document, Sticker, Video, VideoNote, Voice};
    // `document` is filled beside `animation`, so animation goes first.
    let files = [
        (Animation, &message.animation),
        (Video, &message.video),
        (VideoNote, &message.video_note),
        (Voice, &message.voice),
        (Audio, &message.audio),
        (Sticker, &message.sticker),
        (Document, &message.document),
    ];
    let found = files.into_iter().find_map(|(kind, file)| Some((kind, file.as_ref()?)));
    let found = found.or_else(|| Some((AttachmentKind::Image, largest(message.photo.as_ref()?)?)));
    found.map(|(kind, file)| described(kind, file))
}

fn largest(sizes: &[File]) -> Option<&File> {
    let area = |file: &&File| file.width.unwrap_or_default().saturating_mul(file.height.unwrap_or_default());
    sizes.iter().max_by_key(area)
}

fn described(kind: AttachmentKind, file: &File) -> Attachment {
    let (state, problem) = if !(1..=REMOTE_REF_BYTES).contains(&file.file_id.len()) || file.file_id.contains('\0') {
        (AttachmentState::Failed, "Telegram gave the file no usable id")
    } else {
        (AttachmentState::Pending, "")
    };
    let side = |own: Option<i64>| number(own.or(file.length));
    Attachment {
        kind: kind.into(),
        name: name(kind, file),
        mime_type: mime_type(kind, file),
        size_bytes: file.file_size.unwrap_or_default().max(0),
        width: side(file.width),
        height: side(file.height),
        duration_ms: number(file.duration.map(|seconds| seconds.saturating_mul(1000))),
        remote_ref: if state == AttachmentState::Failed { String::new() } else { file.file_id.clone() },
        state: state.into(),
        problem: problem.into(),
        ..Attachment::default()
    }
}

fn number(value: Option<i64>) -> u32 {
    u32::try_from(value.unwrap_or_default().max(0)).unwrap_or(u32::MAX)
}

fn name(kind: AttachmentKind, file: &File) -> String {
    let titled = || {
        let parts: Vec<_> = [&file.performer, &file.title].into_iter().filter_map(|part| part.as_deref()).collect();
        parts.join(" – ")
    };
    let name = match kind {
        AttachmentKind::Sticker => file.emoji.clone().unwrap_or_default(),
        _ => file.file_name.clone().unwrap_or_else(titled),
    };
    clean(&name, 255)
}

fn mime_type(kind: AttachmentKind, file: &File) -> String {
    let sticker = match (file.is_animated, file.is_video) {
        (Some(true), _) => "application/x-tgsticker",
        (_, Some(true)) => "video/webm",
        _ => "image/webp",
    };
    let usual = match kind {
        AttachmentKind::Image => "image/jpeg",
        AttachmentKind::Sticker => sticker,
        AttachmentKind::Voice => "audio/ogg",
        AttachmentKind::Audio => "audio/mpeg",
        AttachmentKind::Video | AttachmentKind::VideoNote | AttachmentKind::Animation => "video/mp4",
        AttachmentKind::Document | AttachmentKind::Unspecified => "application/octet-stream",
    };
    file.mime_type.as_deref().map(|given| clean(given, 100)).unwrap_or_else(|| usual.to_owned())
}

/// `location` is filled beside `venue`, so venue goes first.
fn location(message: &Message) -> Option<Location> {
    let place = |at: &wire::Location, title: &str, address: &str| Location {
        latitude: at.latitude,
        longitude: at.longitude,
        title: clean(title, 200),
        address: clean(address, 500),
    };
    let venue = message.venue.as_ref().map(|venue| place(&venue.location, &venue.title, &venue.address));
    venue.or_else(|| message.location.as_ref().map(|at| place(at, "", "")))
}

fn contact(contact: &wire::Contact) -> ContactCard {
    let name = [Some(contact.first_name.as_str()), contact.last_name.as_deref()];
    let name: Vec<_> = name.into_iter().flatten().collect();
    let emails = contact.vcard.iter().flat_map(|card| card.lines()).filter(|line| line.starts_with("EMAIL"));
    ContactCard {
        name: clean(&name.join(" "), 200),
        phones: vec![clean(&contact.phone_number, 32)],
        emails: emails.filter_map(|line| Some(clean(line.split_once(':')?.1, 254))).take(10).collect(),
    }
}

fn buttons(markup: Option<&wire::Markup>) -> Vec<ButtonRow> {
    let rows = markup.and_then(|markup| markup.inline_keyboard.as_ref()).into_iter().flatten();
    rows.map(|row| ButtonRow { buttons: row.iter().map(button).collect() }).collect()
}

fn button(button: &wire::Button) -> Button {
    Button {
        title: clean(&button.text, 200),
        url: button.url.as_deref().map(storable).unwrap_or_default(),
        data: button.callback_data.as_deref().map(storable).unwrap_or_default(),
    }
}

fn origin(origin: &wire::Origin) -> String {
    let chat = origin.sender_chat.as_ref().or(origin.chat.as_ref()).map(peer::chat_name);
    let hidden = || origin.sender_user_name.as_deref().map(|name| clean(name, 200));
    origin.sender_user.as_ref().map(peer::user_name).or_else(hidden).or(chat).unwrap_or_default()
}

fn name_the_author(content: &mut Content, author: &str) {
    if author.is_empty() {
        return;
    }
    if !content.event_text.is_empty() {
        content.event_text = format!("{author}: {}", content.event_text);
        if let Some(who) = content.event_args.first_mut() {
            author.clone_into(who);
        }
        return;
    }
    let prefix = if content.text.is_empty() { format!("{author}:") } else { format!("{author}: ") };
    let shift = prefix.chars().count() as u32;
    content.text.insert_str(0, &prefix);
    content.spans.iter_mut().for_each(|span| span.offset += shift);
}
