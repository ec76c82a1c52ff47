//! Router: conversations, requests, rules, assignment. The only writer of schema `inbox`.

mod batch;
mod config;
mod directory;
mod dispatch;
mod events;
mod gateways;
mod housekeeping;
mod part;
mod run;
mod time;
mod timers;
mod wakes;

pub use config::Config;
pub use run::{RunError, run};
pub use wakes::Wakes;

/// The migrations of schema `inbox`, to be run after the common ones of `store`.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
