//! HTML of strangers made safe. It is not the last barrier: what comes out is shown in a sandboxed frame under a policy of its own.

use std::{borrow::Cow, collections::HashSet, sync::LazyLock};

use ammonia::{Builder, UrlRelative};

use super::{depth, escaped, wild};

/// Longer HTML is shown as its text: no letter that people write is longer, and a tree of it costs ten times its size.
const LONGEST: usize = 4 << 20;
/// Deeper HTML is shown as its text.
const DEEPEST: usize = 500;
/// Before the ids of a letter, so that they never meet those of the page.
pub const ID_PREFIX: &str = "letter-";

/// What style may say. Nothing that moves out of its place or fetches something.
const STYLES: [&str; 62] = [
    "background-color",
    "border",
    "border-bottom",
    "border-bottom-color",
    "border-bottom-style",
    "border-bottom-width",
    "border-collapse",
    "border-color",
    "border-left",
    "border-left-color",
    "border-left-style",
    "border-left-width",
    "border-radius",
    "border-right",
    "border-right-color",
    "border-right-style",
    "border-right-width",
    "border-spacing",
    "border-style",
    "border-top",
    "border-top-color",
    "border-top-style",
    "border-top-width",
    "border-width",
    "color",
    "direction",
    "display",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-variant",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "list-style-type",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-height",
    "max-width",
    "min-height",
    "min-width",
    "overflow-wrap",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "table-layout",
    "text-align",
    "text-decoration",
    "text-indent",
    "text-transform",
    "vertical-align",
    "white-space",
    "width",
    "word-break",
    "word-wrap",
];

/// Old attributes of layout, which letters still live on.
const LAYOUT: [(&str, &[&str]); 9] = [
    ("font", &["color", "face", "size"]),
    ("table", &["bgcolor", "border", "cellpadding", "cellspacing", "height", "width"]),
    ("td", &["bgcolor", "height", "nowrap", "valign", "width"]),
    ("th", &["bgcolor", "height", "nowrap", "valign", "width"]),
    ("tr", &["bgcolor", "valign"]),
    ("div", &["align"]),
    ("p", &["align"]),
    ("li", &["value"]),
    ("ol", &["type"]),
];

/// Marks before the addresses of pictures on their way through the library, which knows no renaming of attributes: of one on another
/// server, and of one in the letter. No letter gets its own through: see [`source`].
const REMOTE: char = '\u{1}';
const OURS: char = '\u{2}';
/// Keeps what follows from being taken for an address with a scheme.
const PATH: char = '/';

/// Made once: that takes a third of the time of a short letter.
static BUILDER: LazyLock<Builder<'static>> = LazyLock::new(builder);

/// HTML that may be shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sanitized {
    pub html: String,
    /// Pictures on other servers. They stand in `data-src`, and nothing fetches them.
    pub remote_images: usize,
}

/// Makes HTML safe. `address_of` gives our address of the attachment with a content id, or `None` when there is none.
#[must_use]
pub fn sanitize(html: &str, address_of: impl Fn(&str) -> Option<String>) -> Sanitized {
    if html.len() > LONGEST || wild::is_wild(html) || depth::deepest(html) > DEEPEST {
        return as_text(&super::text(html).text);
    }
    placed(&BUILDER.clean(html).to_string(), address_of)
}

/// Pictures of the letter get our address, or lose theirs when there is none; those on other servers wait in `data-src`.
fn placed(clean: &str, address_of: impl Fn(&str) -> Option<String>) -> Sanitized {
    const SOURCE: &str = " src=\"";
    let (mut html, mut remote_images, mut rest) = (String::with_capacity(clean.len()), 0, clean);
    let mut is_tag = false;
    while let Some((before, value)) = rest.split_once(SOURCE) {
        html.push_str(before);
        // Neither texts nor values hold these signs: what looks like an attribute within a text is none.
        if let Some(at) = before.rfind(['<', '>']) {
            is_tag = before[at..].starts_with('<');
        }
        let mark = value.chars().next().filter(|mark| [REMOTE, OURS].contains(mark));
        rest = value;
        if mark.is_some() && !is_tag {
            // A letter's own sign; were it ours after all, nothing would be fetched.
            html.push_str(SOURCE);
            html.push('#');
            rest = value.trim_start_matches([REMOTE, OURS]);
        } else if mark == Some(REMOTE) {
            remote_images += 1;
            html.push_str(" data-src=\"");
            rest = &value[REMOTE.len_utf8()..];
        } else if mark == Some(OURS) {
            let (marked, behind) = value.split_once('"').unwrap_or((value, ""));
            let id = marked.strip_prefix(OURS).and_then(|path| path.strip_prefix(PATH)).unwrap_or_default();
            if let Some(address) = address_of(&unescaped(id)) {
                html.extend([SOURCE, &escaped(&address), "\""]);
            }
            rest = behind;
        } else {
            html.push_str(SOURCE);
        }
    }
    html.push_str(rest);
    Sanitized { html, remote_images }
}

/// A value as it was before the library wrote it down.
fn unescaped(value: &str) -> String {
    let signs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&nbsp;", "\u{a0}"), ("&amp;", "&")];
    signs.iter().fold(value.to_owned(), |value, (written, sign)| value.replace(written, sign))
}

fn as_text(text: &str) -> Sanitized {
    Sanitized { html: format!("<div style=\"white-space:pre-wrap\">{}</div>", escaped(text)), remote_images: 0 }
}

fn builder() -> Builder<'static> {
    let mut builder = Builder::default();
    builder
        .add_tags(&["font"])
        .rm_tags(&["area", "map"])
        .add_clean_content_tags(&[
            "title", "head", "noscript", "template", "svg", "math", "iframe", "object", "select", "textarea",
        ])
        .add_generic_attributes(&["align", "dir", "id", "style"])
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel", "cid", "data"]))
        .url_relative(UrlRelative::Custom(Box::new(relative)))
        .set_tag_attribute_value("a", "target", "_blank")
        .link_rel(Some("noopener noreferrer nofollow"))
        .id_prefix(Some(ID_PREFIX))
        .filter_style_properties(HashSet::from(STYLES))
        .attribute_filter(attribute);
    for (tag, attributes) in LAYOUT {
        builder.add_tag_attributes(tag, attributes);
    }
    builder
}

fn attribute<'a>(element: &str, attribute: &str, value: &'a str) -> Option<Cow<'a, str>> {
    match (element, attribute) {
        ("img", "src") => source(value.trim()).map(Cow::Owned),
        (_, "src" | "cite") => None,
        (_, "href") => is_link(value).then_some(Cow::Borrowed(value)),
        _ => Some(Cow::Borrowed(value)),
    }
}

fn source(value: &str) -> Option<String> {
    if let Some(id) = after(value, "cid:") {
        let id = percent_decoded(id);
        return Some(format!("{OURS}{PATH}{}", id.trim_matches(['<', '>'])));
    }
    if after(value, "http://").is_some() || after(value, "https://").is_some() {
        return Some(format!("{REMOTE}{value}"));
    }
    if value.starts_with("//") {
        return Some(format!("{REMOTE}https:{value}"));
    }
    let is_picture =
        ["png", "jpeg", "jpg", "gif", "webp"].iter().any(|kind| after(value, &format!("data:image/{kind};")).is_some());
    is_picture.then(|| value.to_owned())
}

/// Only what leads out of the letter, or to a place in it.
fn is_link(value: &str) -> bool {
    value.starts_with('#')
        || ["http://", "https://", "mailto:", "tel:"].iter().any(|scheme| after(value, scheme).is_some())
}

/// What follows a scheme, written in any case.
fn after<'a>(value: &'a str, scheme: &str) -> Option<&'a str> {
    value.get(..scheme.len()).filter(|start| start.eq_ignore_ascii_case(scheme)).map(|_| &value[scheme.len()..])
}

/// `cid:` addresses are percent-encoded (RFC 2392).
fn percent_decoded(id: &str) -> String {
    crate::mime::percent_decoded(id)
}

fn relative(url: &str) -> Option<Cow<'_, str>> {
    if url.starts_with(OURS) {
        return Some(Cow::Borrowed(url));
    }
    url.strip_prefix('#').map(|place| Cow::Owned(format!("#{ID_PREFIX}{place}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(html: &str) -> String {
        sanitize(html, |id| (id == "logo@x").then(|| "/files/1?a=1&b=2".to_owned())).html
    }

    #[test]
    fn pictures_of_the_letter_are_ours_and_others_wait() {
        let html = "<img src='cid:logo%40x' alt=a><img src=\"CID:none\"><img src=https://example.com/p.png><img src=//example.com/q>";
        let sanitized = sanitize(html, |id| (id == "logo@x").then(|| "/files/1?a=1&b=2".to_owned()));
        assert_eq!(sanitized.remote_images, 2);
        assert!(sanitized.html.contains(r#"src="/files/1?a=1&amp;b=2""#), "{}", sanitized.html);
        assert!(sanitized.html.contains(r#"data-src="https://example.com/p.png""#), "{}", sanitized.html);
        assert!(sanitized.html.contains(r#"data-src="https://example.com/q""#), "{}", sanitized.html);
        assert!(!sanitized.html.contains("none") && !sanitized.html.contains(" src=\"http"), "{}", sanitized.html);
    }

    #[test]
    fn nobody_brings_marks_of_his_own() {
        for html in [
            "<img src='&#2;/files/9'>",
            "<img src='&#1;https://e.example/'>",
            "<a href='&#2;/x'>a</a>",
            "<img src='/files/9'>",
        ] {
            let clean = shown(html);
            assert!(!clean.contains("files") && !clean.contains("e.example") && !clean.contains("/x"), "{clean}");
        }
    }

    #[test]
    fn what_looks_like_an_attribute_within_a_text_stays_text() {
        let text = "say src=\"&#1;https://e.example\" or src=\"&#2;/logo@x\" or <b title='< src=\"&#2;/logo@x\" >'>b</b> src=\"a\"";
        let sanitized = sanitize(text, |_| Some("/files/1".to_owned()));
        assert_eq!(sanitized.remote_images, 0);
        assert!(!sanitized.html.contains("files") && !sanitized.html.contains("data-src"), "{}", sanitized.html);
        assert!(sanitized.html.ends_with("</b> src=\"a\""), "{}", sanitized.html);
    }

    #[test]
    fn signs_of_tags_within_values_hide_no_picture() {
        let sanitized =
            sanitize("<img title='>' src=//e.example/p><img alt='<' src='cid:/a@x'>", |id| Some(format!("/files{id}")));
        assert_eq!(sanitized.remote_images, 1);
        assert!(sanitized.html.contains(" data-src=\"https://e.example/p\""), "{}", sanitized.html);
        assert!(sanitized.html.contains(" src=\"/files/a@x\""), "{}", sanitized.html);
    }

    #[test]
    fn a_picture_is_found_whatever_its_content_id_looks_like() {
        let seen = std::cell::RefCell::new(Vec::new());
        let pictures = "<img src='cid:a&amp;b%22@x' alt=a><img alt=b src='cid:javascript:1'><img src='cid:%3Cd@x%3E'>";
        let clean = sanitize(pictures, |id| {
            seen.borrow_mut().push(id.to_owned());
            (id != "d@x").then(|| "/files/\"1\"".to_owned())
        });
        assert_eq!(*seen.borrow(), ["a&b\"@x", "javascript:1", "d@x"]);
        assert_eq!(clean.html.matches(" src=\"/files/&quot;1&quot;\"").count(), 2, "{}", clean.html);
        assert!(clean.html.ends_with("<img>"), "{}", clean.html);
    }

    #[test]
    fn style_keeps_its_place_and_fetches_nothing() {
        let clean = shown(
            "<p style=\"position:fixed;color:red;background:url(https://e.example);width:5px;border-image:url(x)\">a</p>",
        );
        assert_eq!(clean, "<p style=\"color:red;width:5px\">a</p>");
    }

    #[test]
    fn links_open_apart_and_ids_never_meet_ours() {
        let clean = shown(
            "<a href=https://example.com>a</a><a href='#b'>b</a><i id=b>c</i><a href='java\tscript:x'>d</a><a href=data:text/html,x>e</a>",
        );
        assert!(
            clean.contains("target=\"_blank\"") && clean.contains("rel=\"noopener noreferrer nofollow\""),
            "{clean}"
        );
        assert!(clean.contains("href=\"#letter-b\"") && clean.contains("id=\"letter-b\""), "{clean}");
        assert!(!clean.contains("script") && !clean.contains("data:"), "{clean}");
    }

    #[test]
    fn what_is_too_deep_is_shown_as_text() {
        let clean = shown(&format!("{}<b>a</b>", "<div>".repeat(100_000)));
        assert_eq!(clean, "<div style=\"white-space:pre-wrap\">a\n</div>");
    }
}
