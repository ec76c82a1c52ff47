//! crm-core: the organisation, sign-ins and clients. Owns the schema `crm`; README.md describes what it publishes.

mod access_log;
pub mod admin;
mod agreements;
mod caller;
mod cards;
mod change;
mod clients;
mod clock;
mod config;
mod consents;
mod contacts;
mod demo;
mod departments;
mod duplicates;
mod employees;
mod error;
mod events;
mod feed;
mod housekeeping;
mod imports;
mod leads;
mod links;
mod personal;
mod potential;
mod presence;
mod quality;
mod recounts;
mod refusals;
mod run;
mod schedules;
mod sessions;
mod status;
mod text;
mod timers;
mod visits;

#[cfg(test)]
mod tests;

pub use config::Config;
pub use run::{RunError, run};

/// The tables and published views of this service; run after `store`'s common ones, with [`store::migrate`].
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
