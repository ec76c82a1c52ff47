use std::{net::SocketAddr, sync::Arc, time::Duration};

use bus::{
    BusConfig,
    seal::{ChannelKey, RootKey},
};
use model::Channel;
use object_store::ObjectStore;
use runtime::{ConfigErrors, Env, Health, Secret};
use url::Url;

use crate::{AccountSetup, Timing};

/// The settings of a gateway process, the same for every channel.
#[derive(Clone)]
pub struct Config {
    /// `OKNO_NATS_URL_<CHANNEL>`, else `OKNO_NATS_URL`; required. May hold user and password.
    pub bus: BusConfig,
    /// `OKNO_SECRETS_KEY_<CHANNEL>`, else derived from `OKNO_SECRETS_KEY`; one of them is required. An adapter that
    /// runs alone should hold only the former: the latter opens every channel's secrets.
    pub key: ChannelKey,
    /// `OKNO_OBJECTS`: a folder or its `file://` URL; required. Router and the edge must see the same one.
    pub objects: Arc<dyn ObjectStore>,
    /// Where webhooks are served. `OKNO_GATEWAY_<CHANNEL>_LISTEN`, by default 127.0.0.1 and the gateway's own port.
    pub listen: SocketAddr,
    /// Under which address the outside reaches `listen`. `OKNO_PUBLIC_URL_<CHANNEL>`, else `OKNO_PUBLIC_URL`, empty by
    /// default: no webhooks are set.
    pub public_url: Option<Url>,
    /// How many proxies of ours stand in front, so that the client's address is that many from the right of
    /// X-Forwarded-For. `OKNO_GATEWAY_FORWARDED_HOPS`, 0 by default. Too many let anyone invent an address.
    pub forwarded_hops: usize,
    /// How long a stopping process may drain. `OKNO_DRAIN_SECONDS`, 20 by default. Keep it below the pod's
    /// terminationGracePeriodSeconds, or Kubernetes kills us halfway.
    pub drain: Duration,
    /// Lets accounts name a private address as their provider's. `OKNO_ALLOW_PRIVATE_ADDRESSES`, false by default.
    /// Only for a provider's server in the own network or a fake: whoever sets up accounts reaches that network then.
    pub allow_private_addresses: bool,
    /// What every account of this process is told beside its settings, under names that no schema has. The gateway's own
    /// variables come to its accounts so.
    pub tells: Vec<(&'static str, String)>,
    /// Readiness; the binary puts the process's own here.
    pub health: Health,
    /// Only tests change it.
    pub timing: Timing,
}

impl Config {
    /// Reads the settings of the gateway of `channel`; `port` is where its webhooks are served by default.
    ///
    /// # Errors
    /// Every variable that is missing or bad.
    pub fn from_env(env: &Env, channel: &Channel, port: u16) -> Result<Self, ConfigErrors> {
        let suffix = channel.as_str().to_uppercase();
        let own_url = env.optional::<String>(&format!("OKNO_NATS_URL_{suffix}"));
        let url = own_url.or_else(|| env.require("OKNO_NATS_URL"));
        let key = channel_key(env, channel, &suffix);
        let folder = "a folder that exists or can be made, or its file:// URL";
        let objects = env.require_with("OKNO_OBJECTS", folder, false, open_objects);
        let listen = env.get(&format!("OKNO_GATEWAY_{suffix}_LISTEN"), SocketAddr::from(([127, 0, 0, 1], port)));
        let address = "an https:// or http:// address";
        let own_public_url = env.optional_with(&format!("OKNO_PUBLIC_URL_{suffix}"), address, false, parse_public_url);
        let shared_url = env.optional_with("OKNO_PUBLIC_URL", address, false, parse_public_url);
        let public_url = own_public_url.or(shared_url);
        let forwarded_hops = env.get("OKNO_GATEWAY_FORWARDED_HOPS", 0);
        let drain = env.seconds("OKNO_DRAIN_SECONDS", Duration::from_secs(20));
        let allow_private_addresses = env.get("OKNO_ALLOW_PRIVATE_ADDRESSES", false);
        env.build(|| {
            Some(Self {
                bus: BusConfig { url: url?, name: format!("gateway-{channel}"), channel: Some(channel.clone()) },
                key: key?,
                objects: objects?,
                listen,
                public_url,
                forwarded_hops,
                drain,
                allow_private_addresses,
                tells: Vec::new(),
                health: Health::new(),
                timing: Timing::default(),
            })
        })
    }

    /// The setup with what this process tells it; no account can set that itself.
    pub(crate) fn told(&self, setup: AccountSetup) -> AccountSetup {
        let mut setup = setup.with_public_url(self.public_url.as_ref()).with_own_key(&self.key);
        for (name, value) in &self.tells {
            setup.settings.insert((*name).to_owned(), value.clone());
        }
        setup
    }
}

fn channel_key(env: &Env, channel: &Channel, suffix: &str) -> Option<ChannelKey> {
    let expected = "32 bytes in base64";
    let own = format!("OKNO_SECRETS_KEY_{suffix}");
    if env.optional::<Secret>(&own).is_some() {
        return env.require_with(&own, expected, true, |text| ChannelKey::parse(channel, text).ok());
    }
    let derive = |text: &str| Some(RootKey::parse(text).ok()?.for_channel(channel));
    env.require_with("OKNO_SECRETS_KEY", expected, true, derive)
}

fn open_objects(text: &str) -> Option<Arc<dyn ObjectStore>> {
    objects::open(&objects::folder(text)?).ok()
}

fn parse_public_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

    fn channel() -> Channel {
        "telegram".parse().unwrap()
    }

    fn read(extra: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().to_str().unwrap();
        let base = [("OKNO_NATS_URL", "nats://127.0.0.1:4222"), ("OKNO_OBJECTS", folder), ("OKNO_SECRETS_KEY", KEY)];
        Config::from_env(&Env::from_pairs(base.iter().chain(extra).copied()), &channel(), 8083)
    }

    #[test]
    fn the_channels_own_key_and_url_win() {
        let derived = read(&[]).unwrap();
        let shared = ("OKNO_PUBLIC_URL", "https://okno.example.org");
        assert_eq!(read(&[shared]).unwrap().public_url.unwrap().as_str(), "https://okno.example.org/");
        let own = [
            ("OKNO_SECRETS_KEY_TELEGRAM", KEY),
            ("OKNO_NATS_URL_TELEGRAM", "nats://telegram:x@127.0.0.1"),
            shared,
            ("OKNO_PUBLIC_URL_TELEGRAM", "https://hooks.example.org"),
        ];
        let own = read(&own).unwrap();
        assert_eq!(own.public_url.unwrap().as_str(), "https://hooks.example.org/");
        assert_ne!(derived.key.key_id(), own.key.key_id());
        assert_eq!(own.bus.url, "nats://telegram:x@127.0.0.1");
        assert_eq!(derived.listen.port(), 8083);
    }

    #[test]
    fn what_the_process_tells_no_account_can_say_itself() {
        let config = Config { tells: vec![("_taken", "true".to_owned())], ..read(&[]).unwrap() };
        let settings = [("_taken", "false"), ("address", "a")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let account = model::AccountId::new();
        let setup = AccountSetup { account, settings: settings.into(), allow_private_addresses: false };
        let told = config.told(setup);
        assert_eq!((told.get("_taken"), told.get("address")), ("true", "a"));
    }

    #[test]
    fn what_is_missing_or_bad_is_told_at_once_without_secrets() {
        let env = Env::from_pairs([("OKNO_SECRETS_KEY_TELEGRAM", "hush"), ("OKNO_PUBLIC_URL", "ftp://example.org")]);
        let Err(errors) = Config::from_env(&env, &channel(), 8083) else { panic!("these settings are bad") };
        let text = errors.to_string();
        for name in ["OKNO_NATS_URL", "OKNO_SECRETS_KEY_TELEGRAM", "OKNO_OBJECTS", "OKNO_PUBLIC_URL"] {
            assert!(text.contains(name), "{name} is missing in {text}");
        }
        assert!(!text.contains("hush"));
    }
}
