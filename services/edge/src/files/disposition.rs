use std::fmt::Write as _;

use http::HeaderValue;

/// Types that a browser shows and that can run nothing. SVG is none of them: it can hold scripts.
const SHOWN: [&str; 7] =
    ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp", "application/pdf"];

/// Whether a browser may show it in place; anything else is saved.
#[must_use]
pub fn is_shown(mime_type: &str) -> bool {
    SHOWN.contains(&mime_type) || mime_type.starts_with("audio/") || mime_type.starts_with("video/")
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
    }

    #[test]
    fn only_what_can_run_nothing_is_shown() {
        assert!(is_shown("image/png") && is_shown("audio/ogg") && is_shown("application/pdf"));
        for mime in ["image/svg+xml", "text/html", "text/plain", "application/xhtml+xml", ""] {
            assert!(!is_shown(mime), "{mime}");
        }
    }
}
