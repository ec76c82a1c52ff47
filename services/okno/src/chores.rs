//! The short commands: migrations, keys, demo company, administrators.

use std::net::SocketAddr;

use anyhow::Context;
use base64::{Engine, prelude::BASE64_STANDARD};
use bus::{
    Bus, BusConfig,
    permissions::{User, authorization},
};
use clap::Subcommand;
use ring::rand::{SecureRandom, SystemRandom};
use runtime::Env;
use sqlx::PgPool;
use store::{PoolConfig, Schema};

#[derive(Subcommand)]
pub enum Admin {
    /// Make sure that an administrator can sign in; the password is read from OKNO_ADMIN_PASSWORD
    Create {
        /// The sign-in name
        login: String,
        /// The name that colleagues see
        #[arg(long, default_value = "Administrator")]
        name: String,
    },
    /// Switch off the second factor of somebody who has lost it
    ResetTotp {
        /// The sign-in name
        login: String,
    },
    /// Make a key for a program that calls the API; it is printed once
    ApiKey {
        /// The employee it acts for
        login: String,
        /// What it is for
        #[arg(long)]
        name: String,
        /// inbox, org or crm, each .read or .write; repeat it
        #[arg(long, required = true)]
        scope: Vec<String>,
    },
}

/// Migrates both schemas, then makes the streams (where NATS is set).
pub async fn migrate(env: &Env) -> anyhow::Result<()> {
    let url: Option<String> = env.require("OKNO_DATABASE_URL");
    let nats: Option<String> = env.optional("OKNO_NATS_URL");
    let url = env.build(|| url)?;
    store::migrate(&url, Schema::Crm, &crm_core::MIGRATOR).await?;
    store::migrate(&url, Schema::Inbox, &router::MIGRATOR).await?;
    println!("database: schemas crm and inbox are up to date");
    if let Some(url) = nats {
        let bus = Bus::connect(&BusConfig { url, name: "migrate".to_owned(), channel: None }).await?;
        let parts = env.get("OKNO_PARTS", 1_u32);
        let replicas = env.get("OKNO_NATS_REPLICAS", 1_usize);
        bus::ensure_streams(&bus, parts, replicas).await?;
        println!("NATS: streams and buckets are there");
    }
    Ok(())
}

/// Prints fresh keys.
pub fn keys() -> anyhow::Result<()> {
    let seed = rpc::TokenSigner::random_seed().context("the system gives no random bytes")?;
    let signer = rpc::TokenSigner::from_seed(&seed).context("the seed is refused")?;
    let mut root = [0; 32];
    SystemRandom::new().fill(&mut root).map_err(|_| anyhow::anyhow!("the system gives no random bytes"))?;
    println!("OKNO_TOKEN_KEY={}", BASE64_STANDARD.encode(seed));
    println!("OKNO_TOKEN_PUBLIC_KEYS={}", BASE64_STANDARD.encode(signer.public_key()));
    println!("OKNO_SECRETS_KEY={}", BASE64_STANDARD.encode(root));
    Ok(())
}

/// Prints the users and their permissions; passwords are made anew.
pub fn nats_config(env: &Env) -> anyhow::Result<()> {
    let channels = env.text("OKNO_CHANNELS", &every_channel());
    let mut users = vec![User { name: "okno".to_owned(), password: password()?, channel: None }];
    for name in channels.split([',', ' ']).filter(|name| !name.is_empty()) {
        let channel = name.parse().with_context(|| format!("{name} in OKNO_CHANNELS"))?;
        users.push(User { name: format!("gateway-{name}"), password: password()?, channel: Some(channel) });
    }
    println!("# Users of Okno: `okno` for router, crm-core and the edge, one for each gateway.");
    println!("jetstream {{ store_dir: \"/data\" }}");
    print!("{}", authorization(&users));
    Ok(())
}

/// Those of the gateways that are linked.
fn every_channel() -> String {
    let names = crate::targets::ALL.iter().filter_map(|target| target.strip_prefix("gateway-"));
    names.collect::<Vec<_>>().join(",")
}

fn password() -> anyhow::Result<String> {
    let mut bytes = [0; 24];
    SystemRandom::new().fill(&mut bytes).map_err(|_| anyhow::anyhow!("the system gives no random bytes"))?;
    Ok(base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// Fills in the demo company and prints who may sign in.
pub async fn seed_demo(env: &Env) -> anyhow::Result<()> {
    let pool = pool(env).await?;
    for who in crm_core::admin::seed_demo(&pool).await? {
        println!("{}\t{}\t{}", who.login, who.password, who.name);
    }
    router::seed_demo_chat(&pool, env.get("OKNO_PARTS", 1_u32), &demo_origins(env)).await?;
    Ok(())
}

/// Where the edge serves the demo shop.
fn demo_origins(env: &Env) -> Vec<String> {
    let listen = env.get("OKNO_EDGE_LISTEN", SocketAddr::from(([127, 0, 0, 1], 8_080)));
    let port = listen.port();
    let mut origins = vec![format!("http://127.0.0.1:{port}"), format!("http://localhost:{port}")];
    if !listen.ip().is_loopback() && !listen.ip().is_unspecified() {
        origins.push(format!("http://{listen}"));
    }
    origins
}

/// The administrator's chores.
pub async fn admin(env: &Env, command: Admin) -> anyhow::Result<()> {
    match command {
        Admin::Create { login, name } => {
            let secret = env.secret("OKNO_ADMIN_PASSWORD");
            let pool = pool(env).await?;
            let password = secret.context("OKNO_ADMIN_PASSWORD is not set")?;
            crm_core::admin::ensure_administrator(&pool, &login, password.expose(), &name).await?;
            println!("{login} can sign in as an administrator");
        }
        Admin::ResetTotp { login } => {
            crm_core::admin::disable_totp(&pool(env).await?, &login).await?;
            println!("{login} signs in with the password alone");
        }
        Admin::ApiKey { login, name, scope } => {
            let (id, secret) = crm_core::admin::create_api_key(&pool(env).await?, &login, &name, &scope, None).await?;
            println!("key {id}, shown once: {secret}");
        }
    }
    Ok(())
}

/// A small pool for one command.
pub async fn pool(env: &Env) -> anyhow::Result<PgPool> {
    let url = env.require("OKNO_DATABASE_URL");
    let url = env.build(|| url)?;
    let config = PoolConfig { url, application: "okno-chores", max_connections: 2 };
    store::connect(&config).await.context("cannot reach PostgreSQL; check OKNO_DATABASE_URL")
}
