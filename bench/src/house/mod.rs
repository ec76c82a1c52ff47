//! The whole of Okno for one run: servers of its own with fsync on, a database of its own, and `okno all`.

mod folder;
mod okno;
mod servers;

use std::{collections::BTreeMap, path::Path, time::Duration};

use anyhow::{Context, Result};
use sqlx::PgPool;
use testkit::servers::free_port;

pub use folder::Folder;
pub use servers::{Servers, Settings};

use crate::usage::Process;
use okno::Okno;

/// Variables by name.
pub type Variables = BTreeMap<String, String>;

/// A running house.
pub struct House {
    okno: Okno,
    pub servers: Servers,
    pub pool: PgPool,
    pub ports: Ports,
    /// From the start of `okno all` until it was ready.
    pub ready_after: Duration,
}

/// Where `okno all` listens on 127.0.0.1.
pub struct Ports {
    pub edge: u16,
    pub telegram: u16,
    pub webchat: u16,
    pub whatsapp: u16,
    router: u16,
    crm: u16,
    ops: u16,
}

impl Ports {
    fn free() -> Self {
        let [edge, telegram, webchat, whatsapp, router, crm, ops] = std::array::from_fn(|_| free_port());
        Self { edge, telegram, webchat, whatsapp, router, crm, ops }
    }
}

impl House {
    /// Starts servers on empty folders, migrates, makes the demo company, starts `okno all` and waits until it is ready.
    pub async fn open(folder: &Path, program: &Path, settings: &Settings) -> Result<Self> {
        let servers = Servers::start(folder, program, settings).await?;
        let ports = Ports::free();
        let mut variables = okno::keys(program).await?;
        variables.extend(variables_of(folder, &servers, &ports, settings)?);
        okno::command(program, &variables, "migrate").await?;
        okno::command(program, &variables, "seed-demo").await?;
        let (okno, ready_after) = Okno::start(program, &variables, &folder.join("okno.log"), ports.ops).await?;
        let pool = servers.pool().await?;
        Ok(Self { okno, servers, pool, ports, ready_after })
    }

    /// Everyone's processes, ours included.
    pub fn processes(&self) -> Vec<Process> {
        let mut all = vec![Process::alone("okno", self.okno.pid())];
        all.extend(self.servers.processes());
        all
    }

    /// The edge's address.
    pub fn edge(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.edge)
    }

    /// Stops `okno all` in order, then the servers; what they stored goes.
    pub async fn close(mut self) {
        self.pool.close().await;
        self.okno.stop().await;
        self.servers.stop().await;
    }
}

fn variables_of(folder: &Path, servers: &Servers, ports: &Ports, settings: &Settings) -> Result<Variables> {
    let objects = folder.join("objects");
    std::fs::create_dir_all(&objects).with_context(|| objects.display().to_string())?;
    let listen = |port: u16| format!("127.0.0.1:{port}");
    let http = |port: u16| format!("http://127.0.0.1:{port}");
    let mut variables = servers.nats_urls().clone();
    let set = [
        ("OKNO_DATABASE_URL", servers.database_url().to_owned()),
        ("OKNO_REDIS_URL", servers.redis_url()),
        ("OKNO_OBJECTS", objects.display().to_string()),
        ("OKNO_PARTS", settings.parts.to_string()),
        ("OKNO_EDGE_LISTEN", listen(ports.edge)),
        ("OKNO_ROUTER_LISTEN", listen(ports.router)),
        ("OKNO_CRM_LISTEN", listen(ports.crm)),
        ("OKNO_GATEWAY_TELEGRAM_LISTEN", listen(ports.telegram)),
        // Nobody comes to these: on any port.
        ("OKNO_GATEWAY_CUSTOM_LISTEN", listen(0)),
        ("OKNO_GATEWAY_EMAIL_LISTEN", listen(0)),
        ("OKNO_GATEWAY_MAX_LISTEN", listen(0)),
        ("OKNO_GATEWAY_VIBER_LISTEN", listen(0)),
        ("OKNO_GATEWAY_VK_LISTEN", listen(0)),
        ("OKNO_GATEWAY_WEBCHAT_LISTEN", listen(ports.webchat)),
        ("OKNO_GATEWAY_WHATSAPP_LISTEN", listen(ports.whatsapp)),
        ("OKNO_OPS_LISTEN", listen(ports.ops)),
        ("OKNO_ROUTER_URL", http(ports.router)),
        ("OKNO_CRM_URL", http(ports.crm)),
        ("OKNO_PUBLIC_URL", http(ports.telegram)),
        ("OKNO_PUBLIC_URL_WEBCHAT", http(ports.webchat)),
        ("OKNO_PUBLIC_URL_WHATSAPP", http(ports.whatsapp)),
        ("OKNO_DEMO_WEBCHAT_URL", http(ports.webchat)),
        // The fake Telegram is on this machine, and visitors come through a proxy that says where each is.
        ("OKNO_ALLOW_PRIVATE_ADDRESSES", "true".to_owned()),
        ("OKNO_GATEWAY_FORWARDED_HOPS", "1".to_owned()),
        ("OKNO_DRAIN_SECONDS", "10".to_owned()),
    ];
    variables.extend(set.map(|(name, value)| (name.to_owned(), value)));
    Ok(variables)
}
