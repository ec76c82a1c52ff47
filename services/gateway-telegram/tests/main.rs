//! The Telegram gateway against the fake Telegram, and its fixtures; one binary, so that it links once.

mod change;
mod common;
mod conformance;
mod fixtures;
mod hostile;
mod media;
mod receive;
mod send;
