use std::net::IpAddr;

use contracts::org::{SignInRequest, SignInResponse, SignOutRequest, SignOutResponse};
use http::header::{SET_COOKIE, USER_AGENT};
use rpc::{Audience, Caller, internal};
use tonic::{
    Request, Response, Status,
    metadata::{MetadataMap, MetadataValue},
};

use crate::{
    Edge,
    credential::{Credential, NO_COOKIE, session_cookie},
};

const USER_AGENT_CHARS: usize = 300;

impl Edge {
    /// Asks crm-core, and keeps the session's secret in a cookie that no script sees.
    pub(crate) async fn sign_in(
        &self,
        request: Request<SignInRequest>,
        address: Option<IpAddr>,
    ) -> Result<Response<SignInResponse>, Status> {
        let user_agent = request.metadata().get(USER_AGENT.as_str()).and_then(|value| value.to_str().ok());
        let user_agent = user_agent.unwrap_or_default().chars().take(USER_AGENT_CHARS).collect();
        let client_address = address.map(|ip| ip.to_string()).unwrap_or_default();
        let message = SignInRequest { user_agent, client_address, ..request.into_inner() };
        self.throttle.sign_in(address, &message.login).await?;
        let request = self.upstreams.own_request(Audience::CrmCore, message)?;
        let mut sessions = self.upstreams.sessions();
        let mut answer = rpc::call_with_deadline(sessions.sign_in(request)).await?;
        let secret = std::mem::take(&mut answer.session_secret);
        let cookie = session_cookie(&secret).ok_or_else(|| internal(UnfitSecret))?;
        with_cookie(answer, &cookie)
    }

    /// Ends the session where there is one. The cookie goes in any case: an error says that the session may live on.
    pub(crate) async fn sign_out(
        &self,
        request: Request<SignOutRequest>,
        credential: Option<Credential>,
    ) -> Result<Response<SignOutResponse>, Status> {
        if let Some(credential) = credential {
            let ended = self.end_session_of(&credential, request.into_inner()).await;
            self.identities.forget(&credential);
            ended.or_else(refuse_without_cookie)?;
        }
        with_cookie(SignOutResponse {}, &NO_COOKIE)
    }

    async fn end_session_of(&self, credential: &Credential, message: SignOutRequest) -> Result<(), Status> {
        match self.identities.resolve(credential).await {
            Ok(identity) => self.end_session(message, &identity.caller).await,
            Err(status) if status.code() == tonic::Code::Unauthenticated => Ok(()),
            Err(status) => Err(status),
        }
    }

    async fn end_session(&self, message: SignOutRequest, caller: &Caller) -> Result<(), Status> {
        let token = self.upstreams.token(Audience::CrmCore, caller)?;
        let request = rpc::authorized(message, &token)?;
        let mut sessions = self.upstreams.sessions();
        rpc::call_with_deadline(sessions.sign_out(request)).await.map(drop)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("crm-core gave a session secret that fits no cookie")]
struct UnfitSecret;

fn with_cookie<T>(message: T, cookie: &http::HeaderValue) -> Result<Response<T>, Status> {
    let mut response = Response::new(message);
    set_cookie(response.metadata_mut(), cookie)?;
    Ok(response)
}

fn refuse_without_cookie(mut status: Status) -> Result<(), Status> {
    set_cookie(status.metadata_mut(), &NO_COOKIE)?;
    Err(status)
}

fn set_cookie(metadata: &mut MetadataMap, cookie: &http::HeaderValue) -> Result<(), Status> {
    let value = MetadataValue::try_from(cookie.as_bytes()).map_err(internal)?;
    metadata.insert(SET_COOKIE.as_str(), value);
    Ok(())
}
