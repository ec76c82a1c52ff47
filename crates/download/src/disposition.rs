use std::fmt::Write as _;

use http::HeaderValue;

/// SVG is none of them: it can hold scripts.
const RASTER: [&str; 6] = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"];

/// Whether it is a picture that a browser shows and that can run nothing.
#[must_use]
pub fn is_raster(mime_type: &str) -> bool {
    RASTER.contains(&mime_type)
}

/// `inline` or `attachment` with the file's name, in ASCII and in full (RFC 6266).
#[must_use]
pub fn disposition(inline: bool, name: &str) -> HeaderValue {
    let name: String = name.chars().filter(|c| !c.is_control() && !matches!(c, '/' | '\\')).collect();
    let plain = |c: char| if c.is_ascii_graphic() && !matches!(c, '"' | '%') || c == ' ' { c } else { '_' };
    let ascii: String = name.chars().map(plain).collect();
    let full = name.bytes().fold(String::new(), |mut text, byte| {
        let _ = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' => write!(text, "{}", char::from(byte)),
            _ => write!(text, "%{byte:02X}"),
        };
        text
    });
    let kind = if inline { "inline" } else { "attachment" };
    let value = format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''{full}");
    HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_place() {
        let value = disposition(false, "счёт \"1\"\r\nX: y/../a.pdf");
        assert_eq!(
            value.to_str().unwrap(),
            "attachment; filename=\"____ _1_X: y..a.pdf\"; \
             filename*=UTF-8''%D1%81%D1%87%D1%91%D1%82%20%221%22X%3A%20y..a.pdf"
        );
        assert!(disposition(true, "").to_str().unwrap().starts_with("inline;"));
    }

    #[test]
    fn svg_is_no_raster() {
        assert!(is_raster("image/png") && !is_raster("image/svg+xml") && !is_raster("text/html"));
    }
}
