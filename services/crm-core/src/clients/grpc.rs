//! Translates ClientService; decides nothing.

use contracts::crm::{
    self, ArchiveClientRequest, ArchiveClientResponse, BatchGetClientsRequest, BatchGetClientsResponse, ClientFilter,
    ClientKind, ClientMatch, ClientOrder, CreateClientRequest, CreateClientResponse, FindClientsRequest,
    FindClientsResponse, GetClientPhotoRequest, GetClientPhotoResponse, GetClientRequest, GetClientResponse,
    LinkContactPointRequest, LinkContactPointResponse, ListClientChangesRequest, ListClientChangesResponse,
    ListClientsRequest, ListClientsResponse, RestoreClientRequest, RestoreClientResponse, SetClientPhotoRequest,
    SetClientPhotoResponse, SuggestClientsRequest, SuggestClientsResponse, UnlinkContactPointRequest,
    UnlinkContactPointResponse, UpdateClientRequest, UpdateClientResponse, client_service_server::ClientService,
};
use prost::Message as _;
use rpc::{PageToken, finish_page, page_size, parse_id, parse_ids, parse_optional_id};
use tonic::{Request, Response, Status, async_trait};
use uuid::Uuid;

use super::{
    ClientError,
    domain::{AddressKind, NewClient},
    history, link,
    list::{Filter, Order, Place},
    message::{self, CHANGEABLE, change_message, each_known, message},
    ops,
    search::Likely,
};
use crate::{
    access_log::{self, Read},
    caller::{Mask, enter, request_hash, request_id, required, seen},
    cards::values,
    change::Db,
    clock::now,
    duplicates::{self, By},
    potential, quality,
};

pub struct ClientGrpc {
    pub db: Db,
}

#[async_trait]
impl ClientService for ClientGrpc {
    async fn find_clients(
        &self,
        request: Request<FindClientsRequest>,
    ) -> Result<Response<FindClientsResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let size = page_size(request.page_size, 20, 100)?;
        let query = rpc::Fingerprint::of("FindClients", &request.query);
        let after = PageToken::decode(&query, &request.page_token)?;
        let found = ops::find_clients(&self.db, actor, &request.query, after, i64::from(size) + 1).await?;
        let (page, next_page_token) = finish_page(found, size, &query, |(place, _)| place.clone());
        let clients = page.into_iter().map(|(_, client)| message(client)).collect();
        access_log::note_list(&self.db, &caller).await?;
        Ok(Response::new(FindClientsResponse { clients, next_page_token }))
    }

    async fn get_client(&self, request: Request<GetClientRequest>) -> Result<Response<GetClientResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let client = ops::get(&self.db, actor, parse_id("client_id", &request.client_id)?).await?;
        access_log::note(&self.db, &caller, Read::client(client.id)).await?;
        let quality = quality::store::of_client(&self.db.pool, client.id.0).await.map_err(ClientError::from)?;
        let quality = quality.and_then(quality::client_quality);
        let potential = potentials(&self.db, &[client.id.0]).await?.pop();
        Ok(Response::new(GetClientResponse { client: Some(message(client)), quality, potential }))
    }

    async fn batch_get_clients(
        &self,
        request: Request<BatchGetClientsRequest>,
    ) -> Result<Response<BatchGetClientsResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let ids = parse_ids("client_ids", &request.client_ids, 200)?;
        let found = ops::batch(&self.db, actor, &ids).await?;
        let seen: Vec<_> = found.iter().map(|client| client.id.0).collect();
        let potentials = potentials(&self.db, &seen).await?;
        let reads: Vec<_> = found.iter().map(|client| Read::client(client.id)).collect();
        access_log::note_batch(&self.db, &caller, request.in_passing, &reads).await?;
        let clients = found.into_iter().map(message).collect();
        Ok(Response::new(BatchGetClientsResponse { clients, potentials }))
    }

    async fn list_clients(
        &self,
        request: Request<ListClientsRequest>,
    ) -> Result<Response<ListClientsResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let size = page_size(request.page_size, 50, 200)?;
        let wanted = request.filter.unwrap_or_default();
        let query = rpc::Fingerprint::of("ListClients", &(wanted.encode_to_vec(), request.order));
        let after = PageToken::decode::<Place>(&query, &request.page_token)?;
        let (filter, order) = (filter(wanted)?, order(request.order)?);
        let found = ops::list_clients(&self.db, actor, &filter, order, after, i64::from(size) + 1).await?;
        let (page, next_page_token) = finish_page(found, size, &query, |(place, _)| place.clone());
        let ids: Vec<_> = page.iter().map(|(_, client)| client.id.0).collect();
        let potentials = potentials(&self.db, &ids).await?;
        let clients = page.into_iter().map(|(_, client)| message(client)).collect();
        access_log::note_list(&self.db, &caller).await?;
        Ok(Response::new(ListClientsResponse { clients, next_page_token, potentials }))
    }

    async fn create_client(
        &self,
        request: Request<CreateClientRequest>,
    ) -> Result<Response<CreateClientResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.write")?;
        let hash = request_hash(&request);
        let candidates = duplicates::before_create(&self.db, &By::of(&caller, actor), &request).await?;
        if !candidates.is_empty() {
            access_log::note_list(&self.db, &caller).await?;
            return Ok(Response::new(CreateClientResponse { client: None, candidates }));
        }
        let point = parse_optional_id("contact_point_id", &request.contact_point_id)?;
        let draft = message::draft(required("client", request.client)?, &Mask::all(&CHANGEABLE))?;
        let new = NewClient { id: request_id(&request.request_id)?, request: hash, draft };
        let began = now();
        let client = ops::create(&self.db, actor, new, point).await?;
        access_log::note_old(&self.db, &caller, (began, client.created_at), Read::client(client.id)).await?;
        Ok(Response::new(CreateClientResponse { client: Some(message(client)), candidates: Vec::new() }))
    }

    async fn update_client(
        &self,
        request: Request<UpdateClientRequest>,
    ) -> Result<Response<UpdateClientResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let client = required("client", request.client)?;
        let mask = Mask::read(request.update_mask, &CHANGEABLE)?;
        let (id, seen) = (parse_id("client.client_id", &client.client_id)?, seen(&client.etag)?);
        let client = ops::update(&self.db, actor, id, seen, message::draft(client, &mask)?, &mask).await?;
        Ok(Response::new(UpdateClientResponse { client: Some(message(client)) }))
    }

    async fn archive_client(
        &self,
        request: Request<ArchiveClientRequest>,
    ) -> Result<Response<ArchiveClientResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let id = parse_id("client_id", &request.client_id)?;
        let client = ops::archive(&self.db, actor, id, seen(&request.etag)?, true).await?;
        Ok(Response::new(ArchiveClientResponse { client: Some(message(client)) }))
    }

    async fn restore_client(
        &self,
        request: Request<RestoreClientRequest>,
    ) -> Result<Response<RestoreClientResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let id = parse_id("client_id", &request.client_id)?;
        let client = ops::archive(&self.db, actor, id, seen(&request.etag)?, false).await?;
        Ok(Response::new(RestoreClientResponse { client: Some(message(client)) }))
    }

    async fn list_client_changes(
        &self,
        request: Request<ListClientChangesRequest>,
    ) -> Result<Response<ListClientChangesResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let size = page_size(request.page_size, 50, 200)?;
        let asked = (&request.client_id, &request.contact_id, &request.field);
        let query = rpc::Fingerprint::of("ListClientChanges", &asked);
        let asked = history::Asked {
            client: parse_id("client_id", &request.client_id)?,
            contact: parse_optional_id("contact_id", &request.contact_id)?,
            field: Some(request.field).filter(|field| !field.is_empty()),
            before: PageToken::decode(&query, &request.page_token)?,
            limit: i64::from(size) + 1,
        };
        let found = ops::list_changes(&self.db, actor, &asked).await?;
        access_log::note(&self.db, &caller, Read::client(asked.client).on()).await?;
        let (page, next_page_token) = finish_page(found, size, &query, |noted| noted.change_id);
        let changes = page.into_iter().map(change_message).collect();
        Ok(Response::new(ListClientChangesResponse { changes, next_page_token }))
    }

    async fn get_client_photo(
        &self,
        request: Request<GetClientPhotoRequest>,
    ) -> Result<Response<GetClientPhotoResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let client = parse_id("client_id", &request.client_id)?;
        let photo = ops::photo(&self.db, actor, client).await?;
        access_log::note(&self.db, &caller, Read::client(client).on()).await?;
        let (content_type, photo) = photo;
        Ok(Response::new(GetClientPhotoResponse { photo, content_type }))
    }

    async fn set_client_photo(
        &self,
        request: Request<SetClientPhotoRequest>,
    ) -> Result<Response<SetClientPhotoResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let id = parse_id("client_id", &request.client_id)?;
        let client = ops::set_photo(&self.db, actor, id, &request.photo).await?;
        Ok(Response::new(SetClientPhotoResponse { client: Some(message(client)) }))
    }

    async fn link_contact_point(
        &self,
        request: Request<LinkContactPointRequest>,
    ) -> Result<Response<LinkContactPointResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.write")?;
        let point = parse_id("contact_point_id", &request.contact_point_id)?;
        let client = parse_id("client_id", &request.client_id)?;
        let client = link::link(&self.db, actor, point, client, request.r#move).await?;
        access_log::note(&self.db, &caller, Read::client(client.id).on()).await?;
        Ok(Response::new(LinkContactPointResponse { client: Some(message(client)) }))
    }

    async fn unlink_contact_point(
        &self,
        request: Request<UnlinkContactPointRequest>,
    ) -> Result<Response<UnlinkContactPointResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        link::unlink(&self.db, actor, parse_id("contact_point_id", &request.contact_point_id)?).await?;
        Ok(Response::new(UnlinkContactPointResponse {}))
    }

    async fn suggest_clients(
        &self,
        request: Request<SuggestClientsRequest>,
    ) -> Result<Response<SuggestClientsResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let found = ops::suggest(&self.db, actor, parse_id("contact_point_id", &request.contact_point_id)?).await?;
        let matches = found
            .into_iter()
            .map(|(client, why)| ClientMatch { client: Some(message(client)), matched_by: matched_by(&why) });
        access_log::note_list(&self.db, &caller).await?;
        Ok(Response::new(SuggestClientsResponse { matches: matches.collect() }))
    }
}

/// Of those of these clients that have one.
async fn potentials(db: &Db, clients: &[Uuid]) -> Result<Vec<crm::ClientPotential>, Status> {
    let found = potential::store::amounts(&db.pool, clients).await.map_err(ClientError::from)?;
    let one = |(client, amount, by_hand): (Uuid, String, bool)| crm::ClientPotential {
        client_id: client.to_string(),
        amount,
        by_hand,
    };
    Ok(found.into_iter().map(one).collect())
}

pub fn filter(filter: ClientFilter) -> Result<Filter, Status> {
    let kind = ClientKind::try_from(filter.kind).map_err(|_| rpc::invalid_field("filter.kind", "is unknown"))?;
    let ids = |field: &str, ids: &[String]| parse_ids(&format!("filter.{field}"), ids, 200);
    if filter.custom.len() > 5 {
        return Err(rpc::invalid_field("filter.custom", "must be at most 5"));
    }
    Ok(Filter {
        kind: (kind != ClientKind::Unspecified).then_some(if kind == ClientKind::Person { 1 } else { 2 }),
        responsible: ids("responsible_employee_ids", &filter.responsible_employee_ids)?,
        without_responsible: filter.without_responsible,
        tags: ids("tag_ids", &filter.tag_ids)?,
        levels: ids("access_level_ids", &filter.access_level_ids)?,
        industries: ids("industry_ids", &filter.industry_ids)?,
        segments: ids("segment_ids", &filter.segment_ids)?,
        regions: ids("region_ids", &filter.region_ids)?,
        holdings: ids("holding_ids", &filter.holding_ids)?,
        importances: each_known::<crm::Importance>("filter.importances", &filter.importances)?,
        work_statuses: each_known::<crm::WorkStatus>("filter.work_statuses", &filter.work_statuses)?,
        solvencies: each_known::<crm::Solvency>("filter.solvencies", &filter.solvencies)?,
        relations: each_known::<crm::ClientRelation>("filter.relations", &filter.relations)?,
        custom: filter.custom.into_iter().map(values::test).collect::<Result<_, _>>()?,
        archived: filter.archived,
        query: filter.query,
    })
}

pub fn order(order: i32) -> Result<Order, Status> {
    match ClientOrder::try_from(order) {
        Ok(ClientOrder::Unspecified | ClientOrder::Name) => Ok(Order::Name),
        Ok(ClientOrder::Created) => Ok(Order::Created),
        Ok(ClientOrder::Updated) => Ok(Order::Updated),
        Ok(ClientOrder::Potential) => Ok(Order::Potential),
        Err(_) => Err(rpc::invalid_field("order", "is unknown")),
    }
}

fn matched_by(why: &Likely) -> Vec<String> {
    let name = |kind: &AddressKind| match kind {
        AddressKind::Phone => "phone",
        AddressKind::Email => "email",
        AddressKind::Username => "username",
        AddressKind::Site | AddressKind::Postal | AddressKind::Messenger => "address",
    };
    let mut names: Vec<&str> = why.addresses.iter().map(name).collect();
    names.dedup(); // they come sorted
    names.extend(why.name.then_some("name"));
    names.into_iter().map(str::to_owned).collect()
}
