//! Translates PersonalDataService; decides nothing.

use contracts::crm::{
    ApproveErasureRequest, ApproveErasureResponse, CallOffErasureRequest, CallOffErasureResponse, GetErasureRequest,
    GetErasureResponse, GetPersonalDataSettingsRequest, GetPersonalDataSettingsResponse, ListErasuresRequest,
    ListErasuresResponse, PreviewErasureRequest, PreviewErasureResponse, RequestErasureRequest, RequestErasureResponse,
    UpdatePersonalDataSettingsRequest, UpdatePersonalDataSettingsResponse,
    personal_data_service_server::PersonalDataService,
};
use rpc::{PageToken, finish_page, page_size, parse_id};
use tonic::{Request, Response, Status, async_trait};

use super::{messages, ops, settings, store::Place};
use crate::{
    caller::{enter, enter_in_person, request_id, required, seen},
    change::{Actor, Db},
    clock::now,
};

pub struct PersonalDataGrpc {
    pub db: Db,
}

/// Whoever decides is signed in: a key that an administrator makes for another one is no second person.
fn in_person<T>(request: Request<T>) -> Result<(Actor, T), Status> {
    let (caller, request) = enter_in_person(request)?;
    Ok((Actor::Employee { id: caller.employee()?, administrator: caller.is_administrator() }, request))
}

#[async_trait]
impl PersonalDataService for PersonalDataGrpc {
    async fn preview_erasure(
        &self,
        request: Request<PreviewErasureRequest>,
    ) -> Result<Response<PreviewErasureResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.read")?;
        let preview = ops::preview(&self.db, actor, parse_id("client_id", &request.client_id)?).await?;
        Ok(Response::new(PreviewErasureResponse {
            counts: messages::counts(&preview.counts),
            records: preview.records.unsigned_abs(),
            needs_approval: preview.needs_approval,
            client_id: preview.client.to_string(),
            client_name: preview.name,
            erasure: preview.under_way.as_ref().map(messages::erasure),
        }))
    }

    async fn request_erasure(
        &self,
        request: Request<RequestErasureRequest>,
    ) -> Result<Response<RequestErasureResponse>, Status> {
        let (actor, request) = in_person(request)?;
        let (id, client) = (request_id(&request.request_id)?, parse_id("client_id", &request.client_id)?);
        let erasure = ops::request(&self.db, actor, id, client, request.records_seen, now()).await?;
        Ok(Response::new(RequestErasureResponse { erasure: Some(messages::erasure(&erasure)) }))
    }

    async fn approve_erasure(
        &self,
        request: Request<ApproveErasureRequest>,
    ) -> Result<Response<ApproveErasureResponse>, Status> {
        let (actor, request) = in_person(request)?;
        let id = parse_id("erasure_id", &request.erasure_id)?;
        let erasure = ops::approve(&self.db, actor, id, request.records_seen, now()).await?;
        Ok(Response::new(ApproveErasureResponse { erasure: Some(messages::erasure(&erasure)) }))
    }

    async fn call_off_erasure(
        &self,
        request: Request<CallOffErasureRequest>,
    ) -> Result<Response<CallOffErasureResponse>, Status> {
        let (actor, request) = in_person(request)?;
        let erasure = ops::call_off(&self.db, actor, parse_id("erasure_id", &request.erasure_id)?, now()).await?;
        Ok(Response::new(CallOffErasureResponse { erasure: Some(messages::erasure(&erasure)) }))
    }

    async fn get_erasure(&self, request: Request<GetErasureRequest>) -> Result<Response<GetErasureResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.read")?;
        let erasure = ops::get(&self.db, actor, parse_id("erasure_id", &request.erasure_id)?).await?;
        Ok(Response::new(GetErasureResponse { erasure: Some(messages::erasure(&erasure)) }))
    }

    async fn list_erasures(
        &self,
        request: Request<ListErasuresRequest>,
    ) -> Result<Response<ListErasuresResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.read")?;
        let size = page_size(request.page_size, 50, 200)?;
        let query = rpc::Fingerprint::of("ListErasures", &());
        let after: Option<Place> = PageToken::decode(&query, &request.page_token)?;
        let found = ops::list(&self.db, actor, after.as_ref(), i64::from(size) + 1).await?;
        let (page, next_page_token) =
            finish_page(found, size, &query, |last| Place { asked_at: last.asked_at, id: last.id });
        let erasures = page.iter().map(messages::erasure).collect();
        Ok(Response::new(ListErasuresResponse { erasures, next_page_token }))
    }

    async fn get_personal_data_settings(
        &self,
        request: Request<GetPersonalDataSettingsRequest>,
    ) -> Result<Response<GetPersonalDataSettingsResponse>, Status> {
        let (_, actor, _) = enter(request, "crm.read")?;
        let settings = settings::get(&self.db, actor).await?;
        Ok(Response::new(GetPersonalDataSettingsResponse { settings: Some(messages::settings(&settings)) }))
    }

    async fn update_personal_data_settings(
        &self,
        request: Request<UpdatePersonalDataSettingsRequest>,
    ) -> Result<Response<UpdatePersonalDataSettingsResponse>, Status> {
        let (actor, request) = in_person(request)?;
        let wanted = required("settings", request.settings)?;
        let settings = settings::update(&self.db, actor, seen(&wanted.etag)?, wanted.approve_above).await?;
        Ok(Response::new(UpdatePersonalDataSettingsResponse { settings: Some(messages::settings(&settings)) }))
    }
}
