use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use contracts::{
    live::event_service_server::EventServiceServer,
    org::{
        ChangePasswordRequest, ChangePasswordResponse, ConfirmTotpRequest, ConfirmTotpResponse, DisableTotpRequest,
        DisableTotpResponse, Employee, GetMeRequest, GetMeResponse, ListSessionsRequest, ListSessionsResponse,
        RecordRefusalRequest, RecordRefusalResponse, ResolveCredentialRequest, ResolveCredentialResponse,
        RevokeSessionRequest, RevokeSessionResponse, Role, SignInRequest, SignInResponse, SignOutRequest,
        SignOutResponse, StartTotpRequest, StartTotpResponse, UpdateMeRequest, UpdateMeResponse,
        resolve_credential_request::Credential,
        session_service_server::{SessionService, SessionServiceServer},
    },
};
use model::{DepartmentId, EmployeeId, SessionId};
use rpc::{Caller, Server};
use tonic::{Request, Response, Status};

use super::events::History;

/// crm-core as the edge sees it: who is signed in, and what happened.
pub struct Crm {
    pub events: Arc<History>,
    pub known: Mutex<HashMap<String, ResolveCredentialResponse>>,
    pub resolved: AtomicUsize,
    pub sign_ins: Mutex<Vec<SignInRequest>>,
    pub refusals: Mutex<Vec<RecordRefusalRequest>>,
    /// Whether its database is away: nobody is known, no session ends.
    pub away: AtomicBool,
    /// Whether the next question who somebody is finds a connection that breaks.
    pub breaks: AtomicBool,
}

impl Default for Crm {
    fn default() -> Self {
        Self {
            events: History::of("crm"),
            known: Mutex::default(),
            resolved: AtomicUsize::default(),
            sign_ins: Mutex::default(),
            refusals: Mutex::default(),
            away: AtomicBool::default(),
            breaks: AtomicBool::default(),
        }
    }
}

impl Crm {
    /// Makes somebody who is signed in with this secret.
    pub fn employee(&self, secret: &str, seen: &[DepartmentId]) -> (EmployeeId, SessionId) {
        let (employee, session) = (EmployeeId::new(), SessionId::new());
        let answer = ResolveCredentialResponse {
            employee_id: employee.to_string(),
            session_id: session.to_string(),
            roles: vec![Role::Operator.into()],
            seen_department_ids: seen.iter().map(ToString::to_string).collect(),
            ..ResolveCredentialResponse::default()
        };
        self.known.lock().unwrap().insert(secret.to_owned(), answer);
        (employee, session)
    }

    fn answers(&self) -> Result<(), Status> {
        if self.away.load(Ordering::Relaxed) { Err(Status::unavailable("away")) } else { Ok(()) }
    }

    pub fn api_key(&self, key: &str, scopes: &[&str]) {
        let answer = ResolveCredentialResponse {
            employee_id: EmployeeId::new().to_string(),
            roles: vec![Role::Operator.into()],
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            ..ResolveCredentialResponse::default()
        };
        self.known.lock().unwrap().insert(key.to_owned(), answer);
    }
}

pub fn add(server: Server, crm: &Arc<Crm>) -> Server {
    server
        .add_service(SessionServiceServer::from_arc(crm.clone()))
        .add_service(EventServiceServer::from_arc(crm.events.clone()))
}

#[tonic::async_trait]
impl SessionService for Crm {
    async fn resolve_credential(
        &self,
        request: Request<ResolveCredentialRequest>,
    ) -> Result<Response<ResolveCredentialResponse>, Status> {
        Caller::of(&request)?.require_edge()?;
        self.resolved.fetch_add(1, Ordering::Relaxed);
        self.answers()?;
        if self.breaks.swap(false, Ordering::Relaxed) {
            return Err(Status::unavailable("broken"));
        }
        let (Some(Credential::SessionSecret(secret)) | Some(Credential::ApiKey(secret))) =
            request.into_inner().credential
        else {
            return Err(Status::invalid_argument("credential"));
        };
        let known = self.known.lock().unwrap().get(&secret).cloned();
        known.map(Response::new).ok_or_else(|| Status::unauthenticated("unknown"))
    }

    async fn record_refusal(
        &self,
        request: Request<RecordRefusalRequest>,
    ) -> Result<Response<RecordRefusalResponse>, Status> {
        Caller::of(&request)?.require_edge()?;
        self.answers()?;
        self.refusals.lock().unwrap().push(request.into_inner());
        Ok(Response::new(RecordRefusalResponse {}))
    }

    async fn sign_in(&self, request: Request<SignInRequest>) -> Result<Response<SignInResponse>, Status> {
        Caller::of(&request)?.require_edge()?;
        self.sign_ins.lock().unwrap().push(request.into_inner());
        let employee = Some(Employee { name: "Operator 1".to_owned(), ..Employee::default() });
        Ok(Response::new(SignInResponse { employee, session_secret: "fresh-secret".to_owned(), expires_at: None }))
    }

    async fn sign_out(&self, request: Request<SignOutRequest>) -> Result<Response<SignOutResponse>, Status> {
        self.answers()?;
        let session = Caller::of(&request)?.session.map(|id| id.to_string());
        self.known.lock().unwrap().retain(|_, answer| Some(&answer.session_id) != session.as_ref());
        Ok(Response::new(SignOutResponse {}))
    }

    async fn get_me(&self, request: Request<GetMeRequest>) -> Result<Response<GetMeResponse>, Status> {
        let caller = Caller::of(&request)?;
        let employee = Some(Employee { employee_id: caller.employee()?.to_string(), ..Employee::default() });
        Ok(Response::new(GetMeResponse { employee, ..GetMeResponse::default() }))
    }

    async fn list_sessions(&self, _: Request<ListSessionsRequest>) -> Result<Response<ListSessionsResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn revoke_session(
        &self,
        _: Request<RevokeSessionRequest>,
    ) -> Result<Response<RevokeSessionResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn change_password(
        &self,
        _: Request<ChangePasswordRequest>,
    ) -> Result<Response<ChangePasswordResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn start_totp(&self, _: Request<StartTotpRequest>) -> Result<Response<StartTotpResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn confirm_totp(&self, _: Request<ConfirmTotpRequest>) -> Result<Response<ConfirmTotpResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn disable_totp(&self, _: Request<DisableTotpRequest>) -> Result<Response<DisableTotpResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn update_me(&self, _: Request<UpdateMeRequest>) -> Result<Response<UpdateMeResponse>, Status> {
        Err(Status::unimplemented(""))
    }
}
