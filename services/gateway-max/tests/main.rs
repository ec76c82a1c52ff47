//! The MAX gateway against the fake MAX, and its fixtures; one binary, so that it links once.

mod change;
mod common;
mod conformance;
mod fixtures;
mod hostile;
mod media;
mod receive;
mod send;
