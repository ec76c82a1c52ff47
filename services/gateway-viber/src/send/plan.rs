use contracts::channel::{Attachment, ContactCard, Content, FailureReason as R, Location};
use gateway_kit::{FileLinks, SendOutcome, words::clean};
use serde_json::{Value, json};

use super::{file, keyboard};
use crate::{
    describe::{CAPTION_LIMIT, TEXT_LIMIT},
    error::refused,
};

/// <https://developers.viber.com/docs/api/rest-bot-api/#contact-message>, read 2026-11-26.
const CONTACT_NAME: usize = 28;
const CONTACT_PHONE: usize = 18;

/// What `send_message` takes, apart from whom it goes to and who sends it.
///
/// # Errors
/// What becomes of the order when Viber would not take it.
pub fn message(links: &FileLinks, message_id: &str, content: Content) -> Result<Value, SendOutcome> {
    let keyboard = keyboard::of(&content.buttons)?;
    let mut message = body(links, message_id, content)?;
    if let Some(keyboard) = keyboard {
        message["keyboard"] = keyboard;
    }
    Ok(message)
}

fn body(links: &FileLinks, message_id: &str, content: Content) -> Result<Value, SendOutcome> {
    let Content { text, attachments, location, contact_card, .. } = content;
    let text = text.trim_end();
    let beside = usize::from(location.is_some()) + usize::from(contact_card.is_some());
    if beside > 1 || beside == 1 && !(attachments.is_empty() && text.trim().is_empty()) {
        return Err(refused(R::NotSupported, "a place or a contact goes as a message of its own"));
    }
    if let Some(location) = location {
        return Ok(place(&location));
    }
    if let Some(card) = contact_card {
        return contact(&card);
    }
    match attachments.as_slice() {
        [] => words(text),
        [attachment] => with_file(links, message_id, attachment, text),
        _ => Err(refused(R::NotSupported, "Viber takes one file in a message")),
    }
}

fn words(text: &str) -> Result<Value, SendOutcome> {
    if text.trim().is_empty() {
        return Err(refused(R::Rejected, "there is nothing to send"));
    }
    check_length(text, TEXT_LIMIT)?;
    Ok(json!({ "type": "text", "text": text }))
}

fn with_file(links: &FileLinks, message_id: &str, attachment: &Attachment, text: &str) -> Result<Value, SendOutcome> {
    let form = file::form(attachment);
    if form == file::Form::File && !text.is_empty() {
        return Err(refused(R::NotSupported, "at Viber a file carries no text"));
    }
    check_length(text, CAPTION_LIMIT)?;
    file::message(links, message_id, attachment, form, text)
}

fn check_length(text: &str, limit: u32) -> Result<(), SendOutcome> {
    let length = text.encode_utf16().count();
    if length <= limit as usize {
        return Ok(());
    }
    Err(refused(R::TooLong, &format!("the text has {length} characters, Viber takes {limit}")))
}

fn place(at: &Location) -> Value {
    json!({ "type": "location", "location": { "lat": at.latitude, "lon": at.longitude } })
}

fn contact(card: &ContactCard) -> Result<Value, SendOutcome> {
    let phone = card.phones.first().map(|phone| clean(phone, CONTACT_PHONE + 1)).unwrap_or_default();
    if phone.is_empty() || phone.len() > CONTACT_PHONE {
        return Err(refused(R::Rejected, "the contact has no phone of at most 18 characters"));
    }
    let name = clean(&card.name, CONTACT_NAME);
    let name = if name.is_empty() { phone.clone() } else { name };
    Ok(json!({ "type": "contact", "contact": { "name": name, "phone_number": phone } }))
}
