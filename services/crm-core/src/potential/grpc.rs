//! Translates PotentialService; decides nothing.

use contracts::crm::{
    ClearPotentialRequest, ClearPotentialResponse, GetClientPotentialRequest, GetClientPotentialResponse,
    GetPotentialRecountRequest, GetPotentialRecountResponse, GetPotentialSettingsRequest, GetPotentialSettingsResponse,
    ListPotentialGapsRequest, ListPotentialGapsResponse, ResumePotentialRecountRequest, ResumePotentialRecountResponse,
    SetPotentialRequest, SetPotentialResponse, StartPotentialRecountRequest, StartPotentialRecountResponse,
    StopPotentialRecountRequest, StopPotentialRecountResponse, UpdatePotentialSettingsRequest,
    UpdatePotentialSettingsResponse, potential_service_server::PotentialService,
};
use rpc::{PageToken, finish_page, page_size, parse_id, parse_optional_id};
use tonic::{Request, Response, Status, async_trait};
use uuid::Uuid;

use super::{by_hand, gaps, messages, recount::PotentialCount, settings};
use crate::{
    access_log::{self, Read},
    caller::{Mask, enter, request_id, required},
    change::Db,
    recounts,
};

pub struct PotentialGrpc {
    pub db: Db,
}

#[async_trait]
impl PotentialService for PotentialGrpc {
    async fn get_potential_settings(
        &self,
        request: Request<GetPotentialSettingsRequest>,
    ) -> Result<Response<GetPotentialSettingsResponse>, Status> {
        let (_, actor, _) = enter(request, "crm.read")?;
        let settings = settings::get(&self.db, actor).await?;
        Ok(Response::new(GetPotentialSettingsResponse { settings: Some(messages::settings(settings)) }))
    }

    async fn update_potential_settings(
        &self,
        request: Request<UpdatePotentialSettingsRequest>,
    ) -> Result<Response<UpdatePotentialSettingsResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let mask = Mask::read(request.update_mask, &messages::CHANGEABLE)?;
        let patch = messages::patch(required("settings", request.settings)?, &mask)?;
        let (settings, recount) = settings::update(&self.db, actor, patch).await?;
        Ok(Response::new(UpdatePotentialSettingsResponse {
            settings: Some(messages::settings(settings)),
            recount: Some(messages::recount(&recount)),
        }))
    }

    async fn start_potential_recount(
        &self,
        request: Request<StartPotentialRecountRequest>,
    ) -> Result<Response<StartPotentialRecountResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let recount = recounts::start::<PotentialCount>(&self.db, actor, request_id(&request.request_id)?).await?;
        Ok(Response::new(StartPotentialRecountResponse { recount: Some(messages::recount(&recount)) }))
    }

    async fn stop_potential_recount(
        &self,
        request: Request<StopPotentialRecountRequest>,
    ) -> Result<Response<StopPotentialRecountResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let recount =
            recounts::stop::<PotentialCount>(&self.db, actor, parse_id("recount_id", &request.recount_id)?).await?;
        Ok(Response::new(StopPotentialRecountResponse { recount: Some(messages::recount(&recount)) }))
    }

    async fn resume_potential_recount(
        &self,
        request: Request<ResumePotentialRecountRequest>,
    ) -> Result<Response<ResumePotentialRecountResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let recount =
            recounts::resume::<PotentialCount>(&self.db, actor, parse_id("recount_id", &request.recount_id)?).await?;
        Ok(Response::new(ResumePotentialRecountResponse { recount: Some(messages::recount(&recount)) }))
    }

    async fn get_potential_recount(
        &self,
        request: Request<GetPotentialRecountRequest>,
    ) -> Result<Response<GetPotentialRecountResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.read")?;
        let id: Option<Uuid> = parse_optional_id("recount_id", &request.recount_id)?;
        let (found, may_count) = recounts::get::<PotentialCount>(&self.db, actor, id).await?;
        let mut recount = found.as_ref().map(messages::recount);
        if let Some(recount) = recount.as_mut().filter(|_| !may_count) {
            (recount.clients, recount.clients_total) = (0, 0);
        }
        Ok(Response::new(GetPotentialRecountResponse { recount }))
    }

    async fn get_client_potential(
        &self,
        request: Request<GetClientPotentialRequest>,
    ) -> Result<Response<GetClientPotentialResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let client = parse_id("client_id", &request.client_id)?;
        let potential = by_hand::get(&self.db, actor, client).await?;
        access_log::note(&self.db, &caller, Read::client(client).on()).await?;
        Ok(Response::new(GetClientPotentialResponse { potential: Some(messages::potential(potential)) }))
    }

    async fn set_potential(
        &self,
        request: Request<SetPotentialRequest>,
    ) -> Result<Response<SetPotentialResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let wanted = messages::wanted(required("by_hand", request.by_hand)?)?;
        let potential = by_hand::set(&self.db, actor, parse_id("client_id", &request.client_id)?, wanted).await?;
        Ok(Response::new(SetPotentialResponse { potential: Some(messages::potential(potential)) }))
    }

    async fn clear_potential(
        &self,
        request: Request<ClearPotentialRequest>,
    ) -> Result<Response<ClearPotentialResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let potential = by_hand::clear(&self.db, actor, parse_id("client_id", &request.client_id)?).await?;
        Ok(Response::new(ClearPotentialResponse { potential: Some(messages::potential(potential)) }))
    }

    async fn list_potential_gaps(
        &self,
        request: Request<ListPotentialGapsRequest>,
    ) -> Result<Response<ListPotentialGapsResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.read")?;
        let size = page_size(request.page_size, 50, 200)?;
        let query = rpc::Fingerprint::of("ListPotentialGaps", &());
        let after = PageToken::decode(&query, &request.page_token)?;
        let found = gaps::list(&self.db, actor, after, i64::from(size) + 1).await?;
        let place = |gap: &gaps::Gap| (gap.clients, gap.field.clone(), gap.value.clone());
        let (page, next_page_token) = finish_page(found, size, &query, place);
        let gaps = page.into_iter().map(messages::gap).collect();
        Ok(Response::new(ListPotentialGapsResponse { gaps, next_page_token }))
    }
}
