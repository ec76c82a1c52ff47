//! Calls of QualityService about somebody's client, for the table of who may call what (`card_rights`).

use contracts::crm::{
    GetQualityRecountRequest, GetQualityRequest, GetQualitySettingsRequest, ListQualityFailuresRequest, QualityCheck,
    QualityScope, ResumeQualityRecountRequest, StartQualityRecountRequest, StopQualityRecountRequest,
    UpdateQualitySettingsRequest, quality_service_server::QualityService as _,
};
use rpc::Caller;
use tonic::Status;
use uuid::Uuid;

use super::{grpc, settings};
use crate::tests::{duplicates::rights::Who, world::World};

pub async fn call(world: &World, by: &Caller, method: &str, client: &str) -> Option<(Who, Result<(), Status>)> {
    let grpc = grpc(world);
    let failing = format!(
        "insert into crm.client_quality values ('{client}', 0, 0, 0, array['addresses:phone'], array['inn'])
         on conflict (client_id) do update set missing_portrait = array['inn']"
    );
    world.sql(&failing).await;
    let newest = "select recount_id from crm.quality_recount order by started_at desc limit 1";
    let newest: Option<Uuid> = sqlx::query_scalar(newest).fetch_optional(&world.db.pool).await.unwrap();
    let recount_id = newest.unwrap_or_else(Uuid::now_v7).to_string();
    let request_id = Uuid::now_v7().to_string();
    Some(match method {
        "GetQualitySettings" => {
            (Who::Anyone, grpc.get_quality_settings(by.request(GetQualitySettingsRequest {})).await.map(drop))
        }
        "UpdateQualitySettings" => {
            let request = UpdateQualitySettingsRequest { settings: Some(settings(&["inn"], &[])) };
            (Who::Administrates, grpc.update_quality_settings(by.request(request)).await.map(drop))
        }
        "StartQualityRecount" => {
            let request = StartQualityRecountRequest { request_id };
            (Who::Administrates, grpc.start_quality_recount(by.request(request)).await.map(drop))
        }
        "StopQualityRecount" => {
            let request = StopQualityRecountRequest { recount_id };
            (Who::Administrates, grpc.stop_quality_recount(by.request(request)).await.map(drop))
        }
        "ResumeQualityRecount" => {
            let request = ResumeQualityRecountRequest { recount_id };
            (Who::Administrates, grpc.resume_quality_recount(by.request(request)).await.map(drop))
        }
        "GetQualityRecount" => {
            let request = GetQualityRecountRequest::default();
            (Who::Anyone, grpc.get_quality_recount(by.request(request)).await.map(drop))
        }
        "GetQuality" => {
            let company = GetQualityRequest::default();
            let company = grpc.get_quality(by.request(company)).await.unwrap().into_inner();
            let shown = company.worst.iter().any(|worst| worst.client_id == client);
            let sql = "select responsible_employee_id from crm.client where client_id = $1";
            let id: Uuid = client.parse().unwrap();
            let responsible: Uuid = sqlx::query_scalar(sql).bind(id).fetch_one(&world.db.pool).await.unwrap();
            let (scope, subject_id) = (QualityScope::Employee.into(), responsible.to_string());
            let named = grpc.get_quality(by.request(GetQualityRequest { scope, subject_id, days: 0 })).await.map(drop);
            assert_eq!(shown, named.is_ok(), "the company's worst clients are those in sight");
            (Who::Sees, named)
        }
        "ListQualityFailures" => {
            let check = QualityCheck::Portrait.into();
            let request = ListQualityFailuresRequest { check, page_size: 1_000, ..Default::default() };
            let page = grpc.list_quality_failures(by.request(request)).await.unwrap().into_inner();
            let there = page.failures.iter().any(|failure| failure.client_id == client);
            (Who::Sees, if there { Ok(()) } else { Err(Status::not_found("left out")) })
        }
        _ => return None,
    })
}
