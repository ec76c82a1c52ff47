//! The environment that `okno` runs with.

use std::collections::BTreeMap;

use anyhow::Result;

use super::{Plan, servers::Servers};

/// Servers that somebody else runs, by the variables that name them.
#[derive(Debug, Default, Clone)]
pub struct Given {
    pub database_url: Option<String>,
    pub nats_url: Option<String>,
    pub redis_url: Option<String>,
}

impl Given {
    /// From `OKNO_DATABASE_URL`, `OKNO_NATS_URL` and `OKNO_REDIS_URL`.
    pub fn from_environment() -> Self {
        let read = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            database_url: read("OKNO_DATABASE_URL"),
            nats_url: read("OKNO_NATS_URL"),
            redis_url: read("OKNO_REDIS_URL"),
        }
    }

    pub fn is_any(&self) -> bool {
        self.database_url.is_some() || self.nats_url.is_some() || self.redis_url.is_some()
    }

    pub fn is_all(&self) -> bool {
        self.database_url.is_some() && self.nats_url.is_some() && self.redis_url.is_some()
    }
}

/// Variables by name.
pub type Variables = BTreeMap<String, String>;

/// Everything `okno all` asks for. What the caller's environment sets beyond it is passed on.
pub fn of(plan: &Plan, servers: &Servers, keys: Variables) -> Result<Variables> {
    let ports = &plan.ports;
    let listen = |port: u16| format!("127.0.0.1:{port}");
    let objects = plan.data("objects");
    std::fs::create_dir_all(&objects)?;
    let mut variables = keys;
    variables.extend(servers.nats_urls.clone());
    let mut set = |name: &str, value: String| variables.insert(name.to_owned(), value);
    set("OKNO_DATABASE_URL", servers.database_url.clone());
    set("OKNO_REDIS_URL", servers.redis_url.clone());
    set("OKNO_OBJECTS", objects.display().to_string());
    set("OKNO_EDGE_LISTEN", listen(ports.edge));
    set("OKNO_ROUTER_LISTEN", listen(ports.router));
    set("OKNO_CRM_LISTEN", listen(ports.crm));
    set("OKNO_GATEWAY_CUSTOM_LISTEN", listen(ports.gateway_custom));
    set("OKNO_GATEWAY_EMAIL_LISTEN", listen(ports.gateway_email));
    set("OKNO_GATEWAY_MAX_LISTEN", listen(ports.gateway_max));
    set("OKNO_GATEWAY_TELEGRAM_LISTEN", listen(ports.gateway_telegram));
    set("OKNO_GATEWAY_VIBER_LISTEN", listen(ports.gateway_viber));
    set("OKNO_GATEWAY_VK_LISTEN", listen(ports.gateway_vk));
    set("OKNO_GATEWAY_WEBCHAT_LISTEN", listen(ports.gateway_webchat));
    set("OKNO_GATEWAY_WHATSAPP_LISTEN", listen(ports.gateway_whatsapp));
    // Sites reach the chat by a browser on this machine.
    set("OKNO_PUBLIC_URL_WEBCHAT", format!("http://{}", listen(ports.gateway_webchat)));
    set("OKNO_DEMO_WEBCHAT_URL", format!("http://{}", listen(ports.gateway_webchat)));
    set("OKNO_OPS_LISTEN", listen(ports.ops));
    set("OKNO_ROUTER_URL", format!("http://{}", listen(ports.router)));
    set("OKNO_CRM_URL", format!("http://{}", listen(ports.crm)));
    set("OKNO_DEMO_TELEGRAM_URL", servers.telegram_url());
    // The demo's Telegram is on this machine.
    set("OKNO_ALLOW_PRIVATE_ADDRESSES", "true".to_owned());
    set("OKNO_LOG_FORMAT", "text".to_owned());
    Ok(variables)
}
