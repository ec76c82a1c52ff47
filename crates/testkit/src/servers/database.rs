use std::fmt::Display;

use sqlx::{Connection, PgConnection};

use super::postgres::{create_database, drop_database, quoted};
use super::{ServerError, shared};

/// Keeps the databases of tests when set, so that one can look at what a failed test left.
const KEEP_VARIABLE: &str = "OKNO_TEST_KEEP";

/// A migrated database of one test, on the shared cluster; dropped with the handle.
///
/// ```no_run
/// # async fn example(migrations: &'static sqlx::migrate::Migrator) -> Result<(), Box<dyn std::error::Error>> {
/// use sqlx::PgPool;
/// use testkit::TestDatabase;
/// let key = migrations.iter().map(|one| one.version.to_string()).collect::<String>();
/// let database = TestDatabase::new(&key, async |url| migrations.run(&PgPool::connect(&url).await?).await).await?;
/// let pool = PgPool::connect(database.url()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    url: String,
    admin_url: String,
}

impl TestDatabase {
    /// Makes a database for this test from a template that `migrate` prepares once for all tests with the same `key`.
    ///
    /// `key` must change when the migrations do (a hash of them, say): the template outlives this run. `migrate` gets the
    /// URL of an empty database and must have closed its connections when it returns: a pool that lives on is cut.
    ///
    /// # Errors
    /// When the cluster cannot be started or `migrate` fails.
    pub async fn new<E: Display>(
        key: &str,
        migrate: impl AsyncFnOnce(String) -> Result<(), E>,
    ) -> Result<Self, ServerError> {
        let servers = shared().await?;
        let admin_url = servers.postgres.clone();
        let template = template_name(key);
        prepare(&admin_url, &template, migrate).await?;
        let name = format!("t{}", uuid::Uuid::now_v7().simple());
        create_database(&admin_url, &name, Some(&template)).await?;
        let url = url_of(&admin_url, &name);
        Ok(Self { name, url, admin_url })
    }

    /// The URL of the database; its user is a superuser.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if std::env::var_os(KEEP_VARIABLE).is_some() {
            return;
        }
        let (url, name) = (self.admin_url.clone(), self.name.clone());
        // A drop cannot wait for the runtime it may run on, so the last words are said from a thread of their own.
        let farewell = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let Ok(runtime) = runtime else { return };
            runtime.block_on(async {
                if let Ok(mut admin) = PgConnection::connect(&url).await {
                    // What is left goes with the cluster.
                    let _ = drop_database(&mut admin, &name).await;
                }
            });
        });
        let _ = farewell.join();
    }
}

/// Makes the template unless it is there. One process does it, the others wait for the lock.
async fn prepare<E: Display>(
    admin_url: &str,
    template: &str,
    migrate: impl AsyncFnOnce(String) -> Result<(), E>,
) -> Result<(), ServerError> {
    let mut admin = PgConnection::connect(admin_url).await?;
    sqlx::query("select pg_advisory_lock(hashtext($1))").bind(template).execute(&mut admin).await?;
    let there: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(template)
        .fetch_one(&mut admin)
        .await?;
    if !there {
        // Under another name until it is whole: a process that dies in the middle leaves no half template.
        let draft = format!("{template}_draft");
        drop_database(&mut admin, &draft).await?;
        create_database(admin_url, &draft, None).await?;
        migrate(url_of(admin_url, &draft)).await.map_err(|error| ServerError::Migrate(format!("{error:#}")))?;
        cut_sessions(&mut admin, &draft).await?;
        let rename = format!("alter database {} rename to {}", quoted(&draft), quoted(template));
        sqlx::raw_sql(sqlx::AssertSqlSafe(rename)).execute(&mut admin).await?;
    }
    admin.close().await?;
    Ok(())
}

async fn cut_sessions(admin: &mut PgConnection, database: &str) -> sqlx::Result<()> {
    sqlx::query("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1")
        .bind(database)
        .execute(admin)
        .await?;
    Ok(())
}

fn template_name(key: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, key.as_bytes());
    format!("tpl_{}", hex::encode(&digest.as_ref()[..10]))
}

/// The URL of another database of the same cluster.
fn url_of(admin_url: &str, database: &str) -> String {
    let server = admin_url.rsplit_once('/').map_or(admin_url, |(server, _)| server);
    format!("{server}/{database}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_addressed_on_the_cluster_of_the_administrators_url() {
        assert_eq!(url_of("postgres://okno@127.0.0.1:5/postgres", "t1"), "postgres://okno@127.0.0.1:5/t1");
    }
}
