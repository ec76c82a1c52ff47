//! Translates ClientService; decides nothing.

use contracts::crm::{
    self, ClientAddress, ClientKind, ClientMatch, CreateClientRequest, CreateClientResponse, FindClientsRequest,
    FindClientsResponse, GetClientRequest, GetClientResponse, LinkContactPointRequest, LinkContactPointResponse,
    SuggestClientsRequest, SuggestClientsResponse, UnlinkContactPointRequest, UnlinkContactPointResponse,
    client_service_server::ClientService,
};
use rpc::{PageToken, finish_page, page_size, parse_id, parse_optional_id, timestamp};
use tonic::{Request, Response, Status, async_trait};

use super::{
    domain::{Address, AddressKind, Client, Kind, NewClient},
    link, ops,
    search::Likely,
};
use crate::{
    caller::{enter, request_hash, request_id, required},
    change::Db,
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
        let (_, _, request) = enter(request, "crm.read")?;
        let size = page_size(request.page_size, 20, 100)?;
        let query = rpc::Fingerprint::of("FindClients", &request.query);
        let after = PageToken::decode(&query, &request.page_token)?;
        let found = ops::find_clients(&self.db, &request.query, after, i64::from(size) + 1).await?;
        let (page, next_page_token) = finish_page(found, size, &query, |(place, _)| place.clone());
        let clients = page.into_iter().map(|(_, client)| message(client)).collect();
        Ok(Response::new(FindClientsResponse { clients, next_page_token }))
    }

    async fn get_client(&self, request: Request<GetClientRequest>) -> Result<Response<GetClientResponse>, Status> {
        let (_, _, request) = enter(request, "crm.read")?;
        let client = ops::get(&self.db, parse_id("client_id", &request.client_id)?).await?;
        Ok(Response::new(GetClientResponse { client: Some(message(client)) }))
    }

    async fn create_client(
        &self,
        request: Request<CreateClientRequest>,
    ) -> Result<Response<CreateClientResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let hash = request_hash(&request);
        let point = parse_optional_id("contact_point_id", &request.contact_point_id)?;
        let client = required("client", request.client)?;
        let new = NewClient {
            id: request_id(&request.request_id)?,
            request: hash,
            kind: kind_from_contract(client.kind)?,
            addresses: client.addresses.iter().map(address_from_contract).collect::<Result<_, _>>()?,
            responsible: parse_optional_id("client.responsible_employee_id", &client.responsible_employee_id)?,
            name: client.name,
            comment: client.comment,
        };
        let client = ops::create(&self.db, actor, new, point).await?;
        Ok(Response::new(CreateClientResponse { client: Some(message(client)) }))
    }

    async fn link_contact_point(
        &self,
        request: Request<LinkContactPointRequest>,
    ) -> Result<Response<LinkContactPointResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let point = parse_id("contact_point_id", &request.contact_point_id)?;
        let client = parse_id("client_id", &request.client_id)?;
        let client = link::link(&self.db, actor, point, client, request.r#move).await?;
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
        let (_, _, request) = enter(request, "crm.read")?;
        let found = ops::suggest(&self.db, parse_id("contact_point_id", &request.contact_point_id)?).await?;
        let matches = found
            .into_iter()
            .map(|(client, why)| ClientMatch { client: Some(message(client)), matched_by: matched_by(&why) });
        Ok(Response::new(SuggestClientsResponse { matches: matches.collect() }))
    }
}

fn kind_from_contract(kind: i32) -> Result<Kind, Status> {
    match ClientKind::try_from(kind) {
        Ok(ClientKind::Person | ClientKind::Unspecified) => Ok(Kind::Person),
        Ok(ClientKind::Company) => Ok(Kind::Company),
        Err(_) => Err(rpc::invalid_field("client.kind", "is unknown")),
    }
}

fn address_from_contract(address: &ClientAddress) -> Result<Address, Status> {
    let kind = match crm::AddressKind::try_from(address.kind) {
        Ok(crm::AddressKind::Phone) => AddressKind::Phone,
        Ok(crm::AddressKind::Email) => AddressKind::Email,
        Ok(crm::AddressKind::Unspecified) | Err(_) => {
            return Err(rpc::invalid_field("client.addresses", "hold an unknown kind"));
        }
    };
    Ok(Address::typed(kind, &address.value)?)
}

/// `None` for what only helps to recognise.
fn address_message(address: &Address) -> Option<ClientAddress> {
    let kind = match address.kind {
        AddressKind::Phone => crm::AddressKind::Phone,
        AddressKind::Email => crm::AddressKind::Email,
        AddressKind::Username => return None,
    };
    Some(ClientAddress { kind: kind.into(), value: address.value.clone(), display: address.display() })
}

fn matched_by(why: &Likely) -> Vec<String> {
    let name = |kind: &AddressKind| match kind {
        AddressKind::Phone => "phone",
        AddressKind::Email => "email",
        AddressKind::Username => "username",
    };
    let mut names: Vec<&str> = why.addresses.iter().map(name).collect();
    names.dedup(); // they come sorted
    names.extend(why.name.then_some("name"));
    names.into_iter().map(str::to_owned).collect()
}

fn message(client: Client) -> crm::Client {
    let kind = match client.kind {
        Kind::Person => ClientKind::Person,
        Kind::Company => ClientKind::Company,
    };
    crm::Client {
        client_id: client.id.to_string(),
        etag: rpc::etag(client.revision.0),
        kind: kind.into(),
        addresses: client.addresses.iter().filter_map(address_message).collect(),
        responsible_employee_id: client.responsible.map(|id| id.to_string()).unwrap_or_default(),
        created_at: Some(timestamp(client.created_at)),
        contact_point_ids: client.contact_points.iter().map(ToString::to_string).collect(),
        name: client.name,
        comment: client.comment,
    }
}
