//! PostgreSQL as Okno uses it: the pool, migrations, the outbox and its relay, timers, audit, retries.
//!
//! Each owning schema ("inbox", "crm") has the same common tables (see `migrations/`); the SQL of everything else
//! belongs to the service that owns it.

pub mod access;
pub mod audit;
pub mod event;
mod migrate;
mod pool;
pub mod relay;
mod retry;
mod schema;
#[cfg(test)]
mod tests;
pub mod timer;

pub use migrate::{MigrateError, migrate};
pub use pool::{PoolConfig, connect};
pub use retry::{Conflict, is_conflict, is_outage, is_timeout, retry_conflicts};
pub use schema::Schema;
