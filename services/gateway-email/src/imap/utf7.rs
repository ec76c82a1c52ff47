//! Names of folders as IMAP writes them: modified UTF-7 (RFC 3501, section 5.1.3).

use std::fmt::Write;

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// `Отправленные` becomes `&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-`.
pub fn encode(name: &str) -> String {
    let (mut out, mut wide) = (String::new(), Vec::new());
    for letter in name.chars() {
        if matches!(letter, ' '..='~') {
            shift(&mut wide, &mut out);
            out.push(letter);
            if letter == '&' {
                out.push('-');
            }
        } else {
            wide.extend(letter.encode_utf16(&mut [0; 2]).iter().copied());
        }
    }
    shift(&mut wide, &mut out);
    out
}

fn shift(wide: &mut Vec<u16>, out: &mut String) {
    if wide.is_empty() {
        return;
    }
    let mut bits = String::new();
    for unit in wide.drain(..) {
        let _ = write!(bits, "{unit:016b}");
    }
    out.push('&');
    while !bits.is_empty() {
        let six: String = bits.drain(..bits.len().min(6)).collect();
        let value = u8::from_str_radix(&format!("{six:0<6}"), 2).unwrap_or(0);
        out.push(char::from(DIGITS[usize::from(value)]));
    }
    out.push('-');
}

/// The name as people write it; what is no modified UTF-7 stays as it is.
pub fn decode(name: &str) -> String {
    let (mut out, mut rest) = (String::new(), name);
    while let Some((plain, after)) = rest.split_once('&') {
        out.push_str(plain);
        let Some((packed, behind)) = after.split_once('-') else {
            out.push('&');
            out.push_str(after);
            return out;
        };
        match unpacked(packed) {
            _ if packed.is_empty() => out.push('&'),
            Some(text) => out.push_str(&text),
            None => {
                let _ = write!(out, "&{packed}-");
            }
        }
        rest = behind;
    }
    out + rest
}

fn unpacked(packed: &str) -> Option<String> {
    let (mut bits, mut count, mut units) = (0_u32, 0_u32, Vec::new());
    for byte in packed.bytes() {
        let value = DIGITS.iter().position(|digit| *digit == byte)?;
        bits = (bits << 6) | u32::try_from(value).ok()?;
        count += 6;
        if count >= 16 {
            count -= 16;
            units.push(u16::try_from(bits >> count).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    String::from_utf16(&units).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_the_standard_does() {
        assert_eq!(encode("Sent & done"), "Sent &- done");
        assert_eq!(encode("Отправленные"), "&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-");
        assert_eq!(encode("~peter/mail/台北/日本語"), "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
    }

    #[test]
    fn names_are_read_as_they_were_written() {
        for name in ["", "INBOX", "a & b", "&-", "Отправленные", "台北/日本語", "a😀b", "Счета-2026", "&&"]
        {
            assert_eq!(decode(&encode(name)), name);
        }
    }

    #[test]
    fn what_is_written_otherwise_stays() {
        for name in ["R&D", "a&!!-b", "&2AA-", "Входящие"] {
            assert_eq!(decode(name), name);
        }
    }
}
