//! Text from bytes whose charset is unsaid, unknown or a lie.

mod guess;
mod words;

use encoding_rs::{Encoding, IBM866, ISO_8859_5, KOI8_R, KOI8_U, UTF_8, WINDOWS_1251, WINDOWS_1252, X_MAC_CYRILLIC};
use mail_parser::decoders::charsets::map::charset_decoder;

pub(crate) use words::as_utf8_words;
pub use words::decode_words;

/// Names that people's programs use and the WHATWG list (<https://encoding.spec.whatwg.org/#names-and-labels>) lacks.
const ALIASES: [(&str, &str); 12] = [
    ("cp-1251", "windows-1251"),
    ("win-1251", "windows-1251"),
    ("win1251", "windows-1251"),
    ("windows1251", "windows-1251"),
    ("ansi", "windows-1251"),
    ("koi8r", "koi8-r"),
    ("cp-866", "ibm866"),
    ("dos-866", "ibm866"),
    ("utf_8", "utf-8"),
    ("utf8mb4", "utf-8"),
    ("x-mac-russian", "x-mac-cyrillic"),
    ("mac-cyrillic", "x-mac-cyrillic"),
];
const CYRILLIC: [&Encoding; 6] = [WINDOWS_1251, KOI8_R, KOI8_U, ISO_8859_5, IBM866, X_MAC_CYRILLIC];
/// What programs write when they do not know.
const UNSAID: [&str; 7] =
    ["us-ascii", "ascii", "unknown-8bit", "x-unknown", "default", "default_charset", "_autodetect"];

/// Decodes a body, or bytes of a name. What the letter says counts only where it can be true: UTF-8 shows itself, and Cyrillic
/// that is called something else reads as rubbish.
#[must_use]
pub fn decode(bytes: &[u8], declared: Option<&str>) -> String {
    let label = declared.map(normal).filter(|label| !label.is_empty() && !UNSAID.contains(&label.as_str()));
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned();
    }
    if bytes.is_ascii() && label.as_deref().is_none_or(is_of_ascii) {
        return std::str::from_utf8(bytes).unwrap_or_default().to_owned();
    }
    let is_wide = label.as_deref().is_some_and(|label| !is_of_ascii(label));
    if let Some(text) = utf8(bytes).filter(|_| !is_wide) {
        return text.to_owned();
    }
    match label.as_deref().map(|label| (label, Encoding::for_label(label.as_bytes()))) {
        Some((_, Some(encoding))) => doubted(bytes, encoding),
        // UTF-7, which browsers have given up.
        Some((label, None)) => {
            charset_decoder(label.as_bytes()).map_or_else(|| guess::decode(bytes), |read| read(bytes))
        }
        None => guess::decode(bytes),
    }
}

/// A header's value that may hold raw 8-bit bytes (no encoded words): UTF-8, else the charset of the body, else the likeliest.
#[must_use]
pub fn of_header(bytes: &[u8], fallback: Option<&str>) -> String {
    decode(bytes, fallback.filter(|label| is_of_ascii(&normal(label)) && normal(label) != "utf-8"))
}

/// The text in a charset that the letter declares, unless it reads as something else there.
fn doubted(bytes: &[u8], encoding: &'static Encoding) -> String {
    let (text, _, broken) = encoding.decode(bytes);
    let is_lie = match encoding {
        _ if encoding == UTF_8 => guess::is_mostly_broken(&text),
        _ if encoding == WINDOWS_1252 => guess::reads_as_latin_rubbish(&text),
        _ if CYRILLIC.contains(&encoding) => guess::reads_as_cyrillic_rubbish(bytes, &text),
        _ => broken && guess::is_mostly_broken(&text),
    };
    if is_lie { guess::better(bytes, &text) } else { text.into_owned() }
}

fn normal(label: &str) -> String {
    let label = label.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    ALIASES.iter().find(|(alias, _)| *alias == label).map_or(label, |(_, name)| (*name).to_owned())
}

/// Whether ASCII bytes mean the same in this charset.
fn is_of_ascii(label: &str) -> bool {
    !["utf-16", "utf-32", "ucs-2", "utf-7", "iso-2022", "hz-gb"].iter().any(|wide| label.starts_with(wide))
}

/// Bytes that are UTF-8 are UTF-8, whatever is said: other texts never look like it.
fn utf8(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Здравствуйте! Пришлите, пожалуйста, счёт на оплату.";

    fn packed(label: &str, text: &str) -> Vec<u8> {
        Encoding::for_label(label.as_bytes()).unwrap().encode(text).0.into_owned()
    }

    #[test]
    fn every_charset_of_russians_is_read_as_it_is_named() {
        for label in ["utf-8", "windows-1251", "koi8-r", "iso-8859-5", "ibm866", "x-mac-cyrillic", "koi8-u"] {
            assert_eq!(decode(&packed(label, TEXT), Some(label)), TEXT, "{label}");
        }
        for (alias, label) in [("CP1251", "windows-1251"), ("\"Win-1251\"", "windows-1251"), ("cp866", "ibm866")] {
            assert_eq!(decode(&packed(label, TEXT), Some(alias)), TEXT, "{alias}");
        }
    }

    #[test]
    fn a_charset_that_is_not_said_is_told_by_the_letters() {
        for said in
            [None, Some("us-ascii"), Some("x-unknown"), Some("no-such-charset"), Some("utf-8"), Some("iso-8859-1")]
        {
            for label in ["utf-8", "windows-1251", "koi8-r"] {
                assert_eq!(decode(&packed(label, TEXT), said), TEXT, "{label}, said to be {said:?}");
            }
        }
        for (said, label) in [("windows-1251", "koi8-r"), ("koi8-r", "windows-1251"), ("koi8-r", "utf-8")] {
            assert_eq!(decode(&packed(label, TEXT), Some(said)), TEXT, "{label}, said to be {said}");
        }
    }

    #[test]
    fn what_is_no_russian_is_left_as_it_is_named() {
        assert_eq!(decode(b"Se\xf1or, \xbfqu\xe9 tal? caf\xe9", Some("iso-8859-1")), "Señor, ¿qué tal? café");
        assert_eq!(decode(b"gr\xfc\xdfe", Some("windows-1252")), "grüße");
        assert_eq!(decode(&packed("shift_jis", "ハロー"), Some("shift_jis")), "ハロー");
        assert_eq!(decode(b"a\xd0", Some("utf-8")), "a\u{fffd}");
        assert_eq!(decode("Счёт и ещё \u{2116}".as_bytes(), Some("utf-8")), "Счёт и ещё №");
    }

    #[test]
    fn wide_charsets_are_read_with_and_without_a_mark() {
        let wide: Vec<u8> = "Акт".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&wide, Some("utf-16le")), "Акт");
        assert_eq!(decode(&[b"\xff\xfe".as_slice(), &wide].concat(), Some("utf-16")), "Акт");
        assert_eq!(decode(b"+BBAEOgRC-", Some("utf-7")), "Акт");
        assert_eq!(decode(b"\x1b$B%O%m!<\x1b(B", Some("iso-2022-jp")), "ハロー");
    }
}
