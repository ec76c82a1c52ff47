//! What the tests of Okno stand on: real servers on private ports, and providers that behave like the real ones.
//!
//! - [`company`] is a company's own chat, for the channel "custom".
//! - [`mail`] is a mail house: Dovecot, an SMTP server that refuses, an IMAP server that plays tricks.
//! - [`servers`] starts NATS, PostgreSQL, Redis and Dovecot on free loopback ports with data of their own.
//! - [`max`] is MAX's Bot API, whose customers a test plays.
//! - [`telegram`] is a Telegram Bot API server that a test (or the demo) plays the customers of.
//! - [`viber`] is a Viber REST Bot API server that a test plays the users of.
//! - [`vk`] is VK for communities, whose people and staff a test plays.
//! - [`webchat`] is a visitor's browser that speaks with the web chat's gateway.
//! - [`tls`] is TLS under a root of its own, and a proxy, for the settings of the way to a provider.
//! - [`whatsapp`] is Meta's Graph API as far as WhatsApp's Cloud API goes.
//! - [`eventually`] waits for a condition; no test sleeps.

pub mod company;
pub mod mail;
pub mod max;
pub mod servers;
mod slow;
pub mod telegram;
pub mod tls;
pub mod viber;
pub mod vk;
mod wait;
pub mod webchat;
pub mod whatsapp;

pub use servers::TestDatabase;
pub use wait::eventually;
