//! Texts of strangers.

/// A name or label in one line: without control and direction marks, which could make it look like another; at most
/// `most` characters.
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
pub fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_turn_the_line_around() {
        assert_eq!(clean(" Anna\u{202e}\u{2066}gpj.exe \n\t Doe\0", 99), "Annagpj.exe Doe");
        assert_eq!(clean("<b>Ольга</b>", 6), "<b>Оль");
        assert_eq!(clean("\u{200f}", 9), "");
    }

    #[test]
    fn a_text_keeps_its_length() {
        assert_eq!(storable("a\0b"), "a\u{fffd}b");
    }
}
