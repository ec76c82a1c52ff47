//! The web chat's gateway against real NATS and a double of router; one binary, so that it links once.

mod common;
mod conformance;
mod doors;
mod drain;
mod files;
mod gaps;
mod identity;
mod live;
mod protocol;
mod stream;
mod visits;
