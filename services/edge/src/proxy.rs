use std::time::Duration;

use contracts::errors::ErrorReason;
use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Response, Uri,
    header::{AUTHORIZATION, CONTENT_TYPE, TE},
};
use http_body_util::Limited;
use rpc::{Audience, status, unavailable};
use tokio::time::timeout;
use tonic::{Code, Status, body::Body};
use tower::{Service as _, ServiceExt as _};

use crate::{identity::Identity, upstream::Upstreams};

/// What a caller may send in one message, its five bytes of frame included.
const MESSAGE_BYTES: usize = (4 << 20) + 5;
/// Lists of recipients are longer.
const MAILING_BYTES: usize = (16 << 20) + 5;
const MAILINGS: &str = "/okno.inbox.v1.MailingService/";
/// A service ends a call after 30 s itself; this is for one that does not answer at all.
const LONGEST: Duration = Duration::from_secs(35);

/// The only headers of a caller that travel on: no cookie, no key, nothing invented.
const PASSED: [HeaderName; 3] = [
    HeaderName::from_static("grpc-timeout"),
    HeaderName::from_static("grpc-encoding"),
    HeaderName::from_static("grpc-accept-encoding"),
];

/// Hands a gRPC call to its owner as it is, under a token of the caller's.
///
/// # Errors
/// UNAVAILABLE when the owner cannot be reached.
pub async fn pass(
    upstreams: &Upstreams,
    audience: Audience,
    identity: &Identity,
    request: Request<Body>,
) -> Result<Response<Body>, Status> {
    let token = identity.token(upstreams, audience)?;
    let request = rewrite(request, token)?;
    let mut channel = upstreams.channel(audience);
    let call = async { channel.ready().await?.call(request).await };
    match timeout(LONGEST, call).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => Err(unavailable(error)),
        Err(_) => Err(status(Code::DeadlineExceeded, ErrorReason::Unavailable, &"the service did not answer in time")),
    }
}

fn rewrite(request: Request<Body>, token: &str) -> Result<Request<Body>, Status> {
    let (parts, body) = request.into_parts();
    let mut headers = HeaderMap::new();
    for name in PASSED {
        if let Some(value) = parts.headers.get(&name) {
            headers.insert(name, value.clone());
        }
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(TE, HeaderValue::from_static("trailers"));
    headers.insert(AUTHORIZATION, format!("Bearer {token}").parse().map_err(rpc::internal)?);
    for (name, value) in runtime::trace::inject() {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    let most = if parts.uri.path().starts_with(MAILINGS) { MAILING_BYTES } else { MESSAGE_BYTES };
    let mut passed = Request::new(Body::new(Limited::new(body, most)));
    *passed.method_mut() = http::Method::POST;
    *passed.uri_mut() = Uri::try_from(parts.uri.path()).map_err(rpc::internal)?; // the channel adds where to
    *passed.headers_mut() = headers;
    Ok(passed)
}
