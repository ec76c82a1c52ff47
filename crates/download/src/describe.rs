use http::{
    HeaderMap, HeaderValue,
    header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
};

use crate::{disposition, is_raster};

/// What an answer says of a stranger's file. Nothing in a file may run or fetch, wherever it is opened; only pictures that
/// can run nothing are shown in place.
pub fn describe(headers: &mut HeaderMap, mime_type: &str, name: &str) {
    let inline = is_raster(mime_type);
    let known = inline || mime_type.starts_with("video/") || mime_type.starts_with("audio/");
    let mime = HeaderValue::from_str(mime_type).ok().filter(|mime| known && !mime.is_empty());
    headers.insert(CONTENT_TYPE, mime.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    headers.insert(CONTENT_DISPOSITION, disposition(inline, name));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, max-age=300"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.insert("referrer-policy", HeaderValue::from_static("no-referrer"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(mime_type: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        describe(&mut headers, mime_type, "a\"b.svg");
        headers
    }

    #[test]
    fn what_could_run_is_never_shown_in_place() {
        for mime in ["image/svg+xml", "text/html", "application/xhtml+xml", "text/xml", "application/pdf", "", "x\ny"] {
            let headers = described(mime);
            assert!(headers[CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment;"), "{mime}");
            assert_eq!(headers[CONTENT_TYPE], "application/octet-stream", "{mime}");
            assert_eq!(headers["x-content-type-options"], "nosniff");
            assert!(headers[CONTENT_SECURITY_POLICY].to_str().unwrap().contains("sandbox"));
        }
        assert!(described("image/png")[CONTENT_DISPOSITION].to_str().unwrap().starts_with("inline;"));
        let video = described("video/mp4");
        assert_eq!(video[CONTENT_TYPE], "video/mp4");
        assert!(video[CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment;"));
    }
}
