//! Encoded words (RFC 2047): `=?charset?B?bytes?=`. Neighbours of one charset are joined as bytes first, for many programs cut
//! them in the middle of a character.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::mime::{base64, escapes};

/// The standard allows 75 bytes; programs that know no folding write whole subjects as one word.
const LONGEST: usize = 8 << 10;

struct Word<'a> {
    label: &'a str,
    bytes: Vec<u8>,
}

/// Text with its encoded words decoded.
#[must_use]
pub fn decode_words(text: &str) -> String {
    replaced(text, "=?", |decoded| decoded)
}

/// The same text with every run of encoded words as one of UTF-8: for parsers that must not see commas within names.
pub(crate) fn as_utf8_words(text: &str) -> String {
    // A beginning without an end is no word, and the parser shall not look for one.
    replaced(text, "= ?", |decoded| format!("=?utf-8?B?{}?=", STANDARD.encode(decoded)))
}

fn replaced(text: &str, begin: &str, put: impl Fn(String) -> String) -> String {
    let (mut result, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find("=?") {
        result.push_str(&rest[..at]);
        let (words, left) = run(&rest[at..]);
        if words.is_empty() {
            result.push_str(begin);
            rest = &rest[at + 2..];
        } else {
            result.push_str(&put(decoded(words)));
            rest = left;
        }
    }
    result + rest
}

/// Encoded words with nothing but spaces between them, and what stands behind.
fn run(text: &str) -> (Vec<Word<'_>>, &str) {
    let (mut words, mut left) = (Vec::new(), text);
    while let Some((word, behind)) = word(if words.is_empty() { left } else { left.trim_start() }) {
        words.push(word);
        left = behind;
    }
    (words, left)
}

fn word(text: &str) -> Option<(Word<'_>, &str)> {
    let (label, rest) = text.strip_prefix("=?")?.split_once('?')?;
    let (method, rest) = rest.split_once('?')?;
    let end = start(rest, LONGEST).find("?=")?;
    let bytes = match method {
        "B" | "b" => base64(&rest.as_bytes()[..end]),
        "Q" | "q" => quoted(&rest[..end]),
        _ => return None,
    };
    let label = label.split('*').next().unwrap_or(label);
    let is_label = !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_graphic());
    is_label.then_some((Word { label, bytes }, &rest[end + 2..]))
}

/// No more than so many bytes of a text.
fn start(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

fn quoted(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    escapes(text.replace('_', " ").as_bytes(), &mut bytes);
    bytes
}

fn decoded(words: Vec<Word<'_>>) -> String {
    let mut joined: Vec<Word<'_>> = Vec::new();
    for word in words {
        match joined.last_mut().filter(|last| last.label.eq_ignore_ascii_case(word.label)) {
            Some(last) => last.bytes.extend(word.bytes),
            None => joined.push(word),
        }
    }
    joined.iter().map(|word| super::decode(&word.bytes, Some(word.label))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_decoded_and_the_rest_stays() {
        assert_eq!(decode_words("Re: =?koi8-r?B?8NLJ18XU?= !"), "Re: Привет !");
        assert_eq!(decode_words("=?utf-8?Q?a_=D0=9F_?= =?utf-8?q?b?="), "a П b");
        assert_eq!(decode_words("=?utf-8?X?a?= =? =?="), "=?utf-8?X?a?= =? =?=");
        assert_eq!(decode_words("1 =?utf-8*ru?B?0K8=?="), "1 Я");
    }

    #[test]
    fn a_character_cut_in_two_is_joined() {
        assert_eq!(decode_words("=?UTF-8?B?0J8=?=\t =?utf-8?B?0YDQ?= =?utf-8?B?uA==?="), "При");
        assert_eq!(decode_words("=?utf-8?Q?=D0?= =?utf-8?B?nw==?="), "П");
    }

    #[test]
    fn names_keep_their_commas_from_parsers() {
        let text = as_utf8_words("=?windows-1251?Q?=CE=CE=CE=2C_=F3?= <a@example.org>");
        assert_eq!(text, format!("=?utf-8?B?{}?= <a@example.org>", STANDARD.encode("ООО, у")));
    }
}
