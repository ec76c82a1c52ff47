//! What a message holds, read from the parameters of a send method.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::error::{Answer, ApiError};
use super::ledger::SentFile;
use super::media::{self, MediaFile, MediaKind};
use super::params::Params;
use super::source::Source;
use super::state::{Bot, Hosted};
use super::text::{CAPTION_LIMIT, Formatted, TEXT_LIMIT};

#[derive(Debug)]
pub(super) struct Content {
    pub(super) kind: &'static str,
    /// The message's fields, text and caption included.
    pub(super) fields: Map<String, Value>,
    pub(super) file: Option<SentFile>,
}

/// Reads the content that `method` (in lower case) sends; `None` when it is no send method.
pub(super) fn read(
    method: &str,
    params: &Params,
    bot: &mut Bot,
    hosted: &HashMap<String, Hosted>,
) -> Option<Answer<Content>> {
    Some(match method {
        "sendmessage" => text(params),
        "sendlocation" => location(params),
        "sendvenue" => venue(params),
        "sendcontact" => contact(params),
        _ => {
            let kind = match method.strip_prefix("send")? {
                "photo" => MediaKind::Photo,
                "document" => MediaKind::Document,
                "video" => MediaKind::Video,
                "animation" => MediaKind::Animation,
                "audio" => MediaKind::Audio,
                "voice" => MediaKind::Voice,
                "videonote" => MediaKind::VideoNote,
                "sticker" => MediaKind::Sticker,
                _ => return None,
            };
            file(kind, kind.field(), params, bot, hosted)
        }
    })
}

pub(super) fn text(params: &Params) -> Answer<Content> {
    let text = params.text("text").unwrap_or_default();
    let text = Formatted::read(&text, params, "entities")?;
    if text.text.trim().is_empty() {
        return Err(ApiError::bad("message text is empty"));
    }
    if text.utf16_len() > TEXT_LIMIT {
        return Err(ApiError::bad("message is too long"));
    }
    let mut fields = Map::from_iter([("text".to_owned(), json!(text.text))]);
    if !text.entities.is_empty() {
        fields.insert("entities".into(), json!(text.entities));
    }
    Ok(Content { kind: "text", fields, file: None })
}

/// The caption's fields; none when there is no caption.
pub(super) fn caption(params: &Params) -> Answer<Map<String, Value>> {
    let mut fields = Map::new();
    let Some(caption) = params.non_empty("caption") else { return Ok(fields) };
    let caption = Formatted::read(&caption, params, "caption_entities")?;
    if caption.utf16_len() > CAPTION_LIMIT {
        return Err(ApiError::bad("message caption is too long"));
    }
    if !caption.text.is_empty() {
        fields.insert("caption".into(), json!(caption.text));
    }
    if !caption.entities.is_empty() {
        fields.insert("caption_entities".into(), json!(caption.entities));
    }
    Ok(fields)
}

/// Reads a file with its caption; `field` names the parameter that holds it (`media` in albums and edits).
pub(super) fn file(
    kind: MediaKind,
    field: &str,
    params: &Params,
    bot: &mut Bot,
    hosted: &HashMap<String, Hosted>,
) -> Answer<Content> {
    let caption = if matches!(kind, MediaKind::VideoNote | MediaKind::Sticker) { Map::new() } else { caption(params)? };
    let details = details(params)?;
    let source = Source::read(kind, field, params, bot, hosted)?;
    let (kind, mut fields, file) = match source {
        Source::Known(file) => {
            let sent = SentFile::new(file.name.clone(), file.mime.clone(), file.bytes.clone());
            (kind, media::fields(&file, &details), sent)
        }
        Source::New { name, mime, bytes } => {
            let kind = shown_as(kind, mime.as_deref(), &bytes);
            let file = MediaFile { kind, name, mime, bytes, details };
            let placed = file.place(&mut bot.files, bot.id).ok_or_else(|| ApiError::bad("IMAGE_PROCESS_FAILED"))?;
            (kind, placed.fields, SentFile::new(placed.name, placed.mime, placed.bytes))
        }
    };
    fields.extend(caption);
    Ok(Content { kind: kind.field(), fields, file: Some(file) })
}

/// A voice message is OGG, MP3 or M4A; anything else is shown as a file.
fn shown_as(kind: MediaKind, mime: Option<&str>, bytes: &[u8]) -> MediaKind {
    let spoken = [b"OggS".as_slice(), b"ID3", b"\xFF\xFB"].iter().any(|start| bytes.starts_with(start))
        || bytes.get(4..8) == Some(b"ftyp");
    match kind {
        MediaKind::Voice if !spoken && mime.is_some_and(|mime| mime.starts_with("audio/")) => MediaKind::Audio,
        MediaKind::Voice if !spoken => MediaKind::Document,
        other => other,
    }
}

fn details(params: &Params) -> Answer<Map<String, Value>> {
    let mut details = Map::new();
    for name in ["duration", "width", "height", "length"] {
        if let Some(number) = params.integer(name)? {
            details.insert(name.into(), json!(number));
        }
    }
    for name in ["performer", "title", "emoji"] {
        if let Some(text) = params.non_empty(name) {
            details.insert(name.into(), json!(text));
        }
    }
    Ok(details)
}

fn coordinates(params: &Params) -> Answer<Value> {
    let (latitude, longitude) = (params.number("latitude")?, params.number("longitude")?);
    if latitude.abs() > 90.0 || longitude.abs() > 180.0 {
        return Err(ApiError::bad("wrong location specified"));
    }
    Ok(json!({ "latitude": latitude, "longitude": longitude }))
}

fn location(params: &Params) -> Answer<Content> {
    let fields = Map::from_iter([("location".to_owned(), coordinates(params)?)]);
    Ok(Content { kind: "location", fields, file: None })
}

/// A venue fills `location` too.
fn venue(params: &Params) -> Answer<Content> {
    let location = coordinates(params)?;
    let venue =
        json!({ "location": location, "title": required(params, "title")?, "address": required(params, "address")? });
    let fields = Map::from_iter([("venue".to_owned(), venue), ("location".to_owned(), location)]);
    Ok(Content { kind: "venue", fields, file: None })
}

fn contact(params: &Params) -> Answer<Content> {
    let mut contact = json!({
        "phone_number": required(params, "phone_number")?, "first_name": required(params, "first_name")?,
    });
    for name in ["last_name", "vcard"] {
        if let Some(text) = params.non_empty(name) {
            contact[name] = json!(text);
        }
    }
    Ok(Content { kind: "contact", fields: Map::from_iter([("contact".to_owned(), contact)]), file: None })
}

fn required(params: &Params, name: &str) -> Answer<String> {
    params.non_empty(name).ok_or_else(|| ApiError::bad(format!("{name} is empty")))
}
