/// How much of a file is looked at: the head of a JPEG may lie behind a large preview.
pub const HEAD_BYTES: usize = 256 << 10;

/// What the first bytes tell.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sniffed {
    /// `None` when the bytes do not tell: plain texts, most of all.
    pub mime_type: Option<&'static str>,
    /// In pixels; 0 when it is no image or they are unknown.
    pub width: u32,
    pub height: u32,
}

#[must_use]
pub fn sniff(head: &[u8]) -> Sniffed {
    let mime_type = infer::get(head).map(|kind| kind.mime_type());
    let is_image = mime_type.is_some_and(|mime| mime.starts_with("image/"));
    let size = if is_image { imagesize::blob_size(head).ok() } else { None };
    let pixels = |n: usize| u32::try_from(n).unwrap_or(0);
    let (width, height) = size.map_or((0, 0), |size| (pixels(size.width), pixels(size.height)));
    Sniffed { mime_type, width, height }
}

/// The type to store: what the bytes tell, else what the sender says; but never a type that only bytes can prove.
#[must_use]
pub fn settle(sniffed: Option<&'static str>, declared: &str) -> String {
    let plain = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    // A zip may be a document of the office kind, which the sender knows better.
    let container = matches!(sniffed, Some("application/zip" | "application/x-ole-storage"));
    let office = plain.starts_with("application/vnd.") || plain == "application/msword";
    let provable = ["image/", "video/", "audio/"].iter().any(|kind| plain.starts_with(kind));
    match sniffed {
        Some(_) if container && office => plain,
        Some(mime) => mime.to_owned(),
        None if plain.is_empty() || provable || plain == "application/pdf" => "application/octet-stream".to_owned(),
        None => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A 3×2 GIF, as far as its head goes.
    const GIF: &[u8] = b"GIF89a\x03\x00\x02\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff\x2c";

    #[test]
    fn the_bytes_tell_type_and_size() {
        let sniffed = sniff(GIF);
        assert_eq!(sniffed, Sniffed { mime_type: Some("image/gif"), width: 3, height: 2 });
        assert_eq!(sniff(b"hello"), Sniffed::default());
    }

    #[test]
    fn a_page_that_calls_itself_an_image_is_none() {
        assert_eq!(settle(sniff(b"<html><script>").mime_type, "image/png"), "text/html");
        assert_eq!(settle(None, "image/png"), "application/octet-stream");
        assert_eq!(settle(Some("image/gif"), "text/html"), "image/gif");
        assert_eq!(settle(None, "text/plain; charset=utf-8"), "text/plain");
        let docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
        assert_eq!(settle(Some("application/zip"), docx), docx);
        assert_eq!(settle(Some("application/zip"), "image/png"), "application/zip");
    }
}
