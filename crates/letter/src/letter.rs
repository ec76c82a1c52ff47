//! A letter as the rest of the house sees it.

use std::{borrow::Cow, collections::HashSet, ops::Range};

use crate::{Invite, Report, Seal, mime::Encoding, quotes::Folds};

/// Name and address of one person in a letter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mailbox {
    /// As the sender writes it, one clean line; empty when there is none.
    pub name: String,
    /// As written: `Anna@Example.com`.
    pub address: String,
}

/// What a letter says. Nothing of it is proven: senders write what they like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Letter {
    /// Without brackets.
    pub message_id: Option<String>,
    pub in_reply_to: Vec<String>,
    /// From the first letter of the thread to the one that is answered.
    pub references: Vec<String>,
    pub from: Vec<Mailbox>,
    pub sender: Option<Mailbox>,
    pub reply_to: Vec<Mailbox>,
    pub to: Vec<Mailbox>,
    pub cc: Vec<Mailbox>,
    pub bcc: Vec<Mailbox>,
    /// One clean line; empty when there is none.
    pub subject: String,
    /// Unix seconds, UTC, as the sender's clock says. `None` without a date that can be read.
    pub sent_at: Option<i64>,
    /// The body as text, lines ended by `\n`; made of the HTML where the letter has no text worth the name.
    pub text: String,
    /// The body as HTML as it came: hostile until [`crate::sanitize`] has seen it.
    pub html: Option<String>,
    /// Where in `text` the quotation and the signature begin.
    pub folds: Folds,
    pub attachments: Vec<Attachment>,
    pub invite: Option<Invite>,
    pub seal: Option<Seal>,
    /// What it tells of a letter of ours.
    pub report: Option<Report>,
    pub headers: Headers,
}

impl Letter {
    /// The content ids that the HTML shows pictures of.
    #[must_use]
    pub fn shown_ids(&self) -> HashSet<String> {
        crate::read::named_by(self.html.as_deref().unwrap_or_default())
    }
}

/// The fields of the outermost block, in their order, unfolded; encoded words as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(pub(crate) Vec<(String, String)>);

impl Headers {
    /// The first value of a name, which is given in lower case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Every field: name in lower case, and value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Disposition {
    #[default]
    Attachment,
    /// Shown within the letter.
    Inline,
}

/// A file in a letter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attachment {
    /// Its place in the letter, from 1: the same bytes always give the same number.
    pub number: u32,
    /// Clean, without folders; never empty.
    pub name: String,
    /// What the sender says it is; lower case, may be empty.
    pub declared_type: String,
    /// What its bytes say it is, the sender's word where they say nothing.
    pub content_type: String,
    /// Without brackets: HTML names it as `cid:<content_id>`.
    pub content_id: Option<String>,
    pub disposition: Disposition,
    /// Decoded.
    pub size_bytes: u64,
    /// Of images, in pixels; 0 when unknown.
    pub width: u32,
    pub height: u32,
    /// Whether a list of attachments leaves it out: shown within the HTML, or no more than a signature's picture or a counter.
    pub is_hidden: bool,
    /// Of a letter within the letter.
    pub preview: Option<Preview>,
    pub(crate) source: Source,
}

/// Where the bytes of an attachment are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// In the letter, packed.
    Raw(Range<usize>, Encoding),
    /// Unpacked from another attachment.
    Owned(Vec<u8>),
}

impl Default for Source {
    fn default() -> Self {
        Self::Owned(Vec::new())
    }
}

impl Attachment {
    /// The decoded bytes, out of the same letter that was parsed.
    #[must_use]
    pub fn content<'a>(&'a self, raw: &'a [u8]) -> Cow<'a, [u8]> {
        match &self.source {
            Source::Raw(place, encoding) => encoding.decode(raw.get(place.clone()).unwrap_or_default()),
            Source::Owned(bytes) => bytes.into(),
        }
    }
}

/// What is shown of a letter that is attached to another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    pub from: Option<Mailbox>,
    pub subject: String,
    /// Unix seconds, UTC.
    pub sent_at: Option<i64>,
    /// The beginning of its text.
    pub text: String,
}
