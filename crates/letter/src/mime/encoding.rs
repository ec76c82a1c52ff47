//! How a body is packed for the way (RFC 2045, section 6), read as forgivingly as people's programs do.

use std::borrow::Cow;

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Encoding {
    #[default]
    None,
    QuotedPrintable,
    Base64,
    Uuencode,
}

impl Encoding {
    pub fn of(value: &str) -> Self {
        match value.trim().trim_matches('"').to_ascii_lowercase().as_str() {
            "base64" => Self::Base64,
            "quoted-printable" => Self::QuotedPrintable,
            "x-uuencode" | "uuencode" | "x-uue" => Self::Uuencode,
            _ => Self::None,
        }
    }

    pub fn decode(self, body: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::None => body.into(),
            Self::QuotedPrintable => quoted_printable(body).into(),
            Self::Base64 => base64(body).into(),
            Self::Uuencode => uuencode(body).into(),
        }
    }
}

/// Letters that are none of the alphabet are passed over; each `=` ends a run, for some programs join encoded pieces.
pub(crate) fn base64(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len() / 4 * 3);
    for run in text.split(|byte| *byte == b'=') {
        let mut run: Vec<u8> =
            run.iter().copied().filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')).collect();
        if run.len() % 4 == 1 {
            run.pop();
        }
        decoded.extend(LENIENT.decode(&run).unwrap_or_default());
    }
    decoded
}

pub(crate) fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let content = line.trim_ascii_end();
        // Spaces at the end of a line come from the way (RFC 2045, section 6.7, rule 3).
        match content.strip_suffix(b"=") {
            Some(joined) if line.ends_with(b"\n") || line.len() == content.len() => escapes(joined, &mut decoded),
            _ => {
                escapes(content, &mut decoded);
                let end = if line.ends_with(b"\r\n") { 2 } else { usize::from(line.ends_with(b"\n")) };
                decoded.extend_from_slice(&line[line.len() - end..]);
            }
        }
    }
    decoded
}

/// `=D0` and the like; what is no escape stays as it is.
pub(crate) fn escapes(text: &[u8], decoded: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| *byte == b'=') {
        decoded.extend_from_slice(&rest[..at]);
        match rest.get(at + 1..at + 3).and_then(byte_of_hex) {
            Some(byte) => (decoded.push(byte), rest = &rest[at + 3..]).1,
            None => (decoded.push(b'='), rest = &rest[at + 1..]).1,
        }
    }
    decoded.extend_from_slice(rest);
}

pub(crate) fn byte_of_hex(digits: &[u8]) -> Option<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let [high, low] = digits else { return None };
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// The lines between `begin` and `end`; three bytes in four characters, the length in front.
pub(crate) fn uuencode(text: &[u8]) -> Vec<u8> {
    let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    let lines = lines.skip_while(|line| !line.starts_with(b"begin ")).skip(1);
    lines.take_while(|line| *line != b"end").flat_map(uu_line).collect()
}

fn uu_line(line: &[u8]) -> Vec<u8> {
    let value = |byte: &u8| byte.wrapping_sub(b' ') & 63;
    let Some((length, content)) = line.split_first() else { return Vec::new() };
    let bits = content.chunks(4).flat_map(|four| {
        let word = (0..4).fold(0_u32, |word, i| word << 6 | u32::from(four.get(i).map_or(0, value)));
        word.to_be_bytes().into_iter().skip(1)
    });
    bits.take(usize::from(value(length))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_base64_gives_what_it_holds() {
        assert_eq!(base64(b"0J/RgNC4 0LLQ\r\ntdGC!"), "Привет".as_bytes());
        assert_eq!(base64(b"YQ==Yg=="), b"ab");
        assert_eq!(base64(b"YWJjZ"), b"abc");
        assert_eq!(base64(b"===="), b"");
    }

    #[test]
    fn quoted_printable_joins_lines_and_leaves_what_is_none() {
        assert_eq!(quoted_printable(b"=D0=9F=D1=\r\n=80 100 = 10=0 \r\n."), "Пр 100 = 10=0\r\n.".as_bytes());
        assert_eq!(quoted_printable(b"end="), b"end");
    }

    #[test]
    fn uuencode_reads_its_lines() {
        assert_eq!(uuencode(b"begin 644 a.txt\r\n#0V%T\r\n`\r\nend\r\n"), b"Cat");
        assert_eq!(uuencode(b"no file"), b"");
    }
}
