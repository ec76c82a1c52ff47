//! PostgreSQL with fsync on, NATS with JetStream and a user per channel, and Redis; all on private ports.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result};
use sqlx::{PgPool, postgres::PgPoolOptions};
use testkit::servers::{NatsOptions, NatsServer, PostgresOptions, PostgresServer, RedisOptions, RedisServer};

use super::{Variables, okno};
use crate::{options::Options, usage::Process};

/// What the servers and Okno are set to beyond their defaults.
#[derive(Debug, Clone)]
pub struct Settings {
    pub parts: u32,
    /// Of PostgreSQL, as name=value.
    pub postgres: Vec<String>,
    pub statements: bool,
}

impl Settings {
    pub fn of(options: &Options) -> Self {
        let mut postgres = options.postgres.clone();
        if options.statements {
            postgres.extend(["shared_preload_libraries=pg_stat_statements".into(), "track_io_timing=on".into()]);
        }
        Self { parts: options.parts, postgres, statements: options.statements }
    }
}

/// The servers of one run; they end with the handle.
pub struct Servers {
    postgres: PostgresServer,
    nats: NatsServer,
    redis: RedisServer,
    nats_urls: Variables,
    database_url: String,
}

impl Servers {
    /// Starts them with their data below `folder`.
    pub async fn start(folder: &Path, program: &Path, settings: &Settings) -> Result<Self> {
        let options = PostgresOptions {
            data_dir: Some(folder.join("postgres")),
            port: None,
            durable: true,
            settings: settings.postgres.clone(),
        };
        let postgres = PostgresServer::start(options).await.context("PostgreSQL did not start")?;
        let database_url = postgres.create_database("okno", None).await.context("no database")?;
        let config = okno::command(program, &Variables::new(), "nats-config").await?;
        let users = config.find("authorization {").map(|at| config[at..].to_owned());
        let users = users.context("`okno nats-config` printed no users")?;
        let options =
            NatsOptions { config_extra: Some(users.clone()), data_dir: Some(folder.join("nats")), port: None };
        let nats = NatsServer::start(options).await.context("NATS did not start")?;
        let options = RedisOptions { data_dir: Some(folder.join("redis")), port: None };
        let redis = RedisServer::start(options).await.context("Redis did not start")?;
        let nats_urls = urls(&users, nats.port());
        let servers = Self { postgres, nats, redis, nats_urls, database_url };
        if settings.statements {
            sqlx::query("create extension pg_stat_statements").execute(&servers.pool().await?).await?;
        }
        Ok(servers)
    }

    /// A small pool on the house's database.
    pub async fn pool(&self) -> Result<PgPool> {
        let options = PgPoolOptions::new().max_connections(4).acquire_timeout(Duration::from_secs(10));
        options.connect(&self.database_url).await.context("cannot reach PostgreSQL")
    }

    pub fn database_url(&self) -> &str {
        &self.database_url
    }

    pub fn nats_urls(&self) -> &Variables {
        &self.nats_urls
    }

    pub fn redis_url(&self) -> String {
        self.redis.url()
    }

    pub fn processes(&self) -> Vec<Process> {
        let named = [("nats-server", self.nats.pid()), ("redis", self.redis.pid())];
        let postgres = self.postgres.pid().map(|pid| Process::with_children("postgres", pid));
        let others = named.into_iter().filter_map(|(name, pid)| Some(Process::alone(name, pid?)));
        postgres.into_iter().chain(others).chain([Process::alone("generator", std::process::id())]).collect()
    }

    /// PostgreSQL last: whoever still writes loses nothing.
    pub async fn stop(&mut self) {
        self.redis.stop().await;
        self.nats.stop().await;
        self.postgres.stop().await;
    }
}

/// `OKNO_NATS_URL` of the user `okno`, and `OKNO_NATS_URL_<CHANNEL>` of each gateway's.
fn urls(users: &str, port: u16) -> Variables {
    let value = |line: &str, name: &str| {
        let rest = line.split_once(&format!("{name}: \""))?.1;
        Some(rest.split_once('"')?.0.to_owned())
    };
    let url = |line: &str| {
        let (user, password) = (value(line, "user")?, value(line, "password")?);
        let variable = match user.strip_prefix("gateway-") {
            Some(channel) => format!("OKNO_NATS_URL_{}", channel.to_uppercase()),
            None => "OKNO_NATS_URL".to_owned(),
        };
        Some((variable, format!("nats://{user}:{password}@127.0.0.1:{port}")))
    };
    users.lines().filter_map(url).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_user_has_an_address() {
        let users = "{ user: \"okno\", password: \"a\" }\n{ user: \"gateway-webchat\", password: \"b\",\n}";
        let urls = urls(users, 4222);
        assert_eq!(urls["OKNO_NATS_URL"], "nats://okno:a@127.0.0.1:4222");
        assert_eq!(urls["OKNO_NATS_URL_WEBCHAT"], "nats://gateway-webchat:b@127.0.0.1:4222");
    }
}
