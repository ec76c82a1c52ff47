//! Names, texts and keys that strangers make.

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
}
