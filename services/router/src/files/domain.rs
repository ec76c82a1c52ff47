//! What a file may be called and how large it may be.

use contracts::errors::ErrorReason;
use model::FileId;
use tonic::{Code, Status};

use crate::fault::broken;

/// The largest file that staff may upload.
pub const LIMIT_BYTES: i64 = 100 * 1024 * 1024;
/// Characters of a name.
const NAME: usize = 255;
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// Why something about a file cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("there is no file {0} in your sight")]
    NotFound(FileId),
    #[error("file {file} is larger than {LIMIT_BYTES} bytes")]
    TooLarge { file: FileId },
    #[error("file_id was used for another file")]
    IdInUse,
    #[error("the database did not do it")]
    Store(#[from] sqlx::Error),
}

impl From<FileError> for Status {
    fn from(error: FileError) -> Self {
        match &error {
            FileError::NotFound(id) => rpc::hidden(ErrorReason::FileNotFound, "file", id, &error),
            FileError::TooLarge { file } => {
                let (file, limit) = (file.to_string(), LIMIT_BYTES.to_string());
                let facts = [("file_id", file.as_str()), ("limit_bytes", limit.as_str())];
                rpc::status_with(Code::InvalidArgument, ErrorReason::FileTooLarge, &error, &facts)
            }
            FileError::IdInUse => rpc::invalid_field("file_id", "was used for another file"),
            FileError::Store(_) => broken(error),
        }
    }
}

/// A stored upload, as a message takes it along.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Upload {
    pub id: FileId,
    pub name: String,
    pub mime_type: String,
    pub size_bytes: i64,
    pub width: i32,
    pub height: i32,
    pub duration_ms: i32,
    pub object_key: String,
    /// Recorded on the page, to be heard as a voice message.
    pub voice: bool,
}

/// A file name that is only a name: no folders, no control characters, nothing that turns the reading direction
/// (which makes `exe.txt` look like another thing), at most 255 characters. Never empty.
#[must_use]
pub fn safe_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control() && !turns_direction(*c)).collect();
    let name = name.trim().trim_start_matches('.').trim();
    if name.is_empty() { "file".to_owned() } else { shortened(name) }
}

fn turns_direction(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Cut in front of the extension, which says what it is.
fn shortened(name: &str) -> String {
    let length = name.chars().count();
    if length <= NAME {
        return name.to_owned();
    }
    let extension = name.rsplit_once('.').map(|(_, e)| e).filter(|e| e.chars().count() <= 20);
    let tail = extension.map(|e| format!(".{e}")).unwrap_or_default();
    let head: String = name.chars().take(NAME - tail.chars().count()).collect();
    head + &tail
}

/// `type/subtype` in lower case, without parameters; what is none is unknown bytes.
#[must_use]
pub fn media_type(text: &str) -> String {
    let bare = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let token =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b));
    let fits = bare.len() <= 100 && bare.split_once('/').is_some_and(|(kind, sub)| token(kind) && token(sub));
    if fits { bare } else { UNKNOWN_TYPE.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_only_a_name() {
        let cases = [
            ("счёт 118.pdf", "счёт 118.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Temp\\a.txt", "a.txt"),
            ("a\u{202E}fdp.exe", "afdp.exe"),
            ("a\0b\r\nc", "abc"),
            ("..", "file"),
            (".htaccess", "htaccess"),
            ("  ", "file"),
            ("", "file"),
        ];
        for (name, safe) in cases {
            assert_eq!(safe_name(name), safe);
        }
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let name = safe_name(&format!("{}.pdf", "ж".repeat(400)));
        assert_eq!(name.chars().count(), NAME);
        assert!(name.ends_with("ж.pdf"));
    }

    #[test]
    fn a_type_that_is_none_is_unknown_bytes() {
        assert_eq!(media_type("Image/JPEG; q=1"), "image/jpeg");
        for text in ["", "html", "a/b/c", "text/<script>", "/x"] {
            assert_eq!(media_type(text), UNKNOWN_TYPE, "{text}");
        }
    }
}
