use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::media::{MediaFile, MediaKind};

/// A message that a customer is about to send.
///
/// ```no_run
/// use testkit::telegram::{CustomerMessage, png};
/// let message = CustomerMessage::photo(png(640, 480)).caption("Такое окно есть?").reply_to(40);
/// ```
#[derive(Debug, Clone)]
pub struct CustomerMessage {
    pub(super) fields: Map<String, Value>,
    pub(super) file: Option<MediaFile>,
    pub(super) reply_to: Option<i64>,
}

impl CustomerMessage {
    /// A text; a word with `/` at its beginning is marked as a command, like the clients do.
    pub fn text(text: &str) -> Self {
        let mut fields = Map::from_iter([("text".to_owned(), json!(text))]);
        if text.starts_with('/') {
            let length = text.split_whitespace().next().unwrap_or_default().len();
            let entities = json!([{ "type": "bot_command", "offset": 0, "length": length }]);
            fields.insert("entities".into(), entities);
        }
        Self { fields, file: None, reply_to: None }
    }

    /// A picture (PNG, JPEG, GIF or WebP; [`super::png`] makes one); the bot sees it in several sizes.
    pub fn photo(bytes: impl Into<Bytes>) -> Self {
        Self::file(MediaKind::Photo, None, None, bytes, json!({}))
    }

    pub fn document(name: &str, mime: &str, bytes: impl Into<Bytes>) -> Self {
        Self::file(MediaKind::Document, Some(name), Some(mime), bytes, json!({}))
    }

    pub fn voice(bytes: impl Into<Bytes>, seconds: u32) -> Self {
        Self::file(MediaKind::Voice, None, None, bytes, json!({ "duration": seconds }))
    }

    pub fn audio(name: &str, bytes: impl Into<Bytes>, seconds: u32) -> Self {
        Self::file(MediaKind::Audio, Some(name), None, bytes, json!({ "duration": seconds }))
    }

    pub fn video(name: &str, bytes: impl Into<Bytes>, seconds: u32) -> Self {
        Self::file(MediaKind::Video, Some(name), None, bytes, json!({ "duration": seconds }))
    }

    /// A round video.
    pub fn video_note(bytes: impl Into<Bytes>, seconds: u32) -> Self {
        Self::file(MediaKind::VideoNote, None, None, bytes, json!({ "duration": seconds }))
    }

    /// A GIF or a silent video; the message has `document` too.
    pub fn animation(name: &str, bytes: impl Into<Bytes>) -> Self {
        Self::file(MediaKind::Animation, Some(name), None, bytes, json!({}))
    }

    pub fn sticker(emoji: &str, bytes: impl Into<Bytes>) -> Self {
        Self::file(MediaKind::Sticker, None, None, bytes, json!({ "emoji": emoji, "set_name": "windows" }))
    }

    pub fn location(latitude: f64, longitude: f64) -> Self {
        Self::plain(json!({ "location": { "latitude": latitude, "longitude": longitude } }))
    }

    /// A place with a name; the message has `location` too.
    pub fn venue(latitude: f64, longitude: f64, title: &str, address: &str) -> Self {
        let location = json!({ "latitude": latitude, "longitude": longitude });
        let venue = json!({ "location": location, "title": title, "address": address });
        Self::plain(json!({ "venue": venue, "location": location }))
    }

    /// A contact card; with a `user_id` it is that user's own.
    pub fn contact(phone: &str, first_name: &str, user_id: Option<i64>) -> Self {
        let mut contact = json!({ "phone_number": phone, "first_name": first_name });
        if let Some(id) = user_id {
            contact["user_id"] = json!(id);
        }
        Self::plain(json!({ "contact": contact }))
    }

    /// Any fields of a `Message`: service messages, kinds that nobody knows yet.
    pub fn plain(fields: Value) -> Self {
        Self { fields: fields.as_object().cloned().unwrap_or_default(), file: None, reply_to: None }
    }

    fn file(kind: MediaKind, name: Option<&str>, mime: Option<&str>, bytes: impl Into<Bytes>, details: Value) -> Self {
        let details = details.as_object().cloned().unwrap_or_default();
        let (name, mime) = (name.map(str::to_owned), mime.map(str::to_owned));
        let file = Some(MediaFile { kind, name, mime, bytes: bytes.into(), details });
        Self { fields: Map::new(), file, reply_to: None }
    }

    pub fn caption(self, caption: &str) -> Self {
        self.field("caption", json!(caption))
    }

    /// Entities of the text or caption; offsets and lengths count UTF-16 units.
    pub fn entities(self, entities: Value) -> Self {
        let field = if self.fields.contains_key("text") { "entities" } else { "caption_entities" };
        self.field(field, entities)
    }

    /// As an answer to a message of the same chat.
    pub fn reply_to(mut self, message_id: i64) -> Self {
        self.reply_to = Some(message_id);
        self
    }

    /// Sets any field of the message, known or not, for example `forward_origin` or `date`.
    pub fn field(mut self, name: &str, value: Value) -> Self {
        self.fields.insert(name.to_owned(), value);
        self
    }
}
