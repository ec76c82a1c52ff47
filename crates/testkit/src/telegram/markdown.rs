//! `parse_mode=MarkdownV2` and the legacy `Markdown`
//! (<https://core.telegram.org/bots/api#markdownv2-style>, read 2026-11-23).

use serde_json::{Value, json};

use super::error::{Answer, ApiError};
use super::text::{Formatted, utf16_len};

const RESERVED: &str = "_*[]()~`>#+-=|{}.!";

/// Markers with what they open, the longer ones first.
const MARKERS: [(&str, &str); 8] = [
    ("```", "pre"),
    ("||", "spoiler"),
    ("__", "underline"),
    ("_", "italic"),
    ("*", "bold"),
    ("~", "strikethrough"),
    ("`", "code"),
    ("[", "text_link"),
];

struct Open {
    marker: &'static str,
    kind: &'static str,
    offset: usize,
    at: usize,
}

/// Turns MarkdownV2 into text and entities; a reserved character that is not escaped is refused as Telegram does.
pub(super) fn parse(source: &str) -> Answer<Formatted> {
    let mut done = Formatted::default();
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    while let Some(next) = source[at..].chars().next() {
        let rest = &source[at..];
        let verbatim = open.last().is_some_and(|open| matches!(open.kind, "code" | "pre"));
        if next == '\\' && rest.len() > 1 && rest.as_bytes()[1].is_ascii() {
            done.text.push(char::from(rest.as_bytes()[1]));
            at += 2;
        } else if open.last().is_some_and(|open| ends(open, rest)) {
            let last = open.pop().expect("it has just been looked at");
            at += if last.kind == "text_link" { link(&mut done, &last, rest, at)? } else { last.marker.len() };
            if last.kind != "text_link" {
                push(&mut done, &last, json!({}));
            }
        } else if let Some((marker, kind)) = MARKERS.iter().find(|(marker, _)| !verbatim && rest.starts_with(marker)) {
            open.push(Open { marker, kind, offset: utf16_len(&done.text), at });
            at += marker.len();
        } else if next == '>' && (done.text.is_empty() || done.text.ends_with('\n')) {
            at += 1;
        } else if !verbatim && RESERVED.contains(next) {
            return Err(ApiError::entities(format!(
                "Character '{next}' is reserved and must be escaped with the preceding '\\'"
            )));
        } else {
            done.text.push(next);
            at += next.len_utf8();
        }
    }
    match open.pop() {
        Some(left) => {
            Err(ApiError::entities(format!("Can't find end of {} entity at byte offset {}", title(left.kind), left.at)))
        }
        None => Ok(done),
    }
}

/// The legacy mode: bold, italic, code and links, no nesting; a lone marker has no end.
pub(super) fn parse_legacy(source: &str) -> Answer<Formatted> {
    let mut done = Formatted::default();
    let mut at = 0;
    while let Some(next) = source[at..].chars().next() {
        let rest = &source[at..];
        let marker = MARKERS
            .iter()
            .find(|(marker, _)| matches!(*marker, "```" | "_" | "*" | "`" | "[") && rest.starts_with(marker));
        if next == '\\' && rest.len() > 1 && "_*`[".contains(char::from(rest.as_bytes()[1])) {
            done.text.push(char::from(rest.as_bytes()[1]));
            at += 2;
        } else if let Some((marker, kind)) = marker {
            let end = if *kind == "text_link" { "]" } else { marker };
            let inner = &rest[marker.len()..];
            let length = inner.find(end).ok_or_else(|| {
                ApiError::entities(format!("Can't find end of the entity starting at byte offset {at}"))
            })?;
            let open = Open { marker, kind, offset: utf16_len(&done.text), at };
            done.text.push_str(&inner[..length]);
            at += marker.len() + length;
            if *kind == "text_link" {
                at += link(&mut done, &open, &source[at..], at)?;
            } else {
                push(&mut done, &open, json!({}));
                at += end.len();
            }
        } else {
            done.text.push(next);
            at += next.len_utf8();
        }
    }
    Ok(done)
}

fn ends(open: &Open, rest: &str) -> bool {
    if open.kind == "text_link" { rest.starts_with(']') } else { rest.starts_with(open.marker) }
}

/// Reads `](url)` and returns how many bytes it took. Brackets without a target are plain text.
fn link(done: &mut Formatted, open: &Open, rest: &str, at: usize) -> Answer<usize> {
    let Some(target) = rest.strip_prefix("](") else { return Ok(1) };
    let end = target
        .find(')')
        .ok_or_else(|| ApiError::entities(format!("Can't find end of a URL at byte offset {}", at + 2)))?;
    push(done, open, json!({ "url": &target[..end] }));
    Ok(end + 3)
}

fn push(done: &mut Formatted, open: &Open, mut entity: Value) {
    let length = utf16_len(&done.text) - open.offset;
    if length > 0 {
        entity["type"] = json!(open.kind);
        entity["offset"] = json!(open.offset);
        entity["length"] = json!(length);
        done.entities.push(entity);
    }
}

fn title(kind: &str) -> String {
    let kind = if kind == "text_link" { "textUrl" } else { kind };
    kind[..1].to_uppercase() + &kind[1..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_become_entities_and_escapes_characters() {
        let read = parse(r"*жирный _и_* `a.b` [сайт](https://example.com) 1\.5").unwrap();
        assert_eq!(read.text, "жирный и a.b сайт 1.5");
        let kinds: Vec<_> = read.entities.iter().map(|one| (&one["type"], &one["offset"], &one["length"])).collect();
        assert_eq!(json!(kinds), json!([["italic", 7, 1], ["bold", 0, 8], ["code", 9, 3], ["text_link", 13, 4]]));
    }

    #[test]
    fn reserved_characters_and_open_ends_are_refused() {
        let text = |source| parse(source).unwrap_err().description;
        assert!(text("1.5").contains(r"Character '.' is reserved and must be escaped with the preceding '\'"));
        assert!(text("a *b").contains("Can't find end of Bold entity at byte offset 2"));
        let legacy = parse_legacy("a_b").unwrap_err().description;
        assert!(legacy.contains("Can't find end of the entity starting at byte offset 1"));
        assert_eq!(parse_legacy("*a* 1.5").unwrap().text, "a 1.5");
    }
}
