//! Loopback ports: the same as last time where they are still free.

use std::{collections::BTreeMap, fs, net::TcpListener, path::Path};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// Where each part listens, on 127.0.0.1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    pub postgres: u16,
    pub nats: u16,
    pub redis: u16,
    pub edge: u16,
    pub router: u16,
    pub crm: u16,
    pub gateway_custom: u16,
    pub gateway_email: u16,
    pub gateway_max: u16,
    pub gateway_telegram: u16,
    pub gateway_viber: u16,
    pub gateway_vk: u16,
    pub gateway_webchat: u16,
    pub gateway_whatsapp: u16,
    pub ops: u16,
    pub telegram: u16,
}

/// The page's port if nobody else has it: easy to remember.
const PAGE: u16 = 8080;

impl Ports {
    /// Free ones.
    pub fn free() -> Self {
        Self::remembered(&BTreeMap::new())
    }

    /// Those of the last start, as far as nobody else took them; written down for the next one.
    pub fn keep(file: &Path) -> Result<Self> {
        let last = fs::read(file).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        let ports = Self::remembered(&last);
        fs::write(file, serde_json::to_vec_pretty(&ports)?).with_context(|| file.display().to_string())?;
        Ok(ports)
    }

    fn remembered(last: &BTreeMap<String, u16>) -> Self {
        let mut taken = Vec::new();
        let mut port = |name: &str, liked: Option<u16>| {
            let known = last.get(name).copied().or(liked);
            let port = known.filter(|port| is_free(*port) && !taken.contains(port)).unwrap_or_else(|| unused(&taken));
            taken.push(port);
            port
        };
        Self {
            edge: port("edge", Some(PAGE)),
            postgres: port("postgres", None),
            nats: port("nats", None),
            redis: port("redis", None),
            router: port("router", None),
            crm: port("crm", None),
            gateway_custom: port("gateway_custom", None),
            gateway_email: port("gateway_email", None),
            gateway_max: port("gateway_max", None),
            gateway_telegram: port("gateway_telegram", None),
            gateway_viber: port("gateway_viber", None),
            gateway_vk: port("gateway_vk", None),
            gateway_webchat: port("gateway_webchat", None),
            gateway_whatsapp: port("gateway_whatsapp", None),
            ops: port("ops", None),
            telegram: port("telegram", None),
        }
    }
}

fn unused(taken: &[u16]) -> u16 {
    std::iter::repeat_with(testkit::servers::free_port).find(|port| !taken.contains(port)).unwrap_or_default()
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_stay_unless_somebody_took_them() {
        let folder = std::env::temp_dir().join(format!("okno-ports-{}", std::process::id()));
        let first = Ports::keep(&folder).expect("a temporary file");
        assert_eq!(Ports::keep(&folder).expect("the same file"), first);
        let _taken = TcpListener::bind(("127.0.0.1", first.nats)).expect("a port that was free");
        let second = Ports::keep(&folder).expect("the same file");
        assert_ne!(second.nats, first.nats);
        assert_eq!(second.postgres, first.postgres);
        fs::remove_file(&folder).expect("our own file");
    }
}
