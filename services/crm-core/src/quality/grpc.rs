//! Translates QualityService; decides nothing.

use contracts::crm::{
    GetQualityRecountRequest, GetQualityRecountResponse, GetQualityRequest, GetQualityResponse,
    GetQualitySettingsRequest, GetQualitySettingsResponse, ListQualityFailuresRequest, ListQualityFailuresResponse,
    ResumeQualityRecountRequest, ResumeQualityRecountResponse, StartQualityRecountRequest, StartQualityRecountResponse,
    StopQualityRecountRequest, StopQualityRecountResponse, UpdateQualitySettingsRequest, UpdateQualitySettingsResponse,
    quality_service_server::QualityService,
};
use rpc::{PageToken, finish_page, page_size, parse_id, parse_ids, parse_optional_id, timestamp};
use tonic::{Request, Response, Status, async_trait};
use uuid::Uuid;

use super::{QualityError, check, days, messages, recount::QualityCount, settings};
use crate::{
    access_log,
    caller::{enter, request_id, required},
    change::Db,
    recounts,
};

const MOST_DAYS: u32 = 800;

pub struct QualityGrpc {
    pub db: Db,
}

#[async_trait]
impl QualityService for QualityGrpc {
    async fn get_quality_settings(
        &self,
        request: Request<GetQualitySettingsRequest>,
    ) -> Result<Response<GetQualitySettingsResponse>, Status> {
        enter(request, "crm.read")?;
        let settings = settings::get(&self.db.pool).await.map_err(QualityError::from)?;
        Ok(Response::new(GetQualitySettingsResponse { settings: Some(messages::settings(&settings)) }))
    }

    async fn update_quality_settings(
        &self,
        request: Request<UpdateQualitySettingsRequest>,
    ) -> Result<Response<UpdateQualitySettingsResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let (seen, wanted) = messages::settings_from_contract(required("settings", request.settings)?)?;
        let (settings, recount) = settings::update(&self.db, actor, seen, wanted).await?;
        Ok(Response::new(UpdateQualitySettingsResponse {
            settings: Some(messages::settings(&settings)),
            recount: Some(messages::recount(&recount)),
        }))
    }

    async fn start_quality_recount(
        &self,
        request: Request<StartQualityRecountRequest>,
    ) -> Result<Response<StartQualityRecountResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let recount = recounts::start::<QualityCount>(&self.db, actor, request_id(&request.request_id)?).await?;
        Ok(Response::new(StartQualityRecountResponse { recount: Some(messages::recount(&recount)) }))
    }

    async fn stop_quality_recount(
        &self,
        request: Request<StopQualityRecountRequest>,
    ) -> Result<Response<StopQualityRecountResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let recount =
            recounts::stop::<QualityCount>(&self.db, actor, parse_id("recount_id", &request.recount_id)?).await?;
        Ok(Response::new(StopQualityRecountResponse { recount: Some(messages::recount(&recount)) }))
    }

    async fn resume_quality_recount(
        &self,
        request: Request<ResumeQualityRecountRequest>,
    ) -> Result<Response<ResumeQualityRecountResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let recount =
            recounts::resume::<QualityCount>(&self.db, actor, parse_id("recount_id", &request.recount_id)?).await?;
        Ok(Response::new(ResumeQualityRecountResponse { recount: Some(messages::recount(&recount)) }))
    }

    async fn get_quality_recount(
        &self,
        request: Request<GetQualityRecountRequest>,
    ) -> Result<Response<GetQualityRecountResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.read")?;
        let id: Option<Uuid> = parse_optional_id("recount_id", &request.recount_id)?;
        let (found, may_count) = recounts::get::<QualityCount>(&self.db, actor, id).await?;
        let mut recount = found.as_ref().map(messages::recount);
        if let Some(recount) = recount.as_mut().filter(|_| !may_count) {
            (recount.clients, recount.clients_total) = (0, 0);
        }
        Ok(Response::new(GetQualityRecountResponse { recount }))
    }

    async fn get_quality(&self, request: Request<GetQualityRequest>) -> Result<Response<GetQualityResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let subject = messages::subject(request.scope, &request.subject_id, actor)?;
        let days = if request.days == 0 { 400 } else { request.days.min(MOST_DAYS) };
        let found = days::get(&self.db, actor, subject, days.cast_signed()).await?;
        access_log::note_list(&self.db, &caller).await?;
        Ok(Response::new(messages::quality(found)))
    }

    async fn list_quality_failures(
        &self,
        request: Request<ListQualityFailuresRequest>,
    ) -> Result<Response<ListQualityFailuresResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let size = page_size(request.page_size, 50, 1_000)?;
        let asked = (request.check, &request.responsible_employee_ids, &request.department_id);
        let query = rpc::Fingerprint::of("ListQualityFailures", &asked);
        let asked = check::Asked {
            check: messages::check(request.check)?,
            responsible: parse_ids("responsible_employee_ids", &request.responsible_employee_ids, 200)?,
            department: parse_optional_id("department_id", &request.department_id)?,
            after: PageToken::decode(&query, &request.page_token)?,
            limit: i64::from(size) + 1,
        };
        let (found, as_of) = check::list(&self.db, actor, &asked).await?;
        access_log::note_list(&self.db, &caller).await?;
        let (page, next_page_token) = finish_page(found, size, &query, |one| (one.sort.clone(), one.id));
        let failures = page.into_iter().map(messages::failure).collect();
        Ok(Response::new(ListQualityFailuresResponse { failures, next_page_token, as_of: as_of.map(timestamp) }))
    }
}
