//! Texts as MAX counts them.

/// The length as MAX's limits count it, to be on the safe side: it does not tell its unit.
pub fn utf16_len(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}
