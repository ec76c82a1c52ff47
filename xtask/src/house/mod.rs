//! The whole of Okno on this machine: private servers, the demo's fake Telegram, and `okno all` as a child.
//! `up` keeps its data, the browser tests throw it away.

mod http;
mod keys;
mod office;
mod ports;
mod servers;
mod users;
mod variables;

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};

use crate::{root, say};
use office::Office;
use servers::Servers;

pub use office::SignIn;
pub use ports::Ports;
pub use variables::Given;

/// Where a house stands and what it is made of.
pub struct Plan {
    /// Data, logs and keys lie below it.
    pub folder: PathBuf,
    /// The `okno` that runs.
    pub binary: PathBuf,
    pub ports: Ports,
    /// Servers that somebody else runs.
    pub given: Given,
    /// Whether data must outlive a power cut.
    pub durable: bool,
}

impl Plan {
    /// For tests: fresh data below the target folder, gone before the next run.
    pub fn throwaway(binary: PathBuf) -> Result<Self> {
        let folder = root::target().join("house");
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
        }
        Ok(Self { folder, binary, ports: Ports::free(), given: Given::default(), durable: false })
    }
}

/// A house that is starting or stands.
pub struct House {
    plan: Plan,
    servers: Servers,
    office: Option<Office>,
    sign_ins: Vec<SignIn>,
}

impl House {
    /// Starts the servers.
    pub async fn open(plan: Plan) -> Result<Self> {
        fs::create_dir_all(plan.folder.join("log")).with_context(|| plan.folder.display().to_string())?;
        let servers = Servers::start(&plan).await?;
        Ok(Self { plan, servers, office: None, sign_ins: Vec::new() })
    }

    /// Migrates, fills in the demo company, starts `okno all` and waits until it is ready.
    pub async fn start(&mut self) -> Result<()> {
        let keys = keys::once(&self.plan)?;
        let variables = variables::of(&self.plan, &self.servers, keys)?;
        say::step("okno migrate", "the schemas, streams and buckets of this version");
        office::command(&self.plan, &variables, &["migrate"]).await.map_err(hint)?;
        say::step("okno seed-demo", "a demo company to look at; nothing changes if it is there");
        self.sign_ins = office::seed(&self.plan, &variables).await?;
        say::step("okno all", "every target in one process");
        // Of this run; what is said before a crash stays.
        fs::write(self.log(), "")?;
        let office = self.office.insert(Office::start(&self.plan, &variables)?);
        office.ready(self.plan.ports.ops).await
    }

    /// A new key that may do all that the employee may.
    pub async fn api_key(&self, login: &str) -> Result<String> {
        let variables = variables::of(&self.plan, &self.servers, keys::once(&self.plan)?)?;
        let scopes = ["inbox.write", "org.write", "crm.write"].map(|scope| ["--scope", scope]).concat();
        let arguments = [&["admin", "api-key", login, "--name", "cargo xtask up"], scopes.as_slice()].concat();
        let said = office::command(&self.plan, &variables, &arguments).await?;
        Ok(said.trim().rsplit(' ').next().unwrap_or_default().to_owned())
    }

    /// Ends `okno all` without its drain, as a crash does; the servers and their data stay.
    pub async fn crash(&mut self) {
        if let Some(mut office) = self.office.take() {
            office.kill();
            office.gone().await;
        }
    }

    /// Starts `okno all` again after [`Self::crash`], and waits until it is ready.
    pub async fn rise(&mut self) -> Result<()> {
        let variables = variables::of(&self.plan, &self.servers, keys::once(&self.plan)?)?;
        let office = self.office.insert(Office::start(&self.plan, &variables)?);
        office.ready(self.plan.ports.ops).await
    }

    /// Ends only when `okno all` does, and says why.
    pub async fn broken(&mut self) -> anyhow::Error {
        match &mut self.office {
            Some(office) => office.ended().await,
            None => std::future::pending().await,
        }
    }

    /// Stops everything in the order that loses nothing: first who works, then what is worked on. It may be given up
    /// half-way and called again.
    pub async fn close(&mut self) {
        if let Some(office) = &mut self.office {
            office.stop().await;
        }
        self.servers.stop().await;
    }

    /// Ends `okno` without its drain.
    pub fn kill(&mut self) {
        if let Some(office) = &mut self.office {
            office.kill();
        }
    }

    /// The page's address.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.plan.ports.edge)
    }

    /// Where visitors' browsers find the chat.
    pub fn webchat(&self) -> String {
        format!("http://127.0.0.1:{}", self.plan.ports.gateway_webchat)
    }

    /// The fake Telegram's address.
    pub fn telegram(&self) -> String {
        self.servers.telegram_url()
    }

    pub fn sign_ins(&self) -> &[SignIn] {
        &self.sign_ins
    }

    pub fn log(&self) -> PathBuf {
        self.plan.log("okno")
    }
}

/// Until the first release a migration may still be edited; data made by the old one cannot be kept.
fn hint(error: anyhow::Error) -> anyhow::Error {
    let text = format!("{error:#}");
    if text.contains("but has been modified") {
        return error.context("this version's migrations differ from those of the data: `--fresh` starts over");
    }
    error
}

impl Plan {
    fn data(&self, name: &str) -> PathBuf {
        self.folder.join("data").join(name)
    }

    fn log(&self, name: &str) -> PathBuf {
        self.folder.join("log").join(format!("{name}.log"))
    }
}
