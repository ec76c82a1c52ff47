use http::HeaderValue;

/// The `Content-Type` of a file that was built: texts are UTF-8.
#[must_use]
pub fn content_type(mime_type: &str) -> HeaderValue {
    let charset = if mime_type.starts_with("text/") { "; charset=utf-8" } else { "" };
    let value = HeaderValue::try_from(format!("{mime_type}{charset}"));
    value.unwrap_or(HeaderValue::from_static("application/octet-stream"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_say_their_charset_and_what_is_no_type_is_bytes() {
        assert_eq!(content_type("text/html"), "text/html; charset=utf-8");
        assert_eq!(content_type("image/svg+xml"), "image/svg+xml");
        assert_eq!(content_type("a\nb"), "application/octet-stream");
    }
}
