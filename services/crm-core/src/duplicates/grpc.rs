//! Translates DuplicateService; decides nothing.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use contracts::crm::{
    self, CheckDuplicatesRequest, CheckDuplicatesResponse, GetDuplicateSearchRequest, GetDuplicateSearchResponse,
    GetMatchSettingsRequest, GetMatchSettingsResponse, ListDuplicateGroupsRequest, ListDuplicateGroupsResponse,
    ListMergesRequest, ListMergesResponse, MarkNotDuplicatesRequest, MarkNotDuplicatesResponse, MergeClientsRequest,
    MergeClientsResponse, StartDuplicateSearchRequest, StartDuplicateSearchResponse, UndoMergeRequest,
    UndoMergeResponse, UpdateMatchSettingsRequest, UpdateMatchSettingsResponse,
    duplicate_service_server::DuplicateService,
};
use model::{ClientId, Email, Phone};
use rpc::{PageToken, finish_page, page_size, parse_id, parse_ids, parse_optional_id};
use tonic::{Request, Response, Status, async_trait};
use uuid::Uuid;

use super::{By, DuplicateError, check, mark, merge, messages, rules::Facts, search, settings, store};
use crate::{
    caller::{enter, request_hash, request_id, required, seen},
    change::Db,
};

pub struct DuplicateGrpc {
    pub db: Db,
}

#[async_trait]
impl DuplicateService for DuplicateGrpc {
    async fn get_match_settings(
        &self,
        request: Request<GetMatchSettingsRequest>,
    ) -> Result<Response<GetMatchSettingsResponse>, Status> {
        enter(request, "crm.read")?;
        let settings = settings::get(&self.db.pool).await?;
        Ok(Response::new(GetMatchSettingsResponse { settings: Some(messages::settings(&settings)) }))
    }

    async fn update_match_settings(
        &self,
        request: Request<UpdateMatchSettingsRequest>,
    ) -> Result<Response<UpdateMatchSettingsResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let (seen, wanted) = messages::settings_from_contract(&required("settings", request.settings)?)?;
        let settings = settings::update(&self.db, actor, seen, wanted).await?;
        Ok(Response::new(UpdateMatchSettingsResponse { settings: Some(messages::settings(&settings)) }))
    }

    async fn check_duplicates(
        &self,
        request: Request<CheckDuplicatesRequest>,
    ) -> Result<Response<CheckDuplicatesResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let draft = facts(&required("client", request.client)?)?;
        let rules = settings::get(&self.db.pool).await?.client_rules();
        let found = check(&self.db.pool, &By::of(&caller, actor), &draft, &rules).await?;
        let candidates = found.into_iter().map(messages::candidate).collect();
        Ok(Response::new(CheckDuplicatesResponse { candidates }))
    }

    async fn start_duplicate_search(
        &self,
        request: Request<StartDuplicateSearchRequest>,
    ) -> Result<Response<StartDuplicateSearchResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.write")?;
        let search = search::start(&self.db, &By::of(&caller, actor), request_id(&request.request_id)?).await?;
        Ok(Response::new(StartDuplicateSearchResponse { search: Some(messages::search(&search)) }))
    }

    async fn get_duplicate_search(
        &self,
        request: Request<GetDuplicateSearchRequest>,
    ) -> Result<Response<GetDuplicateSearchResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let id: Option<Uuid> = parse_optional_id("search_id", &request.search_id)?;
        let search = search::get(&self.db, &By::of(&caller, actor), id).await?;
        Ok(Response::new(GetDuplicateSearchResponse { search: Some(messages::search(&search)) }))
    }

    async fn list_duplicate_groups(
        &self,
        request: Request<ListDuplicateGroupsRequest>,
    ) -> Result<Response<ListDuplicateGroupsResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let id: Uuid = parse_id("search_id", &request.search_id)?;
        let size = page_size(request.page_size, 20, 100)?;
        let query = rpc::Fingerprint::of("ListDuplicateGroups", &(&request.search_id, request.duplicates_only));
        let after = PageToken::decode(&query, &request.page_token)?;
        let by = By::of(&caller, actor);
        let found = search::list(&self.db, &by, id, request.duplicates_only, after, i64::from(size) + 1).await?;
        let (page, next_page_token) = finish_page(found, size, &query, |group| (group.score, group.id));
        let groups = page.into_iter().map(messages::group).collect();
        Ok(Response::new(ListDuplicateGroupsResponse { groups, next_page_token }))
    }

    async fn mark_not_duplicates(
        &self,
        request: Request<MarkNotDuplicatesRequest>,
    ) -> Result<Response<MarkNotDuplicatesResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.write")?;
        let clients: Vec<ClientId> = parse_ids("client_ids", &request.client_ids, 50)?;
        mark(&self.db, &By::of(&caller, actor), &clients).await?;
        Ok(Response::new(MarkNotDuplicatesResponse {}))
    }

    async fn merge_clients(
        &self,
        request: Request<MergeClientsRequest>,
    ) -> Result<Response<MergeClientsResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.write")?;
        let hash = request_hash(&request);
        let choice = |choice: &crm::MergeChoice| -> Result<(String, ClientId), Status> {
            Ok((choice.field.clone(), parse_id("choices", &choice.client_id)?))
        };
        let wanted = merge::Wanted {
            id: request_id(&request.request_id)?,
            request: hash,
            original: parse_id("client_id", &request.client_id)?,
            seen: seen(&request.etag)?,
            others: parse_ids("other_client_ids", &request.other_client_ids, 50)?,
            choices: request.choices.iter().map(choice).collect::<Result<BTreeMap<_, _>, _>>()?,
        };
        let merge = merge::merge(&self.db, &By::of(&caller, actor), wanted).await?;
        Ok(Response::new(MergeClientsResponse { merge: Some(messages::merge(merge)) }))
    }

    async fn undo_merge(&self, request: Request<UndoMergeRequest>) -> Result<Response<UndoMergeResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.write")?;
        let id: Uuid = parse_id("merge_id", &request.merge_id)?;
        let merge = merge::undo(&self.db, &By::of(&caller, actor), id).await?;
        Ok(Response::new(UndoMergeResponse { merge: Some(messages::merge(merge)) }))
    }

    async fn list_merges(&self, request: Request<ListMergesRequest>) -> Result<Response<ListMergesResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let size = page_size(request.page_size, 20, 100)?;
        let query = rpc::Fingerprint::of("ListMerges", &request.client_id);
        let after = PageToken::decode(&query, &request.page_token)?;
        let of = parse_optional_id("client_id", &request.client_id)?;
        let found = merge::list(&self.db, &By::of(&caller, actor), of, after, i64::from(size) + 1).await?;
        let (page, next_page_token) = finish_page(found, size, &query, |merge| (merge.merged_at, merge.id));
        Ok(Response::new(ListMergesResponse {
            merges: page.into_iter().map(messages::merge).collect(),
            next_page_token,
        }))
    }
}

/// Who a client that is to be made may be already; nobody where it is made all the same: it is asked for, the check is off, or it
/// is there and this is a repeat.
///
/// # Errors
/// INVALID_ARGUMENT, and what the database answers.
pub async fn before_create(
    db: &Db,
    by: &By,
    request: &crm::CreateClientRequest,
) -> Result<Vec<crm::DuplicateCandidate>, Status> {
    let settings = settings::get(&db.pool).await?;
    let Some(client) = request.client.as_ref().filter(|_| settings.check_on_create && !request.force) else {
        return Ok(Vec::new());
    };
    let id: ClientId = request_id(&request.request_id)?;
    if store::is_there(&db.pool, id).await.map_err(DuplicateError::from)? {
        return Ok(Vec::new());
    }
    let found = check(&db.pool, by, &facts(client)?, &settings.client_rules()).await?;
    Ok(found.into_iter().map(messages::candidate).collect())
}

/// A client of the contract as it is compared; what cannot be read does not match and is refused when it is stored.
pub fn facts(client: &crm::Client) -> Result<Facts, Status> {
    let of = |kind: crm::AddressKind| {
        client
            .addresses
            .iter()
            .filter(move |address| address.kind == i32::from(kind))
            .map(|address| address.value.as_str())
    };
    let parts = [&client.surname, &client.given_name, &client.patronymic].map(String::as_str).join(" ");
    let names = [client.name.trim(), client.working_name.trim(), parts.trim()];
    Ok(Facts {
        id: parse_optional_id::<ClientId>("client.client_id", &client.client_id)?.map(Uuid::from).unwrap_or_default(),
        company: client.kind == i32::from(crm::ClientKind::Company),
        names: names.into_iter().filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        inn: client.inn.clone(),
        kpp: client.kpp.clone(),
        birthday: NaiveDate::parse_from_str(&client.birthday, "%Y-%m-%d").ok(),
        phones: of(crm::AddressKind::Phone).filter_map(|text| Some(Phone::parse(text)?.digits().to_owned())).collect(),
        emails: of(crm::AddressKind::Email).filter_map(|text| Some(Email::parse(text)?.as_str().to_owned())).collect(),
        identities: of(crm::AddressKind::Messenger).map(str::to_lowercase).collect(),
    })
}
