//! `parse_mode=HTML` (<https://core.telegram.org/bots/api#html-style>, read 2026-11-23).

use serde_json::{Map, Value, json};

use super::error::{Answer, ApiError};
use super::text::{Formatted, utf16_len};

struct Open {
    tag: String,
    offset: usize,
    fields: Map<String, Value>,
}

/// Turns marked-up text into text and entities; what Telegram refuses is refused with its words.
pub(super) fn parse(source: &str) -> Answer<Formatted> {
    let mut done = Formatted::default();
    let mut open: Vec<Open> = Vec::new();
    let mut rest = source;
    while let Some(next) = rest.chars().next() {
        let at = source.len() - rest.len();
        match next {
            '<' => {
                let end = rest
                    .find('>')
                    .ok_or_else(|| ApiError::entities(format!("Unclosed start tag at byte offset {at}")))?;
                let tag = &rest[1..end];
                rest = &rest[end + 1..];
                match tag.strip_prefix('/') {
                    Some(name) => close(&mut open, &mut done, name.trim(), at)?,
                    None => open.push(start(tag, utf16_len(&done.text), at)?),
                }
            }
            '&' => {
                let (character, length) = reference(rest);
                done.text.push(character);
                rest = &rest[length..];
            }
            _ => {
                done.text.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    match open.pop() {
        Some(left) => {
            Err(ApiError::entities(format!("Can't find end tag corresponding to start tag \"{}\"", left.tag)))
        }
        None => {
            done.entities.sort_by_key(|entity| entity["offset"].as_u64());
            Ok(done)
        }
    }
}

fn start(tag: &str, offset: usize, at: usize) -> Answer<Open> {
    let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let name = name.to_lowercase();
    let kind = match name.as_str() {
        "b" | "strong" => "bold",
        "i" | "em" => "italic",
        "u" | "ins" => "underline",
        "s" | "strike" | "del" => "strikethrough",
        "tg-spoiler" => "spoiler",
        "span" if attributes.contains("tg-spoiler") => "spoiler",
        "code" => "code",
        "pre" => "pre",
        "blockquote" if attributes.contains("expandable") => "expandable_blockquote",
        "blockquote" => "blockquote",
        "a" => "text_link",
        "tg-emoji" => "custom_emoji",
        "span" => {
            return Err(ApiError::entities(format!("Tag \"span\" must have class \"tg-spoiler\" at byte offset {at}")));
        }
        _ => return Err(ApiError::entities(format!("Unsupported start tag \"{name}\" at byte offset {at}"))),
    };
    let mut fields = Map::new();
    fields.insert("type".into(), json!(kind));
    if kind == "text_link" {
        fields.insert("url".into(), json!(attribute(attributes, "href")));
    }
    if kind == "custom_emoji" {
        fields.insert("custom_emoji_id".into(), json!(attribute(attributes, "emoji-id")));
    }
    Ok(Open { tag: name, offset, fields })
}

fn close(open: &mut Vec<Open>, done: &mut Formatted, name: &str, at: usize) -> Answer<()> {
    let Some(mut started) = open.pop() else {
        return Err(ApiError::entities(format!("Unexpected end tag at byte offset {at}")));
    };
    if !name.is_empty() && !name.eq_ignore_ascii_case(&started.tag) {
        return Err(ApiError::entities(format!(
            "Unmatched end tag at byte offset {at}, expected \"</{}>\", found \"</{name}>\"",
            started.tag
        )));
    }
    let length = utf16_len(&done.text) - started.offset;
    // A link without a target is plain text.
    let aimless = started.fields.get("url").is_some_and(|url| url.as_str().is_none_or(str::is_empty));
    if length > 0 && !aimless {
        started.fields.insert("offset".into(), json!(started.offset));
        started.fields.insert("length".into(), json!(length));
        done.entities.push(Value::Object(started.fields));
    }
    Ok(())
}

fn attribute(attributes: &str, name: &str) -> String {
    let Some((_, value)) = attributes.split_once(&format!("{name}=")) else { return String::new() };
    let quote = value.chars().next().filter(|first| matches!(first, '"' | '\''));
    let value = match quote {
        Some(quote) => value[1..].split(quote).next(),
        None => value.split_whitespace().next(),
    };
    unescape(value.unwrap_or_default())
}

fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let (character, length) = if next == '&' { reference(rest) } else { (next, next.len_utf8()) };
        plain.push(character);
        rest = &rest[length..];
    }
    plain
}

/// The character that a text starting with `&` stands for, and how many bytes name it.
fn reference(text: &str) -> (char, usize) {
    let Some(end) = text.find(';').filter(|end| *end < 12) else { return ('&', 1) };
    let name = &text[1..end];
    let number = name.strip_prefix('#').and_then(|number| match number.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => number.parse().ok(),
    });
    let character = match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        _ => number.and_then(char::from_u32),
    };
    character.map_or(('&', 1), |character| (character, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_become_entities() {
        let read = parse("<b>🪟 <i>x</i></b> &lt; <a href=\"https://example.com/?a=1&amp;b\">link</a>").unwrap();
        assert_eq!(read.text, "🪟 x < link");
        let kinds: Vec<_> = read.entities.iter().map(|one| (&one["type"], &one["offset"], &one["length"])).collect();
        assert_eq!(json!(kinds), json!([["bold", 0, 4], ["italic", 3, 1], ["text_link", 7, 4]]));
        assert_eq!(read.entities[2]["url"], "https://example.com/?a=1&b");
    }

    #[test]
    fn broken_markup_is_refused_with_telegrams_words() {
        let text = |source| parse(source).unwrap_err().description;
        assert!(text("<b>x").contains("Can't find end tag corresponding to start tag \"b\""));
        assert!(text("<b>x</i>").contains("Unmatched end tag at byte offset 4, expected \"</b>\", found \"</i>\""));
        assert!(text("<table>").contains("Unsupported start tag \"table\" at byte offset 0"));
        assert!(text("a < b").contains("Unclosed start tag at byte offset 2"));
    }
}
