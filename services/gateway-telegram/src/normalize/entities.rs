//! Formatting between Telegram's UTF-16 units and our code points.

use contracts::channel::{TextSpan, TextStyle};
use teloxide_core::types::{MessageEntity, MessageEntityKind};
use url::Url;

use crate::wire::Entity;

/// Telegram formats at most 100 places of a text; more is not worth a fact's room.
const MOST_SPANS: usize = 400;

/// Telegram's entities as our spans, clipped to the text and to whole characters. Links and commands that the page finds
/// by itself, and custom emoji, whose plain emoji is in the text, are left out.
pub fn spans(text: &str, entities: &[Entity]) -> Vec<TextSpan> {
    if entities.is_empty() {
        return Vec::new();
    }
    let index = code_points_by_unit(text);
    entities.iter().take(MOST_SPANS).filter_map(|entity| span(&index, entity)).collect()
}

fn span(index: &[u32], entity: &Entity) -> Option<TextSpan> {
    let style = style_of(&entity.kind)?;
    let last = index.len() - 1;
    let clip = |unit: i64| usize::try_from(unit.max(0)).map_or(last, |unit| unit.min(last));
    let (from, to) = (clip(entity.offset), clip(entity.offset.saturating_add(entity.length)));
    let start = index[from];
    let mut end = index[to];
    if to > from && to < last && index[to - 1] == end {
        end += 1; // inside a pair of units: the whole character
    }
    let length = end.checked_sub(start).filter(|length| *length > 0)?;
    let url = entity.url.clone().filter(|url| style == TextStyle::Link && is_safe_link(url));
    if style == TextStyle::Link && url.is_none() {
        return None;
    }
    let language = entity.language.clone().filter(|_| style == TextStyle::Pre).unwrap_or_default();
    Some(TextSpan { style: style.into(), offset: start, length, url: url.unwrap_or_default(), language })
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
        "bold" => TextStyle::Bold,
        "italic" => TextStyle::Italic,
        "underline" => TextStyle::Underline,
        "strikethrough" => TextStyle::Strike,
        "spoiler" => TextStyle::Spoiler,
        "blockquote" | "expandable_blockquote" => TextStyle::Quote,
        "code" => TextStyle::Code,
        "pre" => TextStyle::Pre,
        "text_link" => TextStyle::Link,
        "mention" | "text_mention" => TextStyle::Mention,
        _ => return None,
    })
}

fn is_safe_link(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https" | "tg" | "mailto" | "tel"))
}

/// Our spans as Telegram's entities. What Telegram has no entity for, or finds by itself, is left out.
pub fn entities(text: &str, spans: &[TextSpan]) -> Vec<MessageEntity> {
    if spans.is_empty() {
        return Vec::new();
    }
    let mut units = Vec::with_capacity(text.len() + 1);
    let mut count = 0;
    for c in text.chars() {
        units.push(count);
        count += c.len_utf16();
    }
    units.push(count);
    spans.iter().filter_map(|span| entity(&units, span)).collect()
}

fn entity(units: &[usize], span: &TextSpan) -> Option<MessageEntity> {
    let last = units.len() - 1;
    let from = (span.offset as usize).min(last);
    let to = from.saturating_add(span.length as usize).min(last);
    let kind = kind_of(span)?;
    (to > from).then(|| MessageEntity::new(kind, units[from], units[to] - units[from]))
}

fn kind_of(span: &TextSpan) -> Option<MessageEntityKind> {
    Some(match span.style() {
        TextStyle::Bold => MessageEntityKind::Bold,
        TextStyle::Italic => MessageEntityKind::Italic,
        TextStyle::Underline => MessageEntityKind::Underline,
        TextStyle::Strike => MessageEntityKind::Strikethrough,
        TextStyle::Spoiler => MessageEntityKind::Spoiler,
        TextStyle::Quote => MessageEntityKind::Blockquote,
        TextStyle::Code => MessageEntityKind::Code,
        TextStyle::Pre => {
            MessageEntityKind::Pre { language: (!span.language.is_empty()).then(|| span.language.clone()) }
        }
        TextStyle::Link => MessageEntityKind::TextLink { url: Url::parse(&span.url).ok()? },
        TextStyle::Mention | TextStyle::Unspecified => return None,
    })
}

/// The length as Telegram's limits count it.
pub fn utf16_len(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bold(offset: i64, length: i64) -> Entity {
        Entity { kind: "bold".into(), offset, length, url: None, language: None }
    }

    fn range(text: &str, offset: i64, length: i64) -> Option<(u32, u32)> {
        spans(text, &[bold(offset, length)]).first().map(|span| (span.offset, span.length))
    }

    #[test]
    fn utf16_units_become_code_points() {
        // "🪟" is two units and one code point.
        assert_eq!(range("🪟 окно", 3, 4), Some((2, 4)));
        assert_eq!(range("🪟", 0, 2), Some((0, 1)));
    }

    #[test]
    fn an_entity_that_cuts_a_character_takes_it_whole() {
        assert_eq!(range("🪟🪟", 0, 1), Some((0, 1)));
        assert_eq!(range("🪟🪟", 1, 1), Some((0, 1)));
        assert_eq!(range("a🪟b", 2, 2), Some((1, 2)));
        assert_eq!(range("a🪟b", 0, 2), Some((0, 2)));
    }

    #[test]
    fn an_entity_outside_of_the_text_is_clipped_or_dropped() {
        assert_eq!(range("abc", -5, 6), Some((0, 1)));
        assert_eq!(range("abc", 1, i64::MAX), Some((1, 2)));
        for (offset, length) in [(3, 1), (9, 9), (0, 0), (1, -1), (i64::MIN, i64::MIN), (i64::MAX, i64::MAX)] {
            assert_eq!(range("abc", offset, length), None, "{offset} {length}");
        }
        assert_eq!(range("", 0, 1), None);
    }

    #[test]
    fn a_link_that_would_run_code_is_no_link() {
        let link = |url: &str| Entity { kind: "text_link".into(), url: Some(url.into()), ..bold(0, 3) };
        assert!(spans("abc", &[link("javascript:alert(1)"), link("data:text/html,x"), link("")]).is_empty());
        assert_eq!(spans("abc", &[link("https://example.com/")])[0].url, "https://example.com/");
    }

    fn inbound(entity: &MessageEntity) -> Entity {
        let (kind, url, language) = match &entity.kind {
            MessageEntityKind::Bold => ("bold", None, None),
            MessageEntityKind::Pre { language } => ("pre", None, language.clone()),
            MessageEntityKind::TextLink { url } => ("text_link", Some(url.to_string()), None),
            other => panic!("not made by these tests: {other:?}"),
        };
        let (offset, length) = (entity.offset as i64, entity.length as i64);
        Entity { kind: kind.into(), offset, length, url, language }
    }

    fn a_span() -> impl Strategy<Value = TextSpan> {
        let kinds = prop::sample::select(vec![
            (TextStyle::Bold, "", ""),
            (TextStyle::Pre, "", "rust"),
            (TextStyle::Link, "https://example.com/a", ""),
        ]);
        (kinds, 0_u32..60, 1_u32..60).prop_map(|((style, url, language), offset, length)| TextSpan {
            style: style.into(),
            offset,
            length,
            url: url.into(),
            language: language.into(),
        })
    }

    proptest! {
        #[test]
        fn spans_come_back_as_they_went_out(
            text in "[a🪟яé\u{1F1F7}]{0,80}",
            wanted in prop::collection::vec(a_span(), 0..6),
        ) {
            let count = text.chars().count() as u32;
            let whole: Vec<_> = wanted.into_iter().filter(|span| span.offset + span.length <= count).collect();
            let sent: Vec<_> = entities(&text, &whole).iter().map(inbound).collect();
            prop_assert_eq!(spans(&text, &sent), whole);
        }

        #[test]
        fn entities_never_leave_the_text(text in "\\PC{0,40}", offset: u32, length: u32) {
            let span = TextSpan { style: TextStyle::Bold.into(), offset, length, ..TextSpan::default() };
            for entity in entities(&text, &[span]) {
                prop_assert!(entity.length > 0 && entity.offset + entity.length <= utf16_len(&text));
            }
        }

        #[test]
        fn spans_never_leave_the_text(text in "\\PC{0,40}", offset in -9_i64..90, length in -9_i64..90) {
            for span in spans(&text, &[bold(offset, length)]) {
                prop_assert!(span.length > 0 && (span.offset + span.length) as usize <= text.chars().count());
            }
        }
    }
}
