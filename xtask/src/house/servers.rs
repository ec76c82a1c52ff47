//! PostgreSQL, NATS and Redis of this house alone, or those that were given; and the fake Telegram of the demo.

use anyhow::{Context, Result};
use testkit::{
    servers::{NatsOptions, NatsServer, PostgresOptions, PostgresServer, RedisOptions, RedisServer, ServerError},
    telegram::{DemoOptions, FakeTelegram, TelegramOptions},
};

use super::{Plan, users::Users, variables::Variables};
use crate::say;

/// The name of the house's database.
const DATABASE: &str = "okno";

/// What runs, and where.
pub struct Servers {
    postgres: Option<PostgresServer>,
    nats: Option<NatsServer>,
    redis: Option<RedisServer>,
    telegram: Option<FakeTelegram>,
    pub database_url: String,
    /// `OKNO_NATS_URL` and those of the channels.
    pub nats_urls: Variables,
    pub redis_url: String,
}

impl Servers {
    /// Starts what was not given.
    pub async fn start(plan: &Plan) -> Result<Self> {
        let mut servers = Self {
            postgres: None,
            nats: None,
            redis: None,
            telegram: None,
            database_url: plan.given.database_url.clone().unwrap_or_default(),
            nats_urls: plan.given.nats_url.iter().map(|url| ("OKNO_NATS_URL".to_owned(), url.clone())).collect(),
            redis_url: plan.given.redis_url.clone().unwrap_or_default(),
        };
        if let Err(error) = servers.start_missing(plan).await {
            servers.stop().await;
            return Err(error);
        }
        Ok(servers)
    }

    async fn start_missing(&mut self, plan: &Plan) -> Result<()> {
        if self.database_url.is_empty() {
            say::step("PostgreSQL", &format!("private, on 127.0.0.1:{}", plan.ports.postgres));
            let server = PostgresServer::start(postgres(plan)).await.context("PostgreSQL did not start")?;
            self.database_url = database(&server).await?;
            self.postgres = Some(server);
        }
        if self.nats_urls.is_empty() {
            say::step(
                "NATS",
                &format!("private, with JetStream and a user per channel, on 127.0.0.1:{}", plan.ports.nats),
            );
            let users = Users::new(plan)?;
            self.nats = Some(NatsServer::start(nats(plan, &users)).await.context("NATS did not start")?);
            self.nats_urls = users.urls(plan.ports.nats);
        }
        if self.redis_url.is_empty() {
            say::step("Redis", &format!("private, on 127.0.0.1:{}", plan.ports.redis));
            let options = RedisOptions { data_dir: Some(plan.data("redis")), port: Some(plan.ports.redis) };
            let server = RedisServer::start(options).await.context("Redis did not start")?;
            self.redis_url = server.url();
            self.redis = Some(server);
        }
        say::step("Telegram", &format!("a fake one for the demo, on 127.0.0.1:{}", plan.ports.telegram));
        self.telegram = Some(telegram(plan).await.context("the fake Telegram did not start")?);
        Ok(())
    }

    /// The fake Telegram's address; empty before it runs.
    pub fn telegram_url(&self) -> String {
        self.telegram.as_ref().map(FakeTelegram::base_url).unwrap_or_default()
    }

    /// PostgreSQL last: whoever still writes loses nothing.
    pub async fn stop(&mut self) {
        self.telegram = None;
        if let Some(redis) = &mut self.redis {
            redis.stop().await;
        }
        if let Some(nats) = &mut self.nats {
            nats.stop().await;
        }
        if let Some(postgres) = &mut self.postgres {
            postgres.stop().await;
        }
    }
}

fn postgres(plan: &Plan) -> PostgresOptions {
    PostgresOptions {
        data_dir: Some(plan.data("postgres")),
        port: Some(plan.ports.postgres),
        durable: plan.durable,
        settings: Vec::new(),
    }
}

fn nats(plan: &Plan, users: &Users) -> NatsOptions {
    NatsOptions {
        config_extra: Some(users.authorization.clone()),
        data_dir: Some(plan.data("nats")),
        port: Some(plan.ports.nats),
    }
}

async fn telegram(plan: &Plan) -> std::io::Result<FakeTelegram> {
    let memory = plan.data("telegram");
    std::fs::create_dir_all(&memory)?;
    let demo = Some(DemoOptions { memory: Some(memory) });
    let address = ([127, 0, 0, 1], plan.ports.telegram).into();
    FakeTelegram::start_on(address, TelegramOptions { demo, ..TelegramOptions::default() }).await
}

/// The house's database, made at the first start.
async fn database(server: &PostgresServer) -> Result<String> {
    match server.create_database(DATABASE, None).await {
        Ok(url) => Ok(url),
        Err(ServerError::Sql(error)) if error.to_string().contains("already exists") => Ok(server.url(DATABASE)),
        Err(error) => Err(error).context("the database could not be made"),
    }
}
