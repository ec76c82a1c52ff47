//! `okno.inbox.v1.MailingService`.

use std::sync::Arc;

use contracts::inbox::{
    AddUnsubscribedRequest, AddUnsubscribedResponse, CreateMailingRequest, CreateMailingResponse, DeleteMailingRequest,
    DeleteMailingResponse, GetMailingProblemsRequest, GetMailingProblemsResponse, GetMailingRequest,
    GetMailingResponse, LeaveMailingRequest, LeaveMailingResponse, ListMailingRecipientsRequest,
    ListMailingRecipientsResponse, ListMailingsRequest, ListMailingsResponse, ListUnsubscribedRequest,
    ListUnsubscribedResponse, Mailing as Shown, MailingCounts, RemoveUnsubscribedRequest, RemoveUnsubscribedResponse,
    RetryMailingRequest, RetryMailingResponse, StartMailingRequest, StartMailingResponse, StopMailingRequest,
    StopMailingResponse, UpdateMailingRequest, UpdateMailingResponse, mailing_service_server::MailingService,
};
use model::AccountId;
use rpc::{
    Caller, Fingerprint, PageToken, finish_page, invalid_field, page_size, parse_etag, parse_id, parse_optional_id,
};
use store::retry_conflicts;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    domain::{Mailing, Written, address, recipients},
    ops, problems, store as rows, unsubscribed,
};
use crate::{access::Viewer, conversations::Db, fault::broken};

const QUERY: usize = 200;
/// Addresses that are entered at once.
const ENTERED: usize = 1_000;

/// Serves mailings.
#[derive(Debug, Clone)]
pub struct MailingApi {
    pub db: Db,
    /// Under which https address the outside reaches the edge, without a slash at its end.
    pub public_url: Option<Arc<str>>,
}

type Answer<T> = Result<Response<T>, Status>;

impl MailingApi {
    async fn shown(&self, mailing: Mailing) -> Result<Option<Shown>, Status> {
        Ok(self.all_shown(vec![mailing]).await?.pop())
    }

    async fn all_shown(&self, mailings: Vec<Mailing>) -> Result<Vec<Shown>, Status> {
        let ids: Vec<Uuid> = mailings.iter().map(|mailing| mailing.id).collect();
        let mut counts = rows::counts(&self.db.pool, &ids).await.map_err(broken)?;
        Ok(mailings.into_iter().map(|one| contract(counts.remove(&one.id).unwrap_or_default(), one)).collect())
    }

    async fn seen(&self, viewer: &Viewer, id: Uuid) -> Result<Mailing, Status> {
        let mut connection = self.db.pool.acquire().await.map_err(broken)?;
        Ok(ops::seen(&mut connection, viewer, id).await?)
    }
}

#[tonic::async_trait]
impl MailingService for MailingApi {
    async fn list_mailings(&self, request: Request<ListMailingsRequest>) -> Answer<ListMailingsResponse> {
        let viewer = Viewer::reader(&request)?;
        let reader = self.db.reader(&request)?;
        let request = request.into_inner();
        let size = page_size(request.page_size, 20, 100)?;
        let query = Fingerprint::of("ListMailings", &viewer.employee);
        let after = PageToken::decode::<rows::Place>(&query, &request.page_token)?;
        let found = rows::page(&self.db.pool, &viewer, None, after, i64::from(size) + 1).await.map_err(broken)?;
        let place = |mailing: &Mailing| (mailing.created_at, mailing.id);
        let (mailings, next_page_token) = finish_page(found, size, &query, place);
        let heads = viewer.administrator || !viewer.headed.is_empty();
        let may_create = heads || rows::has_own_account(&self.db.pool, &viewer).await.map_err(broken)?;
        let mailings = self.all_shown(mailings).await?;
        reader.list().await?;
        let public_url_set = self.public_url.is_some();
        Ok(Response::new(ListMailingsResponse { mailings, next_page_token, may_create, public_url_set }))
    }

    async fn get_mailing(&self, request: Request<GetMailingRequest>) -> Answer<GetMailingResponse> {
        let viewer = Viewer::reader(&request)?;
        let id = parse_id("mailing_id", &request.get_ref().mailing_id)?;
        let mailing = self.seen(&viewer, id).await?;
        self.db.reader(&request)?.list().await?;
        Ok(Response::new(GetMailingResponse { mailing: self.shown(mailing).await? }))
    }

    async fn create_mailing(&self, request: Request<CreateMailingRequest>) -> Answer<CreateMailingResponse> {
        let viewer = Viewer::writer(&request)?;
        let request = request.into_inner();
        let id = parse_id("request_id", &request.request_id)?;
        let asked = request.mailing.ok_or_else(|| invalid_field("mailing", "is required"))?;
        let account: AccountId = parse_id("mailing.account_id", &asked.account_id)?;
        let after = parse_optional_id("mailing.after_mailing_id", &asked.after_mailing_id)?;
        let (written, list) = (Written::read(&asked)?, recipients(request.recipients)?);
        let create = || ops::create(&self.db, &viewer, (id, account, after), &written, &list);
        let made = retry_conflicts(create).await?;
        Ok(Response::new(CreateMailingResponse { mailing: self.shown(made).await? }))
    }

    async fn update_mailing(&self, request: Request<UpdateMailingRequest>) -> Answer<UpdateMailingResponse> {
        let viewer = Viewer::writer(&request)?;
        let request = request.into_inner();
        let asked = request.mailing.ok_or_else(|| invalid_field("mailing", "is required"))?;
        let id = parse_id("mailing.mailing_id", &asked.mailing_id)?;
        let seen = parse_etag(&asked.etag)?;
        let fields = request.update_mask.unwrap_or_default().paths;
        if fields.is_empty() {
            return Err(invalid_field("update_mask", "names nothing to change"));
        }
        let list = match fields.iter().any(|field| field == "recipients") {
            true => Some(recipients(request.recipients)?),
            false => None,
        };
        let change = |known: &Mailing| masked(known, &asked, &fields);
        let changed = ops::update(&self.db, &viewer, (id, seen), change, list.as_deref()).await?;
        Ok(Response::new(UpdateMailingResponse { mailing: self.shown(changed).await? }))
    }

    async fn delete_mailing(&self, request: Request<DeleteMailingRequest>) -> Answer<DeleteMailingResponse> {
        let viewer = Viewer::writer(&request)?;
        let request = request.into_inner();
        let id = parse_id("mailing_id", &request.mailing_id)?;
        let seen = parse_etag(&request.etag)?;
        retry_conflicts(|| ops::delete(&self.db, &viewer, id, seen)).await?;
        Ok(Response::new(DeleteMailingResponse {}))
    }

    async fn get_mailing_problems(
        &self,
        request: Request<GetMailingProblemsRequest>,
    ) -> Answer<GetMailingProblemsResponse> {
        let viewer = Viewer::reader(&request)?;
        let id = parse_id("mailing_id", &request.get_ref().mailing_id)?;
        let mailing = self.seen(&viewer, id).await?;
        self.db.reader(&request)?.list().await?;
        let list = rows::all_recipients(&self.db.pool, id).await.map_err(broken)?;
        let (gaps, count) = problems::gaps(&mailing, &list);
        let recipients_with_gaps = u32::try_from(count).unwrap_or(u32::MAX);
        Ok(Response::new(GetMailingProblemsResponse { gaps, recipients_with_gaps }))
    }

    async fn start_mailing(&self, request: Request<StartMailingRequest>) -> Answer<StartMailingResponse> {
        let viewer = Viewer::writer(&request)?;
        let request = request.into_inner();
        let id = parse_id("mailing_id", &request.mailing_id)?;
        let seen = parse_etag(&request.etag)?;
        let url = self.public_url.as_deref();
        let mailing = retry_conflicts(|| ops::start(&self.db, &viewer, url, id, seen)).await?;
        Ok(Response::new(StartMailingResponse { mailing: self.shown(mailing).await? }))
    }

    async fn stop_mailing(&self, request: Request<StopMailingRequest>) -> Answer<StopMailingResponse> {
        let viewer = Viewer::writer(&request)?;
        let id = parse_id("mailing_id", &request.get_ref().mailing_id)?;
        let mailing = retry_conflicts(|| ops::stop(&self.db, &viewer, id)).await?;
        Ok(Response::new(StopMailingResponse { mailing: self.shown(mailing).await? }))
    }

    async fn retry_mailing(&self, request: Request<RetryMailingRequest>) -> Answer<RetryMailingResponse> {
        let viewer = Viewer::writer(&request)?;
        let id = parse_id("mailing_id", &request.get_ref().mailing_id)?;
        let url = self.public_url.as_deref();
        let mailing = retry_conflicts(|| ops::retry(&self.db, &viewer, url, id)).await?;
        Ok(Response::new(RetryMailingResponse { mailing: self.shown(mailing).await? }))
    }

    async fn list_mailing_recipients(
        &self,
        request: Request<ListMailingRecipientsRequest>,
    ) -> Answer<ListMailingRecipientsResponse> {
        let viewer = Viewer::reader(&request)?;
        let reader = self.db.reader(&request)?;
        let request = request.into_inner();
        let id: Uuid = parse_id("mailing_id", &request.mailing_id)?;
        let size = page_size(request.page_size, 50, 200)?;
        let states: Vec<i16> = request.states.iter().filter_map(|state| i16::try_from(*state).ok()).collect();
        let query = Fingerprint::of("ListMailingRecipients", &(id, &states));
        let after = PageToken::decode::<i32>(&query, &request.page_token)?;
        self.seen(&viewer, id).await?;
        let found = rows::recipients(&self.db.pool, id, &states, after, i64::from(size) + 1).await.map_err(broken)?;
        reader.list().await?;
        let (found, next_page_token) = finish_page(found, size, &query, |(ordinal, _)| *ordinal);
        let recipients = found.into_iter().map(|(_, recipient)| recipient).collect();
        Ok(Response::new(ListMailingRecipientsResponse { recipients, next_page_token }))
    }

    async fn list_unsubscribed(&self, request: Request<ListUnsubscribedRequest>) -> Answer<ListUnsubscribedResponse> {
        let viewer = Viewer::reader(&request)?;
        unsubscribed::may_see_list(&self.db.pool, &viewer).await?;
        let reader = self.db.reader(&request)?;
        let request = request.into_inner();
        let size = page_size(request.page_size, 50, 200)?;
        let part = request.query.trim().to_lowercase();
        if part.chars().count() > QUERY || part.contains('\0') {
            return Err(invalid_field("query", "is longer than 200 characters"));
        }
        let query = Fingerprint::of("ListUnsubscribed", &(viewer.employee, &part));
        let after = PageToken::decode::<unsubscribed::Place>(&query, &request.page_token)?;
        let found =
            unsubscribed::page(&self.db.pool, &viewer, &part, after, i64::from(size) + 1).await.map_err(broken)?;
        reader.list().await?;
        let (found, next_page_token) = finish_page(found, size, &query, |(place, _)| *place);
        let unsubscribed = found.into_iter().map(|(_, one)| one).collect();
        Ok(Response::new(ListUnsubscribedResponse { unsubscribed, next_page_token }))
    }

    async fn add_unsubscribed(&self, request: Request<AddUnsubscribedRequest>) -> Answer<AddUnsubscribedResponse> {
        let viewer = Viewer::writer(&request)?;
        let texts = request.into_inner().addresses;
        if texts.is_empty() || texts.len() > ENTERED {
            return Err(invalid_field("addresses", "must be 1 to 1,000"));
        }
        let read = texts.iter().enumerate().map(|(i, text)| {
            address(text).ok_or_else(|| invalid_field(&format!("addresses[{i}]"), "is no e-mail address"))
        });
        let addresses = read.collect::<Result<Vec<String>, Status>>()?;
        let added = retry_conflicts(|| unsubscribed::add(&self.db, &viewer, &addresses)).await?;
        Ok(Response::new(AddUnsubscribedResponse { added }))
    }

    async fn remove_unsubscribed(
        &self,
        request: Request<RemoveUnsubscribedRequest>,
    ) -> Answer<RemoveUnsubscribedResponse> {
        let viewer = Viewer::writer(&request)?;
        let text = request.into_inner().address;
        let address = address(&text).ok_or_else(|| invalid_field("address", "is no e-mail address"))?;
        retry_conflicts(|| unsubscribed::remove(&self.db, &viewer, &address)).await?;
        Ok(Response::new(RemoveUnsubscribedResponse {}))
    }

    async fn leave_mailing(&self, request: Request<LeaveMailingRequest>) -> Answer<LeaveMailingResponse> {
        Caller::of(&request)?.require_edge()?;
        let LeaveMailingRequest { token, only_look } = request.into_inner();
        retry_conflicts(|| unsubscribed::leave(&self.db, &token, only_look)).await?;
        Ok(Response::new(LeaveMailingResponse {}))
    }
}

/// The mailing with the masked fields of another one put over it.
fn masked(known: &Mailing, asked: &Shown, fields: &[String]) -> Result<Written, Status> {
    let mut merged = Shown {
        name: known.name.clone(),
        subject: known.subject.clone(),
        text: known.text.clone(),
        per_minute: known.pace(),
        ..Shown::default()
    };
    for field in fields {
        match field.as_str() {
            "name" => merged.name.clone_from(&asked.name),
            "subject" => merged.subject.clone_from(&asked.subject),
            "text" => merged.text.clone_from(&asked.text),
            "per_minute" => merged.per_minute = asked.per_minute,
            "recipients" => {}
            other => return Err(invalid_field("update_mask", &format!("{other} cannot be changed"))),
        }
    }
    Written::read(&merged)
}

fn contract(counts: MailingCounts, mailing: Mailing) -> Shown {
    let per_minute = mailing.pace();
    Shown {
        mailing_id: mailing.id.to_string(),
        etag: rpc::etag(mailing.revision),
        account_id: mailing.account.to_string(),
        name: mailing.name,
        subject: mailing.subject,
        text: mailing.text,
        per_minute,
        after_mailing_id: mailing.after.map(|id| id.to_string()).unwrap_or_default(),
        state: mailing.state.into(),
        counts: Some(counts),
        author_employee_id: mailing.author.to_string(),
        created_at: Some(rpc::timestamp(mailing.created_at)),
        started_at: mailing.started_at.map(rpc::timestamp),
        ended_at: mailing.ended_at.map(rpc::timestamp),
        account_off: mailing.account_off,
    }
}
