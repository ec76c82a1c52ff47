//! VK's gateway against what VK sends, and against the fake.

mod change;
mod common;
mod conformance;
mod fixtures;
mod hostile;
mod media;
mod receive;
mod send;
