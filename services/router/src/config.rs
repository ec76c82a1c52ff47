use std::{net::SocketAddr, sync::Arc, time::Duration};

use bus::{BusConfig, seal::RootKey};
use chrono::TimeDelta;
use rpc::{Audience, TokenVerifier};
use runtime::{ConfigErrors, Env, Health};
use store::PoolConfig;

use crate::files::Objects;

/// Router's settings.
#[derive(Clone)]
pub struct Config {
    /// `OKNO_DATABASE_URL`; required.
    pub pool: PoolConfig,
    /// `OKNO_NATS_URL`; required. May hold user and password: those of a user that may do all.
    pub bus: BusConfig,
    /// Where gRPC is served. `OKNO_ROUTER_LISTEN`, 127.0.0.1:8081 by default.
    pub listen: SocketAddr,
    /// `OKNO_TOKEN_PUBLIC_KEYS`; required: whose tokens are accepted.
    pub verifier: TokenVerifier,
    /// `OKNO_SECRETS_KEY`; required: 32 bytes in base64. Losing it means entering every channel's secrets again.
    pub key: RootKey,
    /// Where files lie: `OKNO_OBJECTS`, a folder as a path or a `file://` URL; required. Gateways and the edge must see the
    /// same one.
    pub objects: Objects,
    /// How many parts IN is cut into. `OKNO_PARTS`, 1 by default. Only ever raise it.
    pub parts: u32,
    /// Copies of every stream. `OKNO_NATS_REPLICAS`, 1 by default; 3 in production.
    pub replicas: usize,
    /// `OKNO_DEMO_TELEGRAM_URL`; empty by default: no demo button.
    pub demo_url: Option<String>,
    /// Under which https address people reach the edge, for leaving mailings: `OKNO_PUBLIC_URL_EDGE`; empty by
    /// default, and where it is not https: no mailing starts. `OKNO_PUBLIC_URL` is where providers reach gateways, not the edge.
    pub public_url: Option<Arc<str>>,
    /// A granted claim without its receipt is an unknown outcome after this. `OKNO_CLAIM_SECONDS`, 120 by default. An
    /// adapter begins a send up to 30 s after it asked, and a large file takes its time: with less, messages that are
    /// still on their way are shown as unknown for a while.
    pub claim: Duration,
    /// For how long it is kept who read personal data. `OKNO_ACCESS_LOG_DAYS`, 365 by default; crm-core has the same.
    pub accesses_kept: TimeDelta,
    /// How long a stopping process may drain. `OKNO_DRAIN_SECONDS`, 20 by default.
    pub drain: Duration,
    /// Readiness; the binary puts the process's own here.
    pub health: Health,
}

impl Config {
    /// `OKNO_CLAIM_SECONDS`, for router and for the chores that do its work.
    #[must_use]
    pub fn claim(env: &Env) -> Duration {
        let parse = |text: &str| text.parse().ok().filter(|s| (1..=3_600).contains(s)).map(Duration::from_secs);
        env.optional_with("OKNO_CLAIM_SECONDS", "1 to 3600 seconds", false, parse).unwrap_or(Duration::from_secs(120))
    }

    /// Reads the settings.
    ///
    /// # Errors
    /// Every variable that is missing or bad.
    pub fn from_env(env: &Env) -> Result<Self, ConfigErrors> {
        let database = env.require("OKNO_DATABASE_URL");
        let nats = env.require("OKNO_NATS_URL");
        let listen = env.get("OKNO_ROUTER_LISTEN", SocketAddr::from(([127, 0, 0, 1], 8081)));
        let verifier = TokenVerifier::from_env(env, Audience::Router);
        let key = env.require_with("OKNO_SECRETS_KEY", "32 bytes in base64", true, |text| RootKey::parse(text).ok());
        let folder = "the path or file:// URL of a folder";
        let objects = env.require_with("OKNO_OBJECTS", folder, false, Objects::open);
        let parts =
            env.optional_with("OKNO_PARTS", "1 to 64", false, |t| t.parse().ok().filter(|n| (1..=64).contains(n)));
        let replicas = env.optional_with("OKNO_NATS_REPLICAS", "1, 3 or 5", false, |t| {
            t.parse().ok().filter(|n| [1, 3, 5].contains(n))
        });
        let demo_url = env.optional("OKNO_DEMO_TELEGRAM_URL");
        let address = "an https:// or http:// address";
        let public_url = env.optional_with("OKNO_PUBLIC_URL_EDGE", address, false, public_url);
        let public_url = public_url.filter(|url| url.starts_with("https://"));
        let claim = Self::claim(env);
        let accesses_kept = store::access::kept(env);
        let drain = env.seconds("OKNO_DRAIN_SECONDS", Duration::from_secs(20));
        env.build(|| {
            Some(Self {
                pool: PoolConfig { url: database?, application: "okno-router", max_connections: 24 },
                bus: BusConfig { url: nats?, name: "router".to_owned(), channel: None },
                listen,
                verifier: verifier?,
                key: key?,
                objects: objects?,
                parts: parts.unwrap_or(1),
                replicas: replicas.unwrap_or(1),
                demo_url,
                public_url,
                claim,
                accesses_kept,
                drain,
                health: Health::new(),
            })
        })
    }
}

/// Without a slash at its end; it stands in a header of letters.
fn public_url(text: &str) -> Option<Arc<str>> {
    let url = text.trim_end_matches('/');
    let host = url.strip_prefix("https://").or(url.strip_prefix("http://"))?;
    let plain = url.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'?' | b'#' | b'@'));
    (plain && !host.is_empty() && !host.starts_with('/')).then(|| url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_address_stands_in_a_header() {
        assert_eq!(public_url("https://okno.example.org/").as_deref(), Some("https://okno.example.org"));
        assert_eq!(public_url("https://example.org/okno/").as_deref(), Some("https://example.org/okno"));
        for bad in [
            "okno.example.org",
            "ftp://example.org",
            "https://",
            "https://a b",
            "https://пример.example",
            "https://a?b",
        ] {
            assert_eq!(public_url(bad), None, "{bad}");
        }
    }
}
