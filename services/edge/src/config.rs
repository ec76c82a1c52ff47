use std::{net::SocketAddr, path::PathBuf, time::Duration};

use egress::Hosts;
use rpc::TokenSigner;
use runtime::{ConfigErrors, Env, Health, Secret};

/// Settings of the edge.
#[derive(Clone)]
pub struct Config {
    /// Where people and API clients connect. `OKNO_EDGE_LISTEN`, 127.0.0.1:8080 by default. Plain HTTP: put TLS before
    /// it, or browsers accept the session cookie on localhost only.
    pub listen: SocketAddr,
    /// `OKNO_ROUTER_URL`, <http://127.0.0.1:8081> by default.
    pub router_url: String,
    /// `OKNO_CRM_URL`, <http://127.0.0.1:8082> by default.
    pub crm_url: String,
    /// `OKNO_TOKEN_KEY`.
    pub signer: TokenSigner,
    /// Online marks and rate limits. `OKNO_REDIS_URL`, empty by default: both are kept in memory, for one replica.
    pub redis_url: Option<Secret>,
    /// Events as they happen. `OKNO_NATS_URL`, empty by default: their owners are asked ten times a second.
    pub nats_url: Option<Secret>,
    /// Where files lie. `OKNO_OBJECTS`, a folder as a path or a `file://` URL.
    pub objects: PathBuf,
    /// How many proxies of ours stand in front, so that the client's address is that many from the right of
    /// X-Forwarded-For. `OKNO_EDGE_FORWARDED_HOPS`, 0 by default. Too many let anyone invent an address.
    pub forwarded_hops: usize,
    /// The origin where browsers find gateway-webchat, for the demo shop at `/demo/`. `OKNO_DEMO_WEBCHAT_URL`, empty by
    /// default: there is no demo shop.
    pub demo_chat: Option<String>,
    /// How pictures of letters are fetched when a reader asks for them: from public addresses only.
    pub pictures: egress::Options,
    /// How long open calls may take to end after a stop. `OKNO_DRAIN_SECONDS`, 20 by default.
    pub drain: Duration,
    /// The process's health; the binary puts its own here.
    pub health: Health,
}

impl Config {
    /// # Errors
    /// All variables that are missing or bad.
    pub fn from_env(env: &Env) -> Result<Self, ConfigErrors> {
        let listen = env.get("OKNO_EDGE_LISTEN", SocketAddr::from(([127, 0, 0, 1], 8080)));
        let router_url = service_url(env, "OKNO_ROUTER_URL", "http://127.0.0.1:8081");
        let crm_url = service_url(env, "OKNO_CRM_URL", "http://127.0.0.1:8082");
        let signer = TokenSigner::from_env(env);
        let redis = |text: &str| redis::Client::open(text).is_ok().then(|| Secret::new(text));
        let redis_url = env.optional_with("OKNO_REDIS_URL", "redis://[user:password@]host:port", true, redis);
        let nats_url = env.optional("OKNO_NATS_URL");
        let objects = env.require_with("OKNO_OBJECTS", "the path or file:// URL of a folder", false, objects::folder);
        let forwarded_hops = env.get("OKNO_EDGE_FORWARDED_HOPS", 0);
        let origin = "an origin, like http://127.0.0.1:8084";
        let demo_chat = env.optional_with("OKNO_DEMO_WEBCHAT_URL", origin, false, read_origin);
        let drain = env.seconds("OKNO_DRAIN_SECONDS", Duration::from_secs(20));
        let health = Health::new();
        env.build(|| {
            let (signer, objects) = (signer?, objects?);
            let (router_url, crm_url) = (router_url?, crm_url?);
            Some(Self {
                listen,
                router_url,
                crm_url,
                signer,
                redis_url,
                nats_url,
                objects,
                forwarded_hops,
                demo_chat,
                pictures: pictures(),
                drain,
                health,
            })
        })
    }
}

/// Any server that a letter names, as long as it is on the public internet; no cookie and no referrer go along.
fn pictures() -> egress::Options {
    egress::Options {
        hosts: Hosts::Any,
        allow_http: true,
        total_timeout: Duration::from_secs(15),
        stall_timeout: Duration::from_secs(10),
        answer_bytes: 10 << 20,
        ..egress::Options::default()
    }
}

fn service_url(env: &Env, name: &str, default: &str) -> Option<String> {
    let url = env.text(name, default);
    let fits = (url.starts_with("http://") || url.starts_with("https://")) && url.parse::<http::Uri>().is_ok();
    let read = |_: &str| fits.then(|| url.clone());
    if fits { Some(url) } else { env.optional_with(name, "http://host:port", false, read) }
}

/// An origin and nothing else: it stands in a content security policy.
fn read_origin(text: &str) -> Option<String> {
    let uri: http::Uri = text.trim_end_matches('/').parse().ok()?;
    let plain = matches!(uri.scheme_str(), Some("http" | "https")) && matches!(uri.path(), "" | "/");
    let authority = uri.authority().filter(|authority| plain && !authority.as_str().contains(['@', ';', ',', '\'']))?;
    Some(format!("{}://{authority}", uri.scheme_str()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    #[test]
    fn only_the_key_and_the_folder_must_be_given() {
        let env = Env::from_pairs([("OKNO_TOKEN_KEY", KEY), ("OKNO_OBJECTS", "file:///var/lib/okno")]);
        let config = Config::from_env(&env).unwrap();
        assert_eq!(config.objects, PathBuf::from("/var/lib/okno"));
        assert_eq!(config.crm_url, "http://127.0.0.1:8082");
    }

    #[test]
    fn the_demo_chat_is_an_origin() {
        assert_eq!(read_origin("http://127.0.0.1:8084/").as_deref(), Some("http://127.0.0.1:8084"));
        for bad in ["127.0.0.1:8084", "https://chat.example/path", "https://x@chat.example", "ftp://chat.example"] {
            assert_eq!(read_origin(bad), None, "{bad}");
        }
    }

    #[test]
    fn everything_wrong_is_listed() {
        let env = Env::from_pairs([("OKNO_OBJECTS", "s3://bucket"), ("OKNO_ROUTER_URL", "router:8081")]);
        let errors = Config::from_env(&env).err().unwrap();
        let mut variables: Vec<_> = errors.0.iter().map(|error| error.variable.as_str()).collect();
        variables.sort_unstable();
        assert_eq!(variables, ["OKNO_OBJECTS", "OKNO_ROUTER_URL", "OKNO_TOKEN_KEY"]);
    }
}
