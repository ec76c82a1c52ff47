//! Calls of PersonalDataService about somebody's client, for the table of who may call what (`card_rights`).

use contracts::crm::{
    ApproveErasureRequest, CallOffErasureRequest, CreatePersonalExportLinkRequest, GetErasureRequest,
    GetPersonalDataSettingsRequest, GetPersonalExportRequest, ListErasuresRequest, ListPersonalExportsRequest,
    PersonalDataSettings, PreviewErasureRequest, RemovePersonalExportRequest, RequestErasureRequest,
    RequestPersonalExportRequest, TakePersonalExportRequest, UpdatePersonalDataSettingsRequest,
    personal_data_service_server::PersonalDataService as _,
};
use model::SessionId;
use rpc::Caller;
use tonic::Status;
use uuid::Uuid;

use super::grpc;
use crate::{
    sessions::domain::sha256,
    tests::{duplicates::rights::Who, world::World},
};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub async fn call(world: &World, by: &Caller, method: &str, client: &str) -> Option<(Who, Result<(), Status>)> {
    let grpc = grpc(world);
    let by = Caller { session: Some(SessionId::new()), ..by.clone() };
    // Of another client, and asked for by somebody else.
    let (erasure, other) = (Uuid::now_v7(), Uuid::now_v7());
    let waiting = format!(
        "insert into crm.erasure (erasure_id, state, client_id, seen, records) values ('{erasure}', 1, '{other}', '{{}}', 0)"
    );
    world.sql(&waiting).await;
    let secret = "secret".to_owned();
    let (export, hash, me) = (Uuid::now_v7(), hex(&sha256(&secret)), by.employee().unwrap());
    let ready = format!(
        "insert into crm.personal_export (export_id, state, client_id, seen, link_sha256, link_employee_id, link_until)
         values ('{export}', 2, '{other}', '{{}}', decode('{hash}', 'hex'), '{me}', now() + interval '1 min')"
    );
    world.sql(&ready).await;
    let export_id = export.to_string();
    let (erasure_id, client_id) = (erasure.to_string(), client.to_owned());
    let answer = match method {
        "PreviewErasure" => grpc.preview_erasure(by.request(PreviewErasureRequest { client_id })).await.map(drop),
        "RequestErasure" => {
            let request_id = Uuid::now_v7().to_string();
            let request = RequestErasureRequest { request_id, client_id, records_seen: 0 };
            grpc.request_erasure(by.request(request)).await.map(drop)
        }
        "ApproveErasure" => {
            let request = ApproveErasureRequest { erasure_id, records_seen: 0 };
            grpc.approve_erasure(by.request(request)).await.map(drop)
        }
        "CallOffErasure" => grpc.call_off_erasure(by.request(CallOffErasureRequest { erasure_id })).await.map(drop),
        "GetErasure" => grpc.get_erasure(by.request(GetErasureRequest { erasure_id })).await.map(drop),
        "ListErasures" => grpc.list_erasures(by.request(ListErasuresRequest::default())).await.map(drop),
        "RequestPersonalExport" => {
            let request = RequestPersonalExportRequest { request_id: Uuid::now_v7().to_string(), client_id };
            grpc.request_personal_export(by.request(request)).await.map(drop)
        }
        "GetPersonalExport" => {
            grpc.get_personal_export(by.request(GetPersonalExportRequest { export_id })).await.map(drop)
        }
        "ListPersonalExports" => {
            grpc.list_personal_exports(by.request(ListPersonalExportsRequest::default())).await.map(drop)
        }
        "RemovePersonalExport" => {
            grpc.remove_personal_export(by.request(RemovePersonalExportRequest { export_id })).await.map(drop)
        }
        "CreatePersonalExportLink" => {
            grpc.create_personal_export_link(by.request(CreatePersonalExportLinkRequest { export_id })).await.map(drop)
        }
        "TakePersonalExport" => {
            grpc.take_personal_export(by.request(TakePersonalExportRequest { export_id, secret })).await.map(drop)
        }
        "GetPersonalDataSettings" => {
            grpc.get_personal_data_settings(by.request(GetPersonalDataSettingsRequest {})).await.map(drop)
        }
        "UpdatePersonalDataSettings" => {
            let settings = Some(PersonalDataSettings { approve_above: 500, ..PersonalDataSettings::default() });
            let request = UpdatePersonalDataSettingsRequest { settings };
            grpc.update_personal_data_settings(by.request(request)).await.map(drop)
        }
        _ => return None,
    };
    Some((Who::Administrates, answer))
}
