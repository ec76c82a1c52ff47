//! Router: conversations, requests, rules, assignment. The only writer of schema `inbox`.

mod access;
mod access_log;
mod accounts;
mod batch;
mod config;
pub mod conversations;
pub mod dead_letters;
mod directory;
mod dispatch;
mod erasure;
mod events;
mod exports;
mod fault;
pub mod files;
mod folders;
mod gateways;
mod gauges;
mod housekeeping;
mod mailings;
mod merges;
pub mod messages;
pub mod moves;
mod orders;
mod part;
mod questions;
mod refusals;
pub mod requests;
pub mod restored;
mod retention;
mod run;
mod search;
mod templates;
#[cfg(test)]
mod tests;
mod time;
mod timers;
mod views;
mod wakes;

pub use accounts::seed_demo_chat;
pub use config::Config;
pub use directory::Directory;
pub use run::{RunError, run};
pub use wakes::Wakes;

/// The migrations of schema `inbox`, to be run after the common ones of `store`.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
