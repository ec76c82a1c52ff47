//! Names, texts and keys that strangers make.

use std::borrow::Cow;

use crate::text::sha256;

/// The most bytes of a fact's key.
const KEY_BYTES: usize = 200;

/// A name or label in one line: without control and direction marks, which could make it look like another; at most
/// `most` characters.
#[must_use]
pub fn clean(text: &str, most: usize) -> String {
    let visible = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_mark(*c));
    let text: String = visible.collect();
    text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ").chars().take(most).collect()
}

fn is_mark(c: char) -> bool {
    let direction =
        matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || direction || c == '\u{feff}'
}

/// A message's text as it is, but for NUL, which PostgreSQL cannot hold.
#[must_use]
pub fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// A key as it is, or its beginning and its hash when it is too long or holds control characters.
#[must_use]
pub fn fit(key: String) -> String {
    if key.len() <= KEY_BYTES && !key.chars().any(char::is_control) {
        return key;
    }
    let hash = hash(key.as_bytes());
    let plain: String = key.chars().filter(|c| !c.is_control()).collect();
    format!("{}#{hash}", &plain[..plain.floor_char_boundary(KEY_BYTES - hash.len() - 1)])
}

/// SHA-256 in hexadecimal digits.
#[must_use]
pub fn hash(bytes: &[u8]) -> String {
    sha256(bytes)
}

/// The first 16 of [`hash`]: enough to tell apart what one key's owner did.
#[must_use]
pub fn short_hash(bytes: &[u8]) -> String {
    hash(bytes)[..16].to_owned()
}

/// JSON without NUL in any of its texts: `\u0000` becomes `\ufffd`, for PostgreSQL cannot hold the one.
#[must_use]
pub fn without_nul(json: &[u8]) -> Cow<'_, [u8]> {
    if !json.windows(NUL.len()).any(|part| part == NUL) {
        return Cow::Borrowed(json);
    }
    let (mut clean, mut rest) = (Vec::with_capacity(json.len()), json);
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let escape = &rest[at..];
        let length = if escape.starts_with(NUL) { NUL.len() } else { 2.min(escape.len()) };
        clean.extend_from_slice(&rest[..at]);
        clean.extend_from_slice(if length == NUL.len() { br"\ufffd" } else { &escape[..length] });
        rest = &escape[length..];
    }
    clean.extend_from_slice(rest);
    Cow::Owned(clean)
}

const NUL: &[u8] = br"\u0000";

/// What serde says of JSON that cannot be read, without the customer's words that it quotes.
#[must_use]
pub fn said(error: &serde_json::Error) -> String {
    let words = error.to_string();
    if words.starts_with("missing field") {
        return words; // The name is one of ours.
    }
    words.split(['"', '`']).step_by(2).collect::<Vec<_>>().join("…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_turn_the_line_around() {
        assert_eq!(clean(" Anna\u{202e}\u{2066}gpj.exe \n\t Doe\0", 99), "Annagpj.exe Doe");
        assert_eq!(clean("<b>Ольга</b>", 6), "<b>Оль");
    }

    #[test]
    fn a_long_key_keeps_its_beginning_and_stays_unique() {
        let long = |end: &str| fit(format!("msg:{}{end}", "я".repeat(300)));
        assert!(long("a").len() <= KEY_BYTES && long("a").starts_with("msg:я"));
        assert_ne!(long("a"), long("b"));
        assert_ne!(fit("a\nb".into()), fit("ab".into()));
    }

    #[test]
    fn no_text_of_any_json_holds_nul() {
        for (json, expected) in [
            (r#"{"a\u0000":["\u0000b"]}"#, r#"{"a\ufffd":["\ufffdb"]}"#),
            (r#""\\u0000 \"\\\u0000""#, r#""\\u0000 \"\\\ufffd""#),
            (r#""\u00000 \n\u0001""#, r#""\ufffd0 \n\u0001""#),
            (r"\u0000 \", r"\ufffd \"),
            ("[]", "[]"),
        ] {
            assert_eq!(String::from_utf8_lossy(&without_nul(json.as_bytes())), expected);
        }
    }

    #[test]
    fn a_reason_quotes_nothing() {
        for secret in [r#""+7 000 000 00 01""#, "70000000001"] {
            let said = said(&serde_json::from_str::<bool>(secret).unwrap_err());
            assert!(!said.contains("000") && said.contains("expected a boolean"), "{said}");
        }
    }
}
