//! VK's kinds of attachments (<https://dev.vk.com/ru/reference/objects/attachments-message>, read 2026-11-26).

use contracts::channel::{Attachment, AttachmentKind, AttachmentState};
use gateway_kit::words::{clean, storable};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::address::MessageKey;

/// The most bytes of `Attachment.remote_ref`, with room for what stands beside the address.
const URL_BYTES: usize = 1_700;

const SITE: &str = "https://vk.com";

/// What an attachment becomes.
pub enum Part {
    File(Box<Attachment>),
    /// Shown in the text: a link, a song's name.
    Words(String),
    Unsupported(String),
}

/// What a file is fetched by: its address while that is good, else the message asked for anew.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteRef {
    #[serde(default, rename = "u", skip_serializing_if = "String::is_empty")]
    pub url: String,
    #[serde(rename = "m")]
    pub message: String,
    /// Kind, owner and id: `photo-1_2`.
    #[serde(rename = "k")]
    pub what: String,
}

pub fn read(attachment: &Value, message: &MessageKey) -> Part {
    let kind = attachment["type"].as_str().unwrap_or_default();
    let value = &attachment[kind];
    if let Some((kind, url)) = file_kind(kind, value) {
        return Part::File(Box::new(file(attachment, kind, url, message)));
    }
    match words(kind, value) {
        words if words.is_empty() => Part::Unsupported(clean(if kind.is_empty() { "attachment" } else { kind }, 64)),
        words => Part::Words(words),
    }
}

/// The address of an attachment's bytes; `None`: it has none.
pub fn link(attachment: &Value) -> Option<&str> {
    let kind = attachment["type"].as_str()?;
    Some(file_kind(kind, &attachment[kind])?.1)
}

/// `photo-1_2`, as VK names it in its own lists; stickers have one number.
pub fn name_of(attachment: &Value) -> String {
    let kind = attachment["type"].as_str().unwrap_or_default();
    let value = &attachment[kind];
    let id = value["id"].as_i64().or(value["sticker_id"].as_i64()).unwrap_or_default();
    clean(&format!("{kind}{}_{id}", value["owner_id"].as_i64().unwrap_or_default()), 100)
}

fn file_kind<'a>(kind: &str, value: &'a Value) -> Option<(AttachmentKind, &'a str)> {
    use AttachmentKind::{Audio, Document, Image, Sticker, Video, Voice};
    let text = |field: &str| value[field].as_str().filter(|text| !text.is_empty());
    match kind {
        "photo" => Some((Image, photo(value)?)),
        "graffiti" => Some((Image, text("url")?)),
        "sticker" => Some((Sticker, largest(&value["images"]).or_else(|| largest(&value["images_with_background"]))?)),
        "audio_message" => Some((Voice, text("link_ogg").or_else(|| text("link_mp3"))?)),
        "audio" => Some((Audio, text("url")?)),
        "doc" => {
            let kind = match value["type"].as_i64() {
                Some(3 | 4) => Image,
                Some(5) => Audio,
                Some(6) => Video,
                _ => Document,
            };
            Some((kind, text("url")?))
        }
        _ => None,
    }
}

fn photo(value: &Value) -> Option<&str> {
    largest(&value["sizes"]).or_else(|| value["orig_photo"]["url"].as_str())
}

fn largest(sizes: &Value) -> Option<&str> {
    let area = |size: &&Value| {
        let side = |name: &str| size[name].as_u64().unwrap_or_default();
        side("width").saturating_mul(side("height"))
    };
    sizes.as_array()?.iter().filter(|size| size["url"].is_string()).max_by_key(area)?["url"].as_str()
}

fn file(attachment: &Value, kind: AttachmentKind, url: &str, message: &MessageKey) -> Attachment {
    let named = attachment["type"].as_str().unwrap_or_default();
    let value = &attachment[named];
    let number = |name: &str| u32::try_from(value[name].as_u64().unwrap_or_default()).unwrap_or(u32::MAX);
    let (width, height) = sides(value, url);
    let url = if url.len() <= URL_BYTES && !url.contains('\0') { url.to_owned() } else { String::new() };
    let remote = RemoteRef { url, message: message.to_string(), what: name_of(attachment) };
    Attachment {
        kind: kind.into(),
        name: name(named, value),
        mime_type: mime_type(kind, value).to_owned(),
        size_bytes: value["size"].as_i64().unwrap_or_default().max(0),
        width,
        height,
        duration_ms: number("duration").saturating_mul(1000),
        remote_ref: serde_json::to_string(&remote).unwrap_or_default(),
        state: AttachmentState::Pending.into(),
        ..Attachment::default()
    }
}

/// Of the size that is fetched.
fn sides(value: &Value, url: &str) -> (u32, u32) {
    let lists = ["sizes", "images"].into_iter().filter_map(|name| value[name].as_array()).flatten();
    let of = lists.into_iter().find(|size| size["url"] == url).unwrap_or(value);
    let side = |name: &str| u32::try_from(of[name].as_u64().unwrap_or_default()).unwrap_or_default();
    (side("width"), side("height"))
}

fn name(kind: &str, value: &Value) -> String {
    let text = |field: &str| value[field].as_str().unwrap_or_default();
    match kind {
        "doc" => {
            let (title, ext) = (clean(text("title"), 240), clean(text("ext"), 10));
            let ended = title.to_lowercase().ends_with(&format!(".{}", ext.to_lowercase()));
            if ended || ext.is_empty() { title } else { format!("{title}.{ext}") }
        }
        "audio" => clean(&song(value), 255),
        _ => String::new(),
    }
}

fn song(value: &Value) -> String {
    let parts = ["artist", "title"].map(|name| value[name].as_str().unwrap_or_default());
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" – ")
}

fn mime_type(kind: AttachmentKind, value: &Value) -> &'static str {
    match value["ext"].as_str().unwrap_or_default() {
        "gif" => "image/gif",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "pdf" => "application/pdf",
        "mp4" => "video/mp4",
        "ogg" => "audio/ogg",
        _ => match kind {
            AttachmentKind::Image => "image/jpeg",
            AttachmentKind::Sticker => "image/png",
            AttachmentKind::Voice if value["link_ogg"].is_string() => "audio/ogg",
            AttachmentKind::Voice | AttachmentKind::Audio => "audio/mpeg",
            _ => "application/octet-stream",
        },
    }
}

/// What has no bytes for us is a line of text with an address, where it has one.
fn words(kind: &str, value: &Value) -> String {
    let text = |field: &str| storable(value[field].as_str().unwrap_or_default());
    let id = |field: &str| value[field].as_i64().unwrap_or_default();
    let known = value["id"].is_i64();
    let place = |what: &str| format!("{SITE}/{what}{}_{}", id("owner_id"), id("id"));
    let titled = |title: String, url: String| {
        [title, url].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    };
    match kind {
        "link" => titled(text("title"), text("url")),
        "article" => titled(text("title"), text("url")),
        "audio" => song(value),
        "video" if known => titled(text("title"), place("video")),
        "market" if known => titled(text("title"), place("product")),
        "poll" if known => titled(text("question"), place("poll")),
        "story" if known => place("story"),
        "wall" if known => {
            let owner =
                [id("owner_id"), id("from_id"), id("to_id")].into_iter().find(|id| *id != 0).unwrap_or_default();
            titled(text("text"), format!("{SITE}/wall{owner}_{}", id("id")))
        }
        "wall_reply" if known => {
            titled(text("text"), format!("{SITE}/wall{}_{}?reply={}", id("owner_id"), id("post_id"), id("id")))
        }
        _ => String::new(),
    }
}
