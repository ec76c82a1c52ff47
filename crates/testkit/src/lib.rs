//! What the tests of Okno stand on: real servers on private ports, and providers that behave like the real ones.
//!
//! - [`servers`] starts NATS, PostgreSQL and Redis on free loopback ports with data of their own.
//! - [`telegram`] is a Telegram Bot API server that a test (or the demo) plays the customers of.
//! - [`webchat`] is a visitor's browser that speaks with the web chat's gateway.
//! - [`eventually`] waits for a condition; no test sleeps.

pub mod servers;
pub mod telegram;
mod wait;
pub mod webchat;

pub use servers::TestDatabase;
pub use wait::eventually;
