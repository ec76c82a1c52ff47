//! Translates DuplicateService; decides nothing.

use contracts::crm::{
    self, CheckDuplicatesRequest, CheckDuplicatesResponse, GetDuplicateSearchRequest, GetDuplicateSearchResponse,
    GetMatchSettingsRequest, GetMatchSettingsResponse, ListDuplicateGroupsRequest, ListDuplicateGroupsResponse,
    ListMergesRequest, ListMergesResponse, MarkNotDuplicatesRequest, MarkNotDuplicatesResponse, MergeClientsRequest,
    MergeClientsResponse, MergeContactsRequest, MergeContactsResponse, StartDuplicateSearchRequest,
    StartDuplicateSearchResponse, UndoMergeRequest, UndoMergeResponse, UpdateMatchSettingsRequest,
    UpdateMatchSettingsResponse, duplicate_service_server::DuplicateService,
};
use model::{ClientId, ContactId};
use rpc::{PageToken, finish_page, page_size, parse_id, parse_ids, parse_optional_id};
use tonic::{Request, Response, Status, async_trait};
use uuid::Uuid;

use super::{
    By, DuplicateError, Kind, check, facts, mark, merge, messages,
    rules::Facts,
    search,
    settings::{self, Settings},
    store,
};
use crate::{
    access_log,
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
        let (kind, draft) = match (request.client, request.contact) {
            (None, Some(contact)) => (Kind::Contact, facts::contact(&contact)?),
            (Some(_), Some(_)) => return Err(rpc::invalid_field("contact", "must not stand beside a client")),
            (client, None) => (Kind::Client, facts::client(&required("client", client)?)?),
        };
        let rules = settings::get(&self.db.pool).await?.rules(kind);
        let found = check(&self.db.pool, &By::of(&caller, actor), kind, &draft, &rules).await?;
        access_log::note_list(&self.db, &caller).await?;
        let candidates = found.into_iter().map(messages::candidate).collect();
        Ok(Response::new(CheckDuplicatesResponse { candidates }))
    }

    async fn start_duplicate_search(
        &self,
        request: Request<StartDuplicateSearchRequest>,
    ) -> Result<Response<StartDuplicateSearchResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.write")?;
        let (kind, id) = (Kind::asked(request.kind)?, request_id(&request.request_id)?);
        let search = search::start(&self.db, &By::of(&caller, actor), kind, id).await?;
        Ok(Response::new(StartDuplicateSearchResponse { search: Some(messages::search(&search)) }))
    }

    async fn get_duplicate_search(
        &self,
        request: Request<GetDuplicateSearchRequest>,
    ) -> Result<Response<GetDuplicateSearchResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let id: Option<Uuid> = parse_optional_id("search_id", &request.search_id)?;
        let search = search::get(&self.db, &By::of(&caller, actor), Kind::asked(request.kind)?, id).await?;
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
        access_log::note_list(&self.db, &caller).await?;
        let (page, next_page_token) = finish_page(found, size, &query, |group| (group.score, group.id));
        let groups = page.into_iter().map(messages::group).collect();
        Ok(Response::new(ListDuplicateGroupsResponse { groups, next_page_token }))
    }

    async fn mark_not_duplicates(
        &self,
        request: Request<MarkNotDuplicatesRequest>,
    ) -> Result<Response<MarkNotDuplicatesResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.write")?;
        let (kind, ids): (_, Vec<Uuid>) = if request.contact_ids.is_empty() {
            (Kind::Client, parse_ids("client_ids", &request.client_ids, 50)?)
        } else if request.client_ids.is_empty() {
            (Kind::Contact, parse_ids("contact_ids", &request.contact_ids, 50)?)
        } else {
            return Err(rpc::invalid_field("contact_ids", "must not stand beside clients"));
        };
        mark(&self.db, &By::of(&caller, actor), kind, &ids).await?;
        Ok(Response::new(MarkNotDuplicatesResponse {}))
    }

    async fn merge_clients(
        &self,
        request: Request<MergeClientsRequest>,
    ) -> Result<Response<MergeClientsResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.write")?;
        let hash = request_hash(&request);
        let choice = |choice: &crm::MergeChoice| Ok((choice.field.clone(), parse_id("choices", &choice.client_id)?));
        let wanted = merge::Wanted {
            id: request_id(&request.request_id)?,
            request: hash,
            kind: Kind::Client,
            original: parse_id("client_id", &request.client_id)?,
            seen: seen(&request.etag)?,
            others: parse_ids("other_client_ids", &request.other_client_ids, 50)?,
            choices: request.choices.iter().map(choice).collect::<Result<_, Status>>()?,
        };
        let merge = merge::merge(&self.db, &By::of(&caller, actor), wanted).await?;
        Ok(Response::new(MergeClientsResponse { merge: Some(messages::merge(merge)) }))
    }

    async fn merge_contacts(
        &self,
        request: Request<MergeContactsRequest>,
    ) -> Result<Response<MergeContactsResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.write")?;
        let hash = request_hash(&request);
        let choice = |choice: &crm::MergeChoice| Ok((choice.field.clone(), parse_id("choices", &choice.contact_id)?));
        let wanted = merge::Wanted {
            id: request_id(&request.request_id)?,
            request: hash,
            kind: Kind::Contact,
            original: parse_id("contact_id", &request.contact_id)?,
            seen: seen(&request.etag)?,
            others: parse_ids("other_contact_ids", &request.other_contact_ids, 50)?,
            choices: request.choices.iter().map(choice).collect::<Result<_, Status>>()?,
        };
        let merge = merge::merge(&self.db, &By::of(&caller, actor), wanted).await?;
        Ok(Response::new(MergeContactsResponse { merge: Some(messages::merge(merge)) }))
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
        let kind = if request.contact_id.is_empty() { Kind::asked(request.kind)? } else { Kind::Contact };
        let query = rpc::Fingerprint::of("ListMerges", &(kind.number(), &request.client_id, &request.contact_id));
        let after = PageToken::decode(&query, &request.page_token)?;
        let of = match kind {
            Kind::Client => parse_optional_id("client_id", &request.client_id)?,
            Kind::Contact => parse_optional_id("contact_id", &request.contact_id)?,
        };
        let found = merge::list(&self.db, &By::of(&caller, actor), kind, of, after, i64::from(size) + 1).await?;
        access_log::note_list(&self.db, &caller).await?;
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
    candidates(db, by, &settings, Kind::Client, id.0, &facts::client(client)?).await
}

/// The same of a contact.
///
/// # Errors
/// As [`before_create`].
pub async fn before_create_contact(
    db: &Db,
    by: &By,
    request: &crm::CreateContactRequest,
) -> Result<Vec<crm::DuplicateCandidate>, Status> {
    let settings = settings::get(&db.pool).await?;
    let Some(contact) = request.contact.as_ref().filter(|_| settings.check_contacts && !request.force) else {
        return Ok(Vec::new());
    };
    let id: ContactId = request_id(&request.request_id)?;
    candidates(db, by, &settings, Kind::Contact, id.0, &facts::contact(contact)?).await
}

async fn candidates(
    db: &Db,
    by: &By,
    settings: &Settings,
    kind: Kind,
    id: Uuid,
    draft: &Facts,
) -> Result<Vec<crm::DuplicateCandidate>, Status> {
    if store::is_there(&db.pool, kind, id).await.map_err(DuplicateError::from)? {
        return Ok(Vec::new());
    }
    let found = check(&db.pool, by, kind, draft, &settings.rules(kind)).await?;
    Ok(found.into_iter().map(messages::candidate).collect())
}
