//! Our schema in a fresh database, straight from the migration files: the binary that would run them cannot be
//! compiled yet when its queries have never been checked.

use std::path::PathBuf;

use anyhow::{Context, Result};
use testkit::servers::{PostgresOptions, PostgresServer};

use crate::{files, root, say, sh};

/// Each schema begins with the tables that `store` keeps in it; then the owner's own follow. The order is that of `okno migrate`.
const SCHEMAS: &[(&str, &str)] = &[("crm", "services/crm-core/migrations"), ("inbox", "services/router/migrations")];

/// A private PostgreSQL with one migrated database.
pub struct Database {
    server: PostgresServer,
    url: String,
}

impl Database {
    pub fn url(&self) -> &str {
        &self.url
    }

    pub async fn stop(mut self) {
        self.server.stop().await;
    }
}

/// Starts it and applies every migration file.
pub async fn database() -> Result<Database> {
    let server = PostgresServer::start(PostgresOptions::default()).await.context("PostgreSQL did not start")?;
    let url = server.create_database("okno", None).await.context("the database could not be made")?;
    for (schema, folder) in SCHEMAS {
        psql(&url, "public", &["-c", &format!("create schema {schema}")])?;
        apply(&url, schema, "crates/store/migrations")?;
        apply(&url, schema, folder)?;
    }
    Ok(Database { server, url })
}

fn apply(url: &str, schema: &str, folder: &str) -> Result<()> {
    let folder = root::path(folder);
    if !folder.exists() {
        say::note(&format!("{} does not exist yet", folder.display()));
        return Ok(());
    }
    // Names begin with their time, so sorted by name is the order they were written in.
    let migrations: Vec<PathBuf> = files::below(&folder, &["sql"])?;
    migrations.iter().try_for_each(|file| {
        let alone = std::fs::read_to_string(file)?.starts_with("-- no-transaction");
        let file = file.to_string_lossy();
        if alone { psql(url, schema, &["-f", &file]) } else { psql(url, schema, &["-1", "-f", &file]) }
    })
}

fn psql(url: &str, schema: &str, arguments: &[&str]) -> Result<()> {
    let mut psql = sh::command("psql");
    psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url]).args(arguments);
    sh::output(psql.env("PGOPTIONS", format!("-c search_path={schema},public -c client_min_messages=warning")))
        .map(drop)
}
