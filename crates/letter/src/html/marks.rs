//! What mail programs put around the letter that they answer. More reliable than words, where it is there.

use std::sync::LazyLock;

use html5ever::tokenizer::Tag;
use regex::Regex;

/// How far a mark reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// As far as its element.
    Element,
    /// To the end of the letter.
    Rest,
}

/// Ids behind which Outlook puts the answered letter, Word's and the web's; `OLK_SRC_BODY_SECTION` is that of the Mac.
const RESTS: [&str; 3] = ["appendonsend", "divrplyfwdmsg", "olk_src_body_section"];
/// Classes of elements that hold it: Gmail, Thunderbird, Yahoo, Proton, Zoho, Yandex.
const ELEMENTS: [&str; 7] = [
    "gmail_quote",
    "gmail_quote_container",
    "moz-cite-prefix",
    "yahoo_quoted",
    "protonmail_quote",
    "zmail_extra",
    "ya-q-full-text",
];

/// All of the marks below, wherever they stand.
static ANY: LazyLock<Regex> = LazyLock::new(|| {
    let words = RESTS.iter().chain(&ELEMENTS).chain(&["cite"]).map(|word| regex::escape(word)).collect::<Vec<_>>();
    let pattern = format!("(?i-u:{})", words.join("|"));
    Regex::new(&pattern).unwrap_or_else(|error| panic!("a pattern of ours: {error}"))
});

/// Whether HTML may mark what is quoted, without reading it.
pub(crate) fn may_mark_quotes(html: &str) -> bool {
    ANY.is_match(html)
}

/// Whether a tag begins what is quoted.
pub(super) fn quoted(tag: &Tag) -> Option<Reach> {
    let id = attribute(tag, "id").map(str::to_ascii_lowercase).unwrap_or_default();
    // Outlook's web client puts "x_" before what it answers itself.
    if RESTS.contains(&id.trim_start_matches("x_")) {
        return Some(Reach::Rest);
    }
    let is_marked =
        attribute(tag, "class").unwrap_or_default().split_whitespace().any(|class| ELEMENTS.contains(&class));
    let is_cite = &*tag.name == "blockquote" && attribute(tag, "type") == Some("cite");
    (is_marked || is_cite).then_some(Reach::Element)
}

/// Whether a sender hides it from people, as the preheaders of mailings.
pub(super) fn hidden(tag: &Tag) -> bool {
    let style = attribute(tag, "style").unwrap_or_default();
    let style: String = style.chars().filter(|letter| !letter.is_whitespace()).collect::<String>().to_ascii_lowercase();
    style.contains("display:none") || style.contains("mso-hide:all")
}

pub(super) fn attribute<'a>(tag: &'a Tag, name: &str) -> Option<&'a str> {
    tag.attrs.iter().find(|attribute| &*attribute.name.local == name).map(|attribute| &*attribute.value)
}
