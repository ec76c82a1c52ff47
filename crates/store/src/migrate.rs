use sqlx::{AssertSqlSafe, Connection, PgConnection, migrate::Migrator};

use crate::{Schema, relay::keep_partitions};

static COMMON: Migrator = sqlx::migrate!();

/// A migration did not go through; the database is as it was before it.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error("cannot prepare schema {schema}")]
    Prepare {
        schema: Schema,
        #[source]
        cause: sqlx::Error,
    },
    #[error("migration of schema {schema} failed")]
    Migration {
        schema: Schema,
        #[source]
        cause: sqlx::migrate::MigrateError,
    },
}

/// Brings one schema up to date: first the common tables, then the owner's own migrations.
///
/// Safe to run by several processes at once: sqlx takes an advisory lock.
///
/// # Errors
/// [`MigrateError`] with the cause.
pub async fn migrate(url: &str, schema: Schema, own: &Migrator) -> Result<(), MigrateError> {
    let prepare = |cause| MigrateError::Prepare { schema, cause };
    let mut connection = PgConnection::connect(url).await.map_err(prepare)?;
    let name = schema.name();
    let create = format!("create schema if not exists {name}; set search_path = {name}, public;");
    sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut connection).await.map_err(prepare)?;
    for migrator in [&COMMON, own] {
        // Both keep their record in one table, so each must overlook the other's rows.
        let mut migrator = Migrator { ..Migrator::with_migrations(migrator.migrations.to_vec()) };
        migrator.set_ignore_missing(true);
        migrator.run(&mut connection).await.map_err(|cause| MigrateError::Migration { schema, cause })?;
    }
    connection.close().await.map_err(prepare)?;
    // Before the first event: a day whose rows lie in the default partition gets none of its own.
    let pool = sqlx::PgPool::connect(url).await.map_err(prepare)?;
    let made = keep_partitions(&pool, schema, chrono::Utc::now().date_naive()).await;
    pool.close().await;
    made.map_err(prepare)
}
