use std::time::Duration;

use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

/// How to reach the database.
#[derive(Debug, Clone)]
pub struct PoolConfig {
    /// `OKNO_DATABASE_URL`.
    pub url: String,
    /// Shown in `pg_stat_activity`.
    pub application: &'static str,
    pub max_connections: u32,
}

/// Opens a pool whose sessions can stall nobody for long (rule I9): 5 s idle in transaction, 2 s for a lock,
/// 30 s for a statement, TCP keepalive after 10 s.
///
/// # Errors
/// When the URL cannot be read, or no connection comes up within 10 s.
pub async fn connect(config: &PoolConfig) -> sqlx::Result<PgPool> {
    let options: PgConnectOptions = config.url.parse()?;
    let options = options.application_name(config.application).options([
        ("idle_in_transaction_session_timeout", "5s"),
        ("lock_timeout", "2s"),
        ("statement_timeout", "30s"),
        ("tcp_keepalives_idle", "10"),
        ("tcp_keepalives_interval", "5"),
        ("tcp_keepalives_count", "3"),
    ]);
    PgPoolOptions::new()
        .max_connections(config.max_connections)
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options)
        .await
}
