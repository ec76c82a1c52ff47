use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::files::{Files, StoredFile};
use super::image;

/// The kinds of files a message can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MediaKind {
    Photo,
    Document,
    Video,
    Animation,
    Audio,
    Voice,
    VideoNote,
    Sticker,
}

impl MediaKind {
    /// The field of the message, and of the send method's parameters.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Document => "document",
            Self::Video => "video",
            Self::Animation => "animation",
            Self::Audio => "audio",
            Self::Voice => "voice",
            Self::VideoNote => "video_note",
            Self::Sticker => "sticker",
        }
    }

    pub(super) fn of_field(field: &str) -> Option<Self> {
        let all = [
            Self::Photo,
            Self::Document,
            Self::Video,
            Self::Animation,
            Self::Audio,
            Self::Voice,
            Self::VideoNote,
            Self::Sticker,
        ];
        all.into_iter().find(|kind| kind.field() == field)
    }

    pub(super) fn folder(self) -> String {
        match self {
            Self::Audio => "music".to_owned(),
            Self::Voice => "voice".to_owned(),
            other => format!("{}s", other.field()),
        }
    }

    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Photo => "jpg",
            Self::Document => "bin",
            Self::Video | Self::Animation | Self::VideoNote => "mp4",
            Self::Audio => "mp3",
            Self::Voice => "oga",
            Self::Sticker => "webp",
        }
    }

    fn mime(self) -> Option<&'static str> {
        match self {
            Self::Video | Self::Animation | Self::VideoNote => Some("video/mp4"),
            Self::Audio => Some("audio/mpeg"),
            Self::Voice => Some("audio/ogg"),
            _ => None,
        }
    }
}

/// A file before it is in a message.
#[derive(Debug, Clone)]
pub(super) struct MediaFile {
    pub(super) kind: MediaKind,
    pub(super) name: Option<String>,
    pub(super) mime: Option<String>,
    pub(super) bytes: Bytes,
    /// What the sender says about it: width, height, duration, performer, title, emoji.
    pub(super) details: Map<String, Value>,
}

/// A file in a message.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    /// The message's fields: `photo`, or `animation` together with `document`, ...
    pub(super) fields: Map<String, Value>,
    pub(super) name: Option<String>,
    pub(super) mime: Option<String>,
    pub(super) bytes: Bytes,
}

impl MediaFile {
    /// Stores the file for a bot and makes the message's fields; `None` when a photo is no picture.
    pub(super) fn place(self, files: &mut Files, bot_id: i64) -> Option<Placed> {
        let Self { kind, name, mime, bytes, details } = self;
        let mime = mime.or_else(|| kind.mime().map(str::to_owned));
        if kind == MediaKind::Photo {
            let sizes = files.add_photo(bot_id, &bytes)?;
            let fields = Map::from_iter([("photo".to_owned(), json!(sizes))]);
            return Some(Placed { fields, name, mime, bytes });
        }
        let stored = files.add(bot_id, kind, name.clone(), mime.clone(), bytes.clone());
        Some(Placed { fields: fields(&stored, &details), name, mime, bytes })
    }
}

/// The fields of a message that carries a stored file again, by its `file_id`.
pub(super) fn fields(file: &StoredFile, details: &Map<String, Value>) -> Map<String, Value> {
    let mut object = file.to_json();
    object.extend(defaults(file.kind));
    object.extend(details.iter().map(|(name, value)| (name.clone(), value.clone())));
    if let Some(mime) = &file.mime {
        object.insert("mime_type".into(), json!(mime));
    }
    if let (Some(name), false) =
        (&file.name, matches!(file.kind, MediaKind::Voice | MediaKind::VideoNote | MediaKind::Sticker))
    {
        object.insert("file_name".into(), json!(name));
    }
    if file.kind == MediaKind::Photo {
        let (width, height) = image::size(&file.bytes).unwrap_or_default();
        object.extend([("width".to_owned(), json!(width)), ("height".to_owned(), json!(height))]);
        return Map::from_iter([("photo".to_owned(), json!([object]))]);
    }
    let mut fields = Map::new();
    if file.kind == MediaKind::Animation {
        // Old clients know animations as documents, so both fields are filled.
        fields.insert("document".into(), Value::Object(object.clone()));
    }
    fields.insert(file.kind.field().into(), Value::Object(object));
    fields
}

fn defaults(kind: MediaKind) -> Map<String, Value> {
    let fields = match kind {
        MediaKind::Video | MediaKind::Animation => json!({ "width": 640, "height": 480, "duration": 3 }),
        MediaKind::VideoNote => json!({ "length": 240, "duration": 3 }),
        MediaKind::Audio | MediaKind::Voice => json!({ "duration": 3 }),
        MediaKind::Sticker => {
            json!({ "type": "regular", "width": 512, "height": 512, "is_animated": false, "is_video": false })
        }
        MediaKind::Photo | MediaKind::Document => json!({}),
    };
    fields.as_object().cloned().unwrap_or_default()
}
