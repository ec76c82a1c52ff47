//! Letters that go out: built here byte by byte the same for the same draft, sent elsewhere.

mod body;
mod fields;
mod thread;

use lettre::{Message, address::AddressError, message::MessageBuilder};
use thiserror::Error;

use crate::{Mailbox, clean};

pub use thread::{references, reply_subject};

/// A letter to be.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    pub from: Mailbox,
    pub reply_to: Option<Mailbox>,
    pub to: Vec<Mailbox>,
    pub cc: Vec<Mailbox>,
    /// Get the letter, and stand nowhere in it.
    pub bcc: Vec<Mailbox>,
    pub subject: String,
    /// Made of the HTML when empty.
    pub text: String,
    pub html: Option<String>,
    pub files: Vec<File>,
    /// Unix seconds, UTC.
    pub sent_at: u64,
    /// Without brackets: [`crate::threads::own_id`]. A repeat has the same one, so that receivers can drop it.
    pub message_id: String,
    /// Of the letter that is answered: see [`references`].
    pub in_reply_to: Option<String>,
    pub references: Vec<String>,
    /// Our message, for `X-Okno-Message`: what comes back names it.
    pub message: String,
    /// This installation, for `X-Okno-Loop`.
    pub instance: String,
    /// Written by no person: says so, so that nobody's program answers it.
    pub is_automatic: bool,
    pub unsubscribe: Option<Unsubscribe>,
}

/// How one leaves a mailing (RFC 2369, RFC 8058).
#[derive(Debug, Clone, Default)]
pub struct Unsubscribe {
    /// `https://...`; answers a POST of `List-Unsubscribe=One-Click`.
    pub url: String,
    /// An address, empty for none.
    pub mailto: String,
}

/// A file that goes along.
#[derive(Debug, Clone, Default)]
pub struct File {
    pub name: String,
    pub content_type: String,
    pub bytes: Vec<u8>,
    /// Of a picture that the HTML shows as `cid:<content_id>`.
    pub content_id: Option<String>,
}

/// A letter as it goes on the way.
#[derive(Debug, Clone)]
pub struct Composed {
    pub bytes: Vec<u8>,
    /// For `MAIL FROM` and `RCPT TO`, each address once.
    pub from: String,
    pub to: Vec<String>,
}

/// Why a draft is no letter yet.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ComposeError {
    #[error("{address:?} is no e-mail address: correct it")]
    Address { address: String },
    #[error("{address:?} has letters before the @ that mail servers do not take: ask for another address")]
    LocalPart { address: String },
    #[error("nobody is named in to, cc or bcc")]
    NoRecipient,
    #[error("the address for unsubscribing must be an ASCII https:// address")]
    Unsubscribe,
    #[error("the letter could not be put together")]
    Parts,
}

/// Puts a letter together.
///
/// # Errors
/// [`ComposeError`], which says what to correct.
pub fn compose(draft: &Draft) -> Result<Composed, ComposeError> {
    let (from, to) = (mailbox(&draft.from)?, recipients(draft)?);
    let mut builder = Message::builder().from(from.clone());
    builder = people(builder, draft)?;
    builder = fields::all(builder, draft)?;
    let message = body::put(builder, draft).map_err(|_| ComposeError::Parts)?;
    Ok(Composed { bytes: message.formatted(), from: from.email.to_string(), to })
}

fn people(mut builder: MessageBuilder, draft: &Draft) -> Result<MessageBuilder, ComposeError> {
    for to in &draft.to {
        builder = builder.to(mailbox(to)?);
    }
    for cc in &draft.cc {
        builder = builder.cc(mailbox(cc)?);
    }
    // Only for the envelope that the library insists on: it takes the field out again.
    for bcc in &draft.bcc {
        builder = builder.bcc(mailbox(bcc)?);
    }
    match &draft.reply_to {
        Some(reply_to) => Ok(builder.reply_to(mailbox(reply_to)?)),
        None => Ok(builder),
    }
}

fn recipients(draft: &Draft) -> Result<Vec<String>, ComposeError> {
    let mut addresses = Vec::new();
    for one in draft.to.iter().chain(&draft.cc).chain(&draft.bcc) {
        let address = mailbox(one)?.email.to_string();
        if !addresses.iter().any(|known: &String| known.eq_ignore_ascii_case(&address)) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() { Err(ComposeError::NoRecipient) } else { Ok(addresses) }
}

/// Domains in letters of any alphabet go in ASCII (RFC 5890); what stands before the @ must be ASCII already.
fn mailbox(one: &Mailbox) -> Result<lettre::message::Mailbox, ComposeError> {
    let wrong = || ComposeError::Address { address: one.address.clone() };
    let (user, domain) = one.address.trim().rsplit_once('@').ok_or_else(wrong)?;
    if !user.is_ascii() {
        return Err(ComposeError::LocalPart { address: one.address.clone() });
    }
    let domain = url::Host::parse(domain).map_err(|_| wrong())?.to_string();
    let address = lettre::Address::new(user, domain).map_err(|_: AddressError| wrong())?;
    let name = clean::line(&one.name);
    Ok(lettre::message::Mailbox::new((!name.is_empty()).then_some(name), address))
}
