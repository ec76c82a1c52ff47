//! What a client says, a line each (RFC 5321, section 4.1; RFC 2033, section 4.1).

use super::Answer;

/// An address is 256 bytes with its brackets at most (RFC 5321, section 4.5.3.1.3); addresses beyond ASCII may be longer.
const PATH_BYTES: usize = 512;

/// By which word a client has to greet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// An answer for each recipient (RFC 2033).
    Lmtp,
    Smtp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// `extended`: the client wants to know what we can do.
    Hello {
        extended: bool,
    },
    Mail(Mail),
    To {
        address: String,
    },
    Data,
    Reset,
    Noop,
    StartTls,
    Verify,
    Quit,
}

/// Who sends, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Mail {
    /// Empty: nobody, as of a bounce.
    pub from: String,
    /// What the client says of the letter's size, in bytes (RFC 1870).
    pub size_bytes: u64,
    /// Addresses and header fields may hold more than ASCII (RFC 6531).
    pub utf8: bool,
}

/// Reads one line, without its end.
pub(super) fn parse(protocol: Protocol, line: &str) -> Result<Command, Answer> {
    if line.chars().any(char::is_control) {
        return Err("501 5.5.2 there are characters in it that do not belong there");
    }
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    match (verb.to_ascii_uppercase().as_str(), protocol) {
        ("LHLO", Protocol::Lmtp) | ("EHLO", Protocol::Smtp) => hello(rest, true),
        ("HELO", Protocol::Smtp) => hello(rest, false),
        ("EHLO" | "HELO", Protocol::Lmtp) => Err("500 5.5.1 this is LMTP: greet with LHLO"),
        ("LHLO", Protocol::Smtp) => Err("500 5.5.1 this is SMTP: greet with EHLO"),
        ("MAIL", _) => mail(rest).map(Command::Mail),
        ("RCPT", _) => to(rest),
        ("DATA", _) => bare(rest, Command::Data),
        ("RSET", _) => bare(rest, Command::Reset),
        ("STARTTLS", _) => bare(rest, Command::StartTls),
        ("QUIT", _) => bare(rest, Command::Quit),
        ("NOOP", _) => Ok(Command::Noop),
        ("VRFY" | "EXPN", _) => Ok(Command::Verify),
        _ => Err("500 5.5.1 no such command"),
    }
}

fn hello(rest: &str, extended: bool) -> Result<Command, Answer> {
    if rest.trim().is_empty() { Err("501 5.5.4 say your name") } else { Ok(Command::Hello { extended }) }
}

fn bare(rest: &str, command: Command) -> Result<Command, Answer> {
    if rest.trim().is_empty() { Ok(command) } else { Err("501 5.5.4 nothing may follow this word") }
}

fn mail(rest: &str) -> Result<Mail, Answer> {
    let (from, parameters) = after(rest, "FROM:").ok_or("501 5.5.4 it should be MAIL FROM:<address>")?;
    let mut mail = Mail { from, ..Mail::default() };
    for parameter in parameters.split_ascii_whitespace() {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match (name.to_ascii_uppercase().as_str(), value.to_ascii_uppercase().as_str()) {
            ("SIZE", size) => mail.size_bytes = size.parse().map_err(|_| "501 5.5.4 SIZE should be a number")?,
            ("BODY", "7BIT" | "8BITMIME") => {}
            ("SMTPUTF8", "") => mail.utf8 = true,
            _ => return Err(UNKNOWN_PARAMETER),
        }
    }
    if mail.from.is_ascii() || mail.utf8 { Ok(mail) } else { Err(NEEDS_UTF8) }
}

const UNKNOWN_PARAMETER: Answer = "555 5.5.4 this parameter was not offered";
/// Of an address beyond ASCII in a letter that was not announced so.
pub(super) const NEEDS_UTF8: Answer = "553 5.6.7 an address beyond ASCII needs SMTPUTF8";

fn to(rest: &str) -> Result<Command, Answer> {
    let (address, parameters) = after(rest, "TO:").ok_or("501 5.5.4 it should be RCPT TO:<address>")?;
    match parameters.trim() {
        "" if address.is_empty() => Err("501 5.1.3 a recipient is needed"),
        "" => Ok(Command::To { address }),
        _ => Err(UNKNOWN_PARAMETER),
    }
}

/// The address behind a word, and what follows it.
fn after<'a>(rest: &'a str, word: &str) -> Option<(String, &'a str)> {
    let head = rest.get(..word.len())?;
    if !head.eq_ignore_ascii_case(word) {
        return None;
    }
    path(rest[word.len()..].trim_start())
}

/// What stands in angle brackets; a route before it counts for nothing (RFC 5321, appendix F.2).
fn path(text: &str) -> Option<(String, &str)> {
    let text = text.strip_prefix('<')?;
    let (mut is_quoted, mut is_escaped) = (false, false);
    let end = text.char_indices().find_map(|(at, c)| {
        let is_end = c == '>' && !is_quoted;
        is_quoted ^= c == '"' && !is_escaped;
        is_escaped = c == '\\' && is_quoted && !is_escaped;
        is_end.then_some(at)
    })?;
    let (inner, rest) = (&text[..end], &text[end + 1..]);
    let inner = if inner.starts_with('@') { inner.split_once(':')?.1 } else { inner };
    let fits = inner.len() <= PATH_BYTES && (rest.is_empty() || rest.starts_with(' '));
    fits.then(|| (inner.to_owned(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smtp(line: &str) -> Result<Command, Answer> {
        parse(Protocol::Smtp, line)
    }

    fn from(line: &str) -> Mail {
        match smtp(line) {
            Ok(Command::Mail(mail)) => mail,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn senders_are_read_with_what_is_said_of_the_letter() {
        let anna = Mail { from: "anna@example.com".into(), ..Mail::default() };
        assert_eq!(from("MAIL FROM:<anna@example.com>"), anna);
        assert_eq!(from("mail from: <anna@example.com> body=8bitmime"), anna);
        assert_eq!(from("MAIL FROM:<@a.example,@b.example:anna@example.com> SIZE=7").size_bytes, 7);
        assert_eq!(from("MAIL FROM:<>").from, "");
        assert_eq!(from("MAIL FROM:<\"a>\\\"b\"@example.com>").from, "\"a>\\\"b\"@example.com");
        assert!(from("MAIL FROM:<анна@example.com> SMTPUTF8").utf8);
        for (line, code) in [
            ("MAIL FROM:<анна@example.com>", "553"),
            ("MAIL FROM:anna@example.com", "501"),
            ("MAIL FROM:<anna@example.com>x", "501"),
            ("MAIL FROM:<anna@example.com> SIZE=many", "501"),
            ("MAIL FROM:<anna@example.com> BODY=BINARYMIME", "555"),
            ("MAIL FROM:<anna@example.com> RET=HDRS", "555"),
            ("MAIL TO:<anna@example.com>", "501"),
            ("MAIL", "501"),
        ] {
            assert_eq!(smtp(line).unwrap_err().get(..3), Some(code), "{line}");
        }
    }

    #[test]
    fn each_protocol_has_its_greeting() {
        assert_eq!(smtp("EHLO mail.example.com"), Ok(Command::Hello { extended: true }));
        assert_eq!(smtp("helo mail.example.com"), Ok(Command::Hello { extended: false }));
        assert_eq!(parse(Protocol::Lmtp, "LHLO mail.example.com"), Ok(Command::Hello { extended: true }));
        assert!(parse(Protocol::Lmtp, "EHLO a").is_err_and(|answer| answer.starts_with("500")));
        assert!(smtp("LHLO a").is_err_and(|answer| answer.starts_with("500")));
        assert!(smtp("EHLO").is_err());
    }

    #[test]
    fn odd_lines_are_refused() {
        for line in
            ["", "RCPT TO:<>", "RCPT TO:<a@b> NOTIFY=NEVER", "RCPT TO:<a", "DATA now", "BDAT 1", "NOOP \u{1}", "П"]
        {
            assert!(smtp(line).is_err(), "{line:?}");
        }
        assert_eq!(smtp("RCPT TO:<support@example.org>"), Ok(Command::To { address: "support@example.org".into() }));
    }
}
