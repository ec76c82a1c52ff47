//! `okno.inbox.v1.RequestService`.

use chrono::{DateTime, Utc};
use contracts::inbox::{
    self as api, CloseRequestRequest, CloseRequestResponse, GetRequestRequest, GetRequestResponse,
    ListRejectReasonsRequest, ListRejectReasonsResponse, ListRequestHistoryRequest, ListRequestHistoryResponse,
    ListRequestsRequest, ListRequestsResponse, PostponeRequestRequest, PostponeRequestResponse, RejectRequestRequest,
    RejectRequestResponse, ReopenRequestRequest, ReopenRequestResponse, RequestOutcome, TakeRequestRequest,
    TakeRequestResponse, TransferRequestRequest, TransferRequestResponse, request_service_server::RequestService,
    transfer_request_request::To,
};
use model::RequestId;
use rpc::{Fingerprint, PageToken, finish_page, invalid_field, page_size, parse_id, parse_optional_id};
use store::retry_conflicts;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    domain::{self, RequestError},
    history, list,
    ops::{self, Target},
    store as sql,
};
use crate::{access::Viewer, conversations::Db, fault::broken};

/// Characters of a transfer's note and of a rejection's comment.
const NOTE: usize = 2_000;

/// Serves requests to the page and to other services.
#[derive(Debug, Clone)]
pub struct RequestApi {
    pub db: Db,
}

impl RequestApi {
    async fn seen(&self, viewer: &Viewer, id: RequestId) -> Result<domain::Request, RequestError> {
        list::get(&self.db.pool, viewer, id).await?.ok_or(RequestError::NotFound(id))
    }
}

#[tonic::async_trait]
impl RequestService for RequestApi {
    async fn get_request(&self, request: Request<GetRequestRequest>) -> Result<Response<GetRequestResponse>, Status> {
        let viewer = Viewer::reader(&request)?;
        let id = parse_id("request_id", &request.get_ref().request_id)?;
        let found = self.seen(&viewer, id).await?;
        self.db.reader(&request)?.list().await?;
        Ok(Response::new(GetRequestResponse { request: Some(found.into()) }))
    }

    async fn list_requests(
        &self,
        request: Request<ListRequestsRequest>,
    ) -> Result<Response<ListRequestsResponse>, Status> {
        let viewer = Viewer::reader(&request)?;
        let reader = self.db.reader(&request)?;
        let request = request.into_inner();
        let size = page_size(request.page_size, 50, 200)?;
        let wanted = list::Wanted::read(&request)?;
        let (found, next_page_token) = wanted.page(&self.db.pool, &viewer, size, &request.page_token).await?;
        reader.list().await?;
        let requests = found.into_iter().map(Into::into).collect();
        Ok(Response::new(ListRequestsResponse { requests, next_page_token }))
    }

    async fn take_request(
        &self,
        request: Request<TakeRequestRequest>,
    ) -> Result<Response<TakeRequestResponse>, Status> {
        let viewer = Viewer::writer(&request)?;
        let id = parse_id("request_id", &request.get_ref().request_id)?;
        let taken = retry_conflicts(|| ops::take(&self.db, &viewer, id)).await?;
        Ok(Response::new(TakeRequestResponse { request: Some(taken.into()) }))
    }

    async fn transfer_request(
        &self,
        request: Request<TransferRequestRequest>,
    ) -> Result<Response<TransferRequestResponse>, Status> {
        let viewer = Viewer::writer(&request)?;
        let request = request.into_inner();
        let id = parse_id("request_id", &request.request_id)?;
        let to = match &request.to {
            Some(To::EmployeeId(id)) => Target::Employee(parse_id("employee_id", id)?),
            Some(To::DepartmentId(id)) => Target::Department(parse_id("department_id", id)?),
            None => return Err(invalid_field("employee_id", "or department_id is required")),
        };
        let note = short("note", &request.note)?;
        let moved = retry_conflicts(|| ops::transfer(&self.db, &viewer, id, to, note, &request.etag)).await?;
        Ok(Response::new(TransferRequestResponse { request: Some(moved.into()) }))
    }

    async fn close_request(
        &self,
        request: Request<CloseRequestRequest>,
    ) -> Result<Response<CloseRequestResponse>, Status> {
        let viewer = Viewer::writer(&request)?;
        let request = request.into_inner();
        let id = parse_id("request_id", &request.request_id)?;
        let outcome = RequestOutcome::try_from(request.outcome)
            .ok()
            .filter(|outcome| *outcome != RequestOutcome::Rejected)
            .ok_or_else(|| invalid_field("outcome", "is none that closes; RejectRequest rejects"))?;
        let closed = retry_conflicts(|| ops::close(&self.db, &viewer, id, outcome, &request.etag)).await?;
        Ok(Response::new(CloseRequestResponse { request: Some(closed.into()) }))
    }

    async fn reject_request(
        &self,
        request: Request<RejectRequestRequest>,
    ) -> Result<Response<RejectRequestResponse>, Status> {
        let viewer = Viewer::writer(&request)?;
        let request = request.into_inner();
        let id = parse_id("request_id", &request.request_id)?;
        let reason: Option<Uuid> = parse_optional_id("reject_reason_id", &request.reject_reason_id)?;
        let comment = short("comment", &request.comment)?;
        let rejected = retry_conflicts(|| ops::reject(&self.db, &viewer, id, reason, comment, &request.etag)).await?;
        Ok(Response::new(RejectRequestResponse { request: Some(rejected.into()) }))
    }

    async fn reopen_request(
        &self,
        request: Request<ReopenRequestRequest>,
    ) -> Result<Response<ReopenRequestResponse>, Status> {
        let viewer = Viewer::writer(&request)?;
        let id = parse_id("request_id", &request.get_ref().request_id)?;
        let open = retry_conflicts(|| ops::reopen(&self.db, &viewer, id)).await?;
        Ok(Response::new(ReopenRequestResponse { request: Some(open.into()) }))
    }

    async fn postpone_request(
        &self,
        request: Request<PostponeRequestRequest>,
    ) -> Result<Response<PostponeRequestResponse>, Status> {
        let viewer = Viewer::writer(&request)?;
        let request = request.into_inner();
        let id = parse_id("request_id", &request.request_id)?;
        let until = rpc::required_datetime("until", request.until)?;
        let put_off = retry_conflicts(|| ops::postpone(&self.db, &viewer, id, until)).await?;
        Ok(Response::new(PostponeRequestResponse { request: Some(put_off.into()) }))
    }

    async fn list_request_history(
        &self,
        request: Request<ListRequestHistoryRequest>,
    ) -> Result<Response<ListRequestHistoryResponse>, Status> {
        let viewer = Viewer::reader(&request)?;
        let reader = self.db.reader(&request)?;
        let request = request.into_inner();
        let id: RequestId = parse_id("request_id", &request.request_id)?;
        let size = page_size(request.page_size, 50, 200)?;
        let query = Fingerprint::of("ListRequestHistory", &id);
        let before = PageToken::decode::<i64>(&query, &request.page_token)?;
        self.seen(&viewer, id).await?;
        let rows = history::read(&self.db.pool, id, before, i64::from(size) + 1).await.map_err(broken)?;
        reader.list().await?;
        let (rows, next_page_token) = finish_page(rows, size, &query, |(place, _)| *place);
        let entries = rows.into_iter().map(|(_, entry)| entry).collect();
        Ok(Response::new(ListRequestHistoryResponse { entries, next_page_token }))
    }

    async fn list_reject_reasons(
        &self,
        request: Request<ListRejectReasonsRequest>,
    ) -> Result<Response<ListRejectReasonsResponse>, Status> {
        Viewer::reader(&request)?;
        let request = request.into_inner();
        let size = page_size(request.page_size, 50, 200)?;
        let query = Fingerprint::of("ListRejectReasons", &());
        let after = PageToken::decode::<(i32, Uuid)>(&query, &request.page_token)?;
        let rows = sql::reject_reasons(&self.db.pool, after, i64::from(size) + 1).await.map_err(broken)?;
        let (rows, next_page_token) = finish_page(rows, size, &query, |reason| (reason.ordinal, reason.id));
        let reasons = rows.into_iter().map(Into::into).collect();
        Ok(Response::new(ListRejectReasonsResponse { reasons, next_page_token }))
    }
}

fn short<'a>(field: &'static str, text: &'a str) -> Result<&'a str, Status> {
    if text.chars().count() > NOTE {
        return Err(invalid_field(field, "is longer than 2,000 characters"));
    }
    if text.contains('\0') {
        return Err(invalid_field(field, "holds a character that is none"));
    }
    Ok(text)
}

impl From<domain::Request> for api::Request {
    fn from(request: domain::Request) -> Self {
        let at = |at: Option<DateTime<Utc>>| at.map(rpc::timestamp);
        let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        Self {
            request_id: request.id.to_string(),
            number: request.number.cast_unsigned(),
            etag: rpc::etag(request.revision),
            conversation_id: request.conversation.to_string(),
            state: request.state.into(),
            outcome: request.outcome.into(),
            assignee_employee_id: text(request.assignee.map(Into::into)),
            department_id: text(request.department.map(Into::into)),
            received_at: Some(rpc::timestamp(request.received_at)),
            assigned_at: at(request.assigned_at),
            first_opened_at: at(request.first_opened_at),
            first_reply_at: at(request.first_reply_at),
            closed_at: at(request.closed_at),
            postponed_until: at(request.postponed_until),
            first_reply_due_at: at(request.first_reply_due_at),
            resolution_due_at: at(request.resolution_due_at),
            reject_reason_id: text(request.reject_reason),
            reject_comment: request.reject_comment,
            previous_request_id: text(request.previous.map(Into::into)),
            decision: request.decision,
        }
    }
}

impl From<domain::RejectReason> for api::RejectReason {
    fn from(reason: domain::RejectReason) -> Self {
        Self {
            reject_reason_id: reason.id.to_string(),
            short_name: reason.short_name,
            full_name: reason.full_name,
            needs_comment: reason.needs_comment,
        }
    }
}
