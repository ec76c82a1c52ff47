//! Files on their way out (<https://core.telegram.org/bots/api#sending-files>, read 2026-11-23).

use std::{io, time::Duration};

use bytes::Bytes;
use contracts::channel::{Attachment, AttachmentKind, FailureReason as R};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use gateway_kit::{Media, SendOutcome, words::clean};
use object_store::{Error as StoreError, ObjectStoreExt as _, path::Path};
use teloxide_core::types::{FileId, InputFile};
use tokio::{io::AsyncRead, time::timeout};
use tokio_util::io::StreamReader;

use crate::{
    describe::{PHOTO_BYTES, UPLOAD_BYTES},
    error::refused,
};

/// A larger file is not held in memory on its way.
const HELD_BYTES: i64 = UPLOAD_BYTES;
/// How long the object store may take for a file that is held.
const READ_WAIT: Duration = Duration::from_secs(30);

/// A photo's width and height together, and how much longer one may be than the other.
const PHOTO_SIDES: u32 = 10_000;
const PHOTO_RATIO: u32 = 20;

/// Which of Telegram's methods takes a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Photo,
    Video,
    VideoNote,
    Voice,
    Audio,
    Animation,
    Sticker,
    Document,
}

/// A file ready to be sent.
#[derive(Debug)]
pub struct File {
    pub form: Form,
    pub name: String,
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// Seconds.
    pub duration: Option<u32>,
    from: From,
}

#[derive(Debug)]
enum From {
    Bytes(Bytes),
    /// Read while it is sent, and anew for each try.
    Store(Store),
    /// A file that Telegram has.
    Id(String),
}

#[derive(Clone)]
struct Store {
    media: Media,
    key: String,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({})", self.key)
    }
}

impl Store {
    fn read(self) -> impl AsyncRead + Send + Unpin + 'static {
        let file = async move { Ok::<_, StoreError>(self.media.0.get(&Path::from(self.key)).await?.into_stream()) };
        StreamReader::new(stream::once(file).try_flatten().map_err(io::Error::other).boxed())
    }
}

impl File {
    /// # Errors
    /// What becomes of the order when the file is too large or cannot be read.
    pub async fn read(
        attachment: Attachment,
        has_text: bool,
        media: &Media,
        most_bytes: i64,
    ) -> Result<Self, SendOutcome> {
        check_size(attachment.size_bytes, most_bytes)?;
        let is_known = attachment.object_key.is_empty() && !attachment.remote_ref.is_empty();
        let (from, size) = if is_known {
            (From::Id(attachment.remote_ref.clone()), attachment.size_bytes)
        } else {
            stored(&attachment.object_key, media, most_bytes).await?
        };
        let known = |value: u32| (value > 0).then_some(value);
        Ok(Self {
            form: form(&attachment, size, has_text),
            name: name(&attachment),
            width: known(attachment.width),
            height: known(attachment.height),
            duration: known(attachment.duration_ms.div_ceil(1000)),
            from,
        })
    }

    pub fn input(&self) -> InputFile {
        match &self.from {
            From::Bytes(bytes) => InputFile::memory(bytes.clone()).file_name(self.name.clone()),
            From::Store(store) => InputFile::read(store.clone().read()).file_name(self.name.clone()),
            From::Id(id) => InputFile::file_id(FileId(id.clone())),
        }
    }
}

fn check_size(size: i64, most_bytes: i64) -> Result<(), SendOutcome> {
    if size <= most_bytes {
        return Ok(());
    }
    Err(refused(R::FileTooLarge, &format!("Telegram lets this bot upload at most {} MB", most_bytes >> 20)))
}

/// A file of ours and its size: in memory when it is small, else to be read when it is sent.
async fn stored(object_key: &str, media: &Media, most_bytes: i64) -> Result<(From, i64), SendOutcome> {
    let path = Path::from(object_key);
    let size = given(media.0.head(&path)).await?.size;
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    check_size(size, most_bytes)?;
    if size == 0 {
        return Err(refused(R::FileRejected, "the file is empty"));
    }
    if size > HELD_BYTES {
        return Ok((From::Store(Store { media: media.clone(), key: object_key.to_owned() }), size));
    }
    Ok((From::Bytes(given(media.read(object_key)).await?), size))
}

async fn given<T>(giving: impl Future<Output = Result<T, StoreError>>) -> Result<T, SendOutcome> {
    match timeout(READ_WAIT, giving).await {
        Ok(Ok(given)) => Ok(given),
        Ok(Err(StoreError::NotFound { .. })) => Err(refused(R::FileRejected, "the file is no longer stored")),
        Ok(Err(_)) => Err(SendOutcome::NotSent { text: "the object store cannot give the file".into() }),
        Err(_) => Err(SendOutcome::NotSent { text: "the object store did not give the file in time".into() }),
    }
}

/// The form that Telegram will show as meant; what does not suit it goes as a file, which takes anything. Stickers and
/// round videos carry no text.
fn form(attachment: &Attachment, size: i64, has_text: bool) -> Form {
    let mime = attachment.mime_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let mime = mime.as_str();
    let is_mp4 = mime == "video/mp4";
    match attachment.kind() {
        AttachmentKind::Image if mime == "image/gif" => Form::Animation,
        AttachmentKind::Image if is_photo(attachment, mime, size) => Form::Photo,
        AttachmentKind::VideoNote if is_mp4 && !has_text && attachment.width == attachment.height => Form::VideoNote,
        AttachmentKind::Video | AttachmentKind::VideoNote if is_mp4 => Form::Video,
        AttachmentKind::Animation if is_mp4 || mime == "image/gif" => Form::Animation,
        AttachmentKind::Voice if is_voice(mime) => Form::Voice,
        AttachmentKind::Voice | AttachmentKind::Audio if is_music(mime) => Form::Audio,
        AttachmentKind::Sticker if is_sticker(mime) && !has_text => Form::Sticker,
        _ => Form::Document,
    }
}

fn is_photo(attachment: &Attachment, mime: &str, size: i64) -> bool {
    let (width, height) = (attachment.width, attachment.height);
    let (long, short) = (width.max(height), width.min(height));
    let fits = width.saturating_add(height) <= PHOTO_SIDES && (short == 0 || long / short < PHOTO_RATIO);
    fits && size <= PHOTO_BYTES && matches!(mime, "image/jpeg" | "image/png" | "image/webp")
}

fn is_voice(mime: &str) -> bool {
    matches!(mime, "audio/ogg" | "audio/opus" | "application/ogg") || is_music(mime)
}

fn is_music(mime: &str) -> bool {
    matches!(mime, "audio/mpeg" | "audio/mp3" | "audio/mp4" | "audio/m4a" | "audio/x-m4a")
}

fn is_sticker(mime: &str) -> bool {
    matches!(mime, "image/webp" | "application/x-tgsticker" | "video/webm")
}

/// Telegram learns the type from the ending. It reads a part's headers plainly: a quote or a semicolon in a name would
/// cut it there, whatever RFC 7578 says (tdnet/td/net/HttpReader.cpp of tdlib).
fn name(attachment: &Attachment) -> String {
    let plain = |c: char| if matches!(c, ';' | '"' | '\\' | '/' | ':') { '_' } else { c };
    let given: String = clean(&attachment.name, 120).chars().map(plain).collect();
    let stem = if given.is_empty() || attachment.kind() == AttachmentKind::Sticker { "file" } else { &given };
    match ending(&attachment.mime_type) {
        Some(ending) if !has_ending(stem) => format!("{stem}.{ending}"),
        _ => stem.to_owned(),
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
        "video/quicktime" => "mov",
        "audio/ogg" | "audio/opus" | "application/ogg" => "ogg",
        "audio/mpeg" | "audio/mp3" => "mp3",
        "audio/mp4" | "audio/m4a" | "audio/x-m4a" => "m4a",
        "application/pdf" => "pdf",
        "application/x-tgsticker" => "tgs",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attachment(kind: AttachmentKind, mime: &str) -> Attachment {
        let kind = kind.into();
        Attachment { kind, mime_type: mime.into(), width: 640, height: 640, ..Attachment::default() }
    }

    #[test]
    fn a_file_goes_in_the_form_that_shows_it_as_meant() {
        use AttachmentKind as K;
        for (kind, mime, has_text, expected) in [
            (K::Image, "image/jpeg", true, Form::Photo),
            (K::Image, "image/heic", true, Form::Document),
            (K::Image, "image/gif", false, Form::Animation),
            (K::Video, "video/mp4", false, Form::Video),
            (K::Video, "video/webm", false, Form::Document),
            (K::VideoNote, "video/mp4", false, Form::VideoNote),
            (K::VideoNote, "video/mp4", true, Form::Video),
            (K::Voice, "audio/ogg; codecs=opus", false, Form::Voice),
            (K::Voice, "audio/wav", false, Form::Document),
            (K::Audio, "audio/mpeg", false, Form::Audio),
            (K::Audio, "audio/flac", false, Form::Document),
            (K::Animation, "video/mp4", false, Form::Animation),
            (K::Sticker, "image/webp", false, Form::Sticker),
            (K::Sticker, "image/webp", true, Form::Document),
            (K::Document, "image/jpeg", false, Form::Document),
            (K::Unspecified, "", false, Form::Document),
        ] {
            assert_eq!(form(&attachment(kind, mime), 1, has_text), expected, "{kind:?} {mime}");
        }
    }

    #[test]
    fn a_picture_beyond_the_limits_of_photos_goes_as_a_file() {
        let picture = |width, height, size| {
            let picture = Attachment { width, height, ..attachment(AttachmentKind::Image, "image/png") };
            form(&picture, size, false)
        };
        assert_eq!(picture(5000, 5000, PHOTO_BYTES), Form::Photo);
        assert_eq!(picture(0, 0, 1), Form::Photo, "unknown sizes are tried");
        for (width, height, size) in [(5000, 5001, 1), (2000, 100, 1), (10, 10, PHOTO_BYTES + 1), (u32::MAX, 9, 1)] {
            assert_eq!(picture(width, height, size), Form::Document, "{width}x{height}, {size} bytes");
        }
    }

    #[test]
    fn a_name_survives_telegrams_plain_reading() {
        let named = |name: &str, mime: &str| {
            super::name(&Attachment { name: name.into(), ..attachment(AttachmentKind::Document, mime) })
        };
        assert_eq!(named("Счёт; \"окно\".pdf", "application/pdf"), "Счёт_ _окно_.pdf");
        assert_eq!(named("../../etc/passwd", ""), ".._.._etc_passwd");
        assert_eq!(named("", "image/jpeg"), "file.jpg");
        assert_eq!(named("a\r\nb: c", "application/pdf"), "a b_ c.pdf");
        assert_eq!(named("v1.2 final", "application/pdf"), "v1.2 final.pdf");
    }
}
