use std::time::Duration;

use sqlx::{
    AssertSqlSafe, Connection, PgConnection,
    migrate::{Migration, Migrator},
};

use crate::{Schema, relay::keep_partitions};

#[cfg(test)]
mod tests;

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

/// Of the lock that lets one process migrate at a time, in this database.
const LOCK: i64 = 0x6f6b_6e6f_0001;
/// Between two looks whether another process has ended.
const PAUSE: Duration = Duration::from_millis(100);

/// Brings one schema up to date: first the common tables, then the owner's own migrations.
///
/// Safe to run by several processes at once: the others wait. A migration that begins with `-- no-transaction` holds one
/// statement, `create index concurrently if not exists ...`, which locks out nobody who writes, and waits for whoever is in
/// a transaction; what one has left half done is dropped first.
///
/// # Errors
/// [`MigrateError`] with the cause.
pub async fn migrate(url: &str, schema: Schema, own: &Migrator) -> Result<(), MigrateError> {
    let prepare = |cause| MigrateError::Prepare { schema, cause };
    let mut connection = PgConnection::connect(url).await.map_err(prepare)?;
    let name = schema.name();
    let create = format!("create schema if not exists {name}; set search_path = {name}, public;");
    lock(&mut connection).await.map_err(prepare)?;
    sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut connection).await.map_err(prepare)?;
    drop_half_done(&mut connection, schema).await.map_err(prepare)?;
    for stretch in stretches(&COMMON).into_iter().chain(stretches(own)) {
        // A migration's lock_timeout is not the next one's.
        sqlx::raw_sql("reset lock_timeout").execute(&mut connection).await.map_err(prepare)?;
        // Both keep their record in one table, so each must overlook the other's rows.
        let mut migrator = Migrator { ..Migrator::with_migrations(stretch) };
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

/// Asks again and again, for whoever waits inside a statement is what an index that is made concurrently waits for. The
/// lock goes with the connection.
async fn lock(connection: &mut PgConnection) -> sqlx::Result<()> {
    let ask = "select pg_try_advisory_lock($1)";
    while !sqlx::query_scalar::<_, bool>(ask).bind(LOCK).fetch_one(&mut *connection).await? {
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// An index whose making was interrupted is there, is of no use, and would pass for made.
async fn drop_half_done(connection: &mut PgConnection, schema: Schema) -> sqlx::Result<()> {
    let half_done: Vec<String> = sqlx::query_scalar(
        "select i.indexrelid::regclass::text from pg_index i
         join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = $1 and not i.indisvalid and c.relkind = 'i' and c.relname !~ '_cc(new|old)[0-9]*$'",
    )
    .bind(schema.name())
    .fetch_all(&mut *connection)
    .await?;
    for index in half_done {
        let drop = format!("drop index concurrently if exists {index}");
        sqlx::raw_sql(AssertSqlSafe(drop)).execute(&mut *connection).await?;
    }
    Ok(())
}

/// The migrations in their order, each that runs outside of a transaction by itself.
fn stretches(migrator: &Migrator) -> Vec<Vec<Migration>> {
    let with_others = |one: &Migration, other: &Migration| !one.no_tx && !other.no_tx;
    migrator.migrations.chunk_by(with_others).map(<[Migration]>::to_vec).collect()
}
