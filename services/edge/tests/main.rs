//! The edge against played services and real servers; one binary, so that it links once.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod calls;
mod files;
mod letters;
mod servers;
mod support;
mod uploads;
mod watch;
