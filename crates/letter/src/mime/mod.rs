//! The tree of parts of a letter, by places in its bytes. Ours, and not the library's: bounds hold while it grows, no part is
//! copied, and text keeps its bytes, for what it says of its charset may be a lie.

mod encoding;
mod head;
mod kind;
mod walk;

pub(crate) use encoding::{Encoding, base64, byte_of_hex, escapes};
pub(crate) use head::Head;
pub(crate) use kind::{Kind, params, percent_decoded};
pub(crate) use walk::{Part, walk};
