//! `Content-Type` and `Content-Disposition`: a word and its parameters (RFC 2045, section 5.1; RFC 2231).

use std::collections::BTreeMap;

use super::byte_of_hex;
use crate::charset;

/// A word in lower case with its parameters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Kind {
    /// `text/plain`, or `attachment`.
    pub word: String,
    params: BTreeMap<String, String>,
}

impl Kind {
    /// Never fails: what cannot be read is left out.
    pub fn of(value: &str) -> Self {
        let (word, rest) = value.split_once(';').unwrap_or((value, ""));
        let word = word.split('(').next().unwrap_or("").split_whitespace().collect::<String>().to_ascii_lowercase();
        Self { word, params: params(rest) }
    }

    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The part before the slash.
    pub fn family(&self) -> &str {
        self.word.split('/').next().unwrap_or("")
    }
}

/// One piece of a parameter: its number, whether it is percent-encoded, and its value.
type Piece = (u32, bool, String);

/// `a=b; c="d"; name*0*=utf-8''%D0; name*1*=%9F` as names and decoded values. The first of a name wins, an extended one (RFC 2231)
/// before a plain one.
pub(crate) fn params(text: &str) -> BTreeMap<String, String> {
    let mut pieces: BTreeMap<String, Vec<Piece>> = BTreeMap::new();
    let mut plain = BTreeMap::new();
    for (name, value) in pairs(text) {
        match name.split_once('*') {
            Some((name, mark)) => pieces.entry(name.to_owned()).or_default().push(piece(mark, value)),
            None => drop(plain.entry(name).or_insert_with(|| charset::decode_words(&value))),
        }
    }
    plain.extend(pieces.into_iter().map(|(name, pieces)| (name, joined(pieces))));
    plain
}

/// `0*`, `1`, or nothing behind the star of the name.
fn piece(mark: &str, value: String) -> Piece {
    let (number, is_encoded) = match mark.strip_suffix('*') {
        Some(number) => (number, true),
        None => (mark, mark.is_empty()),
    };
    (number.parse().unwrap_or(0), is_encoded, value)
}

/// Joined as bytes: pieces may be cut in the middle of a character.
fn joined(mut pieces: Vec<Piece>) -> String {
    pieces.sort_by_key(|(number, ..)| *number);
    let (mut label, mut bytes) = (None, Vec::new());
    for (at, (_, is_encoded, value)) in pieces.iter().enumerate() {
        let mut value = value.as_str();
        if at == 0 && *is_encoded && value.splitn(3, '\'').count() == 3 {
            let mut three = value.splitn(3, '\'');
            label = three.next().map(str::to_owned);
            value = three.nth(1).unwrap_or("");
        }
        if *is_encoded { percents(value.as_bytes(), &mut bytes) } else { bytes.extend_from_slice(value.as_bytes()) }
    }
    charset::decode(&bytes, label.as_deref())
}

/// `%41` as `A`.
pub(crate) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    percents(text.as_bytes(), &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn percents(text: &[u8], bytes: &mut Vec<u8>) {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let escaped = if *byte == b'%' { text.get(at + 1..at + 3).and_then(byte_of_hex) } else { None };
        bytes.push(escaped.unwrap_or(*byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
}

/// Names in lower case and values without quotes.
fn pairs(text: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let name_end = rest.find(['=', ';']).unwrap_or(rest.len());
        let name = rest[..name_end].split_whitespace().collect::<String>().to_ascii_lowercase();
        let is_pair = rest[name_end..].starts_with('=');
        rest = rest.get(name_end + 1..).unwrap_or("");
        if is_pair {
            let (value, left) = value(rest);
            pairs.push((name, value));
            rest = left;
        }
    }
    pairs
}

/// A value and what stands behind it. Quotes inside of an unended string are forgiven.
fn value(text: &str) -> (String, &str) {
    let text = text.trim_start();
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, left) = text.split_once(';').unwrap_or((text, ""));
        return (value.trim().to_owned(), left);
    };
    let (mut value, mut escaped) = (String::new(), false);
    for (at, letter) in quoted.char_indices() {
        match letter {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => {
                let left = &quoted[at + 1..];
                return (value, left.split_once(';').map_or("", |(_, left)| left));
            }
            _ => {
                // Paths of Windows stand there unescaped.
                if escaped && !matches!(letter, '"' | '\\') {
                    value.push('\\');
                }
                value.push(letter);
                escaped = false;
            }
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(value: &str) -> String {
        Kind::of(value).param("name").unwrap_or_default().to_owned()
    }

    #[test]
    fn a_name_comes_in_many_ways() {
        assert_eq!(name(r#"a/b; name="a;b \"c\".txt""#), r#"a;b "c".txt"#);
        assert_eq!(name("a/b; NAME = plain.txt ; x=y"), "plain.txt");
        assert_eq!(name("a/b; name*=windows-1251''%D1%F7%B8%F2.pdf; name=\"?.pdf\""), "Счёт.pdf");
        assert_eq!(name("a/b; name*0*=utf-8''%D0%9F%D1; name*1*=%80; name*2=\".doc\""), "Пр.doc");
        assert_eq!(name("a/b; name=\"=?koi8-r?B?896j1C5wZGY=?=\""), "Счёт.pdf");
        assert_eq!(name(r#"a/b; name="C:\new\a.txt""#), r"C:\new\a.txt");
        assert_eq!(name("a/b; name=\"unended"), "unended");
        assert_eq!(name("a/b; name"), "");
    }

    #[test]
    fn a_type_is_a_word() {
        assert_eq!(Kind::of(" Text / HTML (comment); charset=x").word, "text/html");
        assert_eq!(Kind::of("").word, "");
        assert_eq!(Kind::of("text/plain; charset=\"UTF-8\"").param("charset"), Some("UTF-8"));
    }
}
