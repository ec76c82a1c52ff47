//! Translates ChannelAccountService.

use std::future::ready;

use ::store::access::{Of, Turn};
use chrono::{TimeDelta, Utc};
use contracts::{
    channel::{AccountHealth, GatewayDescription, LocalText},
    errors::ErrorReason,
    inbox::{
        AccountStatus, Assignment, BeginConsentRequest, BeginConsentResponse, ChannelAccount, CheckSettingsRequest,
        CheckSettingsResponse, ConnectDemoRequest, ConnectDemoResponse, CreateChannelAccountRequest,
        CreateChannelAccountResponse, DeleteChannelAccountRequest, DeleteChannelAccountResponse, FinishConsentRequest,
        FinishConsentResponse, Gateway, GetAccountHistoryRequest, GetAccountHistoryResponse, GetChannelAccountRequest,
        GetChannelAccountResponse, GetDeadLetterOriginalRequest, GetDeadLetterOriginalResponse,
        ListChannelAccountsRequest, ListChannelAccountsResponse, ListDeadLettersRequest, ListDeadLettersResponse,
        ListGatewaysRequest, ListGatewaysResponse, ReplayDeadLetterRequest, ReplayDeadLetterResponse,
        UpdateChannelAccountRequest, UpdateChannelAccountResponse,
        channel_account_service_server::ChannelAccountService,
    },
    org::AccessKind,
};
use model::AccountId;
use prost::Message;
use rpc::{Caller, Fingerprint, PageToken, finish_page, page_size, parse_etag, parse_id};
use tonic::{Request, Response, Status, async_trait};
use uuid::Uuid;

use super::{
    domain::{AccountError, mask},
    history,
    ops::{Accounts, is_running},
    store::{self, AccountRow},
};
use crate::{
    access_log::Reader,
    dead_letters::{self, DeadLetter},
    fault::broken,
    time,
};

/// Of one call for what came, unless the caller says otherwise.
const ORIGINAL_BYTES: usize = 256 * 1024;

pub struct AccountGrpc(pub Accounts);

#[async_trait]
impl ChannelAccountService for AccountGrpc {
    async fn list_gateways(
        &self,
        request: Request<ListGatewaysRequest>,
    ) -> Result<Response<ListGatewaysResponse>, Status> {
        Caller::of(&request)?.employee()?;
        let rows = store::gateways(&self.0.shared.pool, None).await.map_err(broken)?;
        let gateways = rows.into_iter().map(|row| Gateway {
            description: GatewayDescription::decode(row.description.as_slice()).ok(),
            last_seen_at: Some(time::to_proto(row.last_seen_at)),
            running: is_running(Some(row.last_seen_at)),
        });
        let demo_customer_url = match &self.0.demo_url {
            Some(_) => store::demo_customer_url(&self.0.shared.pool).await.map_err(broken)?.unwrap_or_default(),
            None => String::new(),
        };
        Ok(Response::new(ListGatewaysResponse {
            gateways: gateways.collect(),
            next_page_token: String::new(),
            demo_available: self.0.demo_url.is_some(),
            demo_customer_url,
        }))
    }

    async fn list_channel_accounts(
        &self,
        request: Request<ListChannelAccountsRequest>,
    ) -> Result<Response<ListChannelAccountsResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let employee = caller.employee()?;
        let request = request.into_inner();
        let size = page_size(request.page_size, 50, 200)?;
        let query = Fingerprint::of("list_channel_accounts", &());
        let after = PageToken::decode::<(String, Uuid)>(&query, &request.page_token)?;
        let limit = i64::from(size) + 1;
        let viewer = (!caller.is_administrator()).then_some(employee.0);
        let rows = store::accounts(&self.0.shared.pool, None, viewer, after, limit).await.map_err(broken)?;
        let (rows, next_page_token) = finish_page(rows, size, &query, |row| (row.name.clone(), row.account_id));
        let accounts = rows.iter().map(|row| shown(&caller, row)).collect();
        Ok(Response::new(ListChannelAccountsResponse { accounts, next_page_token }))
    }

    async fn get_channel_account(
        &self,
        request: Request<GetChannelAccountRequest>,
    ) -> Result<Response<GetChannelAccountResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        // The edge asks of the chat that its demo shop shows.
        if !caller.is_edge() {
            caller.employee()?;
        }
        let id: AccountId = parse_id("account_id", &request.get_ref().account_id)?;
        let row = self.seen(&caller, id).await?;
        Ok(Response::new(GetChannelAccountResponse { account: Some(shown(&caller, &row)) }))
    }

    async fn create_channel_account(
        &self,
        request: Request<CreateChannelAccountRequest>,
    ) -> Result<Response<CreateChannelAccountResponse>, Status> {
        let by = administrator(&request)?;
        let request = request.into_inner();
        let id: AccountId = parse_id("request_id", &request.request_id)?;
        let row = Box::pin(self.0.create(by, id, &request.account.unwrap_or_default())).await?;
        Ok(Response::new(CreateChannelAccountResponse { account: Some(contract(&row)) }))
    }

    async fn update_channel_account(
        &self,
        request: Request<UpdateChannelAccountRequest>,
    ) -> Result<Response<UpdateChannelAccountResponse>, Status> {
        let named = request.get_ref().account.as_ref().map_or("", |account| &account.account_id);
        let (by, caller) = (administrator_of(&request, named)?, Caller::of(&request)?.clone());
        let request = request.into_inner();
        let asked = request.account.unwrap_or_default();
        let id: AccountId = parse_id("account.account_id", &asked.account_id)?;
        self.by_people_only(&caller, Some(id)).await?;
        let revision = parse_etag(&asked.etag)?;
        let fields = request.update_mask.unwrap_or_default().paths;
        if fields.is_empty() {
            return Err(rpc::invalid_field("update_mask", "names nothing to change"));
        }
        let row = Box::pin(self.0.update(by, id, revision, &asked, &fields)).await?;
        Ok(Response::new(UpdateChannelAccountResponse { account: Some(contract(&row)) }))
    }

    async fn delete_channel_account(
        &self,
        request: Request<DeleteChannelAccountRequest>,
    ) -> Result<Response<DeleteChannelAccountResponse>, Status> {
        let by = administrator_of(&request, &request.get_ref().account_id)?;
        let id: AccountId = parse_id("account_id", &request.get_ref().account_id)?;
        let revision = parse_etag(&request.get_ref().etag)?;
        self.0.delete(by, id, revision).await?;
        Ok(Response::new(DeleteChannelAccountResponse {}))
    }

    async fn check_settings(
        &self,
        request: Request<CheckSettingsRequest>,
    ) -> Result<Response<CheckSettingsResponse>, Status> {
        let (by, caller) = (administrator(&request)?, Caller::of(&request)?.clone());
        let request = request.into_inner();
        let channel = request.channel.parse().map_err(|_| rpc::invalid_field("channel", "is not a channel's name"))?;
        let saved = rpc::parse_optional_id("account_id", &request.account_id)?;
        self.by_people_only(&caller, saved).await?;
        let probe = Box::pin(self.0.check(by, &channel, saved, &request.settings)).await?;
        Ok(Response::new(CheckSettingsResponse { probe: Some(probe) }))
    }

    async fn begin_consent(
        &self,
        request: Request<BeginConsentRequest>,
    ) -> Result<Response<BeginConsentResponse>, Status> {
        let (by, caller) = (administrator(&request)?, Caller::of(&request)?.clone());
        let request = request.into_inner();
        let channel = request.channel.parse().map_err(|_| rpc::invalid_field("channel", "is not a channel's name"))?;
        let saved = rpc::parse_optional_id("account_id", &request.account_id)?;
        self.by_people_only(&caller, saved).await?;
        let beginning = self.0.begin_consent(by, &channel, saved, &request.settings, &request.redirect_uri);
        let begun = Box::pin(beginning).await?;
        Ok(Response::new(BeginConsentResponse { authorize_url: begun.authorize_url, state: begun.state }))
    }

    async fn finish_consent(
        &self,
        request: Request<FinishConsentRequest>,
    ) -> Result<Response<FinishConsentResponse>, Status> {
        let by = administrator(&request)?;
        let FinishConsentRequest { state, code } = request.into_inner();
        let consent = Box::pin(self.0.finish_consent(by, &state, &code)).await?;
        Ok(Response::new(FinishConsentResponse { consent }))
    }

    async fn connect_demo(
        &self,
        request: Request<ConnectDemoRequest>,
    ) -> Result<Response<ConnectDemoResponse>, Status> {
        let by = administrator(&request)?;
        let (row, customer_url) = Box::pin(self.0.connect_demo(by)).await?;
        Ok(Response::new(ConnectDemoResponse { account: Some(contract(&row)), customer_url }))
    }

    async fn get_account_history(
        &self,
        request: Request<GetAccountHistoryRequest>,
    ) -> Result<Response<GetAccountHistoryResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        caller.employee()?;
        let id: AccountId = parse_id("account_id", &request.get_ref().account_id)?;
        self.seen(&caller, id).await?; // one that is deleted has none
        let answer = history::of(&self.0.shared.pool, id).await.map_err(broken)?;
        Ok(Response::new(answer))
    }

    async fn list_dead_letters(
        &self,
        request: Request<ListDeadLettersRequest>,
    ) -> Result<Response<ListDeadLettersResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let by = caller.employee()?;
        let request = request.into_inner();
        let size = page_size(request.page_size, 50, 200)?;
        let account: Option<AccountId> = rpc::parse_optional_id("account_id", &request.account_id)?;
        if !caller.sees_own_personal() {
            caller.require_administrator()?;
        }
        let owner = (!caller.is_administrator()).then_some(by.0);
        let query = Fingerprint::of("list_dead_letters", &(account, request.with_replayed, owner));
        let after = PageToken::decode::<Uuid>(&query, &request.page_token)?;
        let account = account.map(|id| id.0);
        let filter = dead_letters::Filter { account, owner, with_replayed: request.with_replayed };
        let limit = i64::from(size) + 1;
        let rows = dead_letters::list(&self.0.shared.pool, &filter, after, limit).await.map_err(broken)?;
        let (rows, next_page_token) = finish_page(rows, size, &query, |row| row.dead_letter_id);
        let accounts: Vec<Uuid> = rows.iter().map(|row| row.account_id).collect();
        let personal = store::personal(&self.0.shared.pool, &accounts).await.map_err(broken)?;
        Reader::of(&self.0.shared.pool, &self.0.accesses, &caller)?.list().await?;
        let closed = |row: &DeadLetter| closed(&caller, by, personal.get(&row.account_id));
        let dead_letters = rows.iter().map(|row| row.contract(closed(row))).collect();
        Ok(Response::new(ListDeadLettersResponse { dead_letters, next_page_token }))
    }

    async fn get_dead_letter_original(
        &self,
        request: Request<GetDeadLetterOriginalRequest>,
    ) -> Result<Response<GetDeadLetterOriginalResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let by = caller.employee()?;
        let request = request.into_inner();
        let id: Uuid = parse_id("dead_letter_id", &request.dead_letter_id)?;
        let offset = u64::try_from(request.offset).map_err(|_| rpc::invalid_field("offset", "is negative"))?;
        let limit = usize::try_from(request.limit).map_err(|_| rpc::invalid_field("limit", "is negative"))?;
        let limit = if limit == 0 { ORIGINAL_BYTES } else { limit };
        let (letter, closed) = self.dead_letter(&caller, id).await?;
        if closed {
            return Err(dead_letters::ReplayError::NotFound(id).into());
        }
        let shared = &self.0.shared;
        let found = dead_letters::original(&shared.pool, &self.0.objects, &letter, (offset, limit), by).await?;
        let turn = if offset == 0 { Turn::Opens } else { Turn::ReadsOn };
        let of = Of { subject: None, account: Some(letter.account_id) };
        let reader = Reader::of(&shared.pool, &self.0.accesses, &caller)?;
        reader.note(AccessKind::DeadLetter, id, turn, ready(Ok(of))).await?;
        Ok(Response::new(GetDeadLetterOriginalResponse {
            data: found.data.to_vec(),
            size_bytes: i64::try_from(found.size_bytes).unwrap_or(i64::MAX),
            content_type: letter.content_type,
        }))
    }

    async fn replay_dead_letter(
        &self,
        request: Request<ReplayDeadLetterRequest>,
    ) -> Result<Response<ReplayDeadLetterResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let by = caller.employee()?;
        let id: Uuid = parse_id("dead_letter_id", &request.get_ref().dead_letter_id)?;
        let (_, closed) = self.dead_letter(&caller, id).await?;
        let shared = &self.0.shared;
        let row = Box::pin(dead_letters::replay(&shared.pool, &shared.directory, id, Some(by))).await?;
        shared.wakes.relay.notify_one();
        shared.wakes.dispatch.notify_one();
        Ok(Response::new(ReplayDeadLetterResponse { dead_letter: Some(row.contract(closed)) }))
    }
}

impl AccountGrpc {
    /// Whose key a caller shows says nothing of who holds it: administrators make keys for anybody, and set passwords. So that
    /// nobody has a mailbox's password shown to a server of his own, such callers change and try no personal account.
    async fn by_people_only(&self, caller: &Caller, account: Option<AccountId>) -> Result<(), Status> {
        let Some(id) = account.filter(|_| !caller.sees_own_personal()) else { return Ok(()) };
        if self.0.get(id).await?.owner_employee_id.is_none() {
            return Ok(());
        }
        let why =
            "a personal account is changed by people, not by API keys, nor while it is closed after a reset password";
        Err(rpc::denied_of("channel_account.change", "channel_account", id, &why, ""))
    }

    /// A dead letter that the caller may look after, and whether what is in it is closed to him: administrators look after
    /// all, everybody after those of the own personal accounts.
    async fn dead_letter(&self, caller: &Caller, id: Uuid) -> Result<(DeadLetter, bool), Status> {
        let pool = &self.0.shared.pool;
        let Some(letter) = dead_letters::get(pool, id).await.map_err(broken)? else {
            caller.require_administrator()?;
            return Err(dead_letters::ReplayError::NotFound(id).into());
        };
        let personal = store::personal(pool, &[letter.account_id]).await.map_err(broken)?;
        let owner = personal.get(&letter.account_id);
        let closed = closed(caller, caller.employee()?, owner);
        if owner.is_none() || closed {
            caller.require_administrator()?;
        }
        Ok((letter, closed))
    }

    /// The account, unless it is a personal one of somebody else; administrators see that it is there, and how it is.
    async fn seen(&self, caller: &Caller, id: AccountId) -> Result<AccountRow, Status> {
        let row = self.0.get(id).await?;
        let own = |owner: Uuid| caller.employee().is_ok_and(|employee| employee.0 == owner);
        if caller.is_administrator() || row.owner_employee_id.is_none_or(own) {
            return Ok(row);
        }
        Err(AccountError::NotFound(id.0).into())
    }
}

/// Whether a caller learns nothing of what is in an account of `owner`; of the company's where there is none.
fn closed(caller: &Caller, by: model::EmployeeId, owner: Option<&Uuid>) -> bool {
    owner.is_some_and(|owner| *owner != by.0 || !caller.sees_own_personal())
}

fn administrator<T>(request: &Request<T>) -> Result<model::EmployeeId, Status> {
    let caller = Caller::of(request)?;
    caller.require_administrator()?;
    caller.employee()
}

/// The same for a call that names an account.
fn administrator_of<T>(request: &Request<T>, account: &str) -> Result<model::EmployeeId, Status> {
    administrator(request).map_err(|status| match status.code() {
        tonic::Code::PermissionDenied => {
            rpc::denied_of("administrator", "channel_account", account, &status.message(), "")
        }
        _ => status,
    })
}

/// What a caller may see of an account: settings are for administrators.
fn shown(caller: &Caller, row: &AccountRow) -> ChannelAccount {
    let account = contract(row);
    if caller.is_administrator() {
        return account;
    }
    ChannelAccount { settings: std::collections::HashMap::new(), webhook_path: String::new(), ..account }
}

/// The account in the contract's form; secrets as their masks.
pub fn contract(row: &AccountRow) -> ChannelAccount {
    let mut settings: std::collections::HashMap<String, String> =
        serde_json::from_value(row.settings.clone()).unwrap_or_default();
    let hints: std::collections::HashMap<String, String> =
        serde_json::from_value(row.secret_hints.clone()).unwrap_or_default();
    settings.extend(hints.into_iter().map(|(name, hint)| (name, mask(&hint))));
    let description = row.description.as_deref().and_then(|bytes| GatewayDescription::decode(bytes).ok());
    ChannelAccount {
        account_id: row.account_id.to_string(),
        channel: row.channel.clone(),
        name: row.name.clone(),
        etag: rpc::etag(row.revision),
        enabled: row.enabled,
        is_request_source: row.is_request_source,
        settings,
        assignment: Some(Assignment {
            method: row.assignment_method.into(),
            employee_ids: row.assignment_employees.iter().map(Uuid::to_string).collect(),
        }),
        department_id: row.department_id.map(|id| id.to_string()).unwrap_or_default(),
        reopen_window_hours: row.reopen_window_hours.cast_unsigned(),
        live_since: Some(time::to_proto(row.live_since)),
        status: Some(status(row)),
        capabilities: description.and_then(|description| super::abilities(description, &row.settings)),
        created_at: Some(time::to_proto(row.created_at)),
        webhook_path: format!("/hook/{}/{}", row.channel, row.account_id),
        schedule_id: row.schedule_id.map(|id| id.to_string()).unwrap_or_default(),
        out_of_hours_text: row.out_of_hours_text.clone(),
        signature: row.signature.clone(),
        owner_employee_id: row.owner_employee_id.map(|id| id.to_string()).unwrap_or_default(),
    }
}

/// An account is as its adapter last said, unless it is switched off or no adapter runs.
fn status(row: &AccountRow) -> AccountStatus {
    let said = AccountHealth::try_from(i32::from(row.health)).unwrap_or_default();
    let words = |ru: &str, en: &str| LocalText { ru: ru.to_owned(), en: en.to_owned() };
    let (health, problem, problem_text) = if !row.enabled {
        (AccountHealth::Off, String::new(), None)
    } else if is_running(row.gateway_seen_at) {
        let in_both = (!row.problem_ru.is_empty()).then(|| words(&row.problem_ru, &row.problem));
        (said, row.problem.clone(), in_both)
    } else {
        let none = "no gateway of this channel is running";
        (AccountHealth::Disconnected, none.to_owned(), Some(words("шлюз этого канала не запущен", none)))
    };
    AccountStatus {
        health: health.into(),
        problem,
        remedy_key: row.remedy_key.clone(),
        identity: row.identity.clone(),
        last_event_at: row.last_event_at.map(time::to_proto),
        last_error_at: row.last_error_at.map(time::to_proto),
        dead_letters: u32::try_from(row.dead_letters).unwrap_or(u32::MAX),
        silent: row.silent && row.enabled && !heard_lately(row),
        problem_text,
    }
}

/// The mark of silence is taken away each minute; until then the last event tells.
fn heard_lately(row: &AccountRow) -> bool {
    row.last_event_at.is_some_and(|at| Utc::now() - at < TimeDelta::minutes(10))
}

impl From<dead_letters::OriginalError> for Status {
    fn from(error: dead_letters::OriginalError) -> Self {
        match &error {
            dead_letters::OriginalError::Gone(_) => {
                rpc::status(tonic::Code::NotFound, ErrorReason::DeadLetterNotFound, &error)
            }
            dead_letters::OriginalError::Objects(_) => rpc::unavailable(error),
            dead_letters::OriginalError::Database(_) => broken(error),
        }
    }
}

impl From<dead_letters::ReplayError> for Status {
    fn from(error: dead_letters::ReplayError) -> Self {
        match &error {
            dead_letters::ReplayError::NotFound(id) => {
                rpc::hidden(ErrorReason::DeadLetterNotFound, "dead_letter", id, &error)
            }
            dead_letters::ReplayError::StillDead(why) => {
                let facts = [("why", why.as_str())];
                let reason = ErrorReason::DeadLetterStillDead;
                rpc::status_with(tonic::Code::FailedPrecondition, reason, &error, &facts)
            }
            dead_letters::ReplayError::Database(_) => broken(error),
        }
    }
}
