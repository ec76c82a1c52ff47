//! HTML of strangers: read as text, and made safe to be shown.

mod depth;
mod escape;
mod marks;
mod sanitize;
mod state;
mod text;
mod wild;
mod writer;

pub use escape::escaped;
pub(crate) use marks::may_mark_quotes;
pub use sanitize::{ID_PREFIX, Sanitized, sanitize};
pub use text::{Plain, text};
