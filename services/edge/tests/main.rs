//! The edge against played services and real servers; one binary, so that it links once.

mod calls;
mod files;
mod servers;
mod support;
mod watch;
