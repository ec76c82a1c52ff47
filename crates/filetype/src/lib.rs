//! What the first bytes of a file tell of it: the one answer that the edge, the gateway kit and every gateway give.
//!
//! Whoever takes a file in collects a [`Head`] while the bytes go by, and asks it at the end:
//!
//! ```
//! let mut head = filetype::Head::default();
//! head.take(b"GIF89a\x03\x00\x02\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff\x2c");
//! let sniffed = head.sniff();
//! assert_eq!((sniffed.width, sniffed.height), (3, 2));
//! assert_eq!(sniffed.settle("text/html"), "image/gif");
//! ```

/// How much of a file is looked at: the head of a JPEG may lie behind a large preview.
pub const HEAD_BYTES: usize = 256 << 10;

/// "#!" begins scripts, and sound as well: AMR.
const GUESS: &str = "text/x-shellscript";
const UNKNOWN: &str = "application/octet-stream";
/// What many formats are packed in: here the sender may know better.
const CONTAINERS: [&str; 5] =
    ["application/zip", "application/x-ole-storage", "application/gzip", "text/xml", "text/plain"];

/// The first [`HEAD_BYTES`] of a file, in memory.
#[derive(Debug, Default)]
pub struct Head(Vec<u8>);

impl Head {
    /// Takes the next bytes of the file, as far as they belong to its head.
    pub fn take(&mut self, part: &[u8]) {
        let room = HEAD_BYTES.saturating_sub(self.0.len()).min(part.len());
        self.0.extend_from_slice(&part[..room]);
    }

    #[must_use]
    pub fn sniff(&self) -> Sniffed {
        sniff(&self.0)
    }
}

/// What the first bytes tell.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Sniffed {
    /// `None` when the bytes do not tell: plain texts, most of all.
    pub mime_type: Option<&'static str>,
    /// In pixels; 0 when it is no image or they are unknown.
    pub width: u32,
    pub height: u32,
}

/// Looks at the beginning of a file. Never fails, whatever the bytes are.
#[must_use]
pub fn sniff(head: &[u8]) -> Sniffed {
    let mime_type = infer::get(head).map(|kind| kind.mime_type()).filter(|mime| *mime != GUESS);
    let is_image = mime_type.is_some_and(|mime| mime.starts_with("image/"));
    let size = if is_image { imagesize::blob_size(head).ok() } else { None };
    let pixels = |n: usize| u32::try_from(n).unwrap_or(0);
    let (width, height) = size.map_or((0, 0), |size| (pixels(size.width), pixels(size.height)));
    Sniffed { mime_type, width, height }
}

impl Sniffed {
    /// The type to store: what the bytes tell, else what the sender declares; in lower case, without parameters.
    ///
    /// A picture or a PDF, which a browser draws in place, is one only when its bytes say so. Sound and film that the bytes
    /// do not prove (AMR, some MP3) keep their declared type: a player that cannot read them does nothing.
    #[must_use]
    pub fn settle(&self, declared: &str) -> String {
        let declared = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let drawn = declared.starts_with("image/") || declared == "application/pdf";
        let packed = declared.starts_with("application/") || declared.starts_with("text/");
        match self.mime_type {
            Some(mime) if CONTAINERS.contains(&mime) && packed && !drawn && declared != UNKNOWN => declared,
            Some(mime) => mime.to_owned(),
            None if declared.is_empty() || drawn => UNKNOWN.to_owned(),
            None => declared,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A 3×2 GIF, as far as its head goes.
    const GIF: &[u8] = b"GIF89a\x03\x00\x02\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff\x2c";
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\x02\0\0\0";
    const ZIP: &[u8] = b"PK\x03\x04rest of an archive";
    const WORD: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

    #[test]
    fn the_bytes_tell_type_and_size() {
        assert_eq!(sniff(GIF), Sniffed { mime_type: Some("image/gif"), width: 3, height: 2 });
        assert_eq!(sniff(PNG), Sniffed { mime_type: Some("image/png"), width: 3, height: 2 });
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n"), Sniffed { mime_type: Some("image/png"), width: 0, height: 0 });
        assert_eq!(sniff(b"hello"), Sniffed::default());
    }

    #[test]
    fn the_sender_is_believed_only_where_nothing_is_drawn() {
        for (bytes, declared, settled) in [
            (b"<html><script>".as_slice(), "image/png", "text/html"),
            (b"hello", "image/png", UNKNOWN),
            (b"hello", "application/pdf", UNKNOWN),
            (b"hello", "", UNKNOWN),
            (b"hello", "Text/Plain; charset=utf-8", "text/plain"),
            (b"#!AMR\n", "audio/amr", "audio/amr"),
            (GIF, "text/html", "image/gif"),
            (PNG, "application/pdf", "image/png"),
            (ZIP, WORD, WORD),
            (ZIP, "application/vnd.android.package-archive", "application/vnd.android.package-archive"),
            (ZIP, "image/png", "application/zip"),
            (ZIP, "", "application/zip"),
            (ZIP, UNKNOWN, "application/zip"),
            (b"<?xml version=\"1.0\"?><svg/>", "image/svg+xml", "text/xml"),
            (b"\x1f\x8b\x08 and so on", "application/x-tgsticker", "application/x-tgsticker"),
        ] {
            assert_eq!(sniff(bytes).settle(declared), settled, "{declared} of {bytes:?}");
        }
    }

    #[test]
    fn a_head_grows_no_further_than_it_is_looked_at() {
        let mut head = Head::default();
        for _ in 0..3 {
            head.take(&vec![b'x'; HEAD_BYTES / 2 + 1]);
        }
        assert_eq!(head.0.len(), HEAD_BYTES);
    }
}
