//! Translates LeadService; decides nothing.

use contracts::crm::{
    self, AssignLeadRequest, AssignLeadResponse, ConvertLeadRequest, ConvertLeadResponse, CreateClientRequest,
    CreateLeadRequest, CreateLeadResponse, DeclineLeadRequest, DeclineLeadResponse, EraseLeadRequest,
    EraseLeadResponse, GetLeadCleaningRequest, GetLeadCleaningResponse, GetLeadRequest, GetLeadResponse,
    GetLeadSettingsRequest, GetLeadSettingsResponse, LeadStateCount, ListLeadChangesRequest, ListLeadChangesResponse,
    ListLeadVisitsRequest, ListLeadVisitsResponse, ListLeadsRequest, ListLeadsResponse, MergeLeadRequest,
    MergeLeadResponse, PreviewLeadCleaningRequest, PreviewLeadCleaningResponse, ReopenLeadRequest, ReopenLeadResponse,
    SettleLeadRequest, SettleLeadResponse, StartLeadCleaningRequest, StartLeadCleaningResponse, UpdateLeadRequest,
    UpdateLeadResponse, UpdateLeadSettingsRequest, UpdateLeadSettingsResponse, lead_service_server::LeadService,
};
use model::LeadId;
use prost::Message as _;
use rpc::{PageToken, finish_page, page_size, parse_id, parse_optional_id};
use tonic::{Request, Response, Status, async_trait};

use super::{
    LeadError, cleaning,
    convert::{self, Wanted},
    domain::{Lead, NewLead},
    list::Place,
    message::{self, CHANGEABLE, change_message, message},
    ops, recount, settings, visits,
};
use crate::{
    access_log::{self, Read},
    caller::{Mask, enter, request_hash, request_id, required, seen},
    change::{Actor, Db},
    clients,
    clock::now,
    duplicates::{self, By},
};

pub struct LeadGrpc {
    pub db: Db,
}

impl LeadGrpc {
    /// With its score, as of now, and whom it repeats where the caller may open that.
    async fn shown(&self, by: Actor, mut lead: Lead) -> Result<crm::Lead, Status> {
        ops::hide_repeated(&self.db, by, std::slice::from_mut(&mut lead)).await?;
        let settings = settings::read(&self.db.pool).await.map_err(LeadError::from)?;
        let counted = visits::count(&self.db.pool, std::slice::from_mut(&mut lead), &settings.rules, now()).await;
        counted.map_err(LeadError::from)?;
        Ok(message(lead, &settings.rules, now()))
    }
}

#[async_trait]
impl LeadService for LeadGrpc {
    async fn list_leads(&self, request: Request<ListLeadsRequest>) -> Result<Response<ListLeadsResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let size = page_size(request.page_size, 50, 200)?;
        let wanted = request.filter.unwrap_or_default();
        let query = rpc::Fingerprint::of("ListLeads", &(wanted.encode_to_vec(), request.order));
        let after = PageToken::decode::<Place>(&query, &request.page_token)?;
        let (filter, order) = (message::filter(wanted)?, message::order(request.order)?);
        let found = ops::list_leads(&self.db, actor, &filter, order, after, i64::from(size) + 1).await?;
        let (page, next_page_token) = finish_page(found, size, &query, |(place, _)| *place);
        let (rules, now) = (settings::read(&self.db.pool).await.map_err(LeadError::from)?.rules, now());
        let mut leads: Vec<Lead> = page.into_iter().map(|(_, lead)| lead).collect();
        ops::hide_repeated(&self.db, actor, &mut leads).await?;
        visits::count(&self.db.pool, &mut leads, &rules, now).await.map_err(LeadError::from)?;
        let leads = leads.into_iter().map(|lead| message(lead, &rules, now)).collect();
        access_log::note_list(&self.db, &caller).await?;
        Ok(Response::new(ListLeadsResponse { leads, next_page_token }))
    }

    async fn get_lead(&self, request: Request<GetLeadRequest>) -> Result<Response<GetLeadResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let (lead, _) = ops::open(&self.db, actor, parse_id("lead_id", &request.lead_id)?).await?;
        access_log::note(&self.db, &caller, Read::lead(lead.id)).await?;
        Ok(Response::new(GetLeadResponse { lead: Some(self.shown(actor, lead).await?) }))
    }

    async fn create_lead(&self, request: Request<CreateLeadRequest>) -> Result<Response<CreateLeadResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.write")?;
        let hash = request_hash(&request);
        let point = parse_optional_id("contact_point_id", &request.contact_point_id)?;
        let draft = message::draft(required("lead", request.lead)?, &Mask::all(&CHANGEABLE))?;
        let new = NewLead { id: request_id(&request.request_id)?, request: hash, draft };
        let began = now();
        let lead = ops::create(&self.db, actor, new, point).await?;
        access_log::note_old(&self.db, &caller, (began, lead.created_at), Read::lead(lead.id)).await?;
        Ok(Response::new(CreateLeadResponse { lead: Some(self.shown(actor, lead).await?) }))
    }

    async fn update_lead(&self, request: Request<UpdateLeadRequest>) -> Result<Response<UpdateLeadResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let lead = required("lead", request.lead)?;
        let mask = Mask::read(request.update_mask, &CHANGEABLE)?;
        let (id, seen) = (parse_id("lead.lead_id", &lead.lead_id)?, seen(&lead.etag)?);
        let lead = ops::update(&self.db, actor, id, seen, message::draft(lead, &mask)?, &mask).await?;
        Ok(Response::new(UpdateLeadResponse { lead: Some(self.shown(actor, lead).await?) }))
    }

    async fn assign_lead(&self, request: Request<AssignLeadRequest>) -> Result<Response<AssignLeadResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let (id, seen) = (parse_id("lead_id", &request.lead_id)?, seen(&request.etag)?);
        let to = parse_optional_id("responsible_employee_id", &request.responsible_employee_id)?;
        let lead = ops::assign(&self.db, actor, id, seen, to).await?;
        Ok(Response::new(AssignLeadResponse { lead: Some(self.shown(actor, lead).await?) }))
    }

    async fn decline_lead(
        &self,
        request: Request<DeclineLeadRequest>,
    ) -> Result<Response<DeclineLeadResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let (id, seen) = (parse_id("lead_id", &request.lead_id)?, seen(&request.etag)?);
        let lead = ops::decline(&self.db, actor, id, seen, &request.reason).await?;
        Ok(Response::new(DeclineLeadResponse { lead: Some(self.shown(actor, lead).await?) }))
    }

    async fn reopen_lead(&self, request: Request<ReopenLeadRequest>) -> Result<Response<ReopenLeadResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let (id, seen) = (parse_id("lead_id", &request.lead_id)?, seen(&request.etag)?);
        let lead = ops::reopen(&self.db, actor, id, seen).await?;
        Ok(Response::new(ReopenLeadResponse { lead: Some(self.shown(actor, lead).await?) }))
    }

    async fn settle_lead(&self, request: Request<SettleLeadRequest>) -> Result<Response<SettleLeadResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let (id, seen) = (parse_id("lead_id", &request.lead_id)?, seen(&request.etag)?);
        let lead = ops::settle(&self.db, actor, id, seen).await?;
        Ok(Response::new(SettleLeadResponse { lead: Some(self.shown(actor, lead).await?) }))
    }

    async fn merge_lead(&self, request: Request<MergeLeadRequest>) -> Result<Response<MergeLeadResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let (id, seen) = (parse_id("lead_id", &request.lead_id)?, seen(&request.etag)?);
        let into = parse_id("into_lead_id", &request.into_lead_id)?;
        let lead = ops::merge(&self.db, actor, id, seen, into).await?;
        Ok(Response::new(MergeLeadResponse { lead: Some(self.shown(actor, lead).await?) }))
    }

    async fn convert_lead(
        &self,
        request: Request<ConvertLeadRequest>,
    ) -> Result<Response<ConvertLeadResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.write")?;
        let wanted = Wanted {
            id: request_id(&request.request_id)?,
            request: request_hash(&request),
            lead: parse_id("lead_id", &request.lead_id)?,
            seen: seen(&request.etag)?,
            client: parse_optional_id("client_id", &request.client_id)?,
            kind: message::kind("kind", request.kind)?,
        };
        let (lead, _) = ops::open(&self.db, actor, wanted.lead).await?;
        if wanted.client.is_none() && lead.state.is_open() && !convert::is_done(&self.db, &wanted).await? {
            let client = Some(message::client_message(&lead, wanted.kind));
            let (request_id, force) = (request.request_id, request.force);
            let new = CreateClientRequest { request_id, client, force, ..CreateClientRequest::default() };
            let candidates = duplicates::before_create(&self.db, &By::of(&caller, actor), &new).await?;
            if !candidates.is_empty() {
                return Ok(Response::new(ConvertLeadResponse { candidates, ..ConvertLeadResponse::default() }));
            }
        }
        let (lead, client) = convert::convert(&self.db, actor, &wanted).await?;
        let (lead, client) = (Some(self.shown(actor, lead).await?), Some(clients::message::message(client)));
        Ok(Response::new(ConvertLeadResponse { lead, client, candidates: Vec::new() }))
    }

    async fn list_lead_changes(
        &self,
        request: Request<ListLeadChangesRequest>,
    ) -> Result<Response<ListLeadChangesResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let size = page_size(request.page_size, 50, 200)?;
        let query = rpc::Fingerprint::of("ListLeadChanges", &request.lead_id);
        let id: LeadId = parse_id("lead_id", &request.lead_id)?;
        let before = PageToken::decode(&query, &request.page_token)?;
        let found = ops::list_changes(&self.db, actor, id, before, i64::from(size) + 1).await?;
        access_log::note(&self.db, &caller, Read::lead(id).on()).await?;
        let (page, next_page_token) = finish_page(found, size, &query, |noted| noted.change_id);
        let changes = page.into_iter().map(change_message).collect();
        Ok(Response::new(ListLeadChangesResponse { changes, next_page_token }))
    }

    async fn list_lead_visits(
        &self,
        request: Request<ListLeadVisitsRequest>,
    ) -> Result<Response<ListLeadVisitsResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let size = page_size(request.page_size, 20, 50)?;
        let query = rpc::Fingerprint::of("ListLeadVisits", &request.lead_id);
        let id: LeadId = parse_id("lead_id", &request.lead_id)?;
        let after = PageToken::decode(&query, &request.page_token)?;
        let (found, forms) = ops::list_visits(&self.db, actor, id, after, i64::from(size) + 1).await?;
        access_log::note(&self.db, &caller, Read::lead(id).on()).await?;
        let place = |visit: &visits::Visit| visits::Place(visit.started_at, visit.id);
        let (page, next_page_token) = finish_page(found, size, &query, place);
        let visits = page.into_iter().map(message::visit_message).collect();
        let forms = forms.into_iter().map(message::form_message).collect();
        Ok(Response::new(ListLeadVisitsResponse { visits, next_page_token, forms }))
    }

    async fn get_lead_settings(
        &self,
        request: Request<GetLeadSettingsRequest>,
    ) -> Result<Response<GetLeadSettingsResponse>, Status> {
        enter(request, "crm.read")?;
        let settings = settings::read(&self.db.pool).await.map_err(LeadError::from)?;
        Ok(Response::new(GetLeadSettingsResponse {
            settings: Some(message::settings(settings, recount::left(&self.db.pool).await.map_err(LeadError::from)?)),
        }))
    }

    async fn update_lead_settings(
        &self,
        request: Request<UpdateLeadSettingsRequest>,
    ) -> Result<Response<UpdateLeadSettingsResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let wanted = required("settings", request.settings)?;
        let mask = Mask::read(request.update_mask, &message::SETTINGS)?;
        let settings = settings::change(&self.db, actor, message::settings_patch(wanted, &mask)?).await?;
        Ok(Response::new(UpdateLeadSettingsResponse {
            settings: Some(message::settings(settings, recount::left(&self.db.pool).await.map_err(LeadError::from)?)),
        }))
    }

    async fn preview_lead_cleaning(
        &self,
        request: Request<PreviewLeadCleaningRequest>,
    ) -> Result<Response<PreviewLeadCleaningResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.read")?;
        let counts = cleaning::preview(&self.db, actor, message::months(request.months)?, now()).await?;
        let counts = counts.into_iter().map(|(state, leads)| LeadStateCount { state: state.into(), leads }).collect();
        Ok(Response::new(PreviewLeadCleaningResponse { counts }))
    }

    async fn start_lead_cleaning(
        &self,
        request: Request<StartLeadCleaningRequest>,
    ) -> Result<Response<StartLeadCleaningResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let (id, months) = (request_id(&request.request_id)?, message::months(request.months)?);
        let cleaning = cleaning::start(&self.db, actor, id, months, now()).await?;
        Ok(Response::new(StartLeadCleaningResponse { cleaning: Some(message::cleaning(cleaning)) }))
    }

    async fn get_lead_cleaning(
        &self,
        request: Request<GetLeadCleaningRequest>,
    ) -> Result<Response<GetLeadCleaningResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.read")?;
        let id = parse_optional_id("cleaning_id", &request.cleaning_id)?;
        let cleaning = cleaning::get(&self.db, actor, id).await?;
        Ok(Response::new(GetLeadCleaningResponse { cleaning: Some(message::cleaning(cleaning)) }))
    }

    async fn erase_lead(&self, request: Request<EraseLeadRequest>) -> Result<Response<EraseLeadResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let (id, seen) = (parse_id("lead_id", &request.lead_id)?, seen(&request.etag)?);
        cleaning::erase(&self.db, actor, id, seen).await?;
        Ok(Response::new(EraseLeadResponse {}))
    }
}
