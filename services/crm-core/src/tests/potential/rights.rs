//! Calls of PotentialService about somebody's client, for the table of who may call what (`card_rights`).

use chrono::Utc;
use contracts::crm::{
    ClearPotentialRequest, GetClientPotentialRequest, GetPotentialRecountRequest, GetPotentialSettingsRequest,
    ListPotentialGapsRequest, PotentialOverride, ResumePotentialRecountRequest, SetPotentialRequest,
    StartPotentialRecountRequest, StopPotentialRecountRequest, UpdatePotentialSettingsRequest,
    potential_service_server::PotentialService as _,
};
use rpc::Caller;
use tonic::Status;
use uuid::Uuid;

use super::{grpc, own, settings};
use crate::tests::{cards::mask, duplicates::rights::Who, world::World};

pub async fn call(world: &World, by: &Caller, method: &str, client: &str) -> Option<(Who, Result<(), Status>)> {
    let grpc = grpc(world);
    let newest = "select recount_id from crm.potential_recount order by started_at desc limit 1";
    let newest: Option<Uuid> = sqlx::query_scalar(newest).fetch_optional(&world.db.pool).await.unwrap();
    let recount_id = newest.unwrap_or_else(Uuid::now_v7).to_string();
    let request_id = Uuid::now_v7().to_string();
    let client_id = client.to_owned();
    Some(match method {
        "GetPotentialSettings" => {
            (Who::Anyone, grpc.get_potential_settings(by.request(GetPotentialSettingsRequest {})).await.map(drop))
        }
        "UpdatePotentialSettings" => {
            let department = "select department_id from crm.employee_department where employee_id = $1";
            let department = sqlx::query_scalar::<_, Uuid>(department).bind(by.employee().unwrap().0);
            let department = department.fetch_optional(&world.db.pool).await.unwrap();
            let department = department.map(|id| id.to_string()).unwrap_or_default();
            let wanted = |paths: &[&str]| UpdatePotentialSettingsRequest {
                settings: Some(settings(&["kind"], vec![own(&department, Some("1"), &[])])),
                update_mask: mask(paths),
            };
            let whole = grpc.update_potential_settings(by.request(wanted(&["fields"]))).await;
            assert_eq!(whole.is_ok(), by.is_administrator(), "the fields are the company's");
            (Who::Leads, grpc.update_potential_settings(by.request(wanted(&["departments"]))).await.map(drop))
        }
        "StartPotentialRecount" => {
            let request = StartPotentialRecountRequest { request_id };
            (Who::Administrates, grpc.start_potential_recount(by.request(request)).await.map(drop))
        }
        "StopPotentialRecount" => {
            let request = StopPotentialRecountRequest { recount_id };
            (Who::Administrates, grpc.stop_potential_recount(by.request(request)).await.map(drop))
        }
        "ResumePotentialRecount" => {
            let request = ResumePotentialRecountRequest { recount_id };
            (Who::Administrates, grpc.resume_potential_recount(by.request(request)).await.map(drop))
        }
        "GetPotentialRecount" => {
            let request = GetPotentialRecountRequest::default();
            (Who::Anyone, grpc.get_potential_recount(by.request(request)).await.map(drop))
        }
        "GetClientPotential" => {
            let request = GetClientPotentialRequest { client_id };
            (Who::Sees, grpc.get_client_potential(by.request(request)).await.map(drop))
        }
        "SetPotential" => {
            let ends_on = Utc::now().date_naive().to_string();
            let by_hand = PotentialOverride { amount: "1".into(), reason: "1".into(), ends_on, ..Default::default() };
            let request = SetPotentialRequest { client_id, by_hand: Some(by_hand) };
            (Who::Sees, grpc.set_potential(by.request(request)).await.map(drop))
        }
        "ClearPotential" => {
            let request = ClearPotentialRequest { client_id };
            (Who::Sees, grpc.clear_potential(by.request(request)).await.map(drop))
        }
        "ListPotentialGaps" => {
            let value = Uuid::now_v7();
            let gap = format!(
                "insert into crm.client_potential (client_id, settings_revision, period, factors)
                 values ('{client}', 1, 4, '[{{\"field\": \"segment_id\", \"value\": \"{value}\", \"weight\": null}}]')
                 on conflict (client_id) do update set factors = excluded.factors"
            );
            world.sql(&gap).await;
            let request = ListPotentialGapsRequest { page_size: 200, ..Default::default() };
            let page = grpc.list_potential_gaps(by.request(request)).await.unwrap().into_inner();
            let there = page.gaps.iter().any(|gap| gap.value == value.to_string());
            (Who::Sees, if there { Ok(()) } else { Err(Status::not_found("left out")) })
        }
        _ => return None,
    })
}
