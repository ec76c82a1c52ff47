use std::{net::SocketAddr, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use rpc::{Audience, TokenVerifier};
use runtime::{ConfigErrors, Env, Health, Secret};

use crate::sessions::seal::TotpKey;

/// Settings of crm-core.
#[derive(Clone)]
pub struct Config {
    /// Where the edge reaches us. `OKNO_CRM_LISTEN`, 127.0.0.1:8082 by default. Never open it to the outside.
    pub listen: SocketAddr,
    /// `OKNO_DATABASE_URL`; required.
    pub database_url: Secret,
    /// Where events are published. `OKNO_NATS_URL`, empty by default: then readers ask `ListEvents`.
    pub nats_url: Option<Secret>,
    /// Online marks. `OKNO_REDIS_URL`, empty by default: then everyone counts as offline.
    pub redis_url: Option<Secret>,
    /// The edge's public keys. `OKNO_TOKEN_PUBLIC_KEYS`; required.
    pub verifier: TokenVerifier,
    /// Derived from `OKNO_SECRETS_KEY`, base64 of 32 bytes; required. With another one no authenticator app fits.
    pub(crate) totp_key: TotpKey,
    /// For how long it is kept who read personal data. `OKNO_ACCESS_LOG_DAYS`, 365 by default; router has the same.
    pub accesses_kept: TimeDelta,
    /// How long open calls may take to end after a stop. `OKNO_DRAIN_SECONDS`, 20 by default.
    pub drain: Duration,
    /// The process's health; the binary puts its own here.
    pub health: Health,
}

impl Config {
    /// # Errors
    /// All variables that are missing or bad.
    pub fn from_env(env: &Env) -> Result<Self, ConfigErrors> {
        let listen = env.get("OKNO_CRM_LISTEN", SocketAddr::from(([127, 0, 0, 1], 8082)));
        let database_url = env.secret("OKNO_DATABASE_URL");
        let nats_url = env.optional("OKNO_NATS_URL");
        let redis = |text: &str| redis::Client::open(text).is_ok().then(|| Secret::new(text));
        let redis_url = env.optional_with("OKNO_REDIS_URL", "redis://[user:password@]host:port", true, redis);
        let verifier = TokenVerifier::from_env(env, Audience::CrmCore);
        let totp_key = env.require_with("OKNO_SECRETS_KEY", "base64 of 32 bytes", true, totp_key);
        let drain = env.seconds("OKNO_DRAIN_SECONDS", Duration::from_secs(20));
        let accesses_kept = store::access::kept(env);
        let health = Health::new();
        env.build(|| {
            let (database_url, verifier, totp_key) = (database_url?, verifier?, totp_key?);
            Some(Self { listen, database_url, nats_url, redis_url, verifier, totp_key, accesses_kept, drain, health })
        })
    }
}

fn totp_key(text: &str) -> Option<TotpKey> {
    TotpKey::derive(&STANDARD.decode(text).ok()?.try_into().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    #[test]
    fn database_and_keys_must_be_given() {
        let errors = Config::from_env(&Env::from_pairs::<&str, &str>([])).err().unwrap();
        let mut variables: Vec<_> = errors.0.iter().map(|error| error.variable.as_str()).collect();
        variables.sort_unstable();
        assert_eq!(variables, ["OKNO_DATABASE_URL", "OKNO_SECRETS_KEY", "OKNO_TOKEN_PUBLIC_KEYS"]);
    }

    #[test]
    fn the_rest_has_defaults() {
        let config = Config::from_env(&Env::from_pairs([
            ("OKNO_DATABASE_URL", "postgres://okno@127.0.0.1/okno"),
            ("OKNO_SECRETS_KEY", KEY),
            ("OKNO_TOKEN_PUBLIC_KEYS", KEY),
        ]));
        let config = config.unwrap();
        assert_eq!(config.listen.port(), 8082);
        assert!(config.redis_url.is_none() && config.nats_url.is_none());
        assert_eq!(config.accesses_kept, TimeDelta::days(365));
    }
}
