//! The e-mail gateway against a real Dovecot and a hostile server; one binary, so that it links once.

mod common;
mod conformance;
mod consent;
mod hostile;
mod mailing;
mod receive;
mod send;
