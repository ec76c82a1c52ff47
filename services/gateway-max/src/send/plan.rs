//! What one message carries, within MAX's limits (<https://dev.max.ru/docs-api>, read 2026-11-26).

use contracts::channel::{
    Attachment, AttachmentKind, Button, ButtonRow, ContactCard, Content, FailureReason as R, Location,
};
use gateway_kit::{Media, SendOutcome};
use serde_json::{Value, json};

use crate::{
    client::{Client, Kind, Parcel},
    describe::{ALBUM_MOST, BUTTON_TITLE, BUTTONS_MOST, DATA_BYTES, IMAGE_BYTES, ROWS_MOST, TEXT_LIMIT, UPLOAD_BYTES},
    error::{outcome, refused},
    normalize::{markup, text::utf16_len},
};

/// In a row, and in one that holds a link.
const PER_ROW: usize = 7;
const PER_ROW_WITH_LINK: usize = 3;

/// A message that keeps the limits, its files not uploaded yet.
pub struct Plan {
    text: String,
    html: Option<String>,
    reply_to: Option<String>,
    files: Vec<(Kind, Attachment)>,
    /// Attachments that need no upload.
    more: Vec<Value>,
}

impl Plan {
    /// # Errors
    /// What becomes of the order then.
    pub fn make(content: Content, reply_to_key: &str) -> Result<Self, SendOutcome> {
        let text = content.text.trim_end().to_owned();
        check_length(&text)?;
        let html = markup::html(&text, &content.spans);
        let files = files(content.attachments)?;
        let mut more: Vec<_> = content.location.iter().map(location).collect();
        more.extend(content.contact_card.as_ref().map(contact));
        if more.len() > 1 || more.len() == 1 && !(files.is_empty() && text.trim().is_empty()) {
            return Err(refused(R::NotSupported, "a place or a contact goes as a message of its own"));
        }
        if more.is_empty() && files.is_empty() && text.trim().is_empty() {
            return Err(refused(R::Rejected, "there is nothing to send"));
        }
        more.extend(keyboard(&content.buttons)?);
        let reply_to = Some(reply_to_key.to_owned()).filter(|key| !key.is_empty());
        Ok(Self { text, html, reply_to, files, more })
    }

    /// Uploads the files, one after another, and gives the body of the call.
    ///
    /// # Errors
    /// What becomes of the order then: surely nothing was sent.
    pub async fn into_body(self, client: &Client, media: &Media) -> Result<Value, SendOutcome> {
        let mut attachments = Vec::with_capacity(self.files.len() + self.more.len());
        for (kind, file) in self.files {
            let payload = payload(client, media, kind, file).await?;
            attachments.push(json!({ "type": kind.name(), "payload": payload }));
        }
        attachments.extend(self.more);
        let mut body = json!({ "text": self.html.as_ref().unwrap_or(&self.text), "attachments": attachments });
        if self.html.is_some() {
            body["format"] = json!("html");
        }
        if let Some(mid) = self.reply_to {
            body["link"] = json!({ "type": "reply", "mid": mid });
        }
        Ok(body)
    }
}

pub fn check_length(text: &str) -> Result<(), SendOutcome> {
    let length = utf16_len(text);
    if length <= TEXT_LIMIT as usize {
        return Ok(());
    }
    Err(refused(R::TooLong, &format!("the text has {length} characters, MAX takes {TEXT_LIMIT}")))
}

fn files(attachments: Vec<Attachment>) -> Result<Vec<(Kind, Attachment)>, SendOutcome> {
    if attachments.len() > ALBUM_MOST as usize {
        return Err(refused(R::NotSupported, &format!("{ALBUM_MOST} files go in a message to MAX")));
    }
    let files: Vec<_> = attachments.into_iter().map(|file| (kind_of(&file), file)).collect();
    if let Some((_, file)) = files.iter().find(|(kind, file)| file.size_bytes > limit(*kind)) {
        return Err(refused(R::FileTooLarge, &format!("{} bytes are more than MAX takes", file.size_bytes)));
    }
    let alone = |kind: &Kind| matches!(kind, Kind::Audio | Kind::File);
    if files.len() > 1 && files.iter().any(|(kind, _)| alone(kind)) {
        return Err(refused(R::NotSupported, "a document or a recording goes as a message of its own"));
    }
    Ok(files)
}

/// A picture that MAX does not take as one goes as a file.
fn kind_of(file: &Attachment) -> Kind {
    const PICTURES: [&str; 6] = ["image/jpeg", "image/png", "image/gif", "image/tiff", "image/bmp", "image/heic"];
    const VIDEOS: [&str; 4] = ["video/mp4", "video/quicktime", "video/x-matroska", "video/webm"];
    const SIDE: u32 = 7680;
    let mime = file.mime_type.as_str();
    match file.kind() {
        AttachmentKind::Image | AttachmentKind::Animation
            if PICTURES.contains(&mime)
                && file.size_bytes <= IMAGE_BYTES
                && file.width <= SIDE
                && file.height <= SIDE =>
        {
            Kind::Image
        }
        AttachmentKind::Video | AttachmentKind::VideoNote | AttachmentKind::Animation if VIDEOS.contains(&mime) => {
            Kind::Video
        }
        AttachmentKind::Voice | AttachmentKind::Audio => Kind::Audio,
        _ => Kind::File,
    }
}

fn limit(kind: Kind) -> i64 {
    match kind {
        Kind::Image => IMAGE_BYTES,
        Kind::Video => crate::describe::VIDEO_BYTES,
        Kind::Audio => crate::describe::AUDIO_BYTES,
        Kind::File => UPLOAD_BYTES,
    }
}

async fn payload(client: &Client, media: &Media, kind: Kind, file: Attachment) -> Result<Value, SendOutcome> {
    if let Some(payload) = client.uploaded(&file.object_key, kind) {
        return Ok(payload);
    }
    let bytes = media.read(&file.object_key).await.map_err(|error| match error {
        object_store::Error::NotFound { .. } => refused(R::FileRejected, "the file is no longer stored"),
        error => SendOutcome::NotSent { text: format!("the file cannot be read: {error}") },
    })?;
    let mime_type = if file.mime_type.is_empty() { "application/octet-stream".into() } else { file.mime_type };
    let name = name(&file.name, &mime_type);
    let parcel = Parcel { kind, object_key: file.object_key, name, mime_type, bytes };
    client.upload(parcel).await.map_err(|error| outcome(&error))
}

/// MAX goes by the name's ending, so there is one.
fn name(name: &str, mime_type: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_control() || "/\\\"".contains(c) { '_' } else { c }).collect();
    let plain = if plain.trim().is_empty() { "file".to_owned() } else { plain };
    match (plain.contains('.'), ending(mime_type)) {
        (false, Some(ending)) => format!("{plain}.{ending}"),
        _ => plain,
    }
}

fn ending(mime_type: &str) -> Option<&'static str> {
    Some(match mime_type {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "video/mp4" => "mp4",
        "audio/ogg" => "ogg",
        "audio/mpeg" => "mp3",
        "audio/mp4" => "m4a",
        "application/pdf" => "pdf",
        _ => return None,
    })
}

fn location(place: &Location) -> Value {
    json!({ "type": "location", "latitude": place.latitude, "longitude": place.longitude })
}

fn contact(card: &ContactCard) -> Value {
    json!({ "type": "contact", "payload": { "name": card.name, "vcf_phone": card.phones.first() } })
}

/// Rows that are too wide for MAX are broken; `None`: no buttons.
pub fn keyboard(rows: &[ButtonRow]) -> Result<Option<Value>, SendOutcome> {
    let mut made = Vec::new();
    for row in rows {
        let width = if row.buttons.iter().any(|button| !button.url.is_empty()) { PER_ROW_WITH_LINK } else { PER_ROW };
        for part in row.buttons.chunks(width) {
            made.push(part.iter().map(button).collect::<Result<Vec<_>, _>>()?);
        }
    }
    let count: usize = made.iter().map(Vec::len).sum();
    if made.len() > ROWS_MOST || count > BUTTONS_MOST as usize {
        return Err(refused(R::NotSupported, &format!("MAX shows {ROWS_MOST} rows of buttons, {BUTTONS_MOST} in all")));
    }
    Ok((count > 0).then(|| json!({ "type": "inline_keyboard", "payload": { "buttons": made } })))
}

fn button(button: &Button) -> Result<Value, SendOutcome> {
    let title = button.title.trim();
    if title.is_empty() || title.chars().count() > BUTTON_TITLE {
        return Err(refused(R::NotSupported, &format!("a button's title has 1 to {BUTTON_TITLE} characters")));
    }
    if !button.url.is_empty() {
        return Ok(json!({ "type": "link", "text": title, "url": button.url }));
    }
    if button.data.len() > DATA_BYTES as usize {
        return Err(refused(R::NotSupported, &format!("a button carries at most {DATA_BYTES} bytes")));
    }
    Ok(json!({ "type": "callback", "text": title, "payload": button.data }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(kind: AttachmentKind, mime: &str, size_bytes: i64) -> Attachment {
        Attachment { kind: kind.into(), mime_type: mime.into(), size_bytes, ..Attachment::default() }
    }

    #[test]
    fn what_max_does_not_take_as_a_picture_goes_as_a_file() {
        use AttachmentKind::{Document, Image, Video, Voice};
        assert_eq!(kind_of(&file(Image, "image/png", 9)), Kind::Image);
        assert_eq!(kind_of(&file(Image, "image/webp", 9)), Kind::File);
        assert_eq!(kind_of(&file(Image, "image/png", IMAGE_BYTES + 1)), Kind::File);
        assert_eq!(kind_of(&Attachment { width: 7681, ..file(Image, "image/png", 9) }), Kind::File);
        assert_eq!(kind_of(&file(Video, "video/x-msvideo", 9)), Kind::File);
        assert_eq!(kind_of(&file(Voice, "audio/ogg", 9)), Kind::Audio);
        assert_eq!(kind_of(&file(Document, "image/png", 9)), Kind::File);
    }

    #[test]
    fn a_row_that_is_too_wide_is_broken() {
        let callback = |n: usize| Button { title: n.to_string(), data: n.to_string(), ..Button::default() };
        let link = Button { title: "сайт".into(), url: "https://example.com".into(), ..Button::default() };
        let widths = |buttons: Vec<Button>| {
            let keyboard = keyboard(&[ButtonRow { buttons }]).unwrap().unwrap();
            let rows = keyboard["payload"]["buttons"].as_array().unwrap().clone();
            rows.iter().map(|row| row.as_array().unwrap().len()).collect::<Vec<_>>()
        };
        assert_eq!(widths((0..9).map(callback).collect()), [7, 2]);
        assert_eq!(widths((0..3).map(callback).chain([link]).collect()), [3, 1]);
        let most = |rows: usize| vec![ButtonRow { buttons: (0..7).map(callback).collect() }; rows];
        assert!(keyboard(&most(30)).is_ok() && keyboard(&most(31)).is_err());
        assert!(keyboard(&[]).unwrap().is_none());
        let long = Button { data: "x".repeat(1025), ..callback(1) };
        assert!(keyboard(&[ButtonRow { buttons: vec![long] }]).is_err());
    }

    #[test]
    fn a_files_name_has_an_ending_and_no_path() {
        assert_eq!(name("", "image/jpeg"), "file.jpg");
        assert_eq!(name("../Счёт", "application/pdf"), ".._Счёт");
        assert_eq!(name("Счёт", "application/pdf"), "Счёт.pdf");
        assert_eq!(name("a\r\nb.txt", "text/plain"), "a__b.txt");
    }
}
