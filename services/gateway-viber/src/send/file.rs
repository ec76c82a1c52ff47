//! Files on their way out: Viber takes no upload, it fetches them by a link of ours
//! (<https://developers.viber.com/docs/api/rest-bot-api/#send-message>, read 2026-11-26).

use chrono::{TimeDelta, Utc};
use contracts::channel::{Attachment, AttachmentKind as K, Failure, FailureReason as R};
use gateway_kit::{FileLinks, SendOutcome, words::clean};
use serde_json::{Value, json};

use crate::{
    describe::{FILE_BYTES, PICTURE_BYTES, REMEDY_PUBLIC_URL, VIDEO_BYTES},
    error::refused,
};

/// Viber's clients fetch a file when its message is looked at first, on each device.
const LINK_DAYS: i64 = 30;
/// Bytes of a link.
const LINK_MOST: usize = 2000;
const NAME_CHARS: usize = 120;
/// Of a video that is shown as one.
const VIDEO_SECONDS: u32 = 180;

/// What Viber does not deliver (<https://developers.viber.com/docs/api/rest-bot-api/#forbiddenFileFormats>, read
/// 2026-11-26).
const FORBIDDEN: [&str; 46] = [
    "action", "apk", "app", "bat", "bin", "cmd", "com", "command", "cpl", "csh", "exe", "gadget", "inf1", "ins", "inx",
    "ipa", "isu", "job", "jse", "ksh", "lnk", "msc", "msi", "msp", "mst", "osx", "out", "paf", "pif", "prg", "ps1",
    "reg", "rgs", "run", "sct", "sh", "shb", "shs", "u3p", "vb", "vbe", "vbs", "vbscript", "ws", "wsf", "wsh",
];

/// As what a file goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Picture,
    Video,
    File,
}

/// What suits neither picture nor video goes as a file, which takes anything.
pub fn form(attachment: &Attachment) -> Form {
    let mime = plain_mime(attachment);
    let within = |most| (1..=most).contains(&attachment.size_bytes);
    match attachment.kind() {
        K::Image if matches!(mime.as_str(), "image/jpeg" | "image/png") && within(PICTURE_BYTES) => Form::Picture,
        K::Video | K::VideoNote if mime == "video/mp4" && within(VIDEO_BYTES) => Form::Video,
        _ => Form::File,
    }
}

/// # Errors
/// What becomes of the order when Viber would not take the file.
pub fn message(
    links: &FileLinks,
    message_id: &str,
    attachment: &Attachment,
    form: Form,
    text: &str,
) -> Result<Value, SendOutcome> {
    let name = name(attachment);
    check(attachment, &name)?;
    let until = Utc::now() + TimeDelta::days(LINK_DAYS);
    let plain = Attachment { mime_type: plain_mime(attachment), ..attachment.clone() };
    let media = links.link(message_id, &plain, &name, until);
    let media = media.ok_or_else(no_public_address)?;
    if media.as_str().len() > LINK_MOST {
        return Err(refused(R::Rejected, "the file's name is too long for a link"));
    }
    Ok(match form {
        Form::Picture => json!({ "type": "picture", "text": text, "media": media.as_str() }),
        Form::Video => video(attachment, media.as_str(), text),
        Form::File => {
            json!({ "type": "file", "media": media.as_str(), "size": attachment.size_bytes, "file_name": name })
        }
    })
}

fn video(attachment: &Attachment, media: &str, text: &str) -> Value {
    let mut video = json!({ "type": "video", "media": media, "size": attachment.size_bytes });
    let seconds = attachment.duration_ms.div_ceil(1000);
    if (1..=VIDEO_SECONDS).contains(&seconds) {
        video["duration"] = json!(seconds);
    }
    if !text.is_empty() {
        video["text"] = json!(text);
    }
    video
}

fn check(attachment: &Attachment, name: &str) -> Result<(), SendOutcome> {
    if attachment.object_key.is_empty() || attachment.size_bytes <= 0 {
        return Err(refused(R::FileRejected, "the file is empty, or not stored"));
    }
    if attachment.size_bytes > FILE_BYTES {
        return Err(refused(R::FileTooLarge, "Viber takes files of at most 50 MB"));
    }
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    if FORBIDDEN.contains(&ending.as_str()) {
        return Err(refused(R::FileRejected, &format!("Viber does not deliver .{ending} files")));
    }
    Ok(())
}

fn plain_mime(attachment: &Attachment) -> String {
    attachment.mime_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Viber learns what a file is from its name's ending, also where it is the end of the link.
fn name(attachment: &Attachment) -> String {
    let plain = |c: char| if matches!(c, '/' | '\\' | ':' | '"' | '?' | '#' | '%') { '_' } else { c };
    let given: String = clean(&attachment.name, NAME_CHARS).chars().map(plain).collect();
    let stem = if given.is_empty() { "file" } else { &given };
    match ending(&plain_mime(attachment), stem) {
        Some(ending) => format!("{stem}.{ending}"),
        None => stem.to_owned(),
    }
}

/// What the name lacks: an ending, or the one that its type must have.
fn ending(mime: &str, name: &str) -> Option<&'static str> {
    let has = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    let known: &[&'static str] = match mime {
        "image/jpeg" => &["jpg", "jpeg"],
        "image/png" => &["png"],
        "image/gif" => &["gif"],
        "image/webp" => &["webp"],
        "video/mp4" => &["mp4"],
        "video/webm" | "audio/webm" => &["webm"],
        "video/quicktime" => &["mov"],
        "audio/ogg" | "audio/opus" | "application/ogg" => &["ogg", "oga", "opus"],
        "audio/mpeg" | "audio/mp3" => &["mp3"],
        "audio/mp4" | "audio/m4a" | "audio/x-m4a" => &["m4a", "mp4"],
        "application/pdf" => &["pdf"],
        _ if (1..=8).contains(&has.len()) => return None,
        _ => return Some("dat"),
    };
    if known.contains(&has.as_str()) { None } else { known.first().copied() }
}

/// Only an administrator can help; messages without files go.
fn no_public_address() -> SendOutcome {
    let text = "no public address for files is known".to_owned();
    let failure = Failure { reason: R::AccountProblem.into(), provider_code: String::new(), provider_text: text };
    SendOutcome::Misconfigured { failure, remedy_key: REMEDY_PUBLIC_URL }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attachment(kind: K, name: &str, mime: &str, size_bytes: i64) -> Attachment {
        Attachment { kind: kind.into(), name: name.into(), mime_type: mime.into(), size_bytes, ..<_>::default() }
    }

    #[test]
    fn a_file_goes_in_the_form_that_shows_it_as_meant() {
        for (kind, mime, size, expected) in [
            (K::Image, "image/jpeg", 1, Form::Picture),
            (K::Image, "image/png; x=y", PICTURE_BYTES, Form::Picture),
            (K::Image, "image/png", PICTURE_BYTES + 1, Form::File),
            (K::Image, "image/webp", 1, Form::File),
            (K::Image, "image/gif", 1, Form::File),
            (K::Video, "video/mp4", VIDEO_BYTES, Form::Video),
            (K::Video, "video/mp4", VIDEO_BYTES + 1, Form::File),
            (K::Video, "video/webm", 1, Form::File),
            (K::Voice, "audio/ogg", 1, Form::File),
            (K::Document, "image/jpeg", 1, Form::File),
        ] {
            assert_eq!(form(&attachment(kind, "", mime, size)), expected, "{kind:?} {mime} {size}");
        }
    }

    #[test]
    fn a_name_ends_as_its_type_says() {
        for (name, mime, expected) in [
            ("окно.JPG", "image/jpeg", "окно.JPG"),
            ("окно.exe", "image/jpeg", "окно.exe.jpg"),
            ("", "audio/ogg", "file.ogg"),
            ("a/b?.pdf", "application/pdf", "a_b_.pdf"),
            ("смета.xlsx", "application/vnd.ms-excel", "смета.xlsx"),
            ("смета", "application/vnd.ms-excel", "смета.dat"),
        ] {
            assert_eq!(super::name(&attachment(K::Document, name, mime, 1)), expected);
        }
    }

    #[test]
    fn programs_are_not_tried() {
        let links = FileLinks::new("viber", &no_setup(), "secret");
        for name in ["setup.exe", "a.b.SH", "x.apk"] {
            let file = Attachment { object_key: "up/1".into(), ..attachment(K::Document, name, "", 1) };
            let Err(SendOutcome::Refused(failure)) = message(&links, "m1", &file, Form::File, "") else {
                panic!("{name}")
            };
            assert_eq!(failure.reason(), R::FileRejected);
        }
    }

    fn no_setup() -> gateway_kit::AccountSetup {
        let account = model::AccountId::new();
        gateway_kit::AccountSetup { account, settings: [].into(), allow_private_addresses: false }
    }
}
