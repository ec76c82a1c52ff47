use bytes::Bytes;
use contracts::channel::{Attachment, AttachmentKind, FailureReason as R};
use gateway_kit::{Media, SendOutcome, words::clean};
use reqwest::multipart::{Form as Multipart, Part};
use serde_json::{Value, json};

use crate::{
    client::Client,
    describe::{AUDIO_BYTES, DOCUMENT_BYTES, IMAGE_BYTES, STICKER_BYTES, VIDEO_BYTES},
    error::{CallError, refused},
    wire::Uploaded,
};

/// As what WhatsApp gets a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Image,
    Video,
    Voice,
    Audio,
    Sticker,
    Document,
}

impl Form {
    /// The form that takes a file as it is; what none takes is a document.
    pub fn of(attachment: &Attachment, size_bytes: i64, has_text: bool) -> Self {
        let mime = attachment.mime_type.split(';').next().unwrap_or_default().trim();
        let within = |most: i64, types: &[&str]| size_bytes <= most && types.contains(&mime);
        const AUDIO: [&str; 6] = ["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/opus"];
        match attachment.kind() {
            AttachmentKind::Image if within(IMAGE_BYTES, &["image/jpeg", "image/png"]) => Self::Image,
            AttachmentKind::Video | AttachmentKind::VideoNote | AttachmentKind::Animation
                if within(VIDEO_BYTES, &["video/mp4", "video/3gpp"]) =>
            {
                Self::Video
            }
            // These carry no text: with one they go as documents.
            AttachmentKind::Voice if !has_text && within(AUDIO_BYTES, &["audio/ogg", "audio/opus"]) => Self::Voice,
            AttachmentKind::Voice | AttachmentKind::Audio if !has_text && within(AUDIO_BYTES, &AUDIO) => Self::Audio,
            AttachmentKind::Sticker if !has_text && within(STICKER_BYTES, &["image/webp"]) => Self::Sticker,
            _ => Self::Document,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Voice | Self::Audio => "audio",
            Self::Sticker => "sticker",
            Self::Document => "document",
        }
    }
}

/// A file on its way out.
#[derive(Debug)]
pub struct File {
    pub form: Form,
    name: String,
    mime_type: String,
    bytes: Bytes,
}

impl File {
    /// # Errors
    /// What becomes of the order when the file cannot go.
    pub async fn read(attachment: Attachment, has_text: bool, media: &Media) -> Result<Self, SendOutcome> {
        if attachment.size_bytes > DOCUMENT_BYTES {
            return Err(refused(R::FileTooLarge, "the file is larger than the 100 MB that WhatsApp takes"));
        }
        let read = media.read(&attachment.object_key).await;
        let bytes = read.map_err(|error| match error {
            object_store::Error::NotFound { .. } => refused(R::FileRejected, "the file is no longer stored"),
            other => SendOutcome::NotSent { text: format!("the file cannot be read: {other}") },
        })?;
        let size_bytes = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        match size_bytes {
            0 => Err(refused(R::FileRejected, "the file is empty")),
            _ if size_bytes > DOCUMENT_BYTES => {
                Err(refused(R::FileTooLarge, "the file is larger than the 100 MB that WhatsApp takes"))
            }
            _ => Ok(Self {
                form: Form::of(&attachment, size_bytes, has_text),
                name: file_name(&attachment),
                mime_type: mime_type(&attachment),
                bytes,
            }),
        }
    }

    pub fn size_bytes(&self) -> i64 {
        i64::try_from(self.bytes.len()).unwrap_or(i64::MAX)
    }

    async fn upload(&self, client: &Client, number: &str) -> Result<String, CallError> {
        let part = Part::stream_with_length(self.bytes.clone(), self.bytes.len() as u64).file_name(self.name.clone());
        let part = part.mime_str(&self.mime_type).map_err(|_| CallError::NotSent("the file's type is none".into()))?;
        let form = Multipart::new()
            .text("messaging_product", "whatsapp")
            .text("type", self.mime_type.clone())
            .part("file", part);
        let uploaded: Uploaded = client.upload(&format!("{number}/media"), form).await?;
        Ok(uploaded.id)
    }
}

fn mime_type(attachment: &Attachment) -> String {
    let mime = attachment.mime_type.split(';').next().unwrap_or_default().trim();
    let plain = mime.split('/').count() == 2 && mime.bytes().all(|b| b.is_ascii_alphanumeric() || b"/+.-".contains(&b));
    if plain { mime.to_owned() } else { "application/octet-stream".to_owned() }
}

/// A document is shown by its name.
fn file_name(attachment: &Attachment) -> String {
    let name = clean(&attachment.name.replace(['/', '\\', '"'], "_"), 240);
    if name.is_empty() { "file".to_owned() } else { name }
}

/// A message around a file, which needs the id of the upload.
pub enum WithFile {
    Message { file: File, text: String, question: Option<Value> },
    Template { file: File, template: Value },
}

impl WithFile {
    pub async fn upload(&self, client: &Client, number: &str) -> Result<String, CallError> {
        let (Self::Message { file, .. } | Self::Template { file, .. }) = self;
        file.upload(client, number).await
    }

    pub fn body(self, id: &str) -> Value {
        match self {
            Self::Message { file, question: Some(mut question), .. } => {
                let kind = file.form.name();
                question["header"] = json!({ "type": kind, kind: named(&file, id) });
                json!({ "type": "interactive", "interactive": question })
            }
            Self::Message { file, text, question: None } => {
                let mut media = named(&file, id);
                if !text.is_empty() {
                    media["caption"] = json!(text);
                }
                if file.form == Form::Voice {
                    media["voice"] = json!(true);
                }
                json!({ "type": file.form.name(), file.form.name(): media })
            }
            Self::Template { file, mut template } => {
                let kind = file.form.name();
                let parameter = json!({ "type": kind, kind: named(&file, id) });
                let header = json!({ "type": "header", "parameters": [parameter] });
                if let Some(components) = template["components"].as_array_mut() {
                    components.insert(0, header);
                }
                json!({ "type": "template", "template": template })
            }
        }
    }
}

fn named(file: &File, id: &str) -> Value {
    let mut media = json!({ "id": id });
    if file.form == Form::Document {
        media["filename"] = json!(file.name);
    }
    media
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_goes_as_what_whatsapp_takes_it_for() {
        use AttachmentKind as K;
        for (kind, mime, size, has_text, expected) in [
            (K::Image, "image/jpeg", 100, true, Form::Image),
            (K::Image, "image/webp", 100, false, Form::Document),
            (K::Image, "image/png", IMAGE_BYTES + 1, false, Form::Document),
            (K::Video, "video/mp4", 100, true, Form::Video),
            (K::Video, "video/webm", 100, false, Form::Document),
            (K::Voice, "audio/ogg; codecs=opus", 100, false, Form::Voice),
            (K::Voice, "audio/mp4", 100, false, Form::Audio),
            (K::Voice, "audio/ogg", 100, true, Form::Document),
            (K::Audio, "audio/mpeg", AUDIO_BYTES + 1, false, Form::Document),
            (K::Sticker, "image/webp", 100, false, Form::Sticker),
            (K::Document, "image/jpeg", 100, false, Form::Document),
        ] {
            let attachment = Attachment { kind: kind.into(), mime_type: mime.into(), ..Attachment::default() };
            assert_eq!(Form::of(&attachment, size, has_text), expected, "{kind:?} {mime} {size} {has_text}");
        }
    }
}
