//! Okno as a whole: real processes of the `okno` binary on real servers, a fake provider outside.
//!
//! One binary for all of them, so that it links once. `cargo xtask test` builds `okno` first.

mod actions;
mod assignment;
mod deeds;
mod early;
mod flow;
mod inbound;
mod office;
mod operator;
mod outbound;
mod stage;
mod world;
