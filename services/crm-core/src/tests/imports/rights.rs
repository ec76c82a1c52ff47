//! Calls of ImportService about somebody's import and client, for the table of who may call what (`card_rights`).

use contracts::crm::{
    AppendImportFileRequest, CreateImportRequest, ExportClientsRequest, GetImportRequest, ListImportRowsRequest,
    ListImportsRequest, ReadImportRequest, ResumeImportRequest, SetImportMappingRequest, StartImportRequest,
    StopImportRequest, import_service_server::ImportService as _,
};
use futures::TryStreamExt as _;
use rpc::Caller;
use tonic::Status;
use uuid::Uuid;

use crate::{
    imports::ImportGrpc,
    tests::{duplicates::rights::Who, world::World},
};

/// An import of whoever answers for the client, in a state that the call fits.
async fn import(world: &World, method: &str, client: &str) -> String {
    let id = Uuid::now_v7();
    let state = match method {
        "AppendImportFile" | "ReadImport" => 1,
        "StopImport" => 4,
        "ResumeImport" => 5,
        _ => 3,
    };
    let sql = format!(
        r#"delete from crm.import;
           insert into crm.import (import_id, employee_id, request_sha256, file_name, state, columns, mapping)
           select '{id}', responsible_employee_id, '', 'clients.csv', {state}, '[{{"heading": "", "samples": []}}]',
                  '{{"columns": [{{"column": 0, "target": "name"}}]}}'
           from crm.client where client_id = '{client}'"#
    );
    world.sql(&sql).await;
    if method == "ReadImport" {
        world.sql(&format!("update crm.import set size_bytes = 1 where import_id = '{id}'")).await;
    }
    id.to_string()
}

pub async fn call(world: &World, by: &Caller, method: &str, client: &str) -> Option<(Who, Result<(), Status>)> {
    let grpc = ImportGrpc { db: world.db.clone() };
    let import_id = import(world, method, client).await;
    let there = |there: bool| if there { Ok(()) } else { Err(Status::not_found("left out")) };
    Some(match method {
        "CreateImport" => {
            let request = CreateImportRequest { request_id: Uuid::now_v7().to_string(), file_name: "own.csv".into() };
            (Who::Anyone, grpc.create_import(by.request(request)).await.map(drop))
        }
        "AppendImportFile" => {
            let request = AppendImportFileRequest { import_id, offset: 0, content: b"name".to_vec() };
            (Who::Owns, grpc.append_import_file(by.request(request)).await.map(drop))
        }
        "ReadImport" => (Who::Owns, grpc.read_import(by.request(ReadImportRequest { import_id })).await.map(drop)),
        "SetImportMapping" => {
            let request = SetImportMappingRequest { import_id, mapping: Some(Default::default()) };
            (Who::Owns, grpc.set_import_mapping(by.request(request)).await.map(drop))
        }
        "StartImport" => {
            let request = StartImportRequest { import_id, dry_run: true };
            (Who::Owns, grpc.start_import(by.request(request)).await.map(drop))
        }
        "GetImport" => (Who::Owns, grpc.get_import(by.request(GetImportRequest { import_id })).await.map(drop)),
        "ListImports" => {
            let page = grpc.list_imports(by.request(ListImportsRequest::default())).await.unwrap().into_inner();
            (Who::Owns, there(page.imports.iter().any(|one| one.import_id == import_id)))
        }
        "StopImport" => (Who::Owns, grpc.stop_import(by.request(StopImportRequest { import_id })).await.map(drop)),
        "ResumeImport" => {
            (Who::Owns, grpc.resume_import(by.request(ResumeImportRequest { import_id })).await.map(drop))
        }
        "ListImportRows" => {
            let request = ListImportRowsRequest { import_id, ..Default::default() };
            (Who::Owns, grpc.list_import_rows(by.request(request)).await.map(drop))
        }
        "ExportClients" => {
            let request = ExportClientsRequest { columns: vec!["name".into()], ..Default::default() };
            let parts = grpc.export_clients(by.request(request)).await.unwrap().into_inner();
            let parts: Vec<_> = parts.try_collect().await.unwrap();
            let file = parts.into_iter().flat_map(|part| part.content).collect();
            (Who::Sees, there(String::from_utf8(file).unwrap().contains("Чужой клиент")))
        }
        _ => return None,
    })
}
