//! Formatting: MAX's UTF-16 units in, HTML out.

use contracts::channel::{TextSpan, TextStyle};
use url::Url;

use crate::wire::Markup;

/// More is not worth a fact's room.
const MOST_SPANS: usize = 400;

/// MAX's markup as our spans, clipped to the text and to whole characters.
pub fn spans(text: &str, markup: &[Markup]) -> Vec<TextSpan> {
    if markup.is_empty() {
        return Vec::new();
    }
    let index = code_points_by_unit(text);
    markup.iter().take(MOST_SPANS).filter_map(|one| span(&index, one)).collect()
}

fn span(index: &[u32], markup: &Markup) -> Option<TextSpan> {
    let style = style_of(&markup.kind)?;
    let last = index.len() - 1;
    let clip = |unit: i64| usize::try_from(unit.max(0)).map_or(last, |unit| unit.min(last));
    let (from, to) = (clip(markup.from), clip(markup.from.saturating_add(markup.length)));
    let (start, mut end) = (index[from], index[to]);
    if to > from && to < last && index[to - 1] == end {
        end += 1; // inside a pair of units: the whole character
    }
    let length = end.checked_sub(start).filter(|length| *length > 0)?;
    let url = markup.url.clone().filter(|url| style == TextStyle::Link && is_safe_link(url));
    if style == TextStyle::Link && url.is_none() {
        return None;
    }
    Some(TextSpan { style: style.into(), offset: start, length, url: url.unwrap_or_default(), ..TextSpan::default() })
}

/// For each UTF-16 unit, and for the end, the code point that it belongs to.
fn code_points_by_unit(text: &str) -> Vec<u32> {
    let mut index = Vec::with_capacity(text.len() + 1);
    let mut count = 0;
    for c in text.chars() {
        index.extend(std::iter::repeat_n(count, c.len_utf16()));
        count += 1;
    }
    index.push(count);
    index
}

fn style_of(kind: &str) -> Option<TextStyle> {
    Some(match kind {
        "strong" | "heading" => TextStyle::Bold,
        "emphasized" => TextStyle::Italic,
        "underline" => TextStyle::Underline,
        "strikethrough" => TextStyle::Strike,
        "monospaced" => TextStyle::Code,
        "quote" => TextStyle::Quote,
        "link" => TextStyle::Link,
        "user_mention" => TextStyle::Mention,
        _ => return None,
    })
}

fn is_safe_link(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https" | "max" | "mailto" | "tel"))
}

/// The text as MAX's HTML; `None` where nothing is formatted, for then it goes as it is. Where spans cross, the tags are
/// closed and opened again, so that they nest.
pub fn html(text: &str, spans: &[TextSpan]) -> Option<String> {
    let length = text.chars().count() as u32;
    let spans: Vec<_> = spans.iter().filter_map(|span| Tag::of(span, length)).collect();
    if spans.is_empty() {
        return None;
    }
    let mut cuts: Vec<_> = spans.iter().flat_map(|tag| [tag.from, tag.to]).chain([0, length]).collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut chars = text.chars();
    let mut html = String::with_capacity(text.len() * 2);
    for (from, to) in cuts.iter().zip(cuts.iter().skip(1)) {
        let active: Vec<_> = spans.iter().filter(|tag| tag.from <= *from && tag.to >= *to).collect();
        active.iter().for_each(|tag| html.push_str(&tag.open));
        chars.by_ref().take((to - from) as usize).for_each(|c| escape(&mut html, c));
        active.iter().rev().for_each(|tag| html.push_str(tag.close));
    }
    Some(html)
}

struct Tag {
    from: u32,
    to: u32,
    open: String,
    close: &'static str,
}

impl Tag {
    fn of(span: &TextSpan, length: u32) -> Option<Self> {
        let (open, close) = match span.style() {
            TextStyle::Bold => ("<b>".to_owned(), "</b>"),
            TextStyle::Italic => ("<i>".to_owned(), "</i>"),
            TextStyle::Underline => ("<ins>".to_owned(), "</ins>"),
            TextStyle::Strike => ("<s>".to_owned(), "</s>"),
            TextStyle::Code => ("<code>".to_owned(), "</code>"),
            TextStyle::Pre => ("<pre>".to_owned(), "</pre>"),
            TextStyle::Link if is_safe_link(&span.url) => (link(&span.url), "</a>"),
            _ => return None,
        };
        let from = span.offset.min(length);
        let to = span.offset.saturating_add(span.length).min(length);
        (to > from).then_some(Self { from, to, open, close })
    }
}

fn link(url: &str) -> String {
    let mut tag = "<a href=\"".to_owned();
    url.chars().for_each(|c| escape(&mut tag, c));
    tag + "\">"
}

fn escape(html: &mut String, c: char) {
    match c {
        '<' => html.push_str("&lt;"),
        '>' => html.push_str("&gt;"),
        '&' => html.push_str("&amp;"),
        '"' => html.push_str("&quot;"),
        c => html.push(c),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn strong(from: i64, length: i64) -> Markup {
        Markup { kind: "strong".into(), from, length, url: None }
    }

    fn styled(style: TextStyle, offset: u32, length: u32) -> TextSpan {
        TextSpan { style: style.into(), offset, length, ..TextSpan::default() }
    }

    #[test]
    fn utf16_units_become_whole_code_points() {
        let range =
            |text, from, length| spans(text, &[strong(from, length)]).first().map(|span| (span.offset, span.length));
        assert_eq!(range("🪟 окно", 3, 4), Some((2, 4)));
        assert_eq!(range("🪟🪟", 1, 1), Some((0, 1)));
        assert_eq!(range("abc", -5, 6), Some((0, 1)));
        assert_eq!(range("abc", 1, i64::MAX), Some((1, 2)));
        for (from, length) in [(3, 1), (0, 0), (1, -1), (i64::MIN, i64::MIN), (i64::MAX, i64::MAX)] {
            assert_eq!(range("abc", from, length), None, "{from} {length}");
        }
    }

    #[test]
    fn a_link_that_would_run_code_is_no_link() {
        let link = |url: &str| Markup { kind: "link".into(), url: Some(url.into()), ..strong(0, 3) };
        assert!(spans("abc", &[link("javascript:alert(1)"), link("")]).is_empty());
        assert_eq!(spans("abc", &[link("https://example.com/")])[0].url, "https://example.com/");
    }

    #[test]
    fn spans_that_cross_become_tags_that_nest() {
        let crossing = [styled(TextStyle::Bold, 0, 2), styled(TextStyle::Italic, 1, 2)];
        assert_eq!(html("a<b", &crossing).unwrap(), "<b>a</b><b><i>&lt;</i></b><i>b</i>");
        let link = TextSpan { url: "https://example.com/?a=1&b=\"".into(), ..styled(TextStyle::Link, 0, 1) };
        assert_eq!(html("x & y", &[link]).unwrap(), "<a href=\"https://example.com/?a=1&amp;b=&quot;\">x</a> &amp; y");
        assert_eq!(html("plain <b>", &[]), None);
        assert_eq!(html("a", &[styled(TextStyle::Spoiler, 0, 1)]), None, "MAX has none");
    }

    proptest! {
        #[test]
        fn html_without_its_tags_is_the_text(
            text in "[a<>&\"яé🪟]{0,40}",
            wanted in prop::collection::vec((0_u32..50, 0_u32..50, prop::bool::ANY), 1..5),
        ) {
            let style = |bold| if bold { TextStyle::Bold } else { TextStyle::Pre };
            let wanted: Vec<_> = wanted.into_iter().map(|(from, length, bold)| styled(style(bold), from, length)).collect();
            if let Some(html) = html(&text, &wanted) {
                let plain = ["<b>", "</b>", "<pre>", "</pre>"].iter().fold(html, |html, tag| html.replace(tag, ""));
                let plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
                prop_assert_eq!(plain, text);
            }
        }

        #[test]
        fn spans_never_leave_the_text(text in "\\PC{0,40}", from in -9_i64..90, length in -9_i64..90) {
            for span in spans(&text, &[strong(from, length)]) {
                prop_assert!(span.length > 0 && (span.offset + span.length) as usize <= text.chars().count());
            }
        }
    }
}
