use bytes::Bytes;
use contracts::channel::{Attachment, AttachmentKind, FailureReason as R};
use gateway_kit::{Media, SendOutcome, words::clean};

use crate::{
    describe::{FILE_BYTES, PHOTO_BYTES, PHOTO_RATIO, PHOTO_SIDES},
    error::refused,
};

/// As what VK gets a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Photo,
    Document,
    Voice,
}

/// A file of ours, read.
pub struct File {
    pub form: Form,
    pub name: String,
    pub mime: String,
    pub bytes: Bytes,
}

impl File {
    /// # Errors
    /// What becomes of the order then.
    pub async fn read(attachment: Attachment, media: &Media) -> Result<Self, SendOutcome> {
        let form = form(&attachment);
        if attachment.size_bytes > FILE_BYTES {
            return Err(refused(R::FileTooLarge, "VK takes files of up to 200 MB"));
        }
        let bytes = media.read(&attachment.object_key).await.map_err(|error| SendOutcome::NotSent {
            text: format!("the file cannot be read from the object store: {error}"),
        })?;
        if bytes.is_empty() {
            return Err(refused(R::FileRejected, "the file is empty"));
        }
        let mime = attachment.mime_type.split(';').next().unwrap_or_default().trim().to_lowercase();
        Ok(Self { form, name: name(&attachment, &mime), mime, bytes })
    }
}

/// A photo only within VK's limits for photos; all else goes as a document, which VK shows as what it is.
fn form(attachment: &Attachment) -> Form {
    let mime = attachment.mime_type.split(';').next().unwrap_or_default().trim();
    match attachment.kind() {
        AttachmentKind::Image if is_photo(attachment, mime) => Form::Photo,
        AttachmentKind::Voice if matches!(mime, "audio/ogg" | "audio/opus" | "application/ogg") => Form::Voice,
        _ => Form::Document,
    }
}

fn is_photo(attachment: &Attachment, mime: &str) -> bool {
    let (width, height) = (attachment.width, attachment.height);
    let (long, short) = (width.max(height), width.min(height));
    let fits = width.saturating_add(height) <= PHOTO_SIDES && (short == 0 || long / short < PHOTO_RATIO);
    fits && attachment.size_bytes <= PHOTO_BYTES && matches!(mime, "image/jpeg" | "image/png")
}

/// VK wants an ending, and takes the kind of file from it.
fn name(attachment: &Attachment, mime: &str) -> String {
    let plain = |c: char| if matches!(c, '"' | '\\' | '/' | ':') { '_' } else { c };
    let given: String = clean(&attachment.name, 120).chars().map(plain).collect();
    let stem = if given.is_empty() { "file" } else { &given };
    match ending(mime) {
        _ if has_ending(stem) => stem.to_owned(),
        Some(ending) => format!("{stem}.{ending}"),
        None => format!("{stem}.bin"),
    }
}

fn has_ending(name: &str) -> bool {
    let fits = |ending: &str| (1..=8).contains(&ending.len()) && ending.bytes().all(|b| b.is_ascii_alphanumeric());
    name.rsplit_once('.').is_some_and(|(stem, ending)| !stem.is_empty() && fits(ending))
}

fn ending(mime: &str) -> Option<&'static str> {
    Some(match mime {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/webp" => "webp",
        "image/gif" => "gif",
        "video/mp4" => "mp4",
        "video/webm" => "webm",
        "audio/ogg" | "audio/opus" | "application/ogg" => "ogg",
        "audio/mp4" | "audio/x-m4a" => "m4a",
        "audio/wav" | "audio/x-wav" => "wav",
        "application/pdf" => "pdf",
        "text/plain" => "txt",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attachment(kind: AttachmentKind, mime: &str, width: u32, height: u32) -> Attachment {
        Attachment { kind: kind.into(), mime_type: mime.into(), width, height, ..Attachment::default() }
    }

    #[test]
    fn a_picture_beyond_the_limits_of_photos_goes_as_a_document() {
        let form = |mime, width, height| form(&attachment(AttachmentKind::Image, mime, width, height));
        assert_eq!(form("image/png", 7000, 7000), Form::Photo);
        assert_eq!(form("image/jpeg", 0, 0), Form::Photo, "unknown sizes are tried");
        for (mime, width, height) in [("image/png", 7001, 7000), ("image/png", 2000, 100), ("image/webp", 9, 9)] {
            assert_eq!(form(mime, width, height), Form::Document, "{mime} {width}x{height}");
        }
        let voice = attachment(AttachmentKind::Voice, "audio/ogg; codecs=opus", 0, 0);
        assert_eq!(super::form(&voice), Form::Voice);
    }

    #[test]
    fn a_name_has_an_ending_and_stays_in_its_header() {
        let named = |given: &str, mime| name(&Attachment { name: given.into(), ..Attachment::default() }, mime);
        assert_eq!(named("Счёт 5.pdf", "application/pdf"), "Счёт 5.pdf");
        assert_eq!(named("../a\"b", "image/png"), ".._a_b.png");
        assert_eq!(named("", "x/y"), "file.bin");
    }
}
