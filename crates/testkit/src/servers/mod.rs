//! Real NATS, PostgreSQL, Redis and Dovecot on free loopback ports, each with data of its own.
//!
//! A test that kills a server starts a private one ([`NatsServer`], [`PostgresServer`], [`RedisServer`]): it dies with its
//! handle, also when the test process is killed. Everything else shares one set of servers per checkout ([`shared`]) and
//! takes a database of its own from it ([`TestDatabase`]). The product's stream names are fixed, so a test of the whole
//! product starts its own NATS, which takes 0.06 s.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use testkit::servers::{NatsOptions, NatsServer};
//! let mut nats = NatsServer::start(NatsOptions::default()).await?;
//! nats.kill();                 // SIGKILL
//! nats.restart().await?;       // same port, same data
//! # Ok(())
//! # }
//! ```

mod database;
mod decay;
mod dovecot;
mod nats;
mod port;
mod postgres;
mod process;
mod program;
mod redis;
mod shared;

use std::path::PathBuf;

pub use database::TestDatabase;
pub use dovecot::DovecotServer;
pub use nats::{NatsOptions, NatsServer};
pub use port::free_port;
pub use postgres::{PostgresOptions, PostgresServer};
pub use redis::{RedisOptions, RedisServer};
pub use shared::{SERVERS_VARIABLE, SharedServers, shared, stop_shared};

/// Why a server could not be started or used.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error("{program} is not installed: apt-get install {package}")]
    Missing { program: &'static str, package: &'static str },
    #[error("{what}: {path}")]
    Folder { what: &'static str, path: PathBuf, source: std::io::Error },
    #[error("{program} could not be started")]
    Spawn { program: String, source: std::io::Error },
    #[error("{program} failed: {output}")]
    Failed { program: String, output: String },
    #[error("{name} was not ready within {waited_ms} ms; the end of its log:\n{log}")]
    NotReady { name: &'static str, waited_ms: u128, log: String },
    #[error("{name} ended while starting; the end of its log:\n{log}")]
    Ended { name: &'static str, log: String },
    #[error("PostgreSQL answered with an error")]
    Sql(#[from] sqlx::Error),
    #[error("the template database could not be migrated: {0}")]
    Migrate(String),
    #[error("{SERVERS_VARIABLE} is not the JSON that testkit writes")]
    Variable(#[from] serde_json::Error),
}
