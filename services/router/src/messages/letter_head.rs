//! The head of a letter as its author wants it, checked.

use contracts::channel::{Letter, MailAddress};
use rpc::{invalid_field, parse_id, parse_optional_id};
use tonic::Status;

use super::domain::Written;

/// Characters of a subject (RFC 5322, section 2.1.1), an address (RFC 5321) and a name.
const SUBJECT: usize = 998;
const ADDRESS: usize = 320;
const NAME: usize = 200;
/// Recipients together.
const PEOPLE: usize = 100;
const INLINE: usize = 100;

/// # Errors
/// `INVALID_ARGUMENT` with the field.
pub fn written(letter: Letter) -> Result<Written, Status> {
    let Letter { subject, to, cc, bcc, html_file_id, inline, .. } = letter.clone();
    let head = Letter { subject, to, cc, bcc, ..Letter::default() };
    if letter != (Letter { html_file_id: html_file_id.clone(), inline: inline.clone(), ..head.clone() }) {
        return Err(invalid_field("letter", "holds more than subject, to, cc, bcc, html_file_id and inline"));
    }
    if head.subject.chars().count() > SUBJECT || head.subject.contains(char::is_control) {
        return Err(invalid_field("letter.subject", "is longer than 998 characters, or more than one line"));
    }
    let people: Vec<&MailAddress> = head.to.iter().chain(&head.cc).chain(&head.bcc).collect();
    if people.len() > PEOPLE {
        return Err(invalid_field("letter.to", "names more than 100 people together with cc and bcc"));
    }
    if !people.into_iter().all(is_person) {
        return Err(invalid_field("letter.to", "or cc or bcc holds what is no e-mail address"));
    }
    let shown = inline.iter().all(|file| is_content_id(&file.content_id));
    if inline.len() > INLINE || !shown {
        return Err(invalid_field("letter.inline", "holds more than 100 files, or a content_id that cannot be one"));
    }
    let inline =
        inline.into_iter().map(|file| Ok((file.content_id, parse_id("letter.inline.file_id", &file.file_id)?)));
    Ok(Written {
        head: Box::new(head),
        html: parse_optional_id("letter.html_file_id", &html_file_id)?,
        inline: inline.collect::<Result<_, Status>>()?,
    })
}

fn is_person(who: &MailAddress) -> bool {
    let bad = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';');
    let parts = who.address.rsplit_once('@');
    let fits = parts.is_some_and(|(user, domain)| !user.is_empty() && !domain.is_empty());
    fits && who.address.chars().count() <= ADDRESS
        && !who.address.contains(bad)
        && who.name.chars().count() <= NAME
        && !who.name.contains(char::is_control)
}

fn is_content_id(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"' | b'\'');
    !id.is_empty() && id.len() <= SUBJECT && id.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use contracts::channel::InlineFile;
    use model::FileId;

    use super::*;

    fn to(address: &str) -> Letter {
        Letter { to: vec![MailAddress { address: address.into(), name: String::new() }], ..Letter::default() }
    }

    #[test]
    fn what_an_author_chooses_is_taken() {
        let (html, picture) = (FileId::new(), FileId::new());
        let inline = vec![InlineFile { content_id: "p1@okno".into(), file_id: picture.to_string() }];
        let letter =
            Letter { subject: "Счёт".into(), html_file_id: html.to_string(), inline, ..to("анна@example.com") };
        let written = written(letter).unwrap();
        assert_eq!((written.html, written.inline), (Some(html), vec![("p1@okno".to_owned(), picture)]));
        assert_eq!((written.head.subject.as_str(), written.head.to.len()), ("Счёт", 1));
        assert!(written.head.html_file_id.is_empty() && written.head.inline.is_empty());
    }

    #[test]
    fn anything_else_is_refused() {
        let many = MailAddress { address: "a@example.com".into(), name: String::new() };
        let id = FileId::new().to_string();
        let shown = |content_id: &str| vec![InlineFile { content_id: content_id.into(), file_id: id.clone() }];
        for letter in [
            Letter { message_id: "1@example.com".into(), ..Letter::default() },
            Letter { subject: "a\r\nBcc: b@example.com".into(), ..Letter::default() },
            to("nobody"),
            to("a@example.com, b@example.com"),
            to("@example.com"),
            Letter { cc: vec![many; 101], ..Letter::default() },
            Letter { html_file_id: "x".into(), ..Letter::default() },
            Letter { inline: shown("a b"), ..Letter::default() },
            Letter { inline: shown(""), ..Letter::default() },
        ] {
            assert_eq!(written(letter.clone()).unwrap_err().code(), tonic::Code::InvalidArgument, "{letter:?}");
        }
    }
}
