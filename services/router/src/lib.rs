//! Router: conversations, requests, rules, assignment. The only writer of schema `inbox`.

mod batch;
mod directory;
mod dispatch;
mod gateways;
mod part;
mod time;
mod timers;
mod wakes;

pub use wakes::Wakes;

/// The migrations of schema `inbox`, to be run after the common ones of `store`.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
