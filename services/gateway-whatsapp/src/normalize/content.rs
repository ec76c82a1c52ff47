use contracts::channel::{
    AliasKind, Attachment, AttachmentKind, AttachmentState, ContactCard, Content, FormField, Location, Peer,
};
use gateway_kit::words::{clean, storable};
use serde_json::Value;

use super::peer;
use crate::wire::{Body, Card, Contact, Edited, Flow, Interactive, Media, Message, Order, System};

/// The most bytes of `Attachment.remote_ref`.
const REMOTE_REF_BYTES: usize = 2048;
/// Fields of a form, and lines of an order, that are shown.
const LINES: usize = 50;

/// All that a message shows. In a group its author's name stands before the text, for the contact point is the group.
pub fn of_message(message: &Message, contact: Option<&Contact>) -> Content {
    let mut content = of_body(&message.kind, &message.body);
    if is_empty(&content) && content.unsupported.is_empty() {
        content.unsupported = unsupported(message);
    }
    let context = message.context.as_ref();
    if context.is_some_and(|context| context.forwarded == Some(true) || context.frequently_forwarded == Some(true)) {
        content.forwarded_from = "WhatsApp".into(); // Whose it was is never told.
    }
    if let Some(product) = context.and_then(|context| context.referred_product.as_ref()) {
        content.quote_text = clean(&product.product_retailer_id, 200);
    }
    if message.group_id.is_some() {
        name_the_author(&mut content, &peer::author(contact));
    }
    content
}

pub fn of_edit(edited: &Edited) -> Content {
    let mut content = of_body(&edited.kind, &edited.body);
    if is_empty(&content) {
        content.unsupported = clean(&edited.kind, 64);
    }
    content
}

fn is_empty(content: &Content) -> bool {
    let Content { text, attachments, location, contact_card, form, event_text, .. } = content;
    let words = text.is_empty() && event_text.is_empty() && form.is_empty();
    words && attachments.is_empty() && location.is_none() && contact_card.is_none()
}

fn of_body(kind: &str, body: &Body) -> Content {
    let content = Content::default();
    match kind {
        "text" => Content { text: body.text.as_ref().map(|text| storable(&text.body)).unwrap_or_default(), ..content },
        "image" | "video" | "audio" | "document" | "sticker" => file(kind, body),
        "location" => Content { location: body.location.as_ref().map(location), ..content },
        "contacts" => contacts(&body.contacts),
        "interactive" => body.interactive.as_ref().map(chosen).unwrap_or_default(),
        "button" => {
            Content { text: body.button.as_ref().map(|pressed| storable(&pressed.text)).unwrap_or_default(), ..content }
        }
        "order" => Content { text: body.order.as_ref().map(order).unwrap_or_default(), ..content },
        "system" => body.system.as_ref().map(system).unwrap_or_default(),
        _ => content,
    }
}

/// The name of content that we do not show: what the message is, or what WhatsApp says that it was.
fn unsupported(message: &Message) -> String {
    let told = message.body.unsupported.as_ref().map(|one| one.kind.as_str());
    let interactive = message.body.interactive.as_ref().map(|one| one.kind.as_str());
    let name = clean(told.or(interactive).unwrap_or(&message.kind), 64);
    if name.is_empty() { "message".into() } else { name }
}

fn file(kind: &str, body: &Body) -> Content {
    let (kind, media) = match kind {
        "image" => (AttachmentKind::Image, &body.image),
        "video" => (AttachmentKind::Video, &body.video),
        "sticker" => (AttachmentKind::Sticker, &body.sticker),
        "document" => (AttachmentKind::Document, &body.document),
        _ => {
            let voice = body.audio.as_ref().is_some_and(|audio| audio.voice == Some(true));
            (if voice { AttachmentKind::Voice } else { AttachmentKind::Audio }, &body.audio)
        }
    };
    let Some(media) = media else { return Content::default() };
    let text = media.caption.as_deref().map(storable).unwrap_or_default();
    Content { text, attachments: vec![attachment(kind, media)], ..Content::default() }
}

/// Size and duration stand nowhere until the bytes are asked for.
fn attachment(kind: AttachmentKind, media: &Media) -> Attachment {
    let usable = (1..=REMOTE_REF_BYTES).contains(&media.id.len()) && !media.id.contains(char::is_control);
    let (state, problem) = match usable {
        true => (AttachmentState::Pending, ""),
        false => (AttachmentState::Failed, "WhatsApp gave the file no usable id"),
    };
    Attachment {
        kind: kind.into(),
        name: clean(media.filename.as_deref().unwrap_or_default(), 255),
        mime_type: media.mime_type.as_deref().map(|given| clean(given, 100)).unwrap_or_default(),
        remote_ref: if usable { media.id.clone() } else { String::new() },
        state: state.into(),
        problem: problem.into(),
        ..Attachment::default()
    }
}

fn location(at: &crate::wire::Location) -> Location {
    let told = |text: &Option<String>, most| text.as_deref().map(|text| clean(text, most)).unwrap_or_default();
    Location {
        latitude: at.latitude,
        longitude: at.longitude,
        title: told(&at.name, 200),
        address: told(&at.address, 500),
    }
}

/// The first is the card; what comes with it stands in the text.
fn contacts(cards: &[Card]) -> Content {
    let mut cards = cards.iter().map(card);
    let contact_card = cards.next();
    let line = |card: ContactCard| [vec![card.name], card.phones, card.emails].concat().join(" ");
    let text = cards.take(LINES).map(line).collect::<Vec<_>>().join("\n");
    Content { contact_card, text, ..Content::default() }
}

fn card(card: &Card) -> ContactCard {
    let name = card.name.as_ref().and_then(|name| name.formatted_name.as_deref().or(name.first_name.as_deref()));
    let phone = |phone: &crate::wire::CardPhone| {
        let digits = phone.wa_id.as_ref().map(|digits| format!("+{digits}"));
        phone.phone.clone().or(digits).map(|text| clean(&text, 32))
    };
    ContactCard {
        name: clean(name.unwrap_or_default(), 200),
        phones: card.phones.iter().filter_map(phone).take(10).collect(),
        emails: card.emails.iter().map(|one| clean(&one.email, 254)).filter(|one| !one.is_empty()).take(10).collect(),
    }
}

/// The phone that somebody gave when asked for it is their own; WhatsApp itself wrote it.
pub fn shared_own_phone(message: &Message, mut peer: Peer) -> Peer {
    let asked = message.origin.as_deref() == Some("contact_request");
    let known = peer.aliases.iter().any(|alias| alias.kind() == AliasKind::Phone);
    let phone = message.body.contacts.first().and_then(|card| card.phones.first()?.wa_id.clone());
    if let Some(phone) = phone.filter(|phone| asked && !known && crate::address::is_phone(phone)) {
        peer.aliases.push(peer::alias(AliasKind::Phone, format!("+{phone}")));
    }
    peer
}

/// What was chosen reads like an answer in words.
fn chosen(interactive: &Interactive) -> Content {
    let chosen = interactive.button_reply.as_ref().or(interactive.list_reply.as_ref());
    if let Some(chosen) = chosen {
        return Content { text: storable(&chosen.title), ..Content::default() };
    }
    interactive.nfm_reply.as_ref().map(form).unwrap_or_default()
}

/// A filled-in form; its fields have the names that its maker gave them.
fn form(flow: &Flow) -> Content {
    let fields = flow.response_json.as_deref().and_then(|json| serde_json::from_str(json).ok());
    let Some(Value::Object(fields)) = fields else {
        return Content { text: flow.body.as_deref().map(storable).unwrap_or_default(), ..Content::default() };
    };
    let field = |(name, value): (String, Value)| {
        let value = match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        (name != "flow_token").then(|| FormField {
            title: clean(&name, 200),
            name: clean(&name, 200),
            value: clean(&value, 2000),
        })
    };
    let form = fields.into_iter().filter_map(field).take(LINES).collect();
    Content { form, text: flow.body.as_deref().map(storable).unwrap_or_default(), ..Content::default() }
}

/// An order from the catalogue, a line for each thing.
fn order(order: &Order) -> String {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let line = |item: &crate::wire::Item| {
        let (quantity, price) = (plain(&item.quantity), plain(&item.item_price));
        let currency = item.currency.as_deref().unwrap_or_default();
        clean(&format!("{quantity} × {}, {price} {currency}", item.product_retailer_id), 300)
    };
    let said = order.text.as_deref().map(storable).filter(|text| !text.is_empty());
    said.into_iter().chain(order.product_items.iter().take(LINES).map(line)).collect::<Vec<_>>().join("\n")
}

/// A change of phone or id.
fn system(system: &System) -> Content {
    let said = system.body.as_deref().map(|text| clean(text, 500)).filter(|text| !text.is_empty());
    let kind = system.kind.as_deref().map(|kind| clean(kind, 64)).unwrap_or_default();
    let event_text = said.or_else(|| Some(kind.clone()).filter(|kind| !kind.is_empty())).unwrap_or_default();
    Content { event_text, event_key: kind, event_args: vec![String::new()], ..Content::default() }
}

fn name_the_author(content: &mut Content, author: &str) {
    if author.is_empty() {
        return;
    }
    let prefix = if content.text.is_empty() { format!("{author}:") } else { format!("{author}: ") };
    content.text.insert_str(0, &prefix);
}
