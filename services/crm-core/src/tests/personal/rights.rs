//! Calls of PersonalDataService about somebody's client, for the table of who may call what (`card_rights`).

use contracts::crm::{
    ApproveErasureRequest, CallOffErasureRequest, GetErasureRequest, GetPersonalDataSettingsRequest,
    ListErasuresRequest, PersonalDataSettings, PreviewErasureRequest, RequestErasureRequest,
    UpdatePersonalDataSettingsRequest, personal_data_service_server::PersonalDataService as _,
};
use model::SessionId;
use rpc::Caller;
use tonic::Status;
use uuid::Uuid;

use super::grpc;
use crate::tests::{duplicates::rights::Who, world::World};

pub async fn call(world: &World, by: &Caller, method: &str, client: &str) -> Option<(Who, Result<(), Status>)> {
    let grpc = grpc(world);
    let by = Caller { session: Some(SessionId::new()), ..by.clone() };
    // Of another client, and asked for by somebody else.
    let (erasure, other) = (Uuid::now_v7(), Uuid::now_v7());
    let waiting = format!(
        "insert into crm.erasure (erasure_id, state, client_id, seen, records) values ('{erasure}', 1, '{other}', '{{}}', 0)"
    );
    world.sql(&waiting).await;
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
        "GetPersonalDataSettings" => {
            grpc.get_personal_data_settings(by.request(GetPersonalDataSettingsRequest {})).await.map(drop)
        }
        "UpdatePersonalDataSettings" => {
            let settings = Some(PersonalDataSettings { etag: String::new(), approve_above: 500 });
            let request = UpdatePersonalDataSettingsRequest { settings };
            grpc.update_personal_data_settings(by.request(request)).await.map(drop)
        }
        _ => return None,
    };
    Some((Who::Administrates, answer))
}
