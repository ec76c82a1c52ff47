//! Calls of DuplicateService about somebody's client, for the table of who may call what (`card_rights`).

use contracts::crm::{
    CheckDuplicatesRequest, GetDuplicateSearchRequest, GetMatchSettingsRequest, ListDuplicateGroupsRequest,
    ListMergesRequest, MarkNotDuplicatesRequest, MatchSettings, MergeClientsRequest, MergeContactsRequest,
    StartDuplicateSearchRequest, UndoMergeRequest, UpdateMatchSettingsRequest,
    duplicate_service_server::DuplicateService as _,
};
use rpc::Caller;
use tonic::Status;
use uuid::Uuid;

use super::{contacts::person, grpc, named, put};
use crate::tests::world::World;

/// Who may.
#[derive(Debug, Clone, Copy)]
pub enum Who {
    Sees,
    Owns,
    Leads,
    Administrates,
    Anyone,
}

pub async fn call(world: &World, by: &Caller, method: &str, client: &str) -> Option<(Who, Result<(), Status>)> {
    let (grpc, me) = (grpc(world), by.employee().unwrap());
    // Behind the client in lists by name: these become more than a page.
    let own = named("Ясно, своё");
    put(world, std::slice::from_ref(&own)).await;
    let (own, merge) = (own.id.to_string(), Uuid::now_v7());
    world
        .sql(&format!(
            "update crm.client set responsible_employee_id = '{me}' where client_id = '{own}';
             insert into crm.merge (merge_id, request_sha256, client_id, other_ids, counts, fields_before, fields_after, employee_id)
             values ('{merge}', '', '{client}', array['{own}'::uuid], '[]', '{{}}', '{{}}', '{me}')"
        ))
        .await;
    let request_id = Uuid::now_v7().to_string();
    Some(match method {
        "GetMatchSettings" => {
            (Who::Anyone, grpc.get_match_settings(by.request(GetMatchSettingsRequest {})).await.map(drop))
        }
        "UpdateMatchSettings" => {
            let request = UpdateMatchSettingsRequest { settings: Some(MatchSettings::default()) };
            (Who::Administrates, grpc.update_match_settings(by.request(request)).await.map(drop))
        }
        "CheckDuplicates" => {
            let request =
                CheckDuplicatesRequest { client: Some(contracts::crm::Client::default()), ..Default::default() };
            (Who::Anyone, grpc.check_duplicates(by.request(request)).await.map(drop))
        }
        "StartDuplicateSearch" => {
            let request = StartDuplicateSearchRequest { request_id, ..Default::default() };
            (Who::Leads, grpc.start_duplicate_search(by.request(request)).await.map(drop))
        }
        "GetDuplicateSearch" => {
            let request = GetDuplicateSearchRequest::default();
            (Who::Leads, grpc.get_duplicate_search(by.request(request)).await.map(drop))
        }
        "ListDuplicateGroups" => {
            let newest = "select search_id from crm.duplicate_search order by started_at desc limit 1";
            let newest: Option<Uuid> = sqlx::query_scalar(newest).fetch_optional(&world.db.pool).await.unwrap();
            let search_id = newest.unwrap_or_default().to_string();
            let request = ListDuplicateGroupsRequest { search_id, ..Default::default() };
            (Who::Leads, grpc.list_duplicate_groups(by.request(request)).await.map(drop))
        }
        "MarkNotDuplicates" => {
            let request = MarkNotDuplicatesRequest { client_ids: vec![own, client.to_owned()], ..Default::default() };
            (Who::Sees, grpc.mark_not_duplicates(by.request(request)).await.map(drop))
        }
        "MergeClients" => {
            // Of a version that never was, so that the client stays for the next calls.
            let (client_id, other_client_ids, etag) = (own, vec![client.to_owned()], rpc::etag(999));
            let request = MergeClientsRequest { request_id, client_id, other_client_ids, etag, choices: Vec::new() };
            (Who::Sees, grpc.merge_clients(by.request(request)).await.map(drop))
        }
        "MergeContacts" => {
            let (contact_id, theirs) = (person(world, &own).await, person(world, client).await);
            let (other_contact_ids, etag) = (vec![theirs], rpc::etag(999));
            let request = MergeContactsRequest { request_id, contact_id, other_contact_ids, etag, choices: Vec::new() };
            (Who::Sees, grpc.merge_contacts(by.request(request)).await.map(drop))
        }
        "UndoMerge" => {
            let request = UndoMergeRequest { merge_id: merge.to_string() };
            (Who::Sees, grpc.undo_merge(by.request(request)).await.map(drop))
        }
        "ListMerges" => {
            let request = ListMergesRequest { client_id: client.to_owned(), ..Default::default() };
            let listed = grpc.list_merges(by.request(request)).await.unwrap().into_inner().merges;
            let there = listed.iter().any(|one| one.merge_id == merge.to_string());
            (Who::Sees, if there { Ok(()) } else { Err(Status::not_found("left out")) })
        }
        _ => return None,
    })
}
