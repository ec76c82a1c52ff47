//! One test's world: servers, a database of its own, the fake Telegram, and Okno's processes.

use std::{collections::HashMap, path::Path, time::Duration};

use sqlx::PgPool;
use testkit::{
    TestDatabase,
    servers::{NatsOptions, NatsServer, PostgresOptions, PostgresServer, RedisOptions, RedisServer, free_port, shared},
    telegram::{FakeTelegram, TelegramOptions},
};

use crate::{
    office::{self, Process},
    operator::Operator,
};

/// How long anything may take that a test waits for; the machine may be busy.
pub const SOON: Duration = Duration::from_secs(30);

/// Channels whose gateways have a port of their own in each world, as variables name them.
const MESSENGERS: &[&str] = &["CUSTOM", "EMAIL", "MAX", "VIBER", "VK", "WHATSAPP"];

/// Where a world's data lies.
pub enum Database {
    /// One of many on the cluster that all tests share.
    Shared(TestDatabase),
    /// Alone on a cluster of this test's own, which it may kill and restore.
    Own(PostgresServer),
}

impl Database {
    async fn shared() -> Self {
        shared().await.expect("test servers");
        let database = TestDatabase::new(&office::template_key(), office::migrate).await;
        Self::Shared(database.expect("a migrated database"))
    }

    async fn own(options: PostgresOptions, program: &Path) -> Self {
        let server = PostgresServer::start(options).await.expect("postgres");
        let url = server.create_database("okno", None).await.expect("a database");
        office::migrate_by(program, url).await.expect("a migrated database");
        Self::Own(server)
    }

    fn url(&self) -> String {
        match self {
            Self::Shared(database) => database.url().to_owned(),
            Self::Own(server) => server.url("okno"),
        }
    }
}

pub struct World {
    pub database: Database,
    pub pool: PgPool,
    pub nats: NatsServer,
    /// Of its own: sign-ins are counted there, and who is online.
    pub redis: RedisServer,
    pub telegram: FakeTelegram,
    pub environment: HashMap<String, String>,
    pub processes: HashMap<String, Process>,
    pub objects: tempfile::TempDir,
}

impl World {
    /// Everything in one process: `okno all`.
    pub async fn start() -> Self {
        let mut world = Self::servers().await;
        world.run(&["all"]).await;
        world
    }

    /// Each target a process of its own, so that a test can end one of them.
    pub async fn start_apart() -> Self {
        let mut world = Self::servers().await;
        world.run_apart().await;
        world
    }

    /// The same on a PostgreSQL that the test may end.
    pub async fn start_apart_on_own_postgres() -> Self {
        let mut world = Self::servers_on_own_postgres().await;
        world.run_apart().await;
        world
    }

    /// The servers, with a PostgreSQL that the test may end; no process of ours yet.
    pub async fn servers_on_own_postgres() -> Self {
        Self::servers_of(PostgresOptions::default(), NatsOptions::default(), &office::binary()).await
    }

    /// Servers of this test's own, that are where and as it says, migrated by this binary; no process of ours yet.
    pub async fn servers_of(postgres: PostgresOptions, nats: NatsOptions, program: &Path) -> Self {
        Self::servers_with(Database::own(postgres, program).await, nats).await
    }

    /// Starts each target in a process of its own.
    pub async fn run_apart(&mut self) {
        for target in ["crm-core", "router", "gateway-telegram", "edge"] {
            self.run(&[target]).await;
        }
    }

    /// The servers and an empty, migrated and seeded database; no process of ours yet.
    pub async fn servers() -> Self {
        Self::servers_with(Database::shared().await, NatsOptions::default()).await
    }

    async fn servers_with(database: Database, nats: NatsOptions) -> Self {
        let nats = NatsServer::start(nats).await.expect("nats-server");
        let redis = RedisServer::start(RedisOptions::default()).await.expect("redis-server");
        let options = TelegramOptions { clock_scale: 20.0, ..TelegramOptions::default() };
        let telegram = FakeTelegram::start_with(options).await;
        let objects = tempfile::tempdir().expect("a folder");
        let mut environment = office::keys();
        let names = ["EDGE", "ROUTER", "CRM", "GATEWAY_TELEGRAM", "GATEWAY_WEBCHAT"];
        let ports = names.map(|name| (name, free_port()));
        for (name, port) in ports {
            environment.insert(format!("OKNO_{name}_LISTEN"), format!("127.0.0.1:{port}"));
        }
        for channel in MESSENGERS {
            let listen = format!("127.0.0.1:{}", free_port());
            environment.insert(format!("OKNO_PUBLIC_URL_{channel}"), format!("http://{listen}"));
            environment.insert(format!("OKNO_GATEWAY_{channel}_LISTEN"), listen);
        }
        let set = [
            ("OKNO_DATABASE_URL", database.url()),
            ("OKNO_NATS_URL", nats.url()),
            ("OKNO_REDIS_URL", redis.url()),
            ("OKNO_OBJECTS", objects.path().display().to_string()),
            ("OKNO_ROUTER_URL", format!("http://127.0.0.1:{}", ports[1].1)),
            ("OKNO_CRM_URL", format!("http://127.0.0.1:{}", ports[2].1)),
            ("OKNO_PUBLIC_URL", format!("http://127.0.0.1:{}", ports[3].1)),
            ("OKNO_PUBLIC_URL_WEBCHAT", format!("http://127.0.0.1:{}", ports[4].1)),
            ("OKNO_DEMO_WEBCHAT_URL", format!("http://127.0.0.1:{}", ports[4].1)),
            ("OKNO_ALLOW_PRIVATE_ADDRESSES", "true".to_owned()),
            ("OKNO_DRAIN_SECONDS", "5".to_owned()),
            ("OKNO_LOG_FORMAT", "text".to_owned()),
        ];
        environment.extend(set.map(|(name, value)| (name.to_owned(), value)));
        let pool = PgPool::connect(&database.url()).await.expect("the database");
        Self { database, pool, nats, redis, telegram, environment, processes: HashMap::new(), objects }
    }

    /// Starts targets in one process and waits until they are ready.
    pub async fn run(&mut self, targets: &[&str]) {
        let process = Process::start(targets, &self.environment).await;
        self.processes.insert(targets.join(" "), process);
    }

    /// Starts targets without waiting for them.
    pub fn run_unready(&mut self, targets: &[&str]) {
        self.processes.insert(targets.join(" "), Process::spawn(targets, &self.environment));
    }

    /// SIGKILL: the process has no last words.
    pub fn kill(&mut self, name: &str) {
        self.processes.remove(name).expect("a process of this name").kill();
    }

    /// kill -9, then again from the beginning.
    pub async fn kill_and_restart(&mut self, name: &str) {
        self.kill(name);
        self.run(&[name]).await;
    }

    /// Signs in at the edge.
    pub async fn operator(&self, login: &str) -> Operator {
        Operator::sign_in(&self.environment["OKNO_EDGE_LISTEN"], login).await
    }

    /// Where the gateway takes webhooks of an account.
    pub fn webhook_url(&self, account: &str) -> String {
        format!("http://{}/hook/telegram/{account}", self.environment["OKNO_GATEWAY_TELEGRAM_LISTEN"])
    }

    /// A count that a test reads straight from the truth.
    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.expect("a count")
    }
}
