use contracts::channel::{
    Attachment, AttachmentKind as Kind, AttachmentState, Button, ButtonRow, ContactCard, Content, Location,
};
use gateway_kit::words::{clean, storable};

use super::{markup, peer};
use crate::{
    fetch::RemoteRef,
    wire::{self, Link, Message, MessageBody},
};

/// MAX carries fewer; more is an attack on a fact's room.
const ATTACHMENTS_MOST: usize = 20;

/// All that a message shows. What was forwarded stands as the message's own, with who wrote it.
pub fn of(message: &Message) -> Content {
    let forward = message.link.as_ref().filter(|link| link.kind == "forward");
    let own = message.body.clone().unwrap_or_default();
    let mut content = of_body(&own);
    if let Some(forward) = forward {
        forwarded(&mut content, forward);
    }
    if is_empty(&content) {
        content.unsupported = "message".into();
    }
    content
}

fn forwarded(content: &mut Content, link: &Link) {
    content.forwarded_from = link.sender.as_ref().map(peer::name).unwrap_or_default();
    let Some(body) = &link.message else { return };
    let inner = of_body(body);
    if content.text.is_empty() {
        (content.text, content.spans) = (inner.text, inner.spans);
    } else {
        content.quote_text = inner.text;
    }
    content.attachments.extend(inner.attachments);
    content.attachments.truncate(ATTACHMENTS_MOST);
    content.location = content.location.take().or(inner.location);
    content.contact_card = content.contact_card.take().or(inner.contact_card);
    if content.unsupported.is_empty() {
        content.unsupported = inner.unsupported;
    }
}

fn is_empty(content: &Content) -> bool {
    content.text.is_empty()
        && content.attachments.is_empty()
        && content.location.is_none()
        && content.contact_card.is_none()
        && content.unsupported.is_empty()
        && content.quote_text.is_empty()
}

fn of_body(body: &MessageBody) -> Content {
    let text = body.text.as_deref().unwrap_or_default();
    let mut content = Content { text: storable(text), spans: markup::spans(text, &body.markup), ..Content::default() };
    let is_voice = text.is_empty() && body.attachments.len() == 1;
    for (place, attachment) in body.attachments.iter().enumerate().take(ATTACHMENTS_MOST) {
        add(&mut content, attachment, is_voice, body.mid.as_deref().unwrap_or_default(), place);
    }
    content
}

fn add(content: &mut Content, attachment: &wire::Attachment, is_voice: bool, mid: &str, place: usize) {
    let kind = match attachment.kind.as_str() {
        "image" => Kind::Image,
        "video" => Kind::Video,
        "audio" if is_voice => Kind::Voice,
        "audio" => Kind::Audio,
        "file" => Kind::Document,
        "sticker" => Kind::Sticker,
        "contact" => return content.contact_card = attachment.payload.as_ref().map(contact),
        "location" => return content.location = location(attachment),
        "share" => return share(content, attachment),
        "inline_keyboard" => return content.buttons = attachment.payload.iter().flat_map(buttons).collect(),
        other => return content.unsupported = clean(other, 64),
    };
    content.attachments.push(file(kind, attachment, mid, place));
}

fn file(kind: Kind, attachment: &wire::Attachment, mid: &str, place: usize) -> Attachment {
    let remote = RemoteRef::of(kind, attachment, mid, place).and_then(|remote| remote.to_text());
    let (state, problem) = match &remote {
        Some(_) => (AttachmentState::Pending, ""),
        None => (AttachmentState::Failed, "MAX gave the file no usable address"),
    };
    Attachment {
        kind: kind.into(),
        name: attachment.filename.as_deref().map(|name| clean(name, 255)).unwrap_or_default(),
        mime_type: usual_type(kind).into(),
        size_bytes: attachment.size.unwrap_or_default().max(0),
        width: number(attachment.width),
        height: number(attachment.height),
        duration_ms: number(attachment.duration.map(|seconds| seconds.saturating_mul(1000))),
        remote_ref: remote.unwrap_or_default(),
        state: state.into(),
        problem: problem.into(),
        ..Attachment::default()
    }
}

/// MAX tells no type; the bytes will.
fn usual_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Image => "image/jpeg",
        Kind::Sticker => "image/webp",
        Kind::Video => "video/mp4",
        Kind::Voice | Kind::Audio => "audio/mpeg",
        _ => "application/octet-stream",
    }
}

fn number(value: Option<i64>) -> u32 {
    u32::try_from(value.unwrap_or_default().max(0)).unwrap_or(u32::MAX)
}

fn location(attachment: &wire::Attachment) -> Option<Location> {
    let (latitude, longitude) = (attachment.latitude?, attachment.longitude?);
    Some(Location { latitude, longitude, ..Location::default() })
}

/// A preview repeats the link that stands in the text; alone it is the message.
fn share(content: &mut Content, attachment: &wire::Attachment) {
    let url = attachment.payload.as_ref().and_then(|payload| payload.url.as_deref()).map(storable).unwrap_or_default();
    if !content.text.is_empty() || url.is_empty() {
        return;
    }
    let title = attachment.title.as_deref().map(|title| clean(title, 300)).filter(|title| !title.is_empty());
    content.text = title.map_or_else(|| url.clone(), |title| format!("{title}\n{url}"));
}

/// The card as it was sent, by vCard's lines (RFC 6350).
fn contact(payload: &wire::Payload) -> ContactCard {
    let card = payload.vcf_info.as_deref().unwrap_or_default();
    let named = values(card, "FN").next().filter(|name| !name.is_empty());
    let of_max = || payload.max_info.as_ref().map(peer::name).unwrap_or_default();
    ContactCard {
        name: named.map(|name| clean(name, 200)).unwrap_or_else(of_max),
        phones: phones(card),
        emails: values(card, "EMAIL").map(|email| clean(email, 254)).take(10).collect(),
    }
}

pub fn phones(card: &str) -> Vec<String> {
    let phones = values(card, "TEL").map(|phone| clean(phone.trim_start_matches("tel:"), 32));
    phones.filter(|phone| !phone.is_empty()).take(10).collect()
}

/// The values of a property: `TEL;TYPE=cell:+70001234567`, also within a group (`item1.TEL:…`).
fn values<'a>(card: &'a str, property: &'a str) -> impl Iterator<Item = &'a str> {
    card.lines().filter_map(move |line| {
        let (head, value) = line.split_once(':')?;
        let name = head.split(';').next().unwrap_or_default();
        let name = name.rsplit('.').next().unwrap_or_default();
        name.eq_ignore_ascii_case(property).then_some(value.trim())
    })
}

fn buttons(payload: &wire::Payload) -> Vec<ButtonRow> {
    let rows = payload.buttons.iter().take(30);
    rows.map(|row| ButtonRow { buttons: row.iter().take(7).map(button).collect() }).collect()
}

fn button(button: &wire::Button) -> Button {
    Button {
        title: clean(&button.text, 200),
        url: button.url.as_deref().map(storable).unwrap_or_default(),
        data: button.payload.as_deref().map(storable).unwrap_or_default(),
    }
}

/// In a group its author's name stands before the text, for the contact point is the group.
pub fn name_the_author(content: &mut Content, author: &str) {
    if author.is_empty() {
        return;
    }
    let prefix = if content.text.is_empty() { format!("{author}:") } else { format!("{author}: ") };
    let shift = prefix.chars().count() as u32;
    content.text.insert_str(0, &prefix);
    content.spans.iter_mut().for_each(|span| span.offset += shift);
}
