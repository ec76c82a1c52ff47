//! Translates PersonalDataService; decides nothing.

use contracts::{
    crm::{
        ApproveErasureRequest, ApproveErasureResponse, CallOffErasureRequest, CallOffErasureResponse,
        CreatePersonalExportLinkRequest, CreatePersonalExportLinkResponse, GetErasureRequest, GetErasureResponse,
        GetPersonalDataSettingsRequest, GetPersonalDataSettingsResponse, GetPersonalExportRequest,
        GetPersonalExportResponse, ListErasuresRequest, ListErasuresResponse, ListPersonalExportsRequest,
        ListPersonalExportsResponse, PersonalExportPiece, PreviewErasureRequest, PreviewErasureResponse,
        RemovePersonalExportRequest, RemovePersonalExportResponse, RequestErasureRequest, RequestErasureResponse,
        RequestPersonalExportRequest, RequestPersonalExportResponse, TakePersonalExportRequest,
        TakePersonalExportResponse, UpdatePersonalDataSettingsRequest, UpdatePersonalDataSettingsResponse,
        personal_data_service_server::PersonalDataService,
    },
    org::AccessKind,
};
use rpc::{Caller, PageToken, finish_page, page_size, parse_id, timestamp};
use tonic::{Request, Response, Status, async_trait};

use super::{
    export::{self, ops as exports},
    messages, ops, settings,
    store::Place,
};
use crate::{
    access_log::{self, Read},
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
        let (caller, actor, request) = enter(request, "crm.read")?;
        let preview = ops::preview(&self.db, actor, parse_id("client_id", &request.client_id)?).await?;
        access_log::note(&self.db, &caller, Read::client(preview.client).on()).await?;
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

    async fn request_personal_export(
        &self,
        request: Request<RequestPersonalExportRequest>,
    ) -> Result<Response<RequestPersonalExportResponse>, Status> {
        let (actor, request) = in_person(request)?;
        let (id, client) = (request_id(&request.request_id)?, parse_id("client_id", &request.client_id)?);
        let found = exports::request(&self.db, actor, id, client, now()).await?;
        Ok(Response::new(RequestPersonalExportResponse { export: Some(export::export(&found)) }))
    }

    async fn get_personal_export(
        &self,
        request: Request<GetPersonalExportRequest>,
    ) -> Result<Response<GetPersonalExportResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.read")?;
        let found = exports::get(&self.db, actor, parse_id("export_id", &request.export_id)?).await?;
        Ok(Response::new(GetPersonalExportResponse { export: Some(export::export(&found)) }))
    }

    async fn list_personal_exports(
        &self,
        request: Request<ListPersonalExportsRequest>,
    ) -> Result<Response<ListPersonalExportsResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.read")?;
        let size = page_size(request.page_size, 50, 200)?;
        let client = Some(request.client_id.as_str()).filter(|id| !id.is_empty());
        let client = client.map(|id| parse_id("client_id", id)).transpose()?;
        let query = rpc::Fingerprint::of("ListPersonalExports", &request.client_id);
        let after: Option<Place> = PageToken::decode(&query, &request.page_token)?;
        let found = exports::list(&self.db, actor, client, after.as_ref(), i64::from(size) + 1).await?;
        let (page, next_page_token) =
            finish_page(found, size, &query, |last| Place { asked_at: last.asked_at, id: last.id });
        let exports = page.iter().map(export::export).collect();
        Ok(Response::new(ListPersonalExportsResponse { exports, next_page_token }))
    }

    async fn remove_personal_export(
        &self,
        request: Request<RemovePersonalExportRequest>,
    ) -> Result<Response<RemovePersonalExportResponse>, Status> {
        let (actor, request) = in_person(request)?;
        let found = exports::remove(&self.db, actor, parse_id("export_id", &request.export_id)?, now()).await?;
        Ok(Response::new(RemovePersonalExportResponse { export: Some(export::export(&found)) }))
    }

    async fn create_personal_export_link(
        &self,
        request: Request<CreatePersonalExportLinkRequest>,
    ) -> Result<Response<CreatePersonalExportLinkResponse>, Status> {
        let me = Caller::of(&request)?.employee()?;
        let (actor, request) = in_person(request)?;
        let id = parse_id("export_id", &request.export_id)?;
        let (path, until) = exports::link(&self.db, actor, me, id, now()).await?;
        Ok(Response::new(CreatePersonalExportLinkResponse { path, expires_at: Some(timestamp(until)) }))
    }

    async fn take_personal_export(
        &self,
        request: Request<TakePersonalExportRequest>,
    ) -> Result<Response<TakePersonalExportResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let (actor, request) = in_person(request)?;
        let id = parse_id("export_id", &request.export_id)?;
        let taking = exports::take(&self.db, actor, caller.employee()?, id, &request.secret, now()).await?;
        let read = Read::of(AccessKind::PersonalExport, id, Some(taking.client().0));
        access_log::note(&self.db, &caller, read).await?;
        let pieces = taking.count().await?;
        let piece = |piece: export::Piece| PersonalExportPiece {
            piece_id: piece.id.to_string(),
            size_bytes: piece.size_bytes.unsigned_abs(),
        };
        Ok(Response::new(TakePersonalExportResponse { pieces: pieces.into_iter().map(piece).collect() }))
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
        let days = Some(wanted.export_days).filter(|days| *days > 0);
        let settings = settings::update(&self.db, actor, seen(&wanted.etag)?, wanted.approve_above, days).await?;
        Ok(Response::new(UpdatePersonalDataSettingsResponse { settings: Some(messages::settings(&settings)) }))
    }
}
