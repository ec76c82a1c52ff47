//! The corpus: letters of our own making, a file per quirk; and what strangers may send instead.

mod common;
mod compose;
mod corpus;
mod hostile;
