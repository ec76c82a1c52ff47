//! Translates ClientLinkService; decides nothing.

use contracts::crm::{
    self, CreateClientLinkRequest, CreateClientLinkResponse, DeleteClientLinkRequest, DeleteClientLinkResponse,
    ListClientLinksRequest, ListClientLinksResponse, UpdateClientLinkRequest, UpdateClientLinkResponse,
    client_link_service_server::ClientLinkService,
};
use rpc::{parse_id, parse_optional_id, timestamp};
use tonic::{Request, Response, Status, async_trait};

use super::{
    domain::{Seen, Terms},
    ops::{self, NewLink},
};
use crate::{
    access_log::{self, Read},
    caller::{Mask, enter, request_hash, request_id, required, seen},
    change::Db,
    clients::message::{id_text, iso},
    text,
};

const CHANGEABLE: [&str; 3] = ["linked_from", "linked_until", "note"];

pub struct ClientLinkGrpc {
    pub db: Db,
}

#[async_trait]
impl ClientLinkService for ClientLinkGrpc {
    async fn list_client_links(
        &self,
        request: Request<ListClientLinksRequest>,
    ) -> Result<Response<ListClientLinksResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let client = parse_id("client_id", &request.client_id)?;
        let found = ops::list(&self.db, actor, client).await?;
        access_log::note(&self.db, &caller, Read::client(client).on()).await?;
        Ok(Response::new(ListClientLinksResponse { links: found.into_iter().map(message).collect() }))
    }

    async fn create_client_link(
        &self,
        request: Request<CreateClientLinkRequest>,
    ) -> Result<Response<CreateClientLinkResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let hash = request_hash(&request);
        let link = required("link", request.link)?;
        let new = NewLink {
            id: request_id(&request.request_id)?,
            request: hash,
            from: parse_id("link.client_id", &link.client_id)?,
            to: parse_id("link.other_client_id", &link.other_client_id)?,
            kind: parse_id("link.kind_id", &link.kind_id)?,
            reversed: link.reversed,
            terms: terms(link, &Mask::all(&CHANGEABLE))?,
        };
        let link = ops::create(&self.db, actor, new).await?;
        Ok(Response::new(CreateClientLinkResponse { link: Some(message(link)) }))
    }

    async fn update_client_link(
        &self,
        request: Request<UpdateClientLinkRequest>,
    ) -> Result<Response<UpdateClientLinkResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let link = required("link", request.link)?;
        let mask = Mask::read(request.update_mask, &CHANGEABLE)?;
        let (id, seen) = (parse_id("link.link_id", &link.link_id)?, seen(&link.etag)?);
        let from = parse_optional_id("link.client_id", &link.client_id)?;
        let link = ops::update(&self.db, actor, id, from, seen, terms(link, &mask)?, &mask).await?;
        Ok(Response::new(UpdateClientLinkResponse { link: Some(message(link)) }))
    }

    async fn delete_client_link(
        &self,
        request: Request<DeleteClientLinkRequest>,
    ) -> Result<Response<DeleteClientLinkResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        ops::delete(&self.db, actor, parse_id("link_id", &request.link_id)?, seen(&request.etag)?).await?;
        Ok(Response::new(DeleteClientLinkResponse {}))
    }
}

fn terms(link: crm::ClientLink, fields: &Mask) -> Result<Terms, Status> {
    let date = |field: &'static str, text: &str| fields.read_or_default(field, || Ok(text::date(field, text)?));
    Ok(Terms {
        from: date("linked_from", &link.linked_from)?,
        until: date("linked_until", &link.linked_until)?,
        note: link.note,
    })
}

fn message(seen: Seen) -> crm::ClientLink {
    let Seen { link, from, other_name } = seen;
    let open = other_name.is_some();
    let shown = |text: String| if open { text } else { String::new() };
    crm::ClientLink {
        link_id: link.id.to_string(),
        etag: rpc::etag(link.revision.0),
        client_id: from.to_string(),
        other_client_id: shown(link.across(from).to_string()),
        kind_id: link.kind.to_string(),
        reversed: link.client != from,
        linked_from: iso(link.terms.from),
        linked_until: iso(link.terms.until),
        note: shown(link.terms.note),
        other_name: other_name.unwrap_or_default(),
        can_open: open,
        author_employee_id: id_text(link.author),
        created_at: Some(timestamp(link.created_at)),
        updated_at: Some(timestamp(link.updated_at)),
    }
}
