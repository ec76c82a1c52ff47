//! What rules see of a letter. No I/O.

use contracts::channel::{Content, Letter, MailAddress};

/// Characters of a text that rules look at: a condition costs the same whatever somebody writes.
pub const TEXT: usize = 20_000;

/// The fields of one letter, as they are compared: small letters, ё written е, no space around. In other channels than
/// mail a message is a letter without a subject.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Address and name.
    pub from: Vec<String>,
    pub from_domain: String,
    pub to: Vec<String>,
    pub subject: String,
    pub text: String,
    /// Names of files; one may have none.
    pub attachments: Vec<String>,
}

impl Seen {
    /// Of a fact, or of a message as it is stored; `address` and `name` are the person's, where the letter does not say.
    #[must_use]
    pub fn of(content: &Content, address: &str, name: &str) -> Self {
        let unknown = Letter::default();
        let letter = content.letter.as_deref().unwrap_or(&unknown);
        let person = MailAddress { address: address.to_owned(), name: name.to_owned() };
        let from = letter.from.as_ref().filter(|from| !from.address.is_empty()).unwrap_or(&person);
        let shown = |id: &str| letter.inline.iter().any(|shown| shown.file_id == id) || letter.is_form(id);
        let files = content.attachments.iter().filter(|file| file.content_id.is_empty() && !shown(&file.attachment_id));
        Self {
            from: both(from),
            from_domain: same(from.address.rsplit_once('@').map_or("", |(_, domain)| domain)),
            to: letter.to.iter().chain(&letter.cc).flat_map(both).collect(),
            subject: same(&letter.subject),
            text: same(&content.text.chars().take(TEXT).collect::<String>()),
            attachments: files.map(|file| same(&file.name)).collect(),
        }
    }
}

/// Markup and original are files of a letter, too, but nobody attached them.
trait Forms {
    fn is_form(&self, id: &str) -> bool;
}

impl Forms for Letter {
    fn is_form(&self, id: &str) -> bool {
        !id.is_empty() && (self.html_file_id == id || self.raw_file_id == id)
    }
}

fn both(person: &MailAddress) -> Vec<String> {
    [&person.address, &person.name].into_iter().map(|text| same(text)).filter(|text| !text.is_empty()).collect()
}

/// A text as it is compared.
#[must_use]
pub fn same(text: &str) -> String {
    text.trim().to_lowercase().replace('ё', "е")
}

#[cfg(test)]
mod tests {
    use contracts::channel::{Attachment, InlineFile};

    use super::*;

    #[test]
    fn who_wrote_is_what_the_letter_says_else_the_person() {
        let person = |letter| {
            let content = Content { letter, ..Content::default() };
            Seen::of(&content, "A@Example.com", "Пётр")
        };
        assert_eq!(person(None).from, ["a@example.com", "петр"]);
        let from = MailAddress { address: "Other@Example.org".into(), name: String::new() };
        let seen = person(Some(Box::new(Letter { from: Some(from), ..Letter::default() })));
        assert_eq!(
            (seen.from.as_slice(), seen.from_domain.as_str()),
            (&["other@example.org".to_owned()][..], "example.org")
        );
    }

    #[test]
    fn pictures_in_the_text_markup_and_original_are_nothing_attached() {
        let file = |id: &str, name: &str| Attachment { attachment_id: id.into(), name: name.into(), ..<_>::default() };
        let logo = Attachment { content_id: "logo@example.com".into(), ..file("", "logo.png") };
        let letter = Letter {
            inline: vec![InlineFile { file_id: "1".into(), content_id: String::new() }],
            html_file_id: "2".into(),
            raw_file_id: "3".into(),
            ..Letter::default()
        };
        let attachments =
            vec![logo, file("1", "a.png"), file("2", "b.html"), file("3", "c.eml"), file("4", "Счёт.pdf")];
        let content = Content { letter: Some(Box::new(letter)), attachments, ..Content::default() };
        assert_eq!(Seen::of(&content, "", "").attachments, ["счет.pdf"]);
    }
}
