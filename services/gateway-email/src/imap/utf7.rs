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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_the_standard_does() {
        assert_eq!(encode("Sent & done"), "Sent &- done");
        assert_eq!(encode("Отправленные"), "&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-");
        assert_eq!(encode("~peter/mail/台北/日本語"), "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
    }
}
