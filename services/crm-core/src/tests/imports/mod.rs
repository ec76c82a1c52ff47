//! Clients from spreadsheets and into them: what becomes of files and rows, doubles, rights, exports.

mod doubles;
mod exports;
mod life;
mod people;
pub mod rights;

use std::time::Duration;

use ::store::{Schema, timer};
use contracts::crm::{
    AppendImportFileRequest, CreateImportRequest, GetImportRequest, Import, ImportDoubles, ImportMapping,
    ImportOutcome, ImportRow, ImportState, ListImportRowsRequest, ReadImportRequest, SetImportMappingRequest,
    StartImportRequest, import_service_server::ImportService as _,
};
use rpc::Caller;
use runtime::{Stop, TaskTracker};
use tonic::Status;
use uuid::Uuid;

use super::world::World;
use crate::{imports::ImportGrpc, timers::Timers};

/// Somebody at their import.
struct Importer<'a> {
    world: &'a World,
    grpc: ImportGrpc,
    by: Caller,
}

impl<'a> Importer<'a> {
    fn new(world: &'a World, by: Caller) -> Self {
        Self { world, grpc: ImportGrpc { db: world.db.clone() }, by }
    }

    fn administrator(world: &'a World) -> Self {
        Self::new(world, Caller::administrator(world.admin.employee().unwrap()))
    }

    async fn create(&self) -> String {
        let request = CreateImportRequest { request_id: Uuid::now_v7().to_string(), file_name: "clients.csv".into() };
        self.grpc.create_import(self.by.request(request)).await.unwrap().into_inner().import.unwrap().import_id
    }

    async fn append(&self, import_id: &str, offset: u64, content: &[u8]) -> Result<u64, Status> {
        let request = AppendImportFileRequest { import_id: import_id.into(), offset, content: content.to_vec() };
        Ok(self.grpc.append_import_file(self.by.request(request)).await?.into_inner().size_bytes)
    }

    async fn get(&self, import_id: &str) -> Import {
        let request = GetImportRequest { import_id: import_id.into() };
        self.grpc.get_import(self.by.request(request)).await.unwrap().into_inner().import.unwrap()
    }

    /// A file in parts, read.
    async fn read(&self, file: &[u8]) -> Import {
        let id = self.create().await;
        let mut offset = 0;
        for part in file.chunks(1 << 20) {
            offset = self.append(&id, offset, part).await.unwrap();
        }
        self.grpc.read_import(self.by.request(ReadImportRequest { import_id: id.clone() })).await.unwrap();
        self.until(&id, &[ImportState::Ready, ImportState::Failed]).await
    }

    /// Runs timers until the import is in one of these states.
    async fn until(&self, id: &str, states: &[ImportState]) -> Import {
        let (tasks, stop) = (TaskTracker::new(), Stop::new());
        let timers = Timers { wake: self.world.db.wake.clone() };
        let running = tasks.spawn(timer::run(self.world.db.pool.clone(), Schema::Crm, timers, stop.clone()));
        let found = testkit::eventually("the import is there", Duration::from_secs(600), async || {
            let import = self.get(id).await;
            states.iter().any(|state| import.state == i32::from(*state)).then_some(import)
        })
        .await;
        stop.cancel();
        running.await.unwrap();
        found
    }

    async fn map(&self, id: &str, mapping: ImportMapping) -> Result<Import, Status> {
        let request = SetImportMappingRequest { import_id: id.into(), mapping: Some(mapping) };
        Ok(self.grpc.set_import_mapping(self.by.request(request)).await?.into_inner().import.unwrap())
    }

    async fn start(&self, id: &str, dry_run: bool) -> Result<Import, Status> {
        let request = StartImportRequest { import_id: id.into(), dry_run };
        Ok(self.grpc.start_import(self.by.request(request)).await?.into_inner().import.unwrap())
    }

    /// From a file to its end, with what is guessed.
    async fn import(&self, file: &str, doubles: ImportDoubles) -> Import {
        let read = self.read(file.as_bytes()).await;
        let mapping = ImportMapping { doubles: doubles.into(), ..read.mapping.unwrap() };
        self.map(&read.import_id, mapping).await.unwrap();
        self.run(&read.import_id, false).await
    }

    async fn run(&self, id: &str, dry_run: bool) -> Import {
        self.start(id, dry_run).await.unwrap();
        self.until(id, &[ImportState::Done]).await
    }

    async fn rows(&self, id: &str, outcomes: &[ImportOutcome]) -> Vec<ImportRow> {
        let outcomes = outcomes.iter().map(|outcome| i32::from(*outcome)).collect();
        let request = ListImportRowsRequest { import_id: id.into(), outcomes, page_size: 200, ..Default::default() };
        self.grpc.list_import_rows(self.by.request(request)).await.unwrap().into_inner().rows
    }
}

/// Made, updated, double, refused.
fn counts(import: &Import) -> [u64; 4] {
    [import.rows_made, import.rows_updated, import.rows_double, import.rows_refused]
}
