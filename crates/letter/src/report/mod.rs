//! What mail servers tell about letters of ours: RFC 3464 reports, receipts of reading (RFC 8098), and what servers write that
//! follow neither.

mod standard;
mod words;

use crate::{Letter, mime::Part};

/// A report about one letter of ours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// One for each address that it speaks of.
    pub recipients: Vec<Recipient>,
    /// `ENVID` of the letter (RFC 3461); empty when it does not say.
    pub envelope_id: String,
    /// The server that reports.
    pub reporting_server: String,
    /// The letter that it is about, as far as it came back.
    pub original: Original,
}

/// What became of a letter on its way to one address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recipient {
    /// Where it was last tried, and where we had sent it; the second is empty when it does not say.
    pub address: String,
    pub original_address: String,
    pub action: Action,
    /// `5.1.1` (RFC 3463); empty when it does not say.
    pub status: String,
    /// The server's own words, one line.
    pub diagnostic: String,
    /// The server that said so.
    pub remote_server: String,
}

/// RFC 3464, section 2.3.3; `displayed` of RFC 8098.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Action {
    #[default]
    Failed,
    Delayed,
    Delivered,
    /// To a server that reports no further.
    Relayed,
    /// To a list of addresses.
    Expanded,
    /// A person has opened it, or says so.
    Displayed,
}

/// What a report means for the letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The address takes no letters: do not write to it again.
    Undeliverable,
    /// Given up for a reason that may pass: a full mailbox, a server that is down.
    GivenUp,
    /// Still tried: the letter counts as sent.
    Delayed,
    Delivered,
    Read,
}

/// What came back of our letter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Original {
    /// Without brackets.
    pub message_id: Option<String>,
    /// Our `X-Okno-Message`.
    pub message: Option<String>,
    pub subject: String,
}

impl Recipient {
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self.action {
            // 5.2.2: the mailbox is full, which passes.
            Action::Failed if self.status.starts_with('4') || self.status == "5.2.2" => Outcome::GivenUp,
            Action::Failed => Outcome::Undeliverable,
            Action::Delayed => Outcome::Delayed,
            Action::Delivered | Action::Relayed | Action::Expanded => Outcome::Delivered,
            Action::Displayed => Outcome::Read,
        }
    }
}

impl Report {
    /// Whether it tells of something that went wrong, or is late.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.recipients.is_empty()
            || self.recipients.iter().any(|one| matches!(one.action, Action::Failed | Action::Delayed))
    }
}

/// The report in a letter, whatever form it has. `letter` has its headers and text already.
pub(crate) fn report(raw: &[u8], root: &Part, letter: &Letter) -> Option<Report> {
    standard::report(raw, root).or_else(|| words::report(raw, root, letter))
}
