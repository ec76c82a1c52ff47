//! The WhatsApp gateway against the fake Graph API, and its fixtures; one binary, so that it links once.

mod change;
mod common;
mod conformance;
mod fixtures;
mod hostile;
mod media;
mod receive;
mod send;
mod templates;
