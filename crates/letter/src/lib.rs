//! Everything that is done to the bytes of a letter: no I/O, no clock. What comes in is taken apart by [`parse`].
//!
//! ```
//! let raw = b"From: Anna <anna@example.com>\r\nSubject: Where?\r\n\r\nWhere is my order?\r\n";
//! let letter = letter::parse(raw, &letter::Limits::default()).unwrap();
//! assert_eq!((letter.subject.as_str(), letter.text.as_str()), ("Where?", "Where is my order?\n"));
//! ```

mod automatic;
mod body;
pub mod charset;
pub mod clean;
pub mod compose;
mod fields;
mod flowed;
pub mod html;
mod invite;
mod letter;
mod limits;
mod mime;
pub mod quotes;
mod read;
mod report;
mod seal;
pub mod threads;
mod tnef;
mod verdicts;

pub use automatic::{Automatic, automatic};
pub use compose::{ComposeError, Composed, Draft, compose};
pub use html::{Sanitized, sanitize};
pub use invite::{Invite, Moment, invite};
pub use letter::{Attachment, Disposition, Headers, Letter, Mailbox, Preview};
pub use limits::{Broken, Limits};
pub use report::{Action, Original, Outcome, Recipient, Report};
pub use seal::Seal;
pub use verdicts::{Verdict, Verdicts, verdicts};

/// Takes a letter apart. The same bytes always give the same letter.
///
/// # Errors
/// [`Broken`] with a reason in words. The raw bytes are then all there is to keep.
pub fn parse(raw: &[u8], limits: &Limits) -> Result<Letter, Broken> {
    // Libraries have read the fields by then; a letter that breaks one of them must not take its neighbours along.
    std::panic::catch_unwind(|| read::letter(raw, limits)).unwrap_or(Err(Broken::Defect))
}
