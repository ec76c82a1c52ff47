//! A letter on its way ends with a line that is a dot, and other lines that begin with one have another (RFC 5321,
//! section 4.5.2). Only CR LF ends a line: whoever takes a bare LF for one can be talked into two letters where the
//! server before us saw one.

/// Follows a letter byte by byte.
#[derive(Debug, Default)]
pub(super) struct Dots {
    at: At,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum At {
    #[default]
    Start,
    /// A line that has begun with a dot.
    Dot,
    DotCr,
    Inside,
    Cr,
}

impl Dots {
    /// Takes bytes of the letter into `out`. `Some`: it has ended, and so many of them were its own.
    pub fn take(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Option<usize> {
        for (at, byte) in bytes.iter().enumerate() {
            if self.step(*byte, out) {
                return Some(at + 1);
            }
        }
        None
    }

    /// `true`: this was the letter's last one.
    fn step(&mut self, byte: u8, out: &mut Vec<u8>) -> bool {
        match (self.at, byte) {
            (At::Start, b'.') => self.at = At::Dot,
            (At::Dot, b'\r') => self.at = At::DotCr,
            (At::DotCr, b'\n') => return true,
            (At::DotCr, _) => {
                out.push(b'\r');
                self.at = At::Cr;
                return self.step(byte, out);
            }
            _ => {
                out.push(byte);
                self.at = match (self.at, byte) {
                    (At::Cr, b'\n') => At::Start,
                    (_, b'\r') => At::Cr,
                    _ => At::Inside,
                };
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The letter, and what came behind it; `None`: it has not ended.
    fn taken(parts: &[&str]) -> Option<(String, String)> {
        let (mut dots, mut out) = (Dots::default(), Vec::new());
        for (number, part) in parts.iter().enumerate() {
            if let Some(used) = dots.take(part.as_bytes(), &mut out) {
                let rest = part[used..].to_owned() + &parts[number + 1..].concat();
                return Some((String::from_utf8(out).unwrap(), rest));
            }
        }
        None
    }

    fn letter(text: &str) -> Option<String> {
        taken(&[text]).map(|(letter, _)| letter)
    }

    #[test]
    fn dots_are_undone_and_the_end_is_found() {
        assert_eq!(letter("a\r\n..b\r\n...\r\n.\r\n").as_deref(), Some("a\r\n.b\r\n..\r\n"));
        assert_eq!(letter(".\r\n").as_deref(), Some(""));
        assert_eq!(letter(".a\r\n.\r\n").as_deref(), Some("a\r\n"));
        assert_eq!(letter(".\ra\r\n.\r\n").as_deref(), Some("\ra\r\n"));
        assert_eq!(letter("a\r\r\n.\r\n").as_deref(), Some("a\r\r\n"));
        assert_eq!(taken(&["a\r\n.\r\nRSET\r\n"]), Some(("a\r\n".into(), "RSET\r\n".into())));
    }

    #[test]
    fn nothing_else_ends_a_letter() {
        for text in ["a\n.\n", "a\n.\r\n", "a\r\n.\n", "a\r\n.\r", "a\r.\r\n", "a.\r\n", "a\r\n..\r\n"] {
            assert_eq!(letter(text), None, "{text:?}");
        }
    }

    #[test]
    fn it_does_not_matter_how_the_bytes_are_cut() {
        let text = "a\r\n..b\r\n.\rc\r\n\r\n.\r\nQUIT\r\n";
        let whole = taken(&[text]);
        for at in 0..text.len() {
            assert_eq!(taken(&[&text[..at], &text[at..]]), whole, "{at}");
        }
        let single: Vec<_> = (0..text.len()).map(|at| &text[at..=at]).collect();
        assert_eq!(taken(&single), whole);
    }
}
