//! Router: conversations, requests, rules, assignment. The only writer of schema `inbox`.

mod batch;
mod wakes;

pub use wakes::Wakes;

/// The migrations of schema `inbox`, to be run after the common ones of `store`.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
