use std::{convert::Infallible, sync::Arc};

use contracts::{
    errors::ErrorReason,
    live::{ListEventsRequest, ListEventsResponse, live_service_server::LiveServiceServer},
};
use http::{Request, Response, request::Parts};
use rpc::{Audience, invalid_field, known_method, status};
use tokio::time::Instant;
use tonic::{Code, Status, body::Body, server::Grpc};
use tonic_prost::ProstCodec;
use tower::{Service as _, service_fn};
use tracing::{Instrument as _, info_span};

use crate::{
    Edge,
    credential::Credential,
    identity::Identity,
    live::Watch,
    origin::{client_address, is_ours},
    proxy, scope,
    upstream::{Area, Upstreams},
};

const SIGN_IN: &str = "/okno.org.v1.SessionService/SignIn";
const SIGN_OUT: &str = "/okno.org.v1.SessionService/SignOut";
const WATCH: &str = "/okno.live.v1.LiveService/Watch";
const LIST_EVENTS: &str = "/okno.live.v1.EventService/ListEvents";
/// Between the edge and the services only.
const INNER: [&str; 5] = [
    "/okno.org.v1.SessionService/ResolveCredential",
    "/okno.org.v1.SessionService/RecordRefusal",
    "/okno.file.v1.FileService/CompleteFile",
    "/okno.inbox.v1.MailingService/LeaveMailing",
    "/okno.crm.v1.PersonalDataService/TakePersonalExport",
];

/// Serves one gRPC call of the outside.
///
/// # Errors
/// Never: what goes wrong is a gRPC status.
pub async fn serve(edge: Arc<Edge>, request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let method = known_method(request.uri().path());
    let span = info_span!("edge", method);
    runtime::trace::adopt(&span, |name| request.headers().get(name)?.to_str().ok());
    let started = Instant::now();
    let answer = dispatch(&edge, request).instrument(span).await.unwrap_or_else(|status| status.into_http());
    let code = Status::from_header_map(answer.headers()).map_or(Code::Ok, |status| status.code());
    metrics::counter!("okno_edge_rpc_total", "method" => method, "code" => format!("{code:?}")).increment(1);
    metrics::histogram!("okno_edge_rpc_seconds", "method" => method).record(started.elapsed().as_secs_f64());
    Ok(answer)
}

async fn dispatch(edge: &Arc<Edge>, request: Request<Body>) -> Result<Response<Body>, Status> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    if !rpc::is_known_method(&path) || INNER.contains(&path.as_str()) {
        return Err(Status::unimplemented("no such method"));
    }
    let credential = Credential::of(&parts.headers);
    if !is_ours(&parts, matches!(credential, Some(Credential::Session(_)))) {
        return Err(status(Code::PermissionDenied, ErrorReason::Permission, &"the call comes from a foreign page"));
    }
    match path.as_str() {
        SIGN_IN => return Ok(sign_in(edge, Request::from_parts(parts, body)).await),
        SIGN_OUT => return Ok(sign_out(edge, credential, Request::from_parts(parts, body)).await),
        _ => {}
    }
    let identity = edge.identify(&parts).await?;
    match path.as_str() {
        WATCH => {
            parts.extensions.insert(identity);
            let mut live = LiveServiceServer::new(Watch(edge.clone()));
            Ok(live.call(Request::from_parts(parts, body)).await.unwrap_or_else(|never| match never {}))
        }
        LIST_EVENTS => Ok(list_events(edge, identity, Request::from_parts(parts, body)).await),
        _ => {
            edge.may(&identity, known_method(&path), scope::scope_of(&path).as_deref()).await?;
            let owner = Upstreams::owner_of(&path).ok_or_else(|| Status::unimplemented("no such method"))?;
            proxy::pass(&edge.upstreams, owner, &identity, Request::from_parts(parts, body)).await
        }
    }
}

async fn sign_in(edge: &Arc<Edge>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let address = client_address(&parts, edge.forwarded_hops);
    let serve = service_fn(|message| edge.sign_in(message, address));
    Grpc::new(ProstCodec::default()).unary(serve, Request::from_parts(parts, body)).await
}

async fn sign_out(edge: &Arc<Edge>, credential: Option<Credential>, request: Request<Body>) -> Response<Body> {
    let serve = service_fn(|message| edge.sign_out(message, credential.clone()));
    Grpc::new(ProstCodec::default()).unary(serve, request).await
}

/// The area stands in the message, so the owner is known only once it is read.
async fn list_events(edge: &Arc<Edge>, identity: Arc<Identity>, request: Request<Body>) -> Response<Body> {
    let serve = service_fn(|message: tonic::Request<ListEventsRequest>| list_events_of(edge, &identity, message));
    Grpc::new(ProstCodec::default()).unary(serve, request).await
}

async fn list_events_of(
    edge: &Arc<Edge>,
    identity: &Identity,
    message: tonic::Request<ListEventsRequest>,
) -> Result<tonic::Response<ListEventsResponse>, Status> {
    let message = message.into_inner();
    let area = Area::by_name(&message.area).ok_or_else(|| invalid_field("area", "is neither inbox nor crm"))?;
    edge.may(identity, known_method(LIST_EVENTS), Some(&format!("{}.read", area.name()))).await?;
    let audience: Audience = area.owner();
    let request = rpc::authorized(message, identity.token(&edge.upstreams, audience)?)?;
    let mut events = edge.upstreams.events(area);
    rpc::call_with_deadline(events.list_events(request)).await.map(tonic::Response::new)
}

impl Edge {
    /// Who calls.
    ///
    /// # Errors
    /// UNAUTHENTICATED (`NOT_SIGNED_IN`) without a credential that crm-core knows.
    pub(crate) async fn identify(&self, parts: &Parts) -> Result<Arc<Identity>, Status> {
        match Credential::of(&parts.headers) {
            Some(credential) => self.identities.resolve(&credential).await,
            None => Err(status(Code::Unauthenticated, ErrorReason::NotSignedIn, &"sign in first")),
        }
    }
}
