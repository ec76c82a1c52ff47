//! Calls of LeadService about somebody's lead, for the table of who may call what (`card_rights`).

use contracts::crm::{
    AssignLeadRequest, ConvertLeadRequest, CreateLeadRequest, DeclineLeadRequest, EraseLeadRequest,
    GetLeadCleaningRequest, GetLeadSettingsRequest, Lead, LeadFilter, LeadSettings, ListLeadChangesRequest,
    ListLeadVisitsRequest, ListLeadsRequest, MergeLeadRequest, PreviewLeadCleaningRequest, ReopenLeadRequest,
    SettleLeadRequest, StartLeadCleaningRequest, UpdateLeadRequest, UpdateLeadSettingsRequest,
    lead_service_server::LeadService as _,
};
use rpc::Caller;
use tonic::Status;
use uuid::Uuid;

use super::{admin, create, get, grpc, listed, named, request_id};
use crate::tests::{cards::mask, duplicates::rights::Who, world::World};

/// A call about a lead of whoever answers for the client.
pub async fn call(world: &World, by: &Caller, method: &str, client: &str) -> Option<(Who, Result<(), Status>)> {
    let owner = "select responsible_employee_id from crm.client where client_id = $1::uuid";
    let owner: Uuid = sqlx::query_scalar(owner).bind(client).fetch_one(&world.db.pool).await.unwrap();
    let lead = |name: String, owner: String| Lead { responsible_employee_id: owner, ..named(&name, Vec::new()) };
    let name = format!("Чужой {}", request_id());
    let foreign = create(world, &admin(world), lead(name.clone(), owner.to_string()), None).await.unwrap();
    let (lead_id, grpc) = (foreign.lead_id.clone(), grpc(world));
    let etag = String::new();
    Some(match method {
        "ListLeads" => {
            let filter = Some(LeadFilter { query: name.clone(), ..LeadFilter::default() });
            let there = listed(world, by, ListLeadsRequest { filter, ..Default::default() }).await.contains(&name);
            (Who::Sees, if there { Ok(()) } else { Err(Status::not_found("left out")) })
        }
        "GetLead" => (Who::Sees, get(world, by, &lead_id).await.map(drop)),
        "CreateLead" => {
            let request = CreateLeadRequest { request_id: request_id(), lead: Some(foreign), ..Default::default() };
            (Who::Anyone, grpc.create_lead(by.request(request)).await.map(drop))
        }
        "UpdateLead" => {
            let request = UpdateLeadRequest { lead: Some(foreign), update_mask: mask(&["comment"]) };
            (Who::Sees, grpc.update_lead(by.request(request)).await.map(drop))
        }
        "AssignLead" => {
            let request = AssignLeadRequest { lead_id, etag, responsible_employee_id: String::new() };
            (Who::Sees, grpc.assign_lead(by.request(request)).await.map(drop))
        }
        "DeclineLead" => {
            let request = DeclineLeadRequest { lead_id, etag, reason: "Дорого".into() };
            (Who::Sees, grpc.decline_lead(by.request(request)).await.map(drop))
        }
        "ReopenLead" => (Who::Sees, grpc.reopen_lead(by.request(ReopenLeadRequest { lead_id, etag })).await.map(drop)),
        "SettleLead" => (Who::Sees, grpc.settle_lead(by.request(SettleLeadRequest { lead_id, etag })).await.map(drop)),
        "MergeLead" => {
            let me = by.employee().unwrap().to_string();
            let own = create(world, &admin(world), lead("Своё".into(), me), None).await.unwrap();
            // The own one into the foreign one: both must be seen.
            let request = MergeLeadRequest { lead_id: own.lead_id, etag, into_lead_id: lead_id };
            (Who::Sees, grpc.merge_lead(by.request(request)).await.map(drop))
        }
        "ConvertLead" => {
            let request = ConvertLeadRequest { request_id: request_id(), lead_id, etag, ..Default::default() };
            (Who::Sees, grpc.convert_lead(by.request(request)).await.map(drop))
        }
        "ListLeadChanges" => {
            let request = ListLeadChangesRequest { lead_id, ..Default::default() };
            (Who::Sees, grpc.list_lead_changes(by.request(request)).await.map(drop))
        }
        "ListLeadVisits" => {
            let request = ListLeadVisitsRequest { lead_id, ..Default::default() };
            (Who::Sees, grpc.list_lead_visits(by.request(request)).await.map(drop))
        }
        "GetLeadSettings" => {
            (Who::Anyone, grpc.get_lead_settings(by.request(GetLeadSettingsRequest {})).await.map(drop))
        }
        "UpdateLeadSettings" => {
            let settings = Some(LeadSettings::default());
            let request = UpdateLeadSettingsRequest { settings, update_mask: mask(&["erase_after_months"]) };
            (Who::Administrates, grpc.update_lead_settings(by.request(request)).await.map(drop))
        }
        "PreviewLeadCleaning" => {
            let request = PreviewLeadCleaningRequest { months: 120 };
            (Who::Administrates, grpc.preview_lead_cleaning(by.request(request)).await.map(drop))
        }
        "StartLeadCleaning" => {
            let request = StartLeadCleaningRequest { request_id: request_id(), months: 120 };
            (Who::Administrates, grpc.start_lead_cleaning(by.request(request)).await.map(drop))
        }
        "GetLeadCleaning" => {
            let request = GetLeadCleaningRequest::default();
            (Who::Administrates, grpc.get_lead_cleaning(by.request(request)).await.map(drop))
        }
        "EraseLead" => {
            let request = EraseLeadRequest { lead_id, etag };
            (Who::Administrates, grpc.erase_lead(by.request(request)).await.map(drop))
        }
        _ => return None,
    })
}
