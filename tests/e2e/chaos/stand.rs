//! The house that is struck: every target a process of its own, servers of its own, and who writes and answers.

use std::{
    collections::HashMap,
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
};

use testkit::servers::{NatsOptions, PostgresOptions};

use super::{disk::SmallDisk, faults::Fault, outside::Outside, settings::Settings};
use crate::{
    office::{self, Process},
    world::World,
};

/// In the order in which they are started.
pub const TARGETS: [&str; 7] =
    ["crm-core", "router", "gateway-telegram", "gateway-webchat", "gateway-whatsapp", "gateway-email", "edge"];

pub struct Stand {
    pub world: World,
    pub outside: Outside,
    pub broker_disk: Option<SmallDisk>,
    pub database_disk: Option<SmallDisk>,
    /// JetStream's store as it once was; none before the first copy.
    pub copy: PathBuf,
    /// Of ours, that ended without having been killed.
    pub ended: Vec<String>,
    logs: PathBuf,
    /// The binary of each target's process.
    programs: HashMap<&'static str, PathBuf>,
}

impl Stand {
    /// Servers, then processes of `program`; what cannot be had is struck from the faults and told.
    pub async fn build(settings: &mut Settings, notes: &mut Vec<String>, program: &Path) -> Self {
        let logs = settings.folder.join("logs");
        let _ = std::fs::remove_dir_all(&logs);
        std::fs::create_dir_all(&logs).expect("a folder for logs");
        let mut disk = |fault: Fault, name: &str, megabytes| {
            if !settings.faults.contains(&fault) {
                return None;
            }
            let mounted = SmallDisk::mount(name, megabytes).map_err(|why| {
                assert!(!settings.named, "{}: a small disk cannot be mounted here ({why}); leave it out", fault.name());
                notes.push(format!("no {}: a small disk cannot be mounted here ({why})", fault.name()));
                settings.faults.retain(|one| *one != fault);
            });
            mounted.ok()
        };
        let (broker_disk, database_disk) =
            (disk(Fault::DiskBroker, "broker", 512), disk(Fault::DiskDatabase, "database", 1_536));
        let below = |disk: &Option<SmallDisk>, name| disk.as_ref().map(|disk| disk.path().join(name));
        let postgres = PostgresOptions {
            data_dir: below(&database_disk, "postgres"),
            durable: true,
            // Of the size of the small disk.
            settings: vec!["max_wal_size=256MB".to_owned()],
            ..PostgresOptions::default()
        };
        let nats = NatsOptions { data_dir: below(&broker_disk, "nats"), ..NatsOptions::default() };
        let mut world = World::servers_of(postgres, nats, program).await;
        // Sends that a killed gateway had begun are settled soon; below 30 s a gateway may still begin one.
        world.environment.insert("OKNO_CLAIM_SECONDS".to_owned(), "35".to_owned());
        let copy = settings.folder.join("nats-copy");
        let programs = TARGETS.map(|target| (target, program.to_owned())).into();
        let (outside, ended) = (Outside::open().await, Vec::new());
        let mut stand = Self { world, outside, broker_disk, database_disk, copy, ended, logs, programs };
        for target in TARGETS {
            stand.start(target);
            stand.world.processes.get_mut(target).expect("started").ready(&[target]).await;
        }
        stand
    }

    /// Starts a target without waiting for it.
    pub fn start(&mut self, target: &'static str) {
        let process = self.spawn(&self.programs[target], target, &self.world.environment);
        self.world.processes.insert(target.to_owned(), process);
    }

    /// A process of a target beside the one that there is; in its log, too.
    pub fn spawn(&self, program: &Path, target: &str, environment: &HashMap<String, String>) -> Process {
        Process::spawn_of(program, &[target], environment, self.log(target))
    }

    /// Ends a target's process in order and starts this version's in its place.
    pub async fn replace(&mut self, target: &'static str) {
        let status = self.world.processes.remove(target).expect("a process of this name").stop().await;
        if !status.success() {
            self.ended.push(format!("{target} ended with {status} when it was asked to"));
        }
        self.programs.insert(target, office::binary());
        self.start(target);
        self.world.processes.get_mut(target).expect("started").ready(&[target]).await;
    }

    /// Starts again what has ended by itself, as Kubernetes would.
    pub fn revive(&mut self) {
        for target in TARGETS {
            let ended = self.world.processes.get_mut(target).and_then(Process::ended);
            if let Some(status) = ended {
                self.ended.push(format!("{target} ended with {status}"));
                self.start(target);
            }
        }
    }

    /// Of every process, one file for each target.
    pub fn logs(&self) -> &Path {
        &self.logs
    }

    fn log(&self, target: &str) -> Stdio {
        let path = self.logs.join(format!("{target}.log"));
        File::options().create(true).append(true).open(path).expect("a log").into()
    }
}
