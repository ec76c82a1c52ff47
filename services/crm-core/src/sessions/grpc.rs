//! Translates SessionService; decides nothing.

use contracts::org::{
    self, ChangePasswordRequest, ChangePasswordResponse, ConfirmTotpRequest, ConfirmTotpResponse, DisableTotpRequest,
    DisableTotpResponse, GetMeRequest, GetMeResponse, ListSessionsRequest, ListSessionsResponse, RecordRefusalRequest,
    RecordRefusalResponse, ResolveCredentialRequest, ResolveCredentialResponse, RevokeSessionRequest,
    RevokeSessionResponse, SignInRequest, SignInResponse, SignOutRequest, SignOutResponse, StartTotpRequest,
    StartTotpResponse, UpdateMeRequest, UpdateMeResponse, resolve_credential_request::Credential,
    session_service_server::SessionService,
};
use model::{EmployeeId, SessionId};
use rpc::{Caller, PageToken, finish_page, page_size, parse_id, timestamp};
use tonic::{Request, Response, Status, async_trait};

use super::{
    Auth, Identity, SessionError, api_keys,
    domain::{Session, closed_until},
    ops, own, second_factor, store,
};
use crate::{
    caller::{enter, enter_in_person, required},
    change::{Actor, Db},
    employees::{self, employee_message, roles_to_contract},
    presence::online::Online,
    refusals,
};

pub struct SessionGrpc {
    pub db: Db,
    pub auth: Auth,
    pub online: Online,
}

#[async_trait]
impl SessionService for SessionGrpc {
    async fn sign_in(&self, request: Request<SignInRequest>) -> Result<Response<SignInResponse>, Status> {
        Caller::of(&request)?.require_edge()?;
        let request = request.into_inner();
        let who = ops::SignIn {
            login: &request.login,
            password: &request.password,
            totp_code: &request.totp_code,
            user_agent: &request.user_agent,
            client_address: &request.client_address,
        };
        let signed_in = ops::sign_in(&self.db, &self.auth, &who).await?;
        Ok(Response::new(SignInResponse {
            employee: Some(self.employee(signed_in.session.employee).await?),
            expires_at: Some(timestamp(signed_in.session.expires_at())),
            session_secret: signed_in.secret,
        }))
    }

    async fn sign_out(&self, request: Request<SignOutRequest>) -> Result<Response<SignOutResponse>, Status> {
        let (caller, _) = enter_in_person(request)?;
        let (id, session) = person(&caller)?;
        ops::end_session(&self.db, actor(id), id, session).await?;
        Ok(Response::new(SignOutResponse {}))
    }

    async fn get_me(&self, request: Request<GetMeRequest>) -> Result<Response<GetMeResponse>, Status> {
        let (caller, _, _) = enter(request, "org.read")?;
        let id = caller.employee()?;
        let credential = store::credential(&self.db.pool, id).await.map_err(SessionError::from)?;
        let credential = credential.ok_or(SessionError::NotSignedIn)?;
        let preferences = store::preferences(&self.db.pool, id).await.map_err(SessionError::from)?;
        Ok(Response::new(GetMeResponse {
            employee: Some(self.employee(id).await?),
            totp_enabled: credential.totp_sealed.is_some(),
            session_id: caller.session.map(|id| id.to_string()).unwrap_or_default(),
            preferences: preferences.into_iter().collect(),
            personal_closed_until: credential.reset_at.and_then(closed_until).map(timestamp),
        }))
    }

    async fn list_sessions(
        &self,
        request: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>, Status> {
        let (caller, request) = enter_in_person(request)?;
        let (id, current) = person(&caller)?;
        let size = page_size(request.page_size, 50, 200)?;
        let query = rpc::Fingerprint::of("ListSessions", &id);
        let before = PageToken::decode(&query, &request.page_token)?;
        let found = store::sessions(&self.db.pool, id, before, i64::from(size) + 1).await;
        let (page, next_page_token) = finish_page(found.map_err(SessionError::from)?, size, &query, |s| s.id);
        let sessions = page.into_iter().map(|session| session_message(session, current)).collect();
        Ok(Response::new(ListSessionsResponse { sessions, next_page_token }))
    }

    async fn revoke_session(
        &self,
        request: Request<RevokeSessionRequest>,
    ) -> Result<Response<RevokeSessionResponse>, Status> {
        let (caller, request) = enter_in_person(request)?;
        let (id, current) = person(&caller)?;
        if request.session_id.is_empty() {
            ops::end_other_sessions(&self.db, actor(id), id, Some(current)).await?;
        } else {
            let session = parse_id("session_id", &request.session_id)?;
            ops::end_session(&self.db, actor(id), id, session).await?;
        }
        Ok(Response::new(RevokeSessionResponse {}))
    }

    async fn change_password(
        &self,
        request: Request<ChangePasswordRequest>,
    ) -> Result<Response<ChangePasswordResponse>, Status> {
        let (caller, request) = enter_in_person(request)?;
        let (id, current) = person(&caller)?;
        let (old, new) = (&request.old_password, &request.new_password);
        own::change_password(&self.db, &self.auth, id, Some(current), old, new).await?;
        Ok(Response::new(ChangePasswordResponse {}))
    }

    async fn start_totp(&self, request: Request<StartTotpRequest>) -> Result<Response<StartTotpResponse>, Status> {
        let (caller, _) = enter_in_person(request)?;
        let enrolment = second_factor::start(&self.db, &self.auth, caller.employee()?).await?;
        let second_factor::Enrolment { secret_base32, otpauth_url } = enrolment;
        Ok(Response::new(StartTotpResponse { secret_base32, otpauth_url }))
    }

    async fn confirm_totp(
        &self,
        request: Request<ConfirmTotpRequest>,
    ) -> Result<Response<ConfirmTotpResponse>, Status> {
        let (caller, request) = enter_in_person(request)?;
        second_factor::confirm(&self.db, &self.auth, caller.employee()?, &request.code).await?;
        Ok(Response::new(ConfirmTotpResponse {}))
    }

    async fn disable_totp(
        &self,
        request: Request<DisableTotpRequest>,
    ) -> Result<Response<DisableTotpResponse>, Status> {
        let (caller, request) = enter_in_person(request)?;
        second_factor::disable(&self.db, &self.auth, caller.employee()?, &request.password).await?;
        Ok(Response::new(DisableTotpResponse {}))
    }

    async fn update_me(&self, request: Request<UpdateMeRequest>) -> Result<Response<UpdateMeResponse>, Status> {
        let (caller, request) = enter_in_person(request)?;
        let set = |text: String| (!text.is_empty()).then_some(text);
        let own =
            own::Own { language: set(request.language), name: set(request.name), time_zone: set(request.time_zone) };
        let preferences = request.preferences.into_iter().collect();
        own::update_me(&self.db, caller.employee()?, own, preferences).await?;
        Ok(Response::new(UpdateMeResponse {}))
    }

    async fn resolve_credential(
        &self,
        request: Request<ResolveCredentialRequest>,
    ) -> Result<Response<ResolveCredentialResponse>, Status> {
        Caller::of(&request)?.require_edge()?;
        let identity = match required("credential", request.into_inner().credential)? {
            Credential::SessionSecret(secret) => ops::resolve_session(&self.db, &secret).await?,
            Credential::ApiKey(secret) => api_keys::resolve(&self.db, &secret).await?,
        };
        Ok(Response::new(identity_message(&identity)))
    }

    async fn record_refusal(
        &self,
        request: Request<RecordRefusalRequest>,
    ) -> Result<Response<RecordRefusalResponse>, Status> {
        Caller::of(&request)?.require_edge()?;
        let request = request.into_inner();
        let employee = parse_id("employee_id", &request.employee_id)?;
        for (field, text, most) in [("method", &request.method, 200), ("permission", &request.permission, 100)] {
            if text.is_empty() || text.len() > most {
                return Err(rpc::invalid_field(field, "is empty or too long"));
            }
        }
        let noted = refusals::of_key(&self.db, employee, &request.method, &request.permission).await;
        noted.map_err(SessionError::from)?;
        Ok(Response::new(RecordRefusalResponse {}))
    }
}

impl SessionGrpc {
    async fn employee(&self, id: EmployeeId) -> Result<org::Employee, Status> {
        let employee = employees::ops::get(&self.db, id).await?;
        Ok(employee_message(employee, &self.online.of(&[id]).await))
    }
}

fn person(caller: &Caller) -> Result<(EmployeeId, SessionId), Status> {
    Ok((caller.employee()?, caller.session.ok_or(SessionError::NotSignedIn)?))
}

const fn actor(id: EmployeeId) -> Actor {
    Actor::Employee { id, administrator: false }
}

fn session_message(session: Session, current: SessionId) -> org::Session {
    org::Session {
        session_id: session.id.to_string(),
        created_at: Some(timestamp(session.created_at)),
        last_seen_at: Some(timestamp(session.last_seen_at)),
        current: session.id == current,
        user_agent: session.user_agent,
        client_address: session.client_address,
    }
}

fn identity_message(identity: &Identity) -> ResolveCredentialResponse {
    ResolveCredentialResponse {
        employee_id: identity.employee.to_string(),
        session_id: identity.session.map(|id| id.to_string()).unwrap_or_default(),
        roles: roles_to_contract(&identity.roles),
        department_ids: identity.departments.iter().map(ToString::to_string).collect(),
        seen_department_ids: identity.seen_departments.iter().map(ToString::to_string).collect(),
        scopes: identity.scopes.clone(),
        expires_at: identity.expires_at.map(timestamp),
        personal_closed: identity.personal_closed,
    }
}
