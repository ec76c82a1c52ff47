//! Which pictures of other servers a letter's markup names. Only these are ever fetched for a reader of it, so that nobody
//! has the edge fetch what he likes.

/// Whether the markup, as `letter::sanitize` writes it, has a picture at `url`.
#[must_use]
pub fn names(html: &str, url: &str) -> bool {
    html.split(" data-src=\"").skip(1).filter_map(|rest| rest.split_once('"')).any(|(value, _)| plain(value) == url)
}

/// An attribute's value, of which these alone are ever written in another way (HTML 13.3, "escaping a string").
fn plain(value: &str) -> String {
    value
        .replace("&nbsp;", "\u{a0}")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn only_what_the_letter_shows_may_be_fetched() {
        let html = r#"<p>a</p><img data-src="https://example.com/p.png?a=1&amp;b=%22" alt="x"><img src="cid:1">"#;
        assert!(names(html, "https://example.com/p.png?a=1&b=%22"));
        for other in ["https://example.com/p.png", "https://example.com/", "cid:1", ""] {
            assert!(!names(html, other), "{other}");
        }
    }

    #[test]
    fn an_address_is_read_back_once() {
        assert!(names(r#"<img data-src="https://example.com/?q=&amp;quot;">"#, "https://example.com/?q=&quot;"));
        assert!(!names(r#"<img data-src="https://example.com/?q=&amp;quot;">"#, "https://example.com/?q=\""));
    }
}
